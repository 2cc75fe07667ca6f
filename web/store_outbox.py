"""Notices on their way out: written in the transaction of what they tell, sent until they have arrived.

A notice is taken by moving the time when it is due: whoever dies while sending it leaves it to come due again. So each
goes out at least once, and under the same id each time.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, func, insert, or_, select, update

from web.store_database import Database
from web.store_schema import notices

Event = Literal["created", "cancelled"]
Channel = Literal["staff", "visitor", "webhook"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
LEASE_SECONDS = 60.0  # longer than an attempt takes, but for a mail server that drips; then a second one goes out
WAITS = (10.0, 60.0, 300.0, 900.0, 3600.0)  # seconds after the first, second... failure; the last one for all further
GIVE_UP_SECONDS = 5 * 86_400.0
LONGEST_SECONDS = WAITS[-1] + LEASE_SECONDS  # that a notice waits; one that claims more is older than a clock that was set back


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell somebody about a request."""

    id: str
    request: str  #: the request's id
    channel: Channel
    event: Event
    state: str  #: waiting, sent or failed
    created_at: float
    due_at: float
    attempts: int
    error: str  #: why the last attempt failed


def put(connection: Connection, request: str, event: Event, channels: Iterable[Channel], now: float) -> None:
    """Writes one notice a channel into the caller's transaction."""
    rows = [
        {"id": str(uuid.uuid4()), "request": request, "channel": channel, "event": event, "state": "waiting",
         "created_at": now, "due_at": now, "attempts": 0, "error": ""}
        for channel in channels
    ]  # fmt: skip
    if rows:
        connection.execute(insert(notices), rows)


class Outbox:
    """The notices of a database. Every verb raises StoreDown when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_due(self, now: float | None = None) -> float | None:
        """When the next notice is due, seconds since 1970; None if none waits."""
        moment = time.time() if now is None else now
        ends = select(func.min(notices.c.due_at), func.max(notices.c.due_at)).where(notices.c.state == "waiting")
        with self._database.reading() as connection:
            first, last = connection.execute(ends).one()
        if first is None:
            return None
        return moment if last > moment + LONGEST_SECONDS else float(first)

    def take(self, now: float | None = None) -> Notice | None:
        """The notice that has been due the longest; nobody else gets it while its lease lasts."""
        moment = time.time() if now is None else now
        when = or_(notices.c.due_at <= moment, notices.c.due_at > moment + LONGEST_SECONDS)
        due = select(notices.c.id).where(notices.c.state == "waiting", when).order_by(notices.c.due_at)
        with self._database.writing() as connection:
            name = connection.scalar(due.limit(1).with_for_update(skip_locked=True))
            if name is None:
                return None
            change = update(notices).where(notices.c.id == name)
            row = connection.execute(
                change.values(due_at=moment + LEASE_SECONDS, attempts=notices.c.attempts + 1).returning(notices)
            ).one()
        return Notice(**row._mapping)

    def sent(self, notice: Notice) -> None:
        """It has arrived."""
        with self._database.writing() as connection:
            connection.execute(update(notices).where(notices.c.id == notice.id).values(state="sent", error=""))

    def failed(self, notice: Notice, error: str, permanent: bool, now: float | None = None) -> None:
        """It did not arrive: tried again later, or never again if that is of no use."""
        moment = time.time() if now is None else now
        late = moment - notice.created_at > GIVE_UP_SECONDS
        if late and not permanent:
            error = f"given up after {GIVE_UP_SECONDS / 86_400:.0f} days: {error}"
        values = {
            "state": "failed" if permanent or late else "waiting",
            "error": error[:200],
            "due_at": moment + _wait(notice.attempts),
        }
        with self._database.writing() as connection:
            connection.execute(update(notices).where(notices.c.id == notice.id).values(values))

    def in_state(self, state: str) -> list[Notice]:
        """The notices that wait, were sent, or failed for good; oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(notices).where(notices.c.state == state).order_by(notices.c.created_at)).all()
        return [Notice(**row._mapping) for row in rows]

    def again(self, now: float | None = None) -> int:
        """Puts everything that failed or waits back to the front, with five days to arrive; how many that are."""
        moment = time.time() if now is None else now
        change = update(notices).where(notices.c.state.in_(("waiting", "failed")))
        with self._database.writing() as connection:
            return connection.execute(change.values(state="waiting", due_at=moment, created_at=moment, attempts=0)).rowcount


def _wait(attempts: int) -> float:
    return WAITS[min(attempts, len(WAITS)) - 1]
