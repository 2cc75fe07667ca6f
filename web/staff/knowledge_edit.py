"""Writing: an article with its facts and a preview of how the chat cuts and quotes it; other files as they are."""

from __future__ import annotations

import re
import time
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.types import Article, Problem
from web.staff.article_text import FIELDS, parsed, split, with_facts
from web.staff.audit import audit
from web.staff.difference import difference
from web.staff.drafts import Draft, Stale
from web.staff.folder import is_article, is_safety
from web.staff.importing import free_path
from web.staff.knowledge_parts import bp, change_of, explained, known_path, me, number, title_of, today, typed, workshop
from web.staff.publishing import current, propose
from web.staff.shown import clock

_STUB = "Write here what the clinic says about it. Say one thing in a sentence."


@bp.get("/edit")
def edit() -> str:
    """The editor, with the draft of the person at work or the live text. `heading`: a section to begin at the end."""
    path = _editable(request.args.get("path", ""))
    text = current(workshop(), me(), path) or ""
    heading = " ".join(request.args.get("heading", "").split())[:120].lstrip("# ")
    if heading and f"## {heading}" not in text.splitlines():
        text = f"{text.rstrip()}\n\n## {heading}\n\n{_STUB}\n"
    return _editor(path, text)


@bp.post("/edit")
def save() -> ResponseReturnValue:
    """Keeps the draft, and goes where the button says."""
    path = _editable(typed("path"))
    text = _written(path)
    kept = propose(workshop(), me(), {path: text}, revision=number("revision"))[0]
    if isinstance(kept, Stale):
        return _editor(path, text, stale=kept), 409
    if isinstance(kept, Problem):
        return _editor(path, text, wrong=kept), 422
    if request.form.get("then") == "check":
        return redirect(url_for("knowledge.check"), 303)  # with what belongs to it: words that lead here, a test
    flash("Your draft is kept. Visitors do not see it before you publish it.", "success")
    return redirect(url_for("knowledge.edit", path=path), 303)


@bp.post("/keep")
def keep() -> ResponseReturnValue:
    """The same for the script of the page: keeps what was typed so far and says how the chat cuts it."""
    path = _editable(typed("path"))
    text = _written(path)
    kept = propose(workshop(), me(), {path: text}, revision=number("revision"))[0]
    answer: dict[str, Any] = {"cut": _cut(path, text)} if is_article(path) else {}
    if isinstance(kept, Draft):
        return {**answer, "revision": kept.revision, "at": clock(time.time()), "same": kept.revision == 0}
    answer["wrong"] = "This draft was changed in another tab." if isinstance(kept, Stale) else explained(kept)
    return answer, 409 if isinstance(kept, Stale) else 422


@bp.post("/discard")
def discard() -> ResponseReturnValue:
    """Throws a draft away: what is live stays as it is."""
    path = known_path(typed("path"))
    if workshop().drafts.discard(me().id, path):
        audit("draft thrown away", path)
        flash("Your changes are gone. What visitors read has not changed.", "success")
    return redirect(url_for("knowledge.page"), 303)


@bp.post("/take-out")
def take_out() -> ResponseReturnValue:
    """Drafts that an article goes."""
    path = known_path(typed("path"))
    if is_safety(path) or not is_article(path):
        return _editor(path, current(workshop(), me(), path) or ""), 422
    propose(workshop(), me(), {path: None})
    return redirect(url_for("knowledge.check", path=path), 303)


@bp.post("/reviewed")
def reviewed() -> ResponseReturnValue:
    """Drafts that an article was read over today."""
    path = known_path(typed("path"))
    text = current(workshop(), me(), path) or ""
    propose(workshop(), me(), {path: with_facts(text, reviewed=today().isoformat(), reviewer=me().name)}, "Read over")
    return redirect(url_for("knowledge.check", path=path), 303)


@bp.get("/new")
def new() -> str:
    """Asks what the article is called."""
    return render_template("staff/knowledge_new.html", title=request.args.get("title", "")[:200], wrong="")


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Begins an article with its title and a first heading."""
    title = " ".join(typed("title", 200).split())
    if not re.search(r"\w", title):
        return render_template("staff/knowledge_new.html", title=title, wrong="Please give it a title."), 422
    taken = {**workshop().folder.texts(), **{d.path: "" for d in workshop().drafts.all()}}
    path = free_path(title, taken)
    body = f"# {title}\n\n## The first question that it answers\n\n{_STUB}\n"
    propose(workshop(), me(), {path: with_facts(body, title=title, reviewed=today().isoformat(), reviewer=me().name)})
    return redirect(url_for("knowledge.edit", path=path), 303)


def _editable(path: str) -> str:
    """A file that this page may change; safety messages have a page of their own, which asks who has read them."""
    if is_safety(path):
        abort(404)
    return known_path(path)


def _written(path: str) -> str:
    """The file that the form describes: the facts above, the text below."""
    body = typed("text")
    if not is_article(path) or not path.endswith(".md"):
        return body
    old = current(workshop(), me(), path) or ""
    head, old_body = split(old)
    facts = {name: typed(name, 300) for name in FIELDS if name in request.form}
    before, title = head.get("title"), " ".join(facts.get("title", "").split())
    if before and title and before != title:
        body = re.sub(rf"^# {re.escape(before)}$", lambda _: f"# {title}", body, count=1, flags=re.MULTILINE)
    above = old[: len(old) - len(old_body)].rstrip() + "\n\n" if head.facts else ""
    changed = {name: value for name, value in facts.items() if value.strip() or name in head.facts}
    new = with_facts(f"{above}{body.rstrip()}\n", **changed)
    live = workshop().folder.text(path)
    return live if live is not None and _lines(live) == _lines(new) else new


def _lines(text: str) -> list[str]:
    """A text without what nobody sees: blanks at the ends of lines, and empty lines at its end."""
    return [line.rstrip() for line in text.strip().splitlines()]


def _editor(path: str, text: str, stale: Stale | None = None, wrong: Problem | None = None) -> str:
    """The page. `stale`: what is kept is not what this tab began from; both are shown, and saving again keeps this one."""
    shop = workshop()
    draft = shop.drafts.get(me().id, path)
    head, body = split(text) if is_article(path) and path.endswith(".md") else (None, text)
    change = change_of(draft, shop.folder.texts()) if draft else None
    return render_template(
        "staff/knowledge_edit.html", path=path, title=title_of(path, text), head=head, body=body, draft=draft, change=change,
        others=shop.drafts.others(me().id, path), article=is_article(path),
        cut=_cut(path, text) if is_article(path) else None, revision=draft.revision if draft else 0, live=shop.folder.text(path),
        both=difference(stale.saved.text if stale.saved else shop.folder.text(path), text) if stale else None,
        wrong=explained(wrong) if wrong else "", stale=stale is not None,
    )  # fmt: skip


def _cut(path: str, text: str) -> dict[str, Any]:
    """How the chat cuts an article: its sections with what may be quoted, or why it would be left out."""
    found = parsed(path, text)
    if not isinstance(found, Article):
        return {"wrong": explained(found), "sections": []}
    sections = [
        {"heading": s.heading, "units": [{"text": u.text, "lead": u.lead, "items": list(u.items)} for u in s.units]}
        for s in found.sections
    ]
    return {"wrong": "", "sections": sections}
