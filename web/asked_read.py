"""Reading what visitors asked: groups by what became of them, the wordings of one, what was asked lately."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, case, func, select, update

from web.store_asked import Questions
from web.store_keys import KeyMissing
from web.store_schema import questions as table
from web.store_schema import turns

State = Literal["open", "answered", "drafted", "not_ours", "ignored"]
View = Literal["missed", "near", "unhelpful", "clinic", "answered", "settled"]
PAGE = 10
SEALED = "(sealed with a key that is not here: see CONTACT_KEY)"


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask the same."""

    id: int
    words: str  #: the first that came
    topic: str  #: the matter of the phrasings that they were taken for, or ""
    state: State
    note: str  #: where the answer stands now
    asked: int
    missed: int
    nearly: int
    clinic: int
    unhelpful: int
    last_at: float  #: seconds since 1970
    near: tuple[tuple[str, float], ...] = ()  #: (article#anchor, score) that came closest to the first

    @property
    def view(self) -> View:
        """Where it is shown."""
        return _view(self)


@dataclass(frozen=True, slots=True)
class Wording:
    """One way in which it was asked, and how often."""

    text: str
    asked: int
    ratings: tuple[str, ...]  #: what visitors said of the answers


def listed(found: Questions, view: View, page: int = 0) -> tuple[list[Group], Counter[View]]:
    """(a page of the groups of a view, most asked first; how many groups each view has)"""
    with found.database.reading() as connection:
        rows = [(_view(row), row) for row in connection.execute(_counted()).all()]  # thousands: no objects of them yet
        counts: Counter[View] = Counter(seen for seen, _ in rows)
        own = sorted((row for seen, row in rows if seen == view), key=lambda row: (-row.asked, -row.last_at))
        shown = [_group(row) for row in own[page * PAGE : (page + 1) * PAGE]]
        leads = _leads(table.c.id.in_([group.id for group in shown]))
        words = {row.id: row for row in connection.execute(leads).all()}
    return [_told(found, group, words.get(group.id)) for group in shown], counts


def group(found: Questions, number: int) -> Group | None:
    """One group; None if it is gone."""
    with found.database.reading() as connection:
        row = connection.execute(_counted().where(table.c.id == number)).first()
        lead = connection.execute(_leads(table.c.id == number)).first()
    return _told(found, _group(row), lead) if row else None


def wordings(found: Questions, number: int, most: int = 200) -> list[Wording]:
    """How it was asked, most often first; the newest messages only."""
    newest = select(turns.c.words, turns.c.rated).where(turns.c.question == number).order_by(turns.c.at.desc()).limit(most)
    with found.database.reading() as connection:
        rows = connection.execute(newest).all()
    times: Counter[str] = Counter()
    rated: dict[str, list[str]] = {}
    for row in rows:
        text = opened(found, row.words)
        times[text] += 1
        rated.setdefault(text, []).extend([row.rated] if row.rated else [])
    return [Wording(text, number, tuple(rated[text])) for text, number in times.most_common()]


def lately(found: Questions, most: int = 200) -> list[str]:
    """The newest different questions of which the words are kept."""
    newest = select(turns.c.words).where(turns.c.words != "").order_by(turns.c.at.desc()).limit(3 * most)
    with found.database.reading() as connection:
        rows = connection.scalars(newest).all()
    return list(dict.fromkeys(text for words in rows if (text := opened(found, words)) != SEALED))[:most]


def drafted(found: Questions) -> list[Group]:
    """The groups that somebody has written an answer for that was not live yet."""
    with found.database.reading() as connection:
        groups = [_group(row) for row in connection.execute(_counted().where(table.c.state == "drafted")).all()]
        words = {row.id: row for row in connection.execute(_leads(table.c.state == "drafted")).all()}
    return [_told(found, group, words.get(group.id)) for group in groups]


def mark(found: Questions, number: int, state: State, note: str = "") -> bool:
    """What staff decided about a group; false if it is gone."""
    change = update(table).where(table.c.id == number).values(state=state, note=note[:200], changed_at=time.time())
    with found.database.writing() as connection:
        return bool(connection.execute(change).rowcount)


def opened(found: Questions, words: str) -> str:
    """Stored words as they can be read."""
    try:
        return found.cipher.open(words)
    except KeyMissing:
        return SEALED


def _counted() -> Any:
    """Every group with its numbers."""
    columns = (table.c.id, table.c.topic, table.c.state, table.c.note)
    bad = (turns.c.result == "answered") & turns.c.rated.not_in(("", "yes"))
    numbers = (
        func.count().label("asked"), _times(turns.c.result == "missed").label("missed"),
        _times(turns.c.result == "near").label("nearly"), _times(turns.c.result == "clinic").label("clinic"),
        _times(bad).label("unhelpful"), func.max(turns.c.at).label("last_at"),
    )  # fmt: skip
    return select(*columns, *numbers).join(turns, turns.c.question == table.c.id).group_by(*columns)


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _leads(condition: ColumnElement[bool]) -> Any:
    return select(table.c.id, turns.c.words, turns.c.near).join(turns, turns.c.key == table.c.lead).where(condition)


def _view(one: Group | Row[Any]) -> View:
    """Where a group, or the row of one, is shown."""
    if one.state != "open":
        return "settled"
    if one.missed or one.nearly:
        return "missed" if one.missed >= one.nearly else "near"
    if one.unhelpful:
        return "unhelpful"
    return "clinic" if one.clinic else "answered"


def _group(row: Row[Any]) -> Group:
    return Group(row.id, "", row.topic, row.state, row.note, row.asked, int(row.missed), int(row.nearly), int(row.clinic),
                 int(row.unhelpful), row.last_at)  # fmt: skip


def _told(found: Questions, one: Group, lead: Row[Any] | None) -> Group:
    near = tuple((section, score) for section, score in json.loads(lead.near)) if lead and lead.near else ()
    return Group(
        one.id, opened(found, lead.words) if lead else "", one.topic, one.state, one.note, one.asked, one.missed, one.nearly,
        one.clinic, one.unhelpful, one.last_at, near,
    )  # fmt: skip
