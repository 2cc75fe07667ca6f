"""What can go wrong in `bot`, as a drawing.

PinpointError
├── UsageError       the command line was used wrongly (exit code 2)
└── KnowledgeError   a whole folder could not be loaded; a broken file alone is a `Problem`, not an exception

Abstaining, a red flag and a broken article are expected: they are values (`Reply`, `Verdict`, `Problem`).
"""


class PinpointError(Exception):
    """Base of all errors that `bot` raises on purpose. The message states the rule, what was seen and what to do."""


class UsageError(PinpointError):
    """Wrong usage of the command line; the message says what to write instead."""


class KnowledgeError(PinpointError):
    """The knowledge folder as a whole cannot be read; `path` names it."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path
