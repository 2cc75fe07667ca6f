"""How visitors ask: the words that lead to each section, and the matters that the clinic has not written about."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.articles import slug
from bot.phrasings import Group, load_phrasings
from bot.text import words as folded
from bot.types import Language, Problem
from web.services import services
from web.staff.checking import folder_of
from web.staff.drafts import Stale
from web.staff.edits import tidy, with_group, with_phrasing, without_phrasing
from web.staff.knowledge_parts import bp, explained, me, typed, workshop
from web.staff.publishing import propose

OWN = "phrasings/our-matters.toml"  #: where matters go that are made on the desk


@dataclass(frozen=True, slots=True)
class Topic:
    """A section of an article, or a matter without one, and the groups of words that lead to it."""

    name: str  #: the heading, or what the matter is about
    article: str
    groups: tuple[Group, ...]

    @property
    def lines(self) -> int:
        return sum(len(lines) for group in self.groups for lines in group.lines.values())


@bp.get("/words")
def words() -> str:
    """Every section and matter with how many ways of asking it knows."""
    groups = groups_of_mine()
    kb = services().library.current
    sections = [
        Topic(s.heading, a.title, tuple(g for g in groups if (g.article, g.heading) == (a.slug, s.heading)))
        for a in kb.articles
        for s in a.sections
        if s.answers
    ]
    return render_template("staff/knowledge_words.html", sections=sections, matters=[g for g in groups if g.reply != "section"],
                           articles={a.slug: a.title for a in kb.articles}, slug=slug)  # fmt: skip


@bp.get("/words/<group>")
def group(group: str) -> str:
    """One group: what it leads to, and its lines."""
    return _page(_found(group))


@bp.post("/words/<group>")
def change(group: str) -> ResponseReturnValue:
    """Adds lines to a group, or takes one away; both as a draft."""
    found = _found(group)
    language: Language = "es" if request.form.get("language") == "es" else "en"
    text = _texts().get(found.file) or ""
    gone = typed("gone", 400)
    new: str | Problem = text
    if gone:
        new = without_phrasing(text, found.file, found.id, language, gone)
    for line in [] if gone else typed("lines", 20_000).splitlines():
        if isinstance(new, str) and line.strip():
            other = _elsewhere(line, found)
            new = other or with_phrasing(new, found.file, found.id, language, line)
    if isinstance(new, Problem):
        return _page(found, explained(new), typed("lines", 20_000)), 422
    return _kept(found.file, new, url_for("knowledge.group", group=found.id))


@bp.get("/matters/new")
def new_matter() -> str:
    """Asks what a matter is about, and what the chat says of it."""
    return render_template("staff/knowledge_matter.html", wrong="", form={})


@bp.post("/matters/new")
def add_matter() -> ResponseReturnValue:
    """Drafts a matter that the clinic has not written about."""
    form = {name: " ".join(typed(name, 400).split()) for name in ("about", "en", "es")}
    lines = tuple(filter(None, map(tidy, typed("lines", 20_000).splitlines())))
    contact = request.form.get("reply") == "contact"
    if not all(form.values()) or not lines:
        words = "Please fill in every field: what it is about, both sentences, and one way of asking."
        return render_template("staff/knowledge_matter.html", wrong=words, form=request.form), 422
    name = slug(form["about"])[:40]
    made = Group(name, "contact" if contact else "no_answer", OWN, say={"en": form["en"], "es": form["es"]}, lines={"en": lines})
    text = with_group(_texts().get(OWN), OWN, made)
    if isinstance(text, Problem):
        return render_template("staff/knowledge_matter.html", wrong=explained(text), form=request.form), 422
    return _kept(OWN, text, url_for("knowledge.group", group=name))


def _kept(path: str, text: str, where: str) -> ResponseReturnValue:
    kept = propose(workshop(), me(), {path: text})[0]
    if isinstance(kept, Problem | Stale):
        abort(409)
    flash("Kept as a draft. Visitors get it when you publish it.", "success")
    return redirect(where, 303)


def _page(found: Group, wrong: str = "", lines: str = "") -> str:
    live = next((g for g in services().library.current.groups if g.id == found.id), None)
    draft = workshop().drafts.get(me().id, found.file)
    return render_template("staff/knowledge_group.html", group=found, live=live, draft=draft, wrong=wrong, lines=lines,
                           names={"en": "English", "es": "Spanish"})  # fmt: skip


def _texts() -> dict[str, str | None]:
    """The files as the person at work has them."""
    shop = workshop()
    return {**shop.folder.texts(), **{draft.path: draft.text for draft in shop.drafts.of(me().id)}}


def groups_of_mine() -> tuple[Group, ...]:
    """The groups as the person at work has them."""
    mine = {d.path: d.text for d in workshop().drafts.of(me().id) if d.path.startswith("phrasings/")}
    live = services().library.current.groups
    if not mine:
        return live
    with folder_of(mine) as folder:
        drafted, _ = load_phrasings(folder)
    return tuple(sorted([*(g for g in live if g.file not in mine), *drafted], key=lambda group: group.file))


def _found(name: str) -> Group:
    found = next((g for g in groups_of_mine() if g.id == name), None)
    if found is None:
        abort(404)
    return found


def _elsewhere(line: str, own: Group) -> Problem | None:
    """Why a line cannot be added: another group has it."""
    said = folded(line)
    for group in groups_of_mine():
        if group.id != own.id and any(folded(other) == said for lines in group.lines.values() for other in lines):
            where = f'under "{group.heading}"' if group.heading else f"in the matter {group.id.replace('-', ' ')}"
            return Problem(group.file, 0, f'"{tidy(line)}" already stands {where}.', "A question can lead to one place only.")
    return None
