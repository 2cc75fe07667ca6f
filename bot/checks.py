"""The clinic's own answer tests (`checks.md`): a question, and what must come back.

    - is it safe? -> Is Dry Needling Safe?
    - what does it cost -> contact
    - does it help my knee -> no answer
    - (should) is it like acupuncture -> What Is Dry Needling?

A test that must pass holds back an edit that breaks it; one that starts with "(should)" only warns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.files import read_text
from bot.types import Problem, Reply

FILE = "checks.md"
KINDS = {"no answer": "no_answer", "contact": "contact", "precaution": "precaution", "booking": "booking",
         "emergency": "emergency", "urgent": "urgent", "small talk": "small_talk"}  # fmt: skip
_LINE = re.compile(r"^[-*]\s+(\(should\)\s+)?(.+?)\s*(?:->|→)\s*(.+?)\s*$")


@dataclass(frozen=True, slots=True)
class Check:
    """One answer test. `wanted` holds headings (any may answer) or a kind of reply."""

    question: str
    wanted: tuple[str, ...]
    must: bool
    line: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test and what came back."""

    check: Check
    passed: bool
    got: str
    blocks: bool = False  #: the snapshot must not go live: a `must` test fails whose answer is still in the folder

    def problem(self) -> Problem:
        """The failed test in staff's words."""
        c = self.check
        wrong = f'"{c.question}" should give: {" | ".join(c.wanted)}. It gives: {self.got}.'
        return Problem(FILE, c.line, wrong, "Mend the article or the phrasings, or change the test.", c.must)


def load_checks(folder: Path) -> tuple[tuple[Check, ...], tuple[Problem, ...]]:
    """The tests of the folder; a line that looks like a test but is none is a problem."""
    path = folder / FILE
    if not path.exists():
        return (), ()
    text = read_text(path, folder)
    if isinstance(text, Problem):
        return (), (text,)
    checks, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        if match:
            wanted = tuple(part.strip() for part in match[3].split("|"))
            checks.append(Check(match[2], wanted, match[1] is None, number))
        elif re.match(r"^[-*]\s", line):
            problems.append(Problem(FILE, number, "This line is not an answer test.", "Write it as: - question -> heading"))
    return tuple(checks), tuple(problems)


def judged(check: Check, reply: Reply, known: frozenset[str]) -> Outcome:
    """Whether a reply is what the test wants. `known` holds the headings of the snapshot, plain: a test for a section
    that staff have taken out cannot hold anything back."""
    headings = {plain(quote.heading) for quote in reply.quotes[:1]}
    passed = any((KINDS.get(w.lower()) == reply.kind) or (plain(w) in headings) for w in check.wanted)
    got = reply.quotes[0].heading if reply.quotes else reply.kind.replace("_", " ")
    possible = any(w.lower() in KINDS or plain(w) in known for w in check.wanted)
    return Outcome(check, passed, got, check.must and possible and not passed)


def plain(text: str) -> str:
    """A heading for comparing: letters and digits only."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
