"""When the clinic is open, on its own clock. The time is handed in: `bot` reads no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clinic import DAYS
from bot.types import Clinic, Language
from bot.wording import Wording, say

LOOK_DAYS = 60  # a clinic that is closed for longer does not say when it opens


@dataclass(frozen=True, slots=True)
class Opening:
    """How things stand: open until `at`, or closed until `at` (on the clinic's clock)."""

    open: bool
    at: datetime
    today: date  #: on the clinic's clock


def opening(clinic: Clinic, now: datetime | None) -> Opening | None:
    """Whether the clinic is open and when that changes; None while hours (or the time) are not known."""
    if now is None or not clinic.hours:
        return None
    here = now.astimezone(ZoneInfo(clinic.time_zone))
    for ahead in range(LOOK_DAYS):
        for begins, ends in _parts(clinic, here.date() + timedelta(days=ahead)):
            if begins <= here < ends:
                return Opening(True, ends, here.date())
            if here < begins:
                return Opening(False, begins, here.date())
    return None


def _parts(clinic: Clinic, day: date) -> list[tuple[datetime, datetime]]:
    """From when to when the clinic is open on a day; a part that ends before it begins is left out."""
    if day.isoformat() in clinic.holidays:
        return []
    found = []
    for part in dict(clinic.hours).get(DAYS[day.weekday()], "").replace(" ", "").split(","):
        begins, _, ends = part.partition("-")
        if begins < ends:
            found.append((_moment(clinic, day, begins), _moment(clinic, day, ends)))
    return sorted(found)


def _moment(clinic: Clinic, day: date, clock: str) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    if hours == 24:
        day, hours = day + timedelta(days=1), 0
    return datetime.combine(day, time(hours, minutes), ZoneInfo(clinic.time_zone))


def line(wording: Wording, clinic: Clinic, tongue: Language, now: datetime | None) -> str:
    """ "The clinic is open now." or "The clinic opens Monday at 8:00 am."; nothing while that is not known."""
    found = opening(clinic, now)
    if found is None:
        return ""
    if found.open:
        return say(wording, "hours_open", tongue, clinic, time=_clock(found.at, tongue))
    return say(wording, "hours_closed", tongue, clinic, day=_day(wording, clinic, tongue, found), time=_clock(found.at, tongue))


def _day(wording: Wording, clinic: Clinic, tongue: Language, found: Opening) -> str:
    ahead = (found.at.date() - found.today).days
    if ahead < 2:
        return say(wording, ("hours_today", "hours_tomorrow")[ahead], tongue, clinic)
    weekday = _one_of(say(wording, "hours_weekdays", tongue, clinic), found.at.weekday(), 7)
    if ahead < 7:
        return weekday
    month = _one_of(say(wording, "hours_months", tongue, clinic), found.at.month - 1, 12)
    return say(wording, "hours_date", tongue, clinic, weekday=weekday, month=month, number=str(found.at.day))


def _one_of(names: str, at: int, of: int) -> str:
    """A name of a list in the wording; nothing while that list is broken."""
    found = names.split(", ")
    return found[at] if len(found) == of else ""


def _clock(at: datetime, tongue: Language) -> str:
    """ "8:00 am"; in Spanish with its article, "las 8:00 am", "la 1:00 pm"."""
    text = f"{at.hour % 12 or 12}:{at.minute:02d} {'am' if at.hour < 12 else 'pm'}"
    if tongue == "en":
        return text
    return f"la {text}" if text.startswith("1:") else f"las {text}"
