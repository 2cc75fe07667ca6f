"""Which servers answer visitors, and from which version of the knowledge: each says so in the database they share."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, insert, or_, select

from bot.knowledge import Library
from web.store_database import Database, StoreDown
from web.store_schema import servers as table

BEAT_SECONDS = 10.0
GONE_SECONDS = 30.0  # since a server was heard of; it is not there any more
_log = logging.getLogger("pinpoint.servers")


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers visitors."""

    name: str  #: host and number of the process
    version: str
    since: float  #: seconds since 1970; it answers from this version


@dataclass(frozen=True, slots=True)
class Fleet:
    """All servers of the clinic."""

    servers: tuple[Server, ...]
    version: str  #: the newest one that any of them answers from

    @property
    def behind(self) -> tuple[Server, ...]:
        """Those that answer from another version."""
        return tuple(one for one in self.servers if one.version != self.version)


class Presence:
    """The thread that says, at every change and every few seconds, what this server answers from."""

    def __init__(self, database: Database, library: Library) -> None:
        self._database, self._library = database, library
        self._id, self._name = secrets.token_hex(8), f"{socket.gethostname()}:{os.getpid()}"[:80]
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        """Begins to say it."""
        self._library.told.append(self._wake.set)
        self._thread.start()

    def stop(self) -> None:
        """This server is not there any more."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
            with suppress(StoreDown), self._database.writing() as connection:
                connection.execute(delete(table).where(table.c.id == self._id))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.beat()
            except StoreDown:
                pass  # whoever looks after the database knows already
            except Exception as error:  # a thread that ends here would make this server look gone
                _log.error("the other servers are not told of this one: %s", type(error).__name__)
            self._wake.wait(BEAT_SECONDS)

    def beat(self, now: float | None = None) -> None:
        """Says it once. Raises StoreDown."""
        moment, live = time.time() if now is None else now, self._library.current
        mine = {"id": self._id, "name": self._name, "version": live.version, "since": live.loaded_at, "seen_at": moment}
        with self._database.writing() as connection:
            connection.execute(delete(table).where(or_(table.c.id == self._id, table.c.seen_at < moment - 10 * GONE_SECONDS)))
            connection.execute(insert(table).values(mine))


def fleet(database: Database, now: float | None = None) -> Fleet:
    """The servers that were heard of lately. Raises StoreDown."""
    moment = time.time() if now is None else now
    lately = select(table.c.name, table.c.version, table.c.since).where(table.c.seen_at > moment - GONE_SECONDS)
    with database.reading() as connection:
        found = tuple(Server(*row) for row in connection.execute(lately.order_by(table.c.name)).all())
    return Fleet(found, max(found, key=lambda one: one.since).version if found else "")
