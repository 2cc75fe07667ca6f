"""What staff note about a request: only ever added to, so that two people never overwrite each other; sealed like the request."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from web.store_database import Database
from web.store_keys import Cipher, KeyMissing
from web.store_schema import notes, requests

MOST = 2000  # letters of one note


@dataclass(frozen=True, slots=True)
class Note:
    """Something that somebody wrote down."""

    at: float  #: seconds since 1970
    author: str
    text: str


class Notes:
    """The notes of a database. Every verb raises StoreDown when it cannot be used."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database, self._cipher = database, cipher

    def add(self, reference: str, author: str, text: str, now: float | None = None) -> bool:
        """Adds a note to the request with this reference (as it is stored); false if there is none."""
        moment = time.time() if now is None else now
        sealed = self._cipher.seal(text[:MOST])
        touch = update(requests).where(requests.c.reference == reference).values(changed_at=moment)
        with self._database.writing() as connection:
            found = connection.scalar(touch.returning(requests.c.id))
            if found is not None:
                connection.execute(insert(notes).values(request=found, at=moment, author=author[:80], sealed=sealed))
        return found is not None

    def all(self) -> dict[str, list[Note]]:
        """The notes of all requests, by the request's id."""
        found: dict[str, list[Note]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(select(notes).order_by(notes.c.id)).all()
        for row in rows:
            found.setdefault(row.request, []).append(Note(row.at, row.author, self._opened(row.sealed)))
        return found

    def of(self, request: str) -> list[Note]:
        """The notes of the request with this id, oldest first."""
        wanted = select(notes).where(notes.c.request == request).order_by(notes.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return [Note(row.at, row.author, self._opened(row.sealed)) for row in rows]

    def seal_again(self) -> int:
        """Seals every note with the newest key, in one transaction; how many that were. Raises KeyMissing."""
        with self._database.writing() as connection:
            rows = connection.execute(select(notes.c.id, notes.c.sealed)).all()
            for row in rows:
                connection.execute(update(notes).where(notes.c.id == row.id).values(sealed=self._cipher.again(row.sealed)))
        return len(rows)

    def _opened(self, sealed: str) -> str:
        try:
            return self._cipher.open(sealed)
        except KeyMissing:
            return "(sealed with a key that is not here: see CONTACT_KEY)"
