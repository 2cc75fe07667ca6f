"""Today: whom to call back, how the knowledge is, what happened since yesterday. The page that opens each morning."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from web.figures import read, summed
from web.services import services
from web.staff.audit import audit, count
from web.staff.health import health
from web.store import OPEN, STATUSES, Status

bp = Blueprint("today", __name__)
SIZE = 25
# What the tabs are called, and what an empty one says.
TABS: dict[Status, tuple[str, str]] = {
    "new": ("To call", "Nobody waits for a call. When a visitor asks for an appointment, the request appears here."),
    "called": (
        "Called",
        "Nothing here. Press “Called” on a request when you have talked, or left a message.",
    ),
    "booked": ("Booked", "Nothing here. Press “Booked” on a request when the visit has a date."),
    "closed": ("Closed", "Nothing here. Press “Close” on a request when there is nothing left to do."),
    "cancelled": ("Cancelled", "Nobody has cancelled. Visitors can do that with their reference."),
}


@bp.get("/")
def page() -> str:
    """The requests of one status, and two short looks around."""
    shared, status = services(), _status()
    counts = shared.store.counts()
    last = max(1, -(-counts[status] // SIZE))
    number = min(_number(), last)
    found = shared.store.listed(status, (number - 1) * SIZE, SIZE)
    if found:
        audit("requests read", f"{len(found)} {status}")
    zone = ZoneInfo(shared.library.current.clinic.time_zone)
    now = datetime.now(zone)
    return render_template(
        "staff/today.html", status=status, tabs=TABS, counts=counts, requests=found, number=number, last=last,
        failed=shared.notifier.failed, now=time.time(), health=health(shared.library, now.date()), **_lately(now),
    )  # fmt: skip


def _lately(now: datetime) -> dict[str, Any]:
    """What happened since yesterday morning."""
    shared, yesterday = services(), now - timedelta(days=1)
    midnight = yesterday.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    return {
        "lately": summed(read(shared.store.database, yesterday.date(), now.date())),
        "asked_for": sum(shared.store.counts(midnight).values()),
        "published": count(shared.store.database, "published", midnight),
    }  # fmt: skip


def _status() -> Status:
    asked = request.args.get("show", "")
    return next((status for status in STATUSES if status == asked), OPEN[0])


def _number() -> int:
    asked = request.args.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
