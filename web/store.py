"""Requests for an appointment: stored and committed before they are confirmed, the same id twice is the same request."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from alembic.util import CommandError
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from web.store_engine import make_file, open_engine, reader, sqlite_file
from web.store_keys import Cipher
from web.store_schema import migrate, requests

Status = Literal["new", "called", "booked", "closed", "cancelled"]
STATUSES: tuple[Status, ...] = get_args(Status)
_SAID = "CFHJKMNRTWXY23456789"  # told apart on the phone and on paper; without vowels no word comes about
_log = logging.getLogger("pinpoint.store")


class StoreDown(Exception):
    """The database cannot be used just now. Whether the last write was kept is not known: try again with the same id."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What the visitor typed; sealed in the database."""

    name: str
    phone: str = ""  #: as "+12125550100"
    email: str = ""
    times: str = ""  #: days and times that suit, in their words
    reason: str = ""  #: from the clinic's list, in the clinic's first language
    copy: bool = False  #: asked for a copy by e-mail


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is stored."""

    id: str
    reference: str  #: to be said on the phone, as "K7M-4XR"
    status: Status
    created_at: float
    changed_at: float
    language: str
    consent: str  #: version of the text that was agreed to
    contact: Contact


class Store:
    """The requests of one clinic. Every verb raises StoreDown when the database cannot be used."""

    def __init__(self, address: str, cipher: Cipher) -> None:
        self.engine = open_engine(address)
        self.cipher = cipher
        self._reader = reader(self.engine)
        self._ready = False
        self._lock = threading.Lock()

    def start(self) -> bool:
        """Makes or updates the schema; false (and a line in the log) if that has to wait until the database is there."""
        try:
            with self._lock:
                self._prepare()
        except StoreDown:
            return False
        return True

    def stop(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def _prepare(self) -> None:
        if self._ready:
            return
        try:
            path = sqlite_file(self.engine)
            if path is not None:
                make_file(path)
            with self.engine.begin() as connection:
                migrate(connection)
        except (SQLAlchemyError, OSError) as error:
            raise _down("cannot be opened", error) from error
        except CommandError as error:
            raise _down("was made by a newer version of this program", error) from error
        self._ready = True

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed, on disk, when the block ends."""
        yield from self._transaction(reads=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that writes nothing."""
        yield from self._transaction(reads=True)

    def _transaction(self, reads: bool) -> Iterator[Connection]:
        if not self._ready:
            with self._lock:
                self._prepare()
        try:
            with (self._reader if reads else self.engine).begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except (SQLAlchemyError, OSError) as error:
            raise _down("did not answer", error) from error

    def add(self, id: str, contact: Contact, language: str, consent: str, now: float | None = None) -> Request:
        """Stores a request; with an id that is known, gives the one that is stored."""
        sealed = self.cipher.seal(json.dumps(asdict(contact), ensure_ascii=False))
        moment = time.time() if now is None else now
        for _ in range(8):  # another process may take the id or the reference between our look and our write
            made = Request(id, new_reference(), "new", moment, moment, language, consent, contact)
            try:
                with self.writing() as connection:
                    known = connection.execute(select(requests).where(requests.c.id == id)).first()
                    if known:
                        return self._opened(known)
                    connection.execute(insert(requests).values({**_columns(made), "sealed": sealed}))
                return made  # behind the commit, where it is true
            except IntegrityError:
                continue
        raise StoreDown("no reference was free")

    def known(self, id: str) -> Request | None:
        """The request that a visitor has sent under this id."""
        return self._one(requests.c.id == id)

    def find(self, reference: str) -> Request | None:
        """The request with this reference, however it was written."""
        return self._one(requests.c.reference == tidy(reference))

    def _one(self, condition: Any) -> Request | None:
        with self.reading() as connection:
            row = connection.execute(select(requests).where(condition)).first()
        return self._opened(row) if row else None

    def all(self, *statuses: Status) -> list[Request]:
        """Requests, oldest first; all of them, or those of some statuses."""
        wanted = select(requests).order_by(requests.c.created_at)
        with self.reading() as connection:
            rows = connection.execute(wanted.where(requests.c.status.in_(statuses)) if statuses else wanted).all()
        return [self._opened(row) for row in rows]

    def mark(self, reference: str, status: Status, now: float | None = None) -> Request | None:
        """Gives a request another status; None if there is none with this reference."""
        moment = time.time() if now is None else now
        change = update(requests).where(requests.c.reference == tidy(reference)).values(status=status, changed_at=moment)
        with self.writing() as connection:
            row = connection.execute(change.returning(requests)).first()
        return self._opened(row) if row else None

    def delete(self, reference: str) -> bool:
        """Removes a request and everything about it; false if there is none."""
        with self.writing() as connection:
            return bool(connection.execute(delete(requests).where(requests.c.reference == tidy(reference))).rowcount)

    def purge(self, before: float) -> int:
        """Removes what nobody has touched since then; how many that were."""
        with self.writing() as connection:
            return connection.execute(delete(requests).where(requests.c.changed_at < before)).rowcount

    def _opened(self, row: Row[Any]) -> Request:
        values = dict(row._mapping)
        contact = Contact(**json.loads(self.cipher.open(values.pop("sealed"))))
        return Request(**values, contact=contact)


def _columns(request: Request) -> dict[str, Any]:
    return {column.name: getattr(request, column.name) for column in requests.c if column.name != "sealed"}


def new_reference() -> str:
    """A reference such as "K7M-4XR": 64 million of them, none to be guessed."""
    letters = [secrets.choice(_SAID) for _ in range(6)]
    return f"{''.join(letters[:3])}-{''.join(letters[3:])}"


def tidy(reference: str) -> str:
    """A reference as it is stored: "k7m 4xr" is "K7M-4XR"."""
    letters = "".join(c for c in reference.upper() if c.isascii() and c.isalnum())[:12]
    return f"{letters[:3]}-{letters[3:]}"


def _down(what: str, error: Exception) -> StoreDown:
    _log.error("the database %s: %s", what, type(error).__name__)  # an error's text may hold what was to be stored
    return StoreDown(f"the database {what}")
