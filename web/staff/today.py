"""Today: whom to call back, how the knowledge is, what happened since yesterday."""

from __future__ import annotations

from flask import Blueprint, render_template

bp = Blueprint("today", __name__)


@bp.get("/")
def page() -> str:
    """The page that a front desk opens each morning."""
    return render_template("staff/today.html")
