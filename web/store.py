"""Requests for an appointment: stored and committed before they are confirmed, the same id twice is the same request."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import delete, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from web.store_asked import Questions
from web.store_choices import Choices
from web.store_database import Database, StoreDown
from web.store_keys import Cipher
from web.store_notes import Notes
from web.store_outbox import Channel, Outbox, put
from web.store_schema import consents, requests

Status = Literal["new", "called", "booked", "closed", "cancelled"]
STATUSES: tuple[Status, ...] = get_args(Status)
OPEN: tuple[Status, ...] = ("new", "called", "booked")  # what a visitor can still cancel
_REFERENCE, _SEALED = (list(requests.c).index(column) for column in (requests.c.reference, requests.c.sealed))  # in a row
_SAID = "CFHJKMNRWXY23456789"  # told apart on the phone and on paper; without vowels no word comes about


@dataclass(frozen=True, slots=True)
class Contact:
    """What the visitor typed; sealed in the database."""

    name: str
    phone: str = ""  #: as "+12125550100"
    email: str = ""
    times: str = ""  #: days and times that suit, in their words
    reason: str = ""  #: from the clinic's list, in English
    copy: bool = False  #: asked for a confirmation by e-mail


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is stored."""

    id: str
    reference: str  #: to be said on the phone, as "K7M-4XR"
    status: Status
    created_at: float  #: seconds since 1970
    changed_at: float
    language: str
    consent: str  #: version of the text that was agreed to
    contact: Contact | None  #: None: sealed with a key that is not here
    assigned: str = ""  #: name of who takes care of it


