"""How the knowledge is: what is live, what is wrong with it, what should be read over again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.knowledge import Library
from bot.types import Article, Problem
from web.staff.advice import REVIEW_DAYS


@dataclass(frozen=True, slots=True)
class Health:
    """What a front desk should know about the articles."""

    version: str
    loaded_at: float  #: seconds since 1970
    articles: int
    tests: int
    failed: tuple[Problem, ...]  #: tests of the folder that fail
    problems: tuple[Problem, ...]
    held_back: tuple[Problem, ...]  #: why the newest state of the folder is not live
    due: tuple[Article, ...]  #: nobody has read them over for a year

    @property
    def well(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.failed or self.problems or self.held_back or self.due)


def health(library: Library, today: date) -> Health:
    """The health of what is live."""
    kb = library.current
    oldest = (today - timedelta(days=REVIEW_DAYS)).isoformat()
    return Health(
        kb.version, kb.loaded_at, len(kb.articles), len(kb.outcomes), tuple(o.problem() for o in kb.outcomes if not o.passed),
        kb.problems, tuple(library.held_back), tuple(a for a in kb.articles if a.reviewed < oldest),
    )  # fmt: skip
