"""Questions: what visitors asked in vain, grouped, and what staff can do about each with one click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.conversation import read_last
from bot.knowledge import KnowledgeBase
from bot.language import detect
from bot.phrasings import Group as Phrasings
from bot.privacy import REMOVED
from bot.types import Language, Problem
from bot.types import State as ConversationState
from web.asked_read import PAGE, SEALED, Group, State, View, group, listed, mark, wordings
from web.services import services
from web.staff.audit import audit
from web.staff.edits import MATTERS, answered_by, not_for_us, tidy, with_section
from web.staff.folder import Texts, article_slug, is_article
from web.staff.knowledge_parts import changes, explained, me, title_of, workshop
from web.staff.knowledge_phrasings import groups_of_mine
from web.staff.publishing import fit_ahead, propose
from web.staff.words import heading_of

bp = Blueprint("questions", __name__, url_prefix="/questions")
MATTER = "matter: "  #: before the name of a matter, in the note of a group
CLOSE = 0.03  # of 1; what is farther off answers nothing
MOST_NEAR = 3  # sections shown with a group
MOST_TAUGHT = 5  # wordings of a group that are taught at once
TABS: dict[View, tuple[str, str]] = {
    "missed": ("Without an answer", "No question waits for an answer. When the chat cannot answer one, it appears here."),
    "near": ("Near misses", "Nothing here. Questions appear when a part of your articles came close, but was not sure enough."),
    "unhelpful": ("Not helpful", "Nothing here. Answers that visitors found not helpful appear here."),
    "clinic": ("For the front desk", "Nothing here. Prices, hours and other matters that visitors ask the chat appear here."),
    "answered": ("Answered", "Nothing here. Answered questions are kept only if an owner has chosen to keep all."),
    "settled": ("Done", "Nothing here yet. What you have worked on appears here."),
}
STATES = {"answered": "answered now", "drafted": "waits to be published", "not_ours": "not in our articles", "ignored": "ignored"}


@dataclass(frozen=True, slots=True)
class Card:
    """A group as it is shown."""

    group: Group
    near: tuple[tuple[str, str, int], ...]  #: (article#anchor, heading, how close of 100)
    matter: str  #: the matter that it is most like


@bp.get("/")
def page() -> str:
    """A page of groups, most asked first."""
    view = _view()
    at = request.args.get("page", "")
    number = int(at) if at.isascii() and at.isdigit() and len(at) < 6 else 0
    found, counts = listed(services().store.questions, view, number)
    return render_template(
        "staff/questions.html", view=view, tabs=TABS, counts=counts, cards=[_card(one) for one in found], number=number,
        last=max(0, (counts[view] - 1) // PAGE), sections=_sections(), matters=_matters(), articles=_articles(), states=STATES,
    )  # fmt: skip


@bp.get("/<int:number>")
def one(number: int) -> str:
    """One group with all its wordings."""
    found = _group(number)
    ways = wordings(services().store.questions, number)
    return render_template(
        "staff/question.html", card=_card(found, guess=True), ways=ways, sections=_sections(), matters=_matters(),
        articles=_articles(), states=STATES, view=found.view,
    )  # fmt: skip


@bp.post("/<int:number>/answer")
def answer(number: int) -> ResponseReturnValue:
    """A section answers it: its words and a test become drafts, checked at once."""
    found = _group(number)
    article, _, anchor = request.form.get("section", "").partition("#")
    passage = next((p for p in services().library.current.passages if (p.article, p.anchor) == (article, anchor)), None)
    if passage is None:
        flash("Please choose a section.", "error")
        return redirect(url_for("questions.one", number=number), 303)
    changed = _taught(found, partial(_section, passage.article, passage.heading), _texts())
    return _drafted(found, changed, passage.heading)


@bp.post("/<int:number>/not-ours")
def not_ours(number: int) -> ResponseReturnValue:
    """It belongs to a matter that the clinic has not written about."""
    found, matter = _group(number), request.form.get("matter", "")
    return _drafted(found, _taught(found, partial(_matter, matter), _texts()), f"{MATTER}{matter}")


@bp.post("/<int:number>/write")
def write(number: int) -> ResponseReturnValue:
    """Opens the draft of an article with a heading for it; its words lead there already."""
    found, path = _group(number), request.form.get("article", "")
    if path not in _articles():
        return redirect(url_for("knowledge.new", title=heading_for(found.words)), 303)
    heading, texts = heading_for(found.words), _texts()
    changed = _taught(found, partial(_section, article_slug(path), heading), texts)
    if isinstance(changed, dict):
        changed[path] = with_section(texts.get(path) or "", heading)
    return _drafted(found, changed, heading, url_for("knowledge.edit", path=path, at="end"))


@bp.post("/<int:number>/state")
def state(number: int) -> ResponseReturnValue:
    """Ignores it, or takes it up again."""
    _group(number)
    wanted: State = "open" if request.form.get("state") == "open" else "ignored"
    mark(services().store.questions, number, wanted)
    audit("question ignored" if wanted == "ignored" else "question opened again", f"number {number}")
    return redirect(url_for("questions.page", view=_view()), 303)


Teach = Callable[[Texts, tuple[Phrasings, ...], str, Language], dict[str, str] | Problem]


def _section(
    article: str, heading: str, texts: Texts, groups: tuple[Phrasings, ...], text: str, language: Language
) -> dict[str, str] | Problem:
    return answered_by(texts, groups, article, heading, text, language)


def _matter(matter: str, texts: Texts, groups: tuple[Phrasings, ...], text: str, language: Language) -> dict[str, str] | Problem:
    return not_for_us(texts, groups, matter, text, language)


def _taught(found: Group, teach: Teach, texts: Texts) -> dict[str, str] | Problem:
    """The files that change when the wordings of a group are taught, the most frequent ones first."""
    ways = [found.words, *(way.text for way in wordings(services().store.questions, found.id))]
    lines = [text for text in dict.fromkeys(map(tidy, ways)) if text and text != SEALED and REMOVED not in text]
    if not lines:
        return Problem("", 0, "Its words cannot be used: private details stood in them.", "Add the question in your own words.")
    changed: dict[str, str] = {}
    for text in lines[:MOST_TAUGHT]:
        language = detect(text, services().library.current.index.vocabulary, "en")
        new = teach({**texts, **changed}, groups_of_mine(), text, language)
        if isinstance(new, Problem):
            return new
        changed |= new
    return changed


def _drafted(found: Group, changed: dict[str, str] | Problem, note: str, where: str = "") -> ResponseReturnValue:
    if isinstance(changed, Problem):
        flash(explained(changed), "error")
        return redirect(url_for("questions.one", number=found.id), 303)
    kept = propose(workshop(), me(), changed, f"For a question of visitors: {note}")
    if wrong := next((one for one in kept if isinstance(one, Problem)), None):
        flash(explained(wrong), "error")
        return redirect(url_for("questions.one", number=found.id), 303)
    mark(services().store.questions, found.id, "drafted", note)
    audit("question worked on", f"number {found.id}")
    if where:
        fit_ahead(workshop(), _texts())
    return redirect(where or url_for("knowledge.check", path=list(changed)), 303)


def heading_for(question: str) -> str:
    """A question as a heading: "do you have wifi" is "Do you have wifi?"."""
    words = tidy(question).rstrip(" .!?:;,")[:100]
    return f"{words[:1].upper()}{words[1:]}?"


def _texts() -> dict[str, str | None]:
    """The files as the person at work has them."""
    return {**workshop().folder.texts(), **{change.draft.path: change.draft.text for change in changes()}}


def _group(number: int) -> Group:
    found = group(services().store.questions, number)
    if found is None:
        abort(404)
    return found


def _view() -> View:
    asked = request.args.get("view") or request.form.get("view")
    return next((view for view in TABS if view == asked), "missed")


def _card(found: Group, guess: bool = False) -> Card:
    kb = services().library.current
    known = {f"{p.article}#{p.anchor}" for p in kb.passages}
    close = ((name, score) for name, score in found.near if name in known and score >= CLOSE)
    near = tuple((name, heading_of(kb, name), round(100 * score)) for name, score in close)
    return Card(found, near[:MOST_NEAR], found.topic or (_likely(kb, found.words) if guess else ""))


def _likely(kb: KnowledgeBase, text: str) -> str:
    """The matter that a question is most likely about, by its id."""
    shares = read_last(kb, text, ConversationState()).understood.groups
    likely = sorted(((float(shares[at]), g.id) for at, g in enumerate(kb.groups) if g.reply in MATTERS), reverse=True)
    return likely[0][1] if likely else ""


def _sections() -> list[tuple[str, str]]:
    return [(f"{p.article}#{p.anchor}", p.heading) for p in services().library.current.passages]


def _matters() -> list[tuple[str, str]]:
    groups = (g for g in services().library.current.groups if g.reply in MATTERS)
    return sorted((g.id, g.id.replace("-", " ").capitalize()) for g in groups)


def _articles() -> dict[str, str]:
    """The articles by path, with their titles."""
    texts = workshop().folder.texts()
    return {path: title_of(path, text) for path, text in texts.items() if is_article(path)}
