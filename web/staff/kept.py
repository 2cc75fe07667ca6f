"""What somebody was typing when the session ended: kept for that person, sealed, until it is sent or a day has passed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from web.mount import PREFIX
from web.store_database import Database
from web.store_keys import Cipher, KeyMissing
from web.store_schema import kept as table

KEEP_SECONDS = 86_400.0
MOST = 200_000  # letters in all
Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was not sent."""

    path: str  #: where it goes, below `/staff/`
    at: float  #: seconds since 1970
    fields: Fields


def keep(database: Database, cipher: Cipher, person: int, path: str, fields: Fields, now: float | None = None) -> bool:
    """Keeps a form in the place of an older one; false if there is nothing in it, or too much."""
    fields = [(name, text) for name, text in fields if name != "csrf_token" and not name.startswith("_")]
    size = sum(len(text) for _, text in fields)
    if not path.startswith(f"{PREFIX}/") or len(path) > 300 or not 0 < size <= MOST:
        return False
    moment = time.time() if now is None else now
    with database.writing() as connection:
        connection.execute(delete(table).where(table.c.person == person))
        connection.execute(insert(table).values(person=person, path=path, at=moment, sealed=cipher.seal(json.dumps(fields))))
    return True


def find(database: Database, cipher: Cipher, person: int, now: float | None = None) -> Kept | None:
    """What is kept for somebody."""
    moment = time.time() if now is None else now
    with database.reading() as connection:
        row = connection.execute(select(table).where(table.c.person == person, table.c.at > moment - KEEP_SECONDS)).first()
    if row is None:
        return None
    try:
        return Kept(row.path, row.at, [(name, text) for name, text in json.loads(cipher.open(row.sealed))])
    except KeyMissing:
        return None


def waits(database: Database, person: int, now: float | None = None) -> bool:
    """Whether something is kept for somebody."""
    moment = time.time() if now is None else now
    wanted = select(table.c.person).where(table.c.person == person, table.c.at > moment - KEEP_SECONDS)
    with database.reading() as connection:
        return connection.execute(wanted).first() is not None


def drop(database: Database, person: int) -> None:
    """Forgets it."""
    with database.writing() as connection:
        connection.execute(delete(table).where(table.c.person == person))
