"""Your account: password, second step, passkeys; each person's own."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.staff.people import person

bp = Blueprint("account", __name__)


@bp.get("/account")
def page() -> str:
    """What one can change about signing in."""
    return render_template("staff/account.html", second_step=person().second_step)
