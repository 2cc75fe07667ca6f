"""Drafts: what somebody has changed and not published yet. One a file and person, kept in the database.

A draft remembers which text it began from (`base`) and counts its changes (`revision`): a second tab, or somebody who
published in between, is noticed before anything is overwritten.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from web.staff.folder import digest
from web.store_database import Database
from web.store_schema import drafts

_FIRST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that is not published yet."""

    author: int
    name: str  #: of the author
    path: str
    base: str  #: digest of the text that it began from; "" for a new file
    text: str | None  #: None: the file is to go
    revision: int  #: one more with each change; 0 where there is no draft
    note: str
    changed_at: float  #: seconds since 1970


@dataclass(frozen=True, slots=True)
class Stale:
    """Nothing was saved: the draft had been changed in another tab in between. Both texts are here."""

    saved: Draft | None  #: what is kept now; None: it was published or thrown away
    typed: str | None


class Drafts:
    """The drafts of a database. Every verb raises StoreDown when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, author: int) -> list[Draft]:
        """Everything that a person has not published yet, by path."""
        return self._all(drafts.c.author == author)

    def others(self, author: int, path: str) -> list[Draft]:
        """Drafts that other people have of the same file."""
        return self._all(and_(drafts.c.author != author, drafts.c.path == path))

    def all(self) -> list[Draft]:
        """Everybody's."""
        return self._all(drafts.c.author.is_not(None))

    def get(self, author: int, path: str) -> Draft | None:
        """The draft of one file."""
        return next(iter(self._all(and_(drafts.c.author == author, drafts.c.path == path))), None)

    def save(
        self, author: Author, path: str, text: str | None, live: str | None, revision: int | None = None,
        note: str = "", now: float | None = None,
    ) -> Draft | Stale:  # fmt: skip
        """Keeps a text. `live` is the file's text now, what a first draft begins from. `revision` is that of the draft
        which the author was looking at (0: none yet); None saves whatever is there."""
        moment = time.time() if now is None else now
        mine = and_(drafts.c.author == author.id, drafts.c.path == path)
        try:
            with self._database.writing() as connection:
                row = connection.execute(select(drafts).where(mine)).first()
                seen = row.revision if row else 0
                if revision is not None and revision != seen:
                    return Stale(_draft(row) if row else None, text)
                # A draft that begins anew must not be taken for one that was thrown away: it counts from somewhere else.
                counted = seen + 1 if seen else 1 + secrets.randbelow(_FIRST)
                values = {"text": text, "revision": counted, "changed_at": moment, "name": author.name[:80]}
                if note or not row:
                    values["note"] = note[:300]
                change: Any = update(drafts).where(mine) if row else insert(drafts)
                if not row:
                    values |= {"author": author.id, "path": path, "base": digest(live)}
                return _draft(connection.execute(change.values(**values).returning(drafts)).one())
        except IntegrityError:  # another tab was faster by a moment
            return Stale(self.get(author.id, path), text)

    def rebase(self, author: int, path: str, live: str | None) -> None:
        """From now on the draft counts as begun from the text that is live: its author has seen both."""
        mine = and_(drafts.c.author == author, drafts.c.path == path)
        with self._database.writing() as connection:
            connection.execute(update(drafts).where(mine).values(base=digest(live)))

    def discard(self, author: int, path: str, revision: int | None = None) -> bool:
        """Throws a draft away; only if it is still the one that was seen, where `revision` says which. Whether it did."""
        mine = and_(drafts.c.author == author, drafts.c.path == path)
        if revision is not None:
            mine = and_(mine, drafts.c.revision == revision)
        with self._database.writing() as connection:
            return bool(connection.execute(delete(drafts).where(mine)).rowcount)

    def _all(self, condition: Any) -> list[Draft]:
        with self._database.reading() as connection:
            rows = connection.execute(select(drafts).where(condition).order_by(drafts.c.path, drafts.c.author)).all()
        return [_draft(row) for row in rows]


def _draft(row: Row[Any]) -> Draft:
    return Draft(**row._mapping)
