"""Figures by day: what the database has counted, summed up. There is no word in it, and nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from web.store_asked import BUCKETS
from web.store_database import Database
from web.store_schema import days as table

Count = Counter[tuple[str, str]]  # (what, label)


@dataclass(frozen=True, slots=True)
class Span:
    """What happened in some days, one or many."""

    first: date
    last: date
    count: Count

    def labels(self, what: str) -> list[tuple[str, int]]:
        """The labels of something with their numbers, most first."""
        found = [(label, number) for (own, label), number in self.count.items() if own == what and number > 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def sum(self, what: str, *labels: str) -> int:
        """How many; of some labels, or of all."""
        return sum(number for (own, label), number in self.count.items() if own == what and (not labels or label in labels))

    @property
    def answered(self) -> int:
        return self.sum("result", "answered")

    @property
    def unanswered(self) -> int:
        return self.sum("result", "missed", "near")

    @property
    def clinic(self) -> int:
        return self.sum("result", "clinic")

    @property
    def questions(self) -> int:
        return self.answered + self.unanswered + self.clinic

    @property
    def emergencies(self) -> int:
        return self.sum("kind", "emergency", "urgent")

    @property
    def helpful(self) -> int:
        return self.sum("rated", "yes")

    @property
    def unhelpful(self) -> int:
        return self.sum("rated") - self.helpful

    def within(self, share: float) -> str:
        """The milliseconds within which this share of the answers was made: "5", "more" than the largest, or "" of none."""
        total, seen = self.sum("ms"), 0
        for label in (*map(str, BUCKETS), "more"):
            seen += self.count["ms", label]
            if total and seen >= share * total:
                return label
        return ""


def read(database: Database, first: date, last: date) -> list[Span]:
    """Each day from the first to the last, both included, also those on which nothing happened."""
    wanted = select(table).where(table.c.day >= first.isoformat(), table.c.day <= last.isoformat())
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    counts: dict[str, Count] = {}
    for row in rows:
        counts.setdefault(row.day, Counter())[row.what, row.label] = row.number
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [Span(day, day, counts.get(day.isoformat(), Counter())) for day in every]


def summed(spans: list[Span]) -> Span:
    """All of them as one."""
    total: Count = Counter()
    for span in spans:
        total.update(span.count)
    return Span(spans[0].first, spans[-1].last, total)


def by_week(spans: list[Span]) -> list[Span]:
    """Days put together by weeks that begin on Monday."""
    weeks: dict[date, list[Span]] = {}
    for span in spans:
        weeks.setdefault(span.first - timedelta(days=span.first.weekday()), []).append(span)
    return [summed(own) for own in weeks.values()]


def share(part: int, whole: int) -> str:
    """A share in words: "83 %", or a dash of nothing."""
    return f"{round(100 * part / whole)} %" if whole else "–"


#: The columns of the table and of the CSV.
COLUMNS: Mapping[str, str] = {
    "questions": "Questions", "answered": "Answered", "unanswered": "No answer", "clinic": "For the clinic",
    "emergencies": "Emergencies", "precautions": "Precautions", "offers": "Visits offered", "requests": "Visits asked for",
    "helpful": "Helpful", "unhelpful": "Not helpful",
}  # fmt: skip


def row(span: Span) -> dict[str, int]:
    """The numbers of a span by column."""
    return {
        "questions": span.questions, "answered": span.answered, "unanswered": span.unanswered, "clinic": span.clinic,
        "emergencies": span.emergencies, "precautions": span.sum("kind", "precaution"), "offers": span.sum("offer"),
        "requests": span.sum("request"), "helpful": span.helpful, "unhelpful": span.unhelpful,
    }  # fmt: skip
