"""Privacy: what is kept and for how long, chosen by owners; found for who asks, taken out, deleted now."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from web.asked_read import opened
from web.contact import mailbox, shown_number
from web.requests_table import as_csv, as_row, safe_cell
from web.services import services
from web.staff.audit import audit
from web.staff.people import owners_only
from web.store import Request, Store
from web.store_choices import KEEP
from web.store_schema import requests as requests_table
from web.store_schema import turns

bp = Blueprint("privacy", __name__, url_prefix="/privacy")


@bp.get("/")
def page() -> str:
    """What is kept, and the owners' switches."""
    return _page()


@bp.post("/keep")
@owners_only
def keep() -> ResponseReturnValue:
    """Another rule; it counts at once."""
    shared, days, questions = services(), request.form.get("days", "").strip(), request.form.get("questions", "")
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:5]) <= 3650) or questions not in KEEP:
        return _page(wrong="Please write a number of days from 1 to 3650."), 422
    chosen = shared.store.choices.choose(shared.settings, questions, int(days))
    audit("privacy changed", f"questions: {chosen.questions}, {chosen.days} days")
    gone = sum(shared.store.purge(before, came) for came, before in chosen.limits(datetime.now(UTC).timestamp()))
    gone_words = shared.store.questions.forget() if questions == "none" else 0
    flash(f"Saved. It counts from now on. Deleted just now: {gone} requests, the words of {gone_words} questions.", "success")
    return redirect(url_for("privacy.page"), 303)


@bp.post("/delete")
@owners_only
def delete() -> ResponseReturnValue:
    """Deletes now, for good."""
    store, what = services().store, request.form.get("what", "")
    if not request.form.get("sure"):
        flash("Nothing was deleted. Tick the box first: it cannot be taken back.", "error")
        return redirect(url_for("privacy.page"), 303)
    if what == "questions":
        said = f"the words of {store.questions.forget()} questions"
    elif what == "over":
        over = [one.reference for one in store.all("closed", "cancelled")]
        said = f"{sum(map(store.delete, over))} requests that were over"
    elif what == "requests":
        said = f"{sum(store.delete(one.reference) for one in store.all())} requests"
    else:
        abort(400)
    audit("deleted", said)
    flash(f"Deleted for good: {said}.", "success")
    return redirect(url_for("privacy.page"), 303)


@bp.get("/requests.csv")
@owners_only
def export_requests() -> Response:
    """All requests, for a spreadsheet."""
    store, zone = services().store, services().library.current.clinic.time_zone
    noted = store.notes.all()
    rows = [as_row(one, noted.get(one.id, []), zone) for one in store.all()]
    audit("requests exported", f"{len(rows)}")
    return _file("requests.csv", as_csv(rows))


@bp.get("/questions.csv")
@owners_only
def export_questions() -> Response:
    """The words of questions that are kept: without personal data, and nobody's."""
    questions, out = services().store.questions, io.StringIO()
    wanted = select(turns.c.day, turns.c.result, turns.c.rated, turns.c.words).where(turns.c.words != "").order_by(turns.c.at)
    with questions.database.reading() as connection:
        rows = connection.execute(wanted).all()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(("day", "result", "helpful", "question"))
    table.writerows((row.day, row.result, row.rated, safe_cell(opened(questions, row.words))) for row in rows)
    audit("questions exported", f"{len(rows)}")
    return _file("questions.csv", out.getvalue())


@bp.post("/find")
def find() -> ResponseReturnValue:
    """Everything about somebody who asks what the clinic holds: by reference, phone number, e-mail or name."""
    asked = request.form.get("who", "").strip()[:200]
    found = _held(services().store, asked) if len(asked) >= 3 else []
    audit("person looked up", f"{len(found)} found")
    return _page(asked=asked, found=found)


def _held(store: Store, asked: str) -> list[Request]:
    """The requests of whoever is asked about."""
    digits, address = "".join(c for c in asked if c.isdigit()), mailbox(asked) or ""
    number, name = digits if len(digits) >= 7 else "", "" if digits else asked.casefold()

    def is_of(one: Request) -> bool:
        contact = one.contact
        if contact is None or one.reference.casefold() == asked.casefold():
            return one.reference.casefold() == asked.casefold()
        return (
            bool(number and number in contact.phone)
            or bool(address and contact.email == address)
            or bool(name and name in contact.name.casefold())
        )

    return list(filter(is_of, store.with_words(asked, number, address, name)))


def _page(wrong: str = "", asked: str = "", found: list[Request] | None = None) -> str:
    shared = services()
    with shared.store.database.reading() as connection:
        words = connection.scalar(select(func.count()).select_from(turns).where(turns.c.words != "")) or 0
        oldest = connection.scalar(select(func.min(requests_table.c.changed_at)))
    shown: dict[str, Any] = {
        "terms": shared.store.choices.of(shared.settings), "requests": sum(shared.store.counts().values()), "words": words,
        "oldest": oldest, "wrong": wrong, "asked": asked, "found": found, "shown_number": shown_number,
    }  # fmt: skip
    return render_template("staff/privacy.html", **shown)


def _file(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + text, content_type="text/csv; charset=utf-8", headers=headers)
