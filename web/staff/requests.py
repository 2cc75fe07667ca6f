"""A request for an appointment on the desk: call, note, book, close, hand over, delete."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.requests_table import SEALED
from web.services import services
from web.staff.audit import audit
from web.staff.people import everyone, person
from web.store import STATUSES, Contact, Request, Status

bp = Blueprint("requests", __name__, url_prefix="/requests")
WORDS: dict[Status, str] = {
    "new": "to be called", "called": "called", "booked": "booked", "closed": "closed", "cancelled": "cancelled",
}  # fmt: skip


@bp.get("/<reference>")
def page(reference: str) -> str:
    """Everything about one."""
    found = _found(reference)
    audit("request read", found.reference)
    store = services().store
    return render_template(
        "staff/request.html", one=found, contact=found.contact or Contact(SEALED), notes=store.notes.of(found.id),
        consent=store.consent(found.consent), people=[one.name for one in everyone(store.database) if one.active],
        words=WORDS, typed="",
    )  # fmt: skip


@bp.post("/<reference>/mark")
def mark(reference: str) -> ResponseReturnValue:
    """Another status, unless a colleague was faster."""
    wanted, was = _status(request.form.get("to", "")), _status(request.form.get("was", ""))
    store = services().store
    changed = store.mark(reference, wanted, was=was)
    if changed is None:
        now = _found(reference)
        flash(f"A colleague was faster: {now.reference} is {WORDS[now.status]} already. Nothing was changed.", "error")
        return _back(now)
    store.notes.add(changed.reference, person().name, f"{WORDS[was].capitalize()} → {WORDS[wanted]}")
    audit(f"request {wanted}", changed.reference)
    flash(f"{changed.reference} is {WORDS[wanted]}.", "success")
    return _back(changed)


@bp.post("/<reference>/note")
def note(reference: str) -> ResponseReturnValue:
    """Something to remember."""
    found, text = _found(reference), request.form.get("text", "").strip()
    if not text:
        flash("The note is empty. Write something first.", "error")
        return redirect(url_for("requests.page", reference=found.reference), 303)
    services().store.notes.add(found.reference, person().name, text)
    audit("note added", found.reference)
    flash("The note is saved.", "success")
    return redirect(url_for("requests.page", reference=found.reference), 303)


@bp.post("/<reference>/assign")
def assign(reference: str) -> ResponseReturnValue:
    """Who takes care of it."""
    found, name = _found(reference), request.form.get("name", "")
    store = services().store
    if name and name not in [one.name for one in everyone(store.database) if one.active]:
        abort(400)
    store.assign(found.reference, name)
    audit("request assigned", f"{found.reference} to {name or 'nobody in particular'}")
    flash(f"{found.reference} is with {name}." if name else f"{found.reference} is with nobody in particular.", "success")
    return redirect(url_for("requests.page", reference=found.reference), 303)


@bp.post("/<reference>/delete")
def delete(reference: str) -> ResponseReturnValue:
    """Removed for good, with its notes."""
    found = _found(reference)
    audit("request deleted", found.reference)
    services().store.delete(found.reference)
    flash(f"{found.reference} is deleted, with everything about it.", "success")
    return redirect(url_for("today.page", show=found.status), 303)


def _found(reference: str) -> Request:
    return services().store.find(reference) or abort(404)


def _status(text: str) -> Status:
    return next((status for status in STATUSES if status == text), None) or abort(400)


def _back(one: Request) -> ResponseReturnValue:
    """To the list if the button was there, else to the request."""
    came = urlsplit(request.form.get("back", ""))
    if came.query.startswith("show=") and not came.netloc:
        return redirect(f"{url_for('today.page')}?{came.query}", 303)
    return redirect(url_for("requests.page", reference=one.reference), 303)
