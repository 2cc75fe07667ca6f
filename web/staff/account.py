"""Your account: password, second step, passkeys, where one is signed in; each person's own."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from web.services import services
from web.staff import sessions
from web.staff.audit import audit
from web.staff.people import person

bp = Blueprint("account", __name__)


@bp.get("/account")
def page() -> str:
    """What one can change about signing in."""
    places = sessions.running(services().store.database, person().id)
    return render_template("staff/account.html", second_step=person().second_step, places=places)


@bp.post("/account/elsewhere")
def end_elsewhere() -> ResponseReturnValue:
    """Ends the sessions on other computers and phones."""
    sessions.end_all(services().store.database, person().id, but_mine=True)
    audit("signed out elsewhere")
    flash("You are signed in here only.", "success")
    return redirect(url_for("account.page"), 303)
