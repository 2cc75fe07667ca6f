"""How a database is opened: SQLite that is safe against a power cut by default, PostgreSQL by its address."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.pool import ConnectionPoolEntry

GONE_SECONDS = 10  # until a PostgreSQL whose machine fell silent counts as gone; the system would wait a quarter of an hour
WAIT_SECONDS = 3  # how long a request waits for a database that is busy, locked or not there
_READ = "pinpoint_read"


def open_engine(address: str) -> Engine:
    """The engine for `DATABASE_URL`; connects to nothing yet."""
    url = make_url(address)
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def reader(engine: Engine) -> Engine:
    """The same engine for transactions that only read: they wait for no writer."""
    return engine.execution_options(**{_READ: True})


def single(engine: Engine) -> Engine:
    """The same engine, each statement a transaction of its own: nothing is locked between two of them."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def sqlite_file(engine: Engine) -> Path | None:
    """The file of an SQLite database, else None."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name else None


def make_file(path: Path) -> None:
    """An empty file for SQLite, readable by the owner only; a file that is there stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _sqlite(url: URL) -> Engine:
    """WAL with `synchronous=FULL`: what was committed survives a power cut, readers and the writer do not wait for each other.

    The file is never made here: a database that somebody moved away while the service runs is an error to show, not an
    empty one to go on with. For the same reason a connection to a file that is no longer the one at its path is dropped.
    """
    path = Path(url.database or "")
    where = f"file:{quote(str(path))}?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(where, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)

    engine = create_engine(url, creator=connect, pool_timeout=WAIT_SECONDS)

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = _file(path)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            raw.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "checkout")
    def same_file(raw: Any, entry: ConnectionPoolEntry, proxy: Any) -> None:
        if entry.info.get("file") != _file(path):
            raise exc.DisconnectionError("the database file was replaced")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE: a transaction that reads first and writes later would fail at once where it should wait.
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return
        reads = options.get(_READ)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _file(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgresql(url: URL) -> Engine:
    """psycopg 3; a connection that the server has dropped is noticed before it is used."""
    url = url.set(drivername="postgresql+psycopg")
    patience = {"connect_timeout": WAIT_SECONDS, "tcp_user_timeout": GONE_SECONDS * 1000,
                "keepalives_idle": GONE_SECONDS, "keepalives_interval": 2, "keepalives_count": 3}  # fmt: skip
    engine = create_engine(url, pool_pre_ping=True, pool_timeout=WAIT_SECONDS, connect_args=patience)

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, entry: ConnectionPoolEntry) -> None:
        before, raw.autocommit = raw.autocommit, True
        for name, value in (
            ("statement_timeout", WAIT_SECONDS * 1000),
            ("lock_timeout", WAIT_SECONDS * 1000),
            ("synchronous_commit", "on"),
        ):
            raw.execute(f"SET {name} = '{value}'")
        raw.autocommit = before

    return engine
