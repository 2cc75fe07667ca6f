"""Who did what on the desk: a table that is only ever added to, and holds no word of a visitor."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from web.services import services
from web.staff.people import person
from web.store_database import Database
from web.store_schema import audit as table


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table."""

    at: float  #: seconds since 1970
    who: str
    action: str
    what: str


def audit(action: str, what: str = "") -> None:
    """Writes that the signed-in person did `action` ("request read", "article published") to `what` (a reference, a file's
    name, a count; never a visitor's words). Raises StoreDown: what cannot be written down must not happen."""
    with services().store.database.writing() as connection:
        note(connection, person().name, action, what)


def note(connection: Connection, who: str, action: str, what: str = "", now: float | None = None) -> None:
    """The same inside the caller's transaction."""
    moment = time.time() if now is None else now
    connection.execute(insert(table).values(at=moment, who=who[:80], action=action[:40], what=what[:200]))


def count(database: Database, action: str, since: float) -> int:
    """How often something was done since then."""
    wanted = select(func.count()).select_from(table).where(table.c.at >= since, table.c.action == action)
    with database.reading() as connection:
        return connection.scalar(wanted) or 0


def entries(database: Database, page: int = 0, size: int = 100) -> tuple[list[Entry], int]:
    """(one page of the table, newest first; how many entries there are)"""
    wanted = select(table.c.at, table.c.who, table.c.action, table.c.what).order_by(table.c.id.desc())
    with database.reading() as connection:
        rows = connection.execute(wanted.limit(size).offset(page * size)).all()
        count = connection.scalar(select(func.count()).select_from(table)) or 0
    return [Entry(*row) for row in rows], count
