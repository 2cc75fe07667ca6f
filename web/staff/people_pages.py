"""People: who may sign in. Owners invite, change roles, switch accounts off, and help who lost a password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, delete, func, select, update

from web.services import services
from web.staff import links, people
from web.staff.audit import audit, note
from web.staff.people import Person, Role, owners_only, person
from web.store_schema import sessions, staff

bp = Blueprint("people", __name__)


@bp.get("/people")
@owners_only
def page() -> str:
    """Everybody, and the links that wait."""
    database = services().store.database
    return render_template("staff/people.html", people=people.everyone(database), waiting=links.waiting(database), wrong="")


@bp.post("/people/invite")
@owners_only
def invite() -> ResponseReturnValue:
    """A link for a new colleague, shown once."""
    database, name = services().store.database, request.form.get("name", "").strip()[:80]
    role: Role = "owner" if request.form.get("role") == "owner" else "staff"
    if not name:
        shown = {"people": people.everyone(database), "waiting": links.waiting(database)}
        return render_template("staff/people.html", **shown, wrong="Please type the name of the colleague."), 422
    token = links.invite(database, name, role, person().name)
    audit("invited", f"{name}, {role}")
    return render_template("staff/link.html", name=name, link=_address(token), new=True)


@bp.post("/people/take-back/<id>")
@owners_only
def take_back(id: str) -> ResponseReturnValue:
    """An invitation that must not be used any more."""
    if links.take_back(services().store.database, id):
        audit("invitation taken back")
        flash("The link does not work any more.", "success")
    return redirect(url_for("people.page"), 303)


@bp.post("/people/<int:id>/link")
@owners_only
def new_link(id: int) -> ResponseReturnValue:
    """A link for somebody who lost the password or the phone, shown once."""
    found = _somebody(id)
    token = links.invite(services().store.database, found.name, found.role, person().name, found)
    audit("password link made", found.name)
    return render_template("staff/link.html", name=found.name, link=_address(token), new=False)


@bp.post("/people/<int:id>/change")
@owners_only
def change(id: int) -> ResponseReturnValue:
    """Another role, or an account switched off or on. One owner must stay."""
    wanted = request.form.get("to", "")
    if wanted not in _CHANGES:
        abort(400)
    found = _somebody(id)
    with services().store.database.writing() as connection:
        if found.owner and found.active and wanted in ("staff", "off") and _owners(connection) == 1:
            flash(f"{found.name} is the only owner. Make somebody else an owner first.", "error")
            return redirect(url_for("people.page"), 303)
        connection.execute(update(staff).where(staff.c.id == found.id).values(_CHANGES[wanted]))
        if wanted == "off":
            connection.execute(delete(sessions).where(sessions.c.person == found.id))
        note(connection, person().name, _ACTIONS[wanted], found.name)
    flash(f"{found.name} {_SAID[wanted]}.", "success")
    return redirect(url_for("people.page"), 303)


_CHANGES: dict[str, dict[str, Any]] = {
    "owner": {"role": "owner"}, "staff": {"role": "staff"}, "off": {"active": False}, "on": {"active": True},
}  # fmt: skip
_ACTIONS = {"owner": "made an owner", "staff": "made staff", "off": "account switched off", "on": "account switched on"}
_SAID = {"owner": "is an owner now", "staff": "is staff now", "off": "cannot sign in any more", "on": "can sign in again"}


def _somebody(id: int) -> Person:
    with services().store.database.reading() as connection:
        return people.find(connection, staff.c.id == id) or abort(404)


def _owners(connection: Connection) -> int:
    """How many can sign in and are owners."""
    return connection.scalar(select(func.count()).select_from(staff).where(staff.c.role == "owner", staff.c.active)) or 0


def _address(token: str) -> str:
    """The whole address; without PUBLIC_URL the one that this owner uses. It is shown to nobody else."""
    base = services().settings.public_url
    return f"{base}{url_for('welcome.page', token=token)}" if base else url_for("welcome.page", token=token, _external=True)
