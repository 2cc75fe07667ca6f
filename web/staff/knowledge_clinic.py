"""The clinic's facts: name, phone, hours, days off. Fields on a page; the file keeps its explanations."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.clinic import DAYS, FILE, load_clinic
from bot.types import Problem
from web.staff.checking import folder_of
from web.staff.knowledge_parts import bp, explained, me, typed, workshop
from web.staff.publishing import current, propose
from web.staff.toml_text import Way, with_value, without_value

FIELDS = (
    ("name", "Name of the clinic", ""), ("phone", "Phone", "As visitors should dial it, such as (212) 227-3233."),
    ("email", "E-mail", ""), ("address", "Street and town", ""), ("website", "Web site", "Begins with https://"),
    ("booking_url", "Page for booking online", "Begins with https://. Leave it empty if there is none."),
)  # fmt: skip
_TIME = re.compile(r"(\d{1,2})(?::?(\d\d))?\s*([ap])?\.?m?\.?", re.IGNORECASE)


@bp.get("/clinic")
def clinic() -> str:
    """The facts as fields."""
    return _page(_data())


@bp.post("/clinic")
def change_clinic() -> ResponseReturnValue:
    """Drafts the facts as they were typed."""
    values: dict[str, Any] = {name: " ".join(typed(name, 300).split()) for name, _, _ in FIELDS}
    hours = {day: tidy_hours(typed(day, 60)) for day in DAYS}
    days = [line for line in re.split(r"[\s,;]+", typed("holidays", 5000)) if line]
    seen = {**values, "hours": hours, "holidays": {"dates": days}}
    wrong = _wrong(days)
    text = current(workshop(), me(), FILE) or ""
    new = _changed(text, values, hours, sorted(set(days)))
    if isinstance(new, Problem):
        wrong["form"] = explained(new)
    else:
        with folder_of({FILE: new}) as folder:
            for problem in load_clinic(folder)[1]:
                name = problem.wrong.split(" ")[0].rpartition(".")[2]
                todo = "Write it as 08:00-18:00." if name in DAYS else problem.todo
                wrong.setdefault(name, f"This is not understood. {todo}")
    if wrong or isinstance(new, Problem):
        return _page(seen, wrong), 422
    propose(workshop(), me(), {FILE: new})
    if request.form.get("then") == "check":
        return redirect(url_for("knowledge.check", path=FILE), 303)
    flash("Kept as a draft. Visitors get it when you publish it.", "success")
    return redirect(url_for("knowledge.clinic"), 303)


def _wrong(days: list[str]) -> dict[str, str]:
    """What is wrong with the days off, which the file's reader would leave out one by one."""
    for day in days:
        try:
            date.fromisoformat(day)
        except ValueError:
            return {"dates": f'"{day}" is no date. Write each day as 2026-12-25.'}
    return {}


def _changed(text: str, values: dict[str, Any], hours: dict[str, str], days: list[str]) -> str | Problem:
    try:
        old = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return Problem(FILE, 0, "The file is broken.", 'Mend it with "Change it as a text" below.')
    new: str | Problem = text
    ways: list[tuple[Way, str]] = [((name,), value) for name, value in values.items()]
    ways += [(("hours", day), value) for day, value in hours.items()]
    for way, value in ways:
        held = old.get("hours", {}).get(way[1]) if len(way) > 1 else old.get(str(way[0]))
        if isinstance(new, Problem) or (held or "") == value:
            continue
        new = with_value(new, FILE, way, value) if value or len(way) == 1 else without_value(new, FILE, way)
    if isinstance(new, str) and days != list(map(str, old.get("holidays", {}).get("dates", []))):
        new = with_value(new, FILE, ("holidays", "dates"), days)
    return new


def tidy_hours(text: str) -> str:
    """Hours as the file has them: "8am - 6 pm" is "08:00-18:00"; what is not understood stays as it was typed."""
    parts = []
    for part in filter(None, (piece.strip() for piece in text.replace("–", "-").replace(" to ", "-").split(","))):
        times = [_time(piece) for piece in part.split("-")]
        if len(times) != 2 or not all(times):
            return text.strip()
        parts.append(f"{times[0]}-{times[1]}")
    return ", ".join(parts)


def _time(text: str) -> str:
    found = _TIME.fullmatch(text.strip())
    if not found:
        return ""
    hour, half = int(found[1]), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return ""
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return f"{hour:02}:{found[2] or '00'}" if hour <= 24 else ""


def _data() -> dict[str, Any]:
    try:
        return tomllib.loads(current(workshop(), me(), FILE) or "")
    except tomllib.TOMLDecodeError:
        return {}


def _page(data: dict[str, Any], wrong: dict[str, str] | None = None) -> str:
    draft = workshop().drafts.get(me().id, FILE)
    return render_template("staff/knowledge_clinic.html", data=data, fields=FIELDS, days=DAYS, wrong=wrong or {}, draft=draft)
