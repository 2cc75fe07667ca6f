"""Activity: who read, changed, exported or deleted what. For owners."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web.services import services
from web.staff.audit import entries
from web.staff.people import owners_only

bp = Blueprint("activity", __name__)
SIZE = 100


@bp.get("/activity")
@owners_only
def page() -> str:
    """A hundred entries, newest first."""
    asked = request.args.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    number = max(number, 1)
    found, count = entries(services().store.database, number - 1, SIZE)
    return render_template("staff/activity.html", entries=found, count=count, number=number, last=max(1, -(-count // SIZE)))
