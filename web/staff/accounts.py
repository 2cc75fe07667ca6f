"""The people of the desk as Flask-Security sees them: the tables of `web.store_schema` as objects.

Each statement is a transaction of its own: whoever looks up a person must not hold a lock while the page does its work.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_security import RoleMixin, UserMixin, WebAuthnMixin
from flask_security.datastore import SQLAlchemySessionUserDatastore
from sqlalchemy import Engine
from sqlalchemy.orm import registry, relationship, scoped_session, sessionmaker

from web.services import services
from web.staff.audit import note
from web.staff.people import Role
from web.store_engine import single
from web.store_schema import passkeys, staff

_mapper = registry()


class RoleName(RoleMixin):
    """A role, as far as it has a name; it needs no table."""

    id: int

    def __init__(self, name: str) -> None:
        self.name = name


class User(UserMixin):
    """A person with an account."""

    name: str
    role: Role
    signed_in_at: float | None

    def track_failed_authn(self, auth_type: str, tfa: bool = False) -> None:
        """Owners see on the page Activity that somebody tried."""
        with services().store.database.writing() as connection:
            note(connection, self.name, f"wrong {auth_type}")

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]
        """The one role, as Flask-Security wants it."""
        return [RoleName(self.role)]


class Passkey(WebAuthnMixin):
    """A passkey of a person."""


_mapper.map_imperatively(Passkey, passkeys, properties={"user_id": passkeys.c.person})
_mapper.map_imperatively(User, staff, properties={"webauthn": relationship(Passkey, backref="user", cascade="all, delete")})


class Accounts(SQLAlchemySessionUserDatastore):
    """Flask-Security's way to the people."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        session = scoped_session(sessionmaker(single(engine), expire_on_commit=False))
        super().__init__(session, User, RoleName, Passkey)
        app.teardown_appcontext(lambda _: session.remove())

    def find_role(self, role: str) -> Any:
        """The role of that name."""
        return RoleName(role)