class Store:
    """The requests of one clinic. Every verb raises StoreDown when the database cannot be used."""

    def __init__(self, address: str, cipher: Cipher) -> None:
        self.database = Database(address)
        self.outbox = Outbox(self.database)
        self.cipher = cipher
        self.questions = Questions(self.database, cipher)
        self.notes = Notes(self.database, cipher)
        self.choices = Choices(self.database)
        self._consents: set[str] = set()

    def add(
        self, id: str, contact: Contact, language: str, consent: str, notify: Iterable[Channel] = (), now: float | None = None
    ) -> Request:
        """Stores a request and its notices; with an id that is known, gives the one that is stored."""
        sealed = self.cipher.seal(json.dumps(asdict(contact), ensure_ascii=False))
        moment = time.time() if now is None else now
        for _ in range(8):  # another process may take the id or the reference between our look and our write
            made = Request(id, new_reference(), "new", moment, moment, language, consent, contact)
            try:
                with self.database.writing() as connection:
                    known = connection.execute(select(requests).where(requests.c.id == id)).first()
                    if known:
                        return self._opened([known])[0]
                    connection.execute(insert(requests).values({**_columns(made), "sealed": sealed}))
                    put(connection, id, "created", notify, moment)
                return made  # behind the commit, where it is true
            except IntegrityError:
                continue
        raise StoreDown("no reference was free")

    def keep_consent(self, version: str, text: str) -> None:
        """Keeps the text of a version for as long as anybody may ask what was agreed to."""
        if version in self._consents:
            return
        try:
            with self.database.writing() as connection:
                if not connection.execute(select(consents).where(consents.c.version == version)).first():
                    connection.execute(insert(consents).values(version=version, text=text))
        except IntegrityError:
            pass  # another process was faster
        self._consents.add(version)

    def consent(self, version: str) -> str:
        """The text of a version, or ""."""
        with self.database.reading() as connection:
            return connection.scalar(select(consents.c.text).where(consents.c.version == version)) or ""

    def known(self, id: str) -> Request | None:
        """The request that a visitor has sent under this id."""
        return self._one(requests.c.id == id)

    def find(self, reference: str) -> Request | None:
        """The request with this reference, however it was written."""
        return self._one(requests.c.reference == tidy(reference))

    def _one(self, condition: Any) -> Request | None:
        with self.database.reading() as connection:
            row = connection.execute(select(requests).where(condition)).first()
        return self._opened([row])[0] if row else None

    def all(self, *statuses: Status) -> list[Request]:
        """Requests, oldest first; all of them, or those of some statuses."""
        wanted = select(requests).order_by(requests.c.created_at)
        with self.database.reading() as connection:
            rows = connection.execute(wanted.where(requests.c.status.in_(statuses)) if statuses else wanted).all()
        return self._opened(rows)

    def with_words(self, reference: str, *words: str) -> list[Request]:
        """Requests with this reference, or whose visitor typed one of these words, in capitals or not; oldest first.

        Everything is unsealed to look into it, but only what has one of the words is read further: half the time.
        """
        wanted = [json.dumps(word, ensure_ascii=False)[1:-1].casefold() for word in words if word]
        with self.database.reading() as connection:
            rows = connection.execute(select(requests).order_by(requests.c.created_at)).all()
        texts = self.cipher.open_all(row[_SEALED] for row in rows)
        return [
            _request(row, text)
            for row, text in zip(rows, texts, strict=True)
            if row[_REFERENCE] == tidy(reference) or (text and any(word in text.casefold() for word in wanted))
        ]

    def listed(self, status: Status, skip: int = 0, most: int = 50) -> list[Request]:
        """Some requests of one status: those that wait for us oldest first, those that are over newest first."""
        order = requests.c.created_at if status in OPEN else requests.c.changed_at.desc()
        wanted = select(requests).where(requests.c.status == status).order_by(order, requests.c.id).offset(skip).limit(most)
        with self.database.reading() as connection:
            rows = connection.execute(wanted).all()
        return self._opened(rows)

    def counts(self, since: float = 0.0) -> dict[Status, int]:
        """How many requests there are of each status, of those that came since then."""
        wanted = select(requests.c.status, func.count()).where(requests.c.created_at >= since).group_by(requests.c.status)
        with self.database.reading() as connection:
            found = {row[0]: row[1] for row in connection.execute(wanted).all()}
        return {status: found.get(status, 0) for status in STATUSES}

    def mark(self, reference: str, status: Status, now: float | None = None, was: Status | None = None) -> Request | None:
        """Gives a request another status; None if there is none with this reference, or if it is not (any more) as it `was`."""
        moment = time.time() if now is None else now
        mine = requests.c.reference == tidy(reference)
        change = update(requests).where(mine, requests.c.status == was if was else true())
        return self._changed(change.values(status=status, changed_at=moment))

    def assign(self, reference: str, name: str, now: float | None = None) -> Request | None:
        """Says who takes care of a request ("": nobody in particular); None if there is none with this reference."""
        moment = time.time() if now is None else now
        change = update(requests).where(requests.c.reference == tidy(reference))
        return self._changed(change.values(assigned=name[:80], changed_at=moment))

    def _changed(self, change: Any) -> Request | None:
        with self.database.writing() as connection:
            row = connection.execute(change.returning(requests)).first()
        return self._opened([row])[0] if row else None

    def cancel(self, reference: str, notify: Iterable[Channel] = (), now: float | None = None) -> Request | None:
        """Cancels an open request and tells the clinic once. None if there is none with this reference; a request that
        was closed stays closed."""
        moment = time.time() if now is None else now
        mine = requests.c.reference == tidy(reference)
        change = update(requests).where(mine, requests.c.status.in_(OPEN)).values(status="cancelled", changed_at=moment)
        with self.database.writing() as connection:
            row = connection.execute(change.returning(requests)).first()
            if row:
                put(connection, row.id, "cancelled", notify, moment)
            else:
                row = connection.execute(select(requests).where(mine)).first()
        return self._opened([row])[0] if row else None

    def delete(self, reference: str) -> bool:
        """Removes a request and everything about it; false if there is none."""
        with self.database.writing() as connection:
            return bool(connection.execute(delete(requests).where(requests.c.reference == tidy(reference))).rowcount)

    def purge(self, before: float, came_before: float = float("inf")) -> int:
        """Removes what nobody has touched since then, of what came before a moment; how many that were."""
        old = delete(requests).where(requests.c.changed_at < before, requests.c.created_at < min(came_before, 1e15))
        with self.database.writing() as connection:
            return connection.execute(old).rowcount

    def seal_again(self) -> int:
        """Seals every request with the newest key, in one transaction; how many that were. Raises KeyMissing."""
        with self.database.writing() as connection:
            rows = connection.execute(select(requests.c.id, requests.c.sealed)).all()
            for row in rows:
                change = update(requests).where(requests.c.id == row.id)
                connection.execute(change.values(sealed=self.cipher.again(row.sealed)))
        return len(rows)

    def _opened(self, rows: Sequence[Sequence[Any]]) -> list[Request]:
        """Each request with its contact, None where its key is not here any more."""
        texts = self.cipher.open_all(row[_SEALED] for row in rows)
        return [_request(row, text) for row, text in zip(rows, texts, strict=True)]


def _request(row: Sequence[Any], opened: str | None) -> Request:
    id, reference, status, created_at, changed_at, language, consent, _, assigned = row
    contact = None if opened is None else Contact(**json.loads(opened))
    return Request(id, reference, status, created_at, changed_at, language, consent, contact, assigned)


def _columns(request: Request) -> dict[str, Any]:
    return {column.name: getattr(request, column.name) for column in requests.c if column.name != "sealed"}


def new_reference() -> str:
    """A reference such as "K7M-4XR": 47 million of them, none to be guessed."""
    letters = [secrets.choice(_SAID) for _ in range(6)]
    return f"{''.join(letters[:3])}-{''.join(letters[3:])}"


def tidy(reference: str) -> str:
    """A reference as it is stored: "k7m 4xr" is "K7M-4XR"."""
    letters = "".join(c for c in reference.upper() if c.isascii() and c.isalnum())[:12]
    return f"{letters[:3]}-{letters[3:]}"
