"""Check and publish: what would change, what stands in the way, and then, with one click, live."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.types import Article, Problem
from web.services import services
from web.staff.article_text import parsed
from web.staff.asked_again import asked_again
from web.staff.audit import audit
from web.staff.carry import carried
from web.staff.checking import Report
from web.staff.difference import difference
from web.staff.drafts import Draft
from web.staff.folder import is_article, is_safety
from web.staff.knowledge_parts import asked, bp, changes, known_path, me, title_of, today, typed, workshop
from web.staff.knowledge_safety import reviewer_of
from web.staff.people import person
from web.staff.publishing import Conflict, Published, Refused, examine, propose, publish
from web.staff.together import together

MOST_BACK = 20  # versions of an article that are looked at for what a phrasing once pointed to
MOST_SHOWN = 60  # changed answers on one page


@bp.get("/check")
def check() -> ResponseReturnValue:
    """The check of my drafts: of all, or of those that `path` names."""
    wanted = request.args.getlist("path")
    chosen = [change.draft for change in changes() if not wanted or change.draft.path in wanted]
    if not chosen:
        flash("There is nothing to publish: you have no changes.", "message")
        return redirect(url_for("knowledge.page"), 303)
    return _report(chosen, examine(workshop(), {d.path: d.text for d in chosen}, asked(), today()))


@bp.post("/publish")
def go() -> ResponseReturnValue:
    """Publishes the drafts that were checked, if they are still what was shown."""
    shown = dict(pair.rpartition(":")[::2] for pair in request.form.getlist("draft"))
    mine = {change.draft.path: change.draft for change in changes()}
    chosen = [mine[path] for path in shown if path in mine]
    if any(is_safety(draft.path) for draft in chosen) and not person().owner:
        abort(403)
    if len(chosen) < len(shown) or any(str(draft.revision) != shown[draft.path] for draft in chosen):
        flash("Your drafts have changed since the check. Here is a new one.", "error")
        return redirect(url_for("knowledge.check", path=list(shown)), 303)
    if not chosen:
        return redirect(url_for("knowledge.page"), 303)
    reviewer = next((found for draft in chosen if is_safety(draft.path) and (found := reviewer_of(draft.text or ""))), "")
    return outcome(publish(workshop(), me(), chosen, typed("note", 300), asked(), today(), reviewer), chosen)


def outcome(done: Published | Conflict | Refused, chosen: list[Draft]) -> ResponseReturnValue:
    """What came of publishing, as a page."""
    if isinstance(done, Published):
        again = asked_again(services().store.questions, done.after) if done.live else []
        audit("published", ", ".join(draft.path for draft in chosen))
        return render_template("staff/knowledge_published.html", done=done, again=again, drafts=chosen, most=MOST_SHOWN)
    if isinstance(done, Conflict):
        return _conflict(done), 409
    return _report(chosen, done.report), 422


@bp.post("/carry")
def carry() -> ResponseReturnValue:
    """Lets phrasings and tests point to the sentences and headings as they are in my drafts."""
    mine = [change.draft for change in changes()]
    follow = _following(mine, examine(workshop(), {d.path: d.text for d in mine}, asked(), today()))
    propose(workshop(), me(), follow, "Follows the article")
    return redirect(url_for("knowledge.check"), 303)


@bp.post("/catch-up")
def catch_up() -> ResponseReturnValue:
    """Lets phrasings and tests follow what was changed in the articles without them, as far back as the history tells."""
    shop = workshop()
    kb = shop.library.current
    texts = {**shop.folder.texts(), **{change.draft.path: change.draft.text for change in changes()}}
    follow: dict[str, str] = {}
    for path in filter(is_article, texts):
        for version in shop.history.of_file(path, MOST_BACK)[1:]:
            old = parsed(path, shop.history.text(version, path) or "")
            if isinstance(old, Article):
                follow |= carried(replace(kb, articles=(old,)), kb, {**texts, **follow})
    if not follow:
        flash("The history does not tell what these words were. Look at the ways of asking one by one.", "error")
        return redirect(url_for("knowledge.words"), 303)
    propose(shop, me(), follow, "Follows the article")
    return redirect(url_for("knowledge.check", path=list(follow)), 303)


def points_nowhere(problem: Problem) -> bool:
    """Whether a problem is that of a phrasing whose sentence or heading is gone."""
    return problem.file.startswith("phrasings/") and ("begins with" in problem.wrong or "has the heading" in problem.wrong)


def _following(chosen: list[Draft], report: Report) -> dict[str, str]:
    """The files that should follow the drafts of articles."""
    shop = workshop()
    if report.after is None or not any(is_article(draft.path) for draft in chosen):
        return {}
    texts = {**shop.folder.texts(), **{draft.path: draft.text for draft in chosen}}
    return carried(shop.library.current, report.after, texts)


@bp.get("/both")
def both() -> ResponseReturnValue:
    """A file that somebody changed while I had a draft of it: both texts."""
    path = known_path(request.args.get("path", ""))
    change = next((c for c in changes() if c.draft.path == path), None)
    if change is None:
        return redirect(url_for("knowledge.edit", path=path), 303)
    began = workshop().history.text_of(change.draft.base)
    return _conflict(Conflict(path, began, change.live, change.draft.text))


@bp.post("/both")
def decide() -> ResponseReturnValue:
    """Goes on with my text, having seen theirs; or with theirs."""
    path, shop = known_path(typed("path")), workshop()
    if request.form.get("keep") == "theirs":
        if shop.drafts.discard(me().id, path):
            audit("draft thrown away", path)
        flash("Your draft is gone. The other text stays live.", "success")
        return redirect(url_for("knowledge.page"), 303)
    live = shop.folder.text(path)
    if request.form.get("keep") == "together":
        draft = shop.drafts.get(me().id, path)
        text = together(shop.history.text_of(draft.base), live, draft.text) if draft else None
        if text is None:
            return redirect(url_for("knowledge.both", path=path), 303)  # it has changed once more
        propose(shop, me(), {path: text})
    shop.drafts.rebase(me().id, path, live)
    where = "knowledge.edit" if request.form.get("keep") == "edit" else "knowledge.check"
    return redirect(url_for(where, path=path), 303)


def _report(chosen: list[Draft], report: Report) -> str:
    live = workshop().folder.texts()
    files: list[dict[str, Any]] = [
        {"draft": d, "title": title_of(d.path, d.text if d.text is not None else live.get(d.path)),
         "lines": difference(live.get(d.path), d.text), "new": d.path not in live, "article": is_article(d.path)}
        for d in chosen
    ]  # fmt: skip
    visitors = [c for c in report.changed if c.asked]
    tests = [c for c in report.changed if not c.asked]
    return render_template(
        "staff/knowledge_check.html", report=report, files=files, paths=[d.path for d in chosen],
        visitors=visitors[:MOST_SHOWN], tests=tests[:MOST_SHOWN],
        more=max(0, len(visitors) - MOST_SHOWN) + max(0, len(tests) - MOST_SHOWN),
        follow=_following(chosen, report), safety=[d for d in chosen if is_safety(d.path)],
        reviewer=next((reviewer_of(d.text or "") for d in chosen if is_safety(d.path)), ""),
    )  # fmt: skip


def _conflict(found: Conflict) -> str:
    newest = next(iter(workshop().history.of_file(found.path, 1)), None)
    return render_template(
        "staff/knowledge_both.html", found=found, newest=newest, title=title_of(found.path, found.mine or found.now),
        theirs=difference(found.began, found.now), mine=difference(found.now, found.mine),
        together=together(found.began, found.now, found.mine) is not None,
    )  # fmt: skip
