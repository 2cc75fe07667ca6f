"""How the desk shows moments, spans of time and phone numbers."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask

from web.contact import shown_number
from web.servers import fleet
from web.services import services


def init_app(app: Flask) -> None:
    """Filters for the templates, how the servers stand, and whether a page of the desk is there."""
    app.jinja_env.filters["clock"] = clock
    app.jinja_env.filters["ago"] = ago
    app.jinja_env.filters["phone"] = shown_number
    app.jinja_env.globals["fleet"] = lambda: fleet(services().store.database)
    app.jinja_env.globals["away"] = lambda: (mirror := services().mirror) and mirror.why
    app.jinja_env.tests["here"] = lambda view: view in app.view_functions


def clock(moment: float) -> str:
    """A moment on the clinic's clock, as "Wed Nov 25, 8:14 am"; with the year if it is another one."""
    zone = ZoneInfo(services().library.current.clinic.time_zone)
    local, now = datetime.fromtimestamp(moment, zone), datetime.now(zone)
    year = "" if local.year == now.year else f" {local.year}"
    return f"{local:%a %b} {local.day}{year}, {local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def ago(seconds: float) -> str:
    """How long somebody has waited, as people say it."""
    minutes = max(0, int(seconds // 60))
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            number = minutes // size
            return f"{number} {word}{'' if number == 1 else 's'}"
    return "less than a minute"
