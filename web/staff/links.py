"""Links that work once: for the first owner, for whoever is invited, for whoever lost the password or the phone."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from web.staff.people import Person, Role, nobody
from web.store_database import Database
from web.store_schema import links

DAYS = 3
FIRST = "the first start"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for."""

    id: str  #: digest of what the link holds
    name: str
    role: Role
    person: int | None  #: whose password it sets; None: it makes an account
    made_by: str
    made_at: float  #: seconds since 1970
    ends_at: float


def invite(
    database: Database, name: str, role: Role, made_by: str, person: Person | None = None, now: float | None = None
) -> str:
    """Makes a link; what it holds is known to whoever gets it, and to nobody else."""
    token, moment = secrets.token_urlsafe(24), time.time() if now is None else now
    row = Link(_digest(token), name, role, person.id if person else None, made_by, moment, moment + DAYS * 86_400)
    with database.writing() as connection:
        connection.execute(delete(links).where(links.c.ends_at < moment))
        connection.execute(insert(links).values({field: getattr(row, field) for field in Link.__slots__}))
    return token


def first(database: Database) -> str:
    """The link for the first owner; "" if somebody has an account. An older one that nobody used is worth nothing then."""
    if not nobody(database):
        return ""
    with database.writing() as connection:
        connection.execute(delete(links).where(links.c.made_by == FIRST))
    return invite(database, "", "owner", FIRST)


def find(database: Database, token: str, now: float | None = None) -> Link | None:
    """The link that holds this, if it still works."""
    moment = time.time() if now is None else now
    with database.reading() as connection:
        row = connection.execute(select(links).where(links.c.id == _digest(token), links.c.ends_at > moment)).first()
    return Link(*row) if row else None


def waiting(database: Database, now: float | None = None) -> list[Link]:
    """The links that nobody has used yet, newest first."""
    moment = time.time() if now is None else now
    with database.reading() as connection:
        rows = connection.execute(select(links).where(links.c.ends_at > moment).order_by(links.c.made_at.desc())).all()
    return [Link(*row) for row in rows]


def take_back(database: Database, id: str) -> bool:
    """Makes a link worthless; whether it was there."""
    with database.writing() as connection:
        return bool(connection.execute(delete(links).where(links.c.id == id)).rowcount)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
