"""The clinic's facts from `clinic.toml`: each checked by itself, each with a safe default."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from bot.files import read_toml
from bot.types import Clinic, Problem

FILE = "clinic.toml"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"([01]\d|2[0-4]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d(, *([01]\d|2[0-4]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d)*")


def load_clinic(folder: Path) -> tuple[Clinic, tuple[Problem, ...]]:
    """The facts that can be trusted, and a problem for each that cannot (which is then left at its default)."""
    data = read_toml(folder / FILE, folder)
    if isinstance(data, Problem):
        return Clinic(), (data,)
    problems: list[Problem] = []
    texts = {key: _text(data, key, problems) for key in ("name", "phone", "address", "email", "website", "booking_url")}
    if texts["phone"] and not _is_phone(texts["phone"]):
        problems.append(_wrong("phone", texts["phone"], 'Write it as "(212) 227-3233".'))
        texts["phone"] = ""
    for key in ("website", "booking_url"):
        if texts[key] and not texts[key].startswith(("https://", "http://")):
            problems.append(_wrong(key, texts[key], 'Begin it with "https://".'))
            texts[key] = ""
    return (
        Clinic(
            **{key: value for key, value in texts.items() if value},
            time_zone=_zone(data, problems),
            hours=_hours(data, problems),
            holidays=_holidays(data, problems),
            reasons=_reasons(data),
        ),
        tuple(problems),
    )


def _wrong(key: str, seen: object, todo: str) -> Problem:
    return Problem(FILE, 0, f'{key} = "{seen}" is not understood and is not used.', todo)


def _text(data: dict[str, Any], key: str, problems: list[Problem]) -> str:
    value = data.get(key, "")
    if isinstance(value, str):
        return value.strip()
    problems.append(_wrong(key, value, "Put the text between double quotes."))
    return ""


def _is_phone(text: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text, "US"))
    except phonenumbers.NumberParseException:
        return False


def _zone(data: dict[str, Any], problems: list[Problem]) -> str:
    name = data.get("time_zone", Clinic().time_zone)
    try:
        return str(ZoneInfo(name).key)
    except (KeyError, ValueError, TypeError, OSError):
        problems.append(_wrong("time_zone", name, 'Write it as "America/New_York".'))
        return Clinic().time_zone


def _hours(data: dict[str, Any], problems: list[Problem]) -> tuple[tuple[str, str], ...]:
    table = data.get("hours", {})
    found = []
    for day, hours in table.items() if isinstance(table, dict) else ():
        if day.lower() in DAYS and isinstance(hours, str) and _HOURS.fullmatch(hours):
            found.append((day.lower(), hours))
        else:
            problems.append(_wrong(f"hours.{day}", hours, 'Write it as: monday = "08:00-18:00"'))
    return tuple(sorted(found, key=lambda pair: DAYS.index(pair[0])))


def _holidays(data: dict[str, Any], problems: list[Problem]) -> tuple[str, ...]:
    table = data.get("holidays", {})
    found = []
    for value in table.get("dates", []) if isinstance(table, dict) else ():
        try:
            found.append(date.fromisoformat(str(value)).isoformat())
        except ValueError:
            problems.append(_wrong("holidays.dates", value, 'Write each day as "2026-12-25".'))
    return tuple(found)


def _reasons(data: dict[str, Any]) -> tuple[str, ...]:
    reasons = data.get("reasons", [])
    pairs = [r for r in reasons if isinstance(r, dict)] if isinstance(reasons, list) else []
    return tuple(f"{r['en']}|{r['es']}" for r in pairs if isinstance(r.get("en"), str) and isinstance(r.get("es"), str))
