"""What visitors asked: kept as far as the clinic allows, sealed, grouped on the way in; and figures by day, without words.

A message is one row however often it comes. Its figures are counted in the same transaction, so they are counted once too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Literal

from sqlalchemy import Connection, Table, bindparam, delete, exists, insert, select, update

from bot.knowledge import KnowledgeBase
from bot.types import Kind
from web.asked_groups import Groups, marks
from web.store_database import Database
from web.store_keys import Cipher, KeyMissing
from web.store_schema import days, questions, turns

Result = Literal["answered", "missed", "near", "clinic", "other"]
Rating = Literal["yes", "no", "wrong", "unclear", "not_my_question"]
UNANSWERED: tuple[Result, ...] = ("missed", "near", "clinic")
FIGURES_DAYS = 400  # a month beside the same month of last year; there is no word and nobody in them
BUCKETS = (1, 2, 5, 10, 25, 50, 100, 250, 1000)  # milliseconds within which an answer was made
MOST_GROUPS = 2000  # that a new question is compared with, newest first
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it may be kept."""

    key: str  #: keyed digest of the visitor's id and message
    ask: str  #: keyed digest of the id; "" where nobody rates
    at: float  #: seconds since 1970
    day: str
    kind: Kind
    result: Result
    flag: str = ""  #: kind of an emergency or precaution
    language: str = ""
    section: str = ""  #: article#anchor that answered
    topic: str = ""  #: the matter for the clinic that was heard
    offered: bool = False  #: an appointment
    milliseconds: float = 0.0
    text: str = ""  #: without personal data
    kept: bool = False  #: whether the text may be stored
    near: tuple[tuple[str, float], ...] = ()  #: (article#anchor, score), best first


@dataclass(frozen=True, slots=True)
class Rated:
    """What a visitor said of an answer."""

    ask: str
    rating: Rating
    text: str = ""  #: the question, where it was not stored when it was asked


@dataclass(frozen=True, slots=True)
class Booked:
    """A request for an appointment came."""

    key: str
    at: float
    day: str


Event = Heard | Rated | Booked
Figures = Counter[tuple[str, str, str]]  # (day, what, label)


