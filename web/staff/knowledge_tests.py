"""The answer tests as a list: what each asks, what must come back, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.checks import KINDS, Check, load_checks
from bot.text import words
from bot.types import Problem
from web.services import services
from web.staff.checking import folder_of
from web.staff.edits import CHECKS, with_check, without_check
from web.staff.knowledge_parts import bp, explained, me, typed, workshop
from web.staff.publishing import current, propose

_KINDS = {
    "no answer": "says that the articles do not cover it", "contact": "gives the clinic’s phone number",
    "booking": "offers an appointment", "small talk": "small talk", "precaution": "a precaution first",
    "urgent": "to be seen today", "emergency": "the emergency message",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A test in the list."""

    check: Check
    wanted: str  #: what must come back, in words
    got: str | None  #: what comes back instead; "" if it passes; None while it is a draft


@bp.get("/tests")
def tests() -> str:
    """All tests, those that fail first."""
    return _page()


@bp.post("/tests")
def change_tests() -> ResponseReturnValue:
    """Drafts one test more, or one less."""
    text = current(workshop(), me(), CHECKS) or ""
    gone = typed("gone", 400)
    if gone:
        new: str | Problem = without_check(text, gone)
    else:
        wanted = typed("wanted", 300)
        if wanted not in _wanted():
            return _page("Please choose what must come back."), 422
        new = with_check(text, typed("question", 300), wanted, request.form.get("must") == "yes")
    if isinstance(new, Problem):
        return _page(explained(new)), 422
    propose(workshop(), me(), {CHECKS: new})
    flash("Kept as a draft. It holds from when you publish it.", "success")
    return redirect(url_for("knowledge.tests"), 303)


def _page(wrong: str = "") -> str:
    draft = workshop().drafts.get(me().id, CHECKS)
    live = {tuple(words(o.check.question)): o for o in services().library.current.outcomes}
    with folder_of({CHECKS: current(workshop(), me(), CHECKS)}) as folder:
        checks, problems = load_checks(folder)
    lines = []
    for check in checks:
        outcome = live.get(tuple(words(check.question)))
        got = (_said(outcome.got) if not outcome.passed else "") if outcome and outcome.check.wanted == check.wanted else None
        lines.append(Line(check, " or ".join(map(_said, check.wanted)), got))
    lines.sort(key=lambda line: (not line.got, line.got is not None))
    return render_template(
        "staff/knowledge_tests.html",
        lines=lines,
        problems=problems,
        draft=draft,
        wrong=wrong,
        wanted=_wanted(),
        typed=request.form,
    )  # fmt: skip


def _wanted() -> dict[str, str]:
    """What a test may want: every heading of the articles, and the kinds of reply."""
    headings = [s.heading for a in services().library.current.articles for s in a.sections if s.answers]
    return {**{heading: f"“{heading}”" for heading in headings}, **{kind: _KINDS[kind] for kind in KINDS}}


def _said(wanted: str) -> str:
    return _KINDS.get(wanted.lower()) or f"“{wanted}”"
