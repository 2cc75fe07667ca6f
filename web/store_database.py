"""The database as the rest sees it: two kinds of transactions, and one error for all that can go wrong with it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from web.locked import locked
from web.store_engine import make_file, open_engine, reader, sqlite_file
from web.store_schema import NewerSchema, migrate

_DESK = 7_316_802_246  # the lock of those who write the knowledge; see `store_schema` for the other one
_log = logging.getLogger("pinpoint.store")


class StoreDown(Exception):
    """The database cannot be used just now. Whether the last write was kept is not known: try again with the same id."""


class Database:
    """Opens by its address; is made, or brought up to date, the first time it can be reached."""

    def __init__(self, address: str) -> None:
        self.engine = open_engine(address)
        self._reader = reader(self.engine)
        self.down = False  #: whether it could not be used when it was last tried
        self._ready = False
        self._lock = threading.Lock()

    def start(self) -> bool:
        """Brings the schema up to date; false (and a line in the log) if that has to wait until the database is there."""
        try:
            self._prepare()
        except StoreDown:
            return False
        return True

    def stop(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed, on disk, when the block ends. Raises StoreDown, and IntegrityError as it is."""
        yield from self._transaction(reads=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that writes nothing and waits for no writer. Raises StoreDown."""
        yield from self._transaction(reads=True)

    @contextmanager
    def alone(self, seconds: float) -> Iterator[None]:
        """One at a time among all processes that share the database; whoever dies lets go. Raises StoreDown if another one
        takes longer than that."""
        if self.engine.dialect.name == "sqlite":
            self._prepare()
            path = sqlite_file(self.engine)
            try:
                with locked(path.with_name(f"{path.name}.desk"), seconds) if path else nullcontext():
                    yield
            except OSError as error:
                raise StoreDown("another process is at work, or its lock cannot be made") from error
            return
        with self.writing() as connection:
            end = time.monotonic() + seconds
            while not connection.scalar(select(func.pg_try_advisory_xact_lock(_DESK))):
                if time.monotonic() > end:
                    raise StoreDown("another process is at work")
                time.sleep(0.05)
            yield

    def _transaction(self, reads: bool) -> Iterator[Connection]:
        self._prepare()
        try:
            with (self._reader if reads else self.engine).begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except (SQLAlchemyError, OSError) as error:
            raise self._is_down("did not answer", error) from error
        self.down = False

    def _prepare(self) -> None:
        if self._ready:
            return
        with self._lock:
            try:
                path = sqlite_file(self.engine)
                if path is not None:
                    make_file(path)
                with self.engine.begin() as connection:
                    migrate(connection)
            except (SQLAlchemyError, OSError) as error:
                raise self._is_down("cannot be opened", error) from error
            except NewerSchema as error:
                raise self._is_down("was made by a newer version of this program", error) from error
            self._ready = True

    def _is_down(self, what: str, error: Exception) -> StoreDown:
        self.down = True
        cause = getattr(error, "orig", None) or error
        _log.error("the database %s: %s", what, type(cause).__name__)  # an error's text may hold what was to be stored
        return StoreDown(f"the database {what}")