class Questions:
    """The questions of one clinic. Every verb raises StoreDown when the database cannot be used."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self.database, self.cipher = database, cipher
        self._groups: Groups | None = None
        self._last = 0  # newest group that is among them

    def keep(self, events: Sequence[Event], kb: KnowledgeBase) -> None:
        """Stores messages and ratings in their order, all or none. For one thread only."""
        figures: Figures = Counter()
        try:
            with self.database.writing() as connection:
                self._look(connection, kb)
                came: list[Heard | Booked] = []
                for event in events:
                    if isinstance(event, Rated):  # of what came before it
                        self._hear(connection, came, kb, figures)
                        self._rate(connection, event, kb, figures)
                        came = []
                    else:
                        came.append(event)
                self._hear(connection, came, kb, figures)
                _add(connection, figures)
        except BaseException:
            self._groups = None  # it may hold groups that were not committed
            raise

    def purge(self, before: float) -> int:
        """Removes messages older than that, the groups that they leave empty, and figures of last year; how many messages."""
        oldest = (datetime.fromtimestamp(before, UTC) - timedelta(days=FIGURES_DAYS)).date().isoformat()
        with self.database.writing() as connection:
            gone = connection.execute(delete(turns).where(turns.c.at < before)).rowcount
            connection.execute(delete(days).where(days.c.day < oldest))
            _tidy(connection)
        self._groups = None
        return gone

    def forget(self, question: int | None = None) -> int:
        """Removes the words of a group, or all words, at once; how many messages had some. Figures stay."""
        mine = turns.c.question == question if question is not None else turns.c.question.is_not(None)
        with self.database.writing() as connection:
            gone = connection.execute(update(turns).where(mine).values(words="", near="", question=None)).rowcount
            _tidy(connection)
        self._groups = None
        return gone

    def forget_figures(self) -> None:
        """Removes the figures of all days."""
        with self.database.writing() as connection:
            connection.execute(delete(days))

    def seal_again(self) -> int:
        """Seals all words with the newest key; how many that were. Raises KeyMissing."""
        done, last = 0, ""
        while True:
            wanted = select(turns.c.key, turns.c.words).where(turns.c.key > last, turns.c.words != "").order_by(turns.c.key)
            with self.database.writing() as connection:  # in portions: a request must not wait for thousands
                rows = connection.execute(wanted.limit(_BATCH)).all()
                for row in rows:
                    change = update(turns).where(turns.c.key == row.key)
                    connection.execute(change.values(words=self.cipher.again(row.words)))
            if not rows:
                return done
            done, last = done + len(rows), rows[-1].key

    # --- one event ----------------------------------------------------------------------------------------------------

    def _hear(self, connection: Connection, came: Sequence[Heard | Booked], kb: KnowledgeBase, figures: Figures) -> None:
        """Messages and requests, in one statement: with one for each row, storing cost more than answering."""
        if not came:
            return
        first = {event.key: event for event in reversed(came)}
        made = _insert(connection, turns).on_conflict_do_nothing().returning(turns.c.key)
        new = set(connection.scalars(made, [_row(event) for event in first.values()]))
        kept: list[Heard] = []
        for event in came:
            if event.key not in new or event is not first[event.key]:
                continue
            if isinstance(event, Booked):
                figures[event.day, "request", ""] += 1
                continue
            figures.update(_figures(event))
            if event.kept and event.text:
                kept.append(event)
        self._put(connection, kept, kb)

    def _rate(self, connection: Connection, rated: Rated, kb: KnowledgeBase, figures: Figures) -> None:
        """The last word counts. A rating of nothing that is known is none: whoever makes them up changes no figure."""
        newest = select(turns).where(turns.c.ask == rated.ask, turns.c.ask != "").order_by(turns.c.at.desc()).limit(1)
        row = connection.execute(newest).first()
        if row is None or row.rated == rated.rating:
            return
        connection.execute(update(turns).where(turns.c.key == row.key).values(rated=rated.rating))
        figures[row.day, "rated", rated.rating] += 1
        if row.rated:
            figures[row.day, "rated", row.rated] -= 1
        text = rated.text or self._opened(row.words)
        if rated.rating != "yes" and text and row.result == "answered":
            # Misunderstood, perhaps: it goes by its words, not by what they were taken for.
            self._put(connection, [Heard(row.key, row.ask, row.at, row.day, row.kind, "answered", text=text)], kb)

    def _put(self, connection: Connection, kept: Sequence[Heard], kb: KnowledgeBase) -> None:
        """Stores the words of messages, each with those that ask the same."""
        rows: list[dict[str, Any]] = []
        in_vain: dict[int, dict[str, Any]] = {}
        for heard in kept:
            number = self._group(connection, heard, kb)
            near = json.dumps(heard.near) if heard.near else ""
            rows.append({"of": heard.key, "words": self.cipher.seal(heard.text), "near": near, "question": number})
            if heard.result in UNANSWERED:
                in_vain[number] = {"of": number, "changed_at": heard.at}
        if rows:
            connection.execute(update(turns).where(turns.c.key == bindparam("of")), rows)
        if in_vain:  # said to be answered, and asked in vain again
            mended = (questions.c.id == bindparam("of"), questions.c.state == "answered")
            connection.execute(update(questions).where(*mended).values(state="open", note=""), list(in_vain.values()))

    def _group(self, connection: Connection, heard: Heard, kb: KnowledgeBase) -> int:
        assert self._groups is not None  # noqa: S101  (narrowing; `keep` has looked)
        if heard.topic:
            number = connection.scalar(select(questions.c.id).where(questions.c.topic == heard.topic).limit(1))
        else:
            found = marks(kb, heard.text)
            number = self._groups.nearest(found)
        if number is None:
            row = {"lead": heard.key, "topic": heard.topic[:64], "state": "open", "note": "", "changed_at": heard.at}
            number = connection.execute(insert(questions).values(row).returning(questions.c.id)).scalar_one()
            if not heard.topic:
                self._groups.add(number, found)
        return int(number)

    def _look(self, connection: Connection, kb: KnowledgeBase) -> None:
        """Learns the groups that are new to this process."""
        if self._groups is None:
            self._groups, self._last = Groups(), 0
        lead = select(questions.c.id, questions.c.topic, turns.c.words).join(turns, turns.c.key == questions.c.lead)
        newest = lead.where(questions.c.id > self._last).order_by(questions.c.id.desc()).limit(MOST_GROUPS)
        for row in reversed(connection.execute(newest).all()):
            self._last = row.id
            text = "" if row.topic else self._opened(row.words)
            if text:
                self._groups.add(row.id, marks(kb, text))

    def _opened(self, words: str) -> str:
        try:
            return self.cipher.open(words) if words else ""
        except KeyMissing:
            return ""


def _figures(heard: Heard) -> Figures:
    """What a message counts for."""
    found: Figures = Counter({(heard.day, "kind", heard.kind): 1})
    if heard.flag and heard.kind in ("emergency", "urgent", "precaution"):
        found[heard.day, heard.kind, heard.flag[:200]] += 1
    if heard.kind in ("emergency", "urgent"):
        return found
    bucket = next((str(most) for most in BUCKETS if heard.milliseconds <= most), "more")
    labels = {"result": heard.result, "language": heard.language, "section": heard.section[:200], "ms": bucket}
    found.update({(heard.day, what, label): 1 for what, label in labels.items() if label})
    if heard.offered:
        found[heard.day, "offer", ""] += 1
    return found


def _row(event: Heard | Booked) -> dict[str, Any]:
    row = {"key": event.key, "ask": "", "at": event.at, "day": event.day, "kind": "request", "result": "other", "flag": "",
           "section": "", "rated": "", "question": None, "words": "", "near": ""}  # fmt: skip
    if isinstance(event, Heard):
        row |= {
            "ask": event.ask,
            "kind": event.kind,
            "result": event.result,
            "flag": event.flag[:48],
            "section": event.section[:200],
        }
    return row


def _add(connection: Connection, figures: Figures) -> None:
    # Always in one order: two processes must not wait for each other.
    rows = [
        {"day": day, "what": what, "label": label, "number": number} for (day, what, label), number in sorted(figures.items())
    ]
    if rows:
        made = _insert(connection, days)
        both = {"number": days.c.number + made.excluded.number}
        connection.execute(made.on_conflict_do_update(index_elements=[days.c.day, days.c.what, days.c.label], set_=both), rows)


def _insert(connection: Connection, table: Table) -> Any:
    # By name: PostgreSQL's part takes 30 ms of the start and 2 MiB, for nothing beside an SQLite file.
    return import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)


def _tidy(connection: Connection) -> None:
    """Removes groups without a message, and lets the oldest message stand for a group that lost its first."""
    mine = turns.c.question == questions.c.id
    connection.execute(delete(questions).where(~exists().where(mine)))
    oldest = select(turns.c.key).where(mine).order_by(turns.c.at).limit(1).scalar_subquery()
    connection.execute(update(questions).where(~exists().where(turns.c.key == questions.c.lead)).values(lead=oldest))
