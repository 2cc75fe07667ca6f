"""Where a link leads: a new account, or a new password. Whoever is done is signed in."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security.utils import hash_password, login_user
from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.exc import IntegrityError

from web.services import services
from web.staff import links, people
from web.staff.audit import note
from web.staff.passwords import EASY
from web.staff.people import Person, open_page
from web.store_schema import links as table
from web.store_schema import passkeys, sessions, staff

bp = Blueprint("welcome", __name__)
_SHORT = "A password needs 12 letters or more. Three or four words are easy to keep in mind."
_TAKEN = "Somebody has an account with this e-mail already. Sign in with it, or use another one."


@dataclass(slots=True)
class Wish:
    """What was typed, and what is wrong with it by field."""

    name: str
    email: str
    password: str
    wrong: dict[str, str] = field(default_factory=dict)


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@open_page
def page(token: str) -> ResponseReturnValue:
    """The form, and what comes of it."""
    link = links.find(services().store.database, token)
    if link is None:
        return render_template("staff/welcome_over.html"), 410
    known = _whose(link)
    wish = Wish(link.name, known.email if known else "", "")
    if request.method == "POST":
        wish = _read(link, known)
        if not wish.wrong and _done(link, wish):
            user = current_app.extensions["security"].datastore.find_user(email=wish.email)
            login_user(user, authn_via=["link"])
            return redirect(url_for("today.page"), 303)
    return render_template("staff/welcome.html", link=link, known=known, wish=wish), 422 if wish.wrong else 200


def _whose(link: links.Link) -> Person | None:
    with services().store.database.reading() as connection:
        return people.find(connection, staff.c.id == link.person) if link.person else None


def _read(link: links.Link, known: Person | None) -> Wish:
    form = request.form
    wish = Wish(form.get("name", "").strip()[:80], form.get("email", "").strip().lower(), form.get("password", ""))
    if known:
        wish.name, wish.email = known.name, known.email
    if not wish.name:
        wish.wrong["name"] = "Please type your name, as your colleagues know it."
    try:
        wish.email = validate_email(wish.email, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        wish.wrong["email"] = "This is not an e-mail address."
    rules = current_app.extensions["security"].password_util
    problems, clean = rules.validate(wish.password, True, name=wish.name, email=wish.email)
    if problems or clean is None:
        wish.wrong["password"] = EASY if problems == [EASY] else _SHORT
    elif wish.password != form.get("again", ""):
        wish.wrong["again"] = "The two passwords are not the same. Please type both again."
    wish.password = clean or ""
    return wish


def _done(link: links.Link, wish: Wish) -> bool:
    """Uses the link up and does what it is for, both or neither."""
    try:
        with services().store.database.writing() as connection:
            if not connection.execute(delete(table).where(table.c.id == link.id)).rowcount:
                wish.wrong["name"] = "This link was used just now, in another window."
                return False
            (_renew if link.person else _make)(connection, link, wish)
    except IntegrityError:
        wish.wrong["email"] = _TAKEN
        return False
    return True


def _make(connection: Connection, link: links.Link, wish: Wish) -> None:
    values = {
        "name": wish.name, "email": wish.email, "password": hash_password(wish.password), "role": link.role, "active": True,
        "made_at": time.time(), "fs_uniquifier": secrets.token_hex(32), "fs_webauthn_user_handle": secrets.token_hex(32),
    }  # fmt: skip
    connection.execute(insert(staff).values(values))
    note(connection, wish.name, "account made", f"{link.role}, invited by {link.made_by}")


def _renew(connection: Connection, link: links.Link, wish: Wish) -> None:
    """A new password; whoever lost the phone gets in without it, and every session ends."""
    values = {
        "password": hash_password(wish.password), "fs_uniquifier": secrets.token_hex(32), "tf_primary_method": None,
        "tf_totp_secret": None,
    }  # fmt: skip
    connection.execute(update(staff).where(staff.c.id == link.person).values(values))
    for gone in (passkeys, sessions):
        connection.execute(delete(gone).where(gone.c.person == link.person))
    note(connection, wish.name, "password set by link", f"made by {link.made_by}")
