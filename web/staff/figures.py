"""Figures: how many asked, what became of it, how fast. Counts only: no words, and nobody."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request

from bot.knowledge import KnowledgeBase
from web.figures import COLUMNS, Span, by_week, read, row, share, summed
from web.services import services
from web.staff.audit import audit
from web.staff.charts import Chart, stacked
from web.staff.words import flag_words, heading_of

bp = Blueprint("figures", __name__, url_prefix="/figures")
RANGES = {7: "7 days", 30: "30 days", 90: "3 months", 365: "A year"}
_WEEKS_FROM = 90  # days; more bars than that nobody can tell apart
_SERIES = ("Answered", "No answer", "For the clinic")
_MOST = 8  # lines of a ranking
_REASONS = {"no": "No reason given", "wrong": "It was wrong", "unclear": "It was unclear", "not_my_question": "Not my question"}
_LANGUAGES = {"en": "English", "es": "Spanish"}


@bp.get("/")
def page() -> str:
    """Everything that is counted, for some days up to today."""
    days = _days()
    kb = services().library.current
    every = _spans(kb, days)
    total = summed(every)
    shown = by_week(every) if days > _WEEKS_FROM else every
    return render_template(
        "staff/figures.html", days=days, ranges=RANGES, total=total, spans=shown, columns=COLUMNS, row=row, share=share,
        chart=_questions(shown), series=_SERIES, small=_small(shown), rankings=_rankings(kb, total), weekly=days > _WEEKS_FROM,
    )  # fmt: skip


@bp.get("/figures.csv")
def table() -> Response:
    """The table by day, for a spreadsheet."""
    days = _days()
    audit("figures exported", f"{days} days")
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["Day", *COLUMNS.values(), "Half of the answers within (ms)", "95 % within (ms)"])
    for span in _spans(services().library.current, days):
        lines.writerow([span.first.isoformat(), *row(span).values(), span.within(0.5), span.within(0.95)])
    name = f'attachment; filename="figures-{days}-days.csv"'
    return Response(out.getvalue(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


def _days() -> int:
    asked = request.args.get("days", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 and int(asked) in RANGES else 30


def _spans(kb: KnowledgeBase, days: int) -> list[Span]:
    today = datetime.now(ZoneInfo(kb.clinic.time_zone)).date()
    return read(services().store.database, today - timedelta(days=days - 1), today)


def _questions(spans: list[Span]) -> Chart:
    rows = [(span.answered, span.unanswered, span.clinic) for span in spans]
    return stacked("Questions: answered, without an answer, for the clinic", _labels(spans), rows, _SERIES)


def _small(spans: list[Span]) -> list[tuple[str, int, Chart]]:
    """Single numbers over time: (name, sum, picture)."""
    found = []
    for column, name in (("emergencies", "Emergencies"), ("precautions", "Precautions"), ("requests", "Visits asked for")):
        numbers = [row(span)[column] for span in spans]
        chart = stacked(f"{name}, {_labels(spans)[0]} to {_labels(spans)[-1]}", _labels(spans), [(n,) for n in numbers], (name,))
        found.append((name, sum(numbers), chart))
    return found


def _labels(spans: list[Span]) -> list[str]:
    return [short(span.first) if span.first == span.last else f"Week of {short(span.first)}" for span in spans]


def short(day: date) -> str:
    """A day as "Nov 25"."""
    return f"{day:%b} {day.day}"


def _rankings(kb: KnowledgeBase, total: Span) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """(caption, what is listed, [(words, number)]), most first."""
    return [
        ("Sections that answered most", "Section", [(heading_of(kb, label), n) for label, n in total.labels("section")[:_MOST]]),
        ("Emergencies by kind", "Kind", [(flag_words(label), n) for label, n in _stopped(total)]),
        ("Precautions by kind", "Kind", [(flag_words(label), n) for label, n in total.labels("precaution")[:_MOST]]),
        (
            "Why an answer did not help",
            "Reason",
            [(_REASONS[label], n) for label, n in total.labels("rated") if label in _REASONS],
        ),
        ("Languages", "Language", [(_LANGUAGES.get(label, label), n) for label, n in total.labels("language")]),
    ]


def _stopped(total: Span) -> list[tuple[str, int]]:
    """The emergencies of both kinds, now and today, by what they are."""
    found = dict(total.labels("emergency"))
    for label, number in total.labels("urgent"):
        found[label] = found.get(label, 0) + number
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
