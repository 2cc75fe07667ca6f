"""Sessions that the server can end: the cookie holds a number, the database when it was last used.

Fifteen minutes without a sign of life end one; so do signing out, a new password and an owner. A stolen cookie is worth
nothing after that.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from flask import session
from sqlalchemy import and_, delete, insert, or_, select, update

from web.staff.people import Person, find
from web.store_database import Database
from web.store_schema import sessions, staff

IDLE_SECONDS = 15 * 60.0
LONGEST_SECONDS = 12 * 3600.0  # a working day, and then again with the password
_NAME = "desk"
_WRITE_SECONDS = 20.0  # a sign of life is written down at most so often


def begin(database: Database, user: int, now: float | None = None) -> None:
    """Starts a session for the person with this id, and forgets those that have ended."""
    moment = time.time() if now is None else now
    token = session[_NAME] = secrets.token_urlsafe(24)
    session.permanent = True  # for LONGEST_SECONDS; the idle time is the server's to watch
    with database.writing() as connection:
        connection.execute(
            delete(sessions).where(or_(sessions.c.began_at < moment - LONGEST_SECONDS, sessions.c.seen_at < moment - 86_400))
        )
        connection.execute(insert(sessions).values(id=_digest(token), person=user, began_at=moment, seen_at=moment))
        connection.execute(update(staff).where(staff.c.id == user).values(signed_in_at=moment))


def current(database: Database, now: float | None = None) -> tuple[Person | None, bool]:
    """(whom the cookie belongs to, whether the session still runs)"""
    token, moment = session.get(_NAME), time.time() if now is None else now
    if not isinstance(token, str):
        return None, False
    with database.reading() as connection:
        row = connection.execute(select(sessions).where(sessions.c.id == _digest(token))).first()
        owner = find(connection, staff.c.id == row.person) if row else None
    if row is None or owner is None or not owner.active:
        return None, False
    runs = row.seen_at > moment - IDLE_SECONDS and row.began_at > moment - LONGEST_SECONDS
    if runs and row.seen_at < moment - _WRITE_SECONDS:
        with database.writing() as connection:
            connection.execute(update(sessions).where(sessions.c.id == row.id).values(seen_at=moment))
    return owner, runs


@dataclass(frozen=True, slots=True)
class Running:
    """One place where a person is signed in; times in seconds since 1970."""

    began_at: float
    seen_at: float
    mine: bool  #: whether it is the one of this cookie


def running(database: Database, user: int, now: float | None = None) -> list[Running]:
    """Where this person is signed in, the place that was used last first."""
    moment, mine = time.time() if now is None else now, _digest(str(session.get(_NAME)))
    alive = and_(sessions.c.seen_at > moment - IDLE_SECONDS, sessions.c.began_at > moment - LONGEST_SECONDS)
    with database.reading() as connection:
        rows = connection.execute(
            select(sessions).where(sessions.c.person == user, alive).order_by(sessions.c.seen_at.desc())
        ).all()
    return [Running(row.began_at, row.seen_at, row.id == mine) for row in rows]


def end(database: Database) -> None:
    """Ends the session of this cookie."""
    token = session.pop(_NAME, None)
    if isinstance(token, str):
        with database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == _digest(token)))


def end_all(database: Database, user: int, but_mine: bool = False) -> None:
    """Ends the sessions of a person; perhaps all but the one of this cookie."""
    gone = delete(sessions).where(sessions.c.person == user)
    mine = session.get(_NAME) if but_mine else None
    with database.writing() as connection:
        connection.execute(gone.where(sessions.c.id != _digest(mine)) if isinstance(mine, str) else gone)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
