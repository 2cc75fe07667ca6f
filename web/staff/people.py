"""Who works here: the people with an account, and the one who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import g
from sqlalchemy import Connection, Row, func, select

from web.store_database import Database
from web.store_schema import staff

Role = Literal["owner", "staff"]
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: int
    name: str
    email: str
    role: Role
    active: bool = True
    signed_in_at: float | None = None  #: seconds since 1970
    second_step: bool = False  #: whether signing in also asks for a code

    @property
    def owner(self) -> bool:
        """Whether owners' pages are open to this person."""
        return self.role == "owner"


def person() -> Person:
    """The one who is signed in; on every page but those marked `@open_page`."""
    found = g.person
    assert isinstance(found, Person)  # noqa: S101  (narrowing; the guard has looked)
    return found


def open_page(view: _View) -> _View:
    """Marks a view that strangers may see."""
    view.open_page = True  # type: ignore[attr-defined]
    return view


def owners_only(view: _View) -> _View:
    """Marks a view that is refused to staff, with clear words."""
    view.owners_only = True  # type: ignore[attr-defined]
    return view


def everyone(database: Database) -> list[Person]:
    """All people, by name."""
    with database.reading() as connection:
        return [_person(row) for row in connection.execute(select(staff).order_by(staff.c.name, staff.c.id)).all()]


def nobody(database: Database) -> bool:
    """Whether nobody has an account yet."""
    with database.reading() as connection:
        return not connection.scalar(select(func.count()).select_from(staff))


def find(connection: Connection, condition: Any) -> Person | None:
    """The person that fits, in the caller's transaction."""
    row = connection.execute(select(staff).where(condition)).first()
    return _person(row) if row else None


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.name, row.email, row.role, row.active, row.signed_in_at, bool(row.tf_primary_method))
