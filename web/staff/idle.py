"""The end of a session, without losing what was typed: a warning before it, the text afterwards."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security.utils import logout_user

from web.services import services
from web.staff import kept
from web.staff.people import open_page, person

bp = Blueprint("idle", __name__)


@bp.get("/here")
def here() -> Response:
    """A sign of life; that it was asked is all that matters."""
    return Response(status=204)


@bp.post("/rest")
@open_page
def rest() -> ResponseReturnValue:
    """The page has seen nobody for fifteen minutes: keeps what was typed, and signs out."""
    shared, who = services(), g.person or g.before
    was_kept = False
    if who is not None:
        path = urlsplit(request.form.get("_path", "")).path
        was_kept = kept.keep(shared.store.database, shared.store.cipher, who.id, path, _fields(request.form.get("_fields", "")))
    if g.person is not None:
        logout_user()
    flash("You were signed out after fifteen quiet minutes." + (" What you typed is kept." if was_kept else ""), "info")
    back = url_for("idle.page") if was_kept else request.form.get("_back", "")
    return redirect(url_for("security.login", next=back), 303)


@bp.get("/kept")
def page() -> ResponseReturnValue:
    """What was typed, to be sent or thrown away."""
    shared = services()
    found = kept.find(shared.store.database, shared.store.cipher, person().id)
    if found is None:
        return redirect(url_for("today.page"), 303)
    return render_template("staff/kept.html", kept=found)


@bp.post("/kept/drop")
def drop() -> ResponseReturnValue:
    """Nobody needs it."""
    kept.drop(services().store.database, person().id)
    flash("The text is thrown away.", "success")
    return redirect(url_for("today.page"), 303)


def _fields(text: str) -> kept.Fields:
    """What the page's script has collected; nothing if it is something else."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    pairs = found if isinstance(found, list) else []
    return [(p[0], p[1]) for p in pairs if isinstance(p, list) and len(p) == 2 and all(isinstance(part, str) for part in p)]
