"""Try it: any question against what visitors get now and what they would get, with the reasons. Nothing typed here is kept."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from bot.knowledge import KnowledgeBase
from web.services import services
from web.staff.explain import Explained, explain
from web.staff.knowledge_parts import drafted
from web.wire import MAX_TEXT

bp = Blueprint("tryit", __name__, url_prefix="/try-it")


@dataclass(frozen=True, slots=True)
class Trial:
    """A question against one knowledge."""

    name: str
    found: Explained


@bp.get("/")
def page() -> str:
    """An empty field for a question."""
    return render_template("staff/tryit.html", asked="", before="", trials=[], wrong="", most=MAX_TEXT)


@bp.post("/")
def ask() -> tuple[str, int]:
    """What a visitor would read, and why. Asked by post: a question must not stand in an address."""
    asked, before = (" ".join(request.form.get(name, "").split())[:MAX_TEXT] for name in ("asked", "before"))
    if not any(c.isalnum() for c in asked):
        wrong = "Please type a question."
        return render_template("staff/tryit.html", asked="", before=before, trials=[], wrong=wrong, most=MAX_TEXT), 400
    trials = [Trial(name, explain(kb, asked, before)) for name, kb in _knowledge()]
    shown = {"asked": asked, "before": before, "trials": trials, "wrong": "", "most": MAX_TEXT}
    return render_template("staff/tryit.html", **shown), 200


def _knowledge() -> list[tuple[str, KnowledgeBase]]:
    """What is asked, with a name for each."""
    mine = drafted()
    return [("Live now", services().library.current), *([("With your drafts", mine)] if mine else [])]
