"""History: every version of the knowledge, what each changed, and the way back."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.staff.difference import difference
from web.staff.drafts import Draft
from web.staff.folder import digest, is_safety
from web.staff.history import Version
from web.staff.knowledge_parts import asked, bp, me, number, title_of, today, typed, workshop
from web.staff.knowledge_publish import outcome
from web.staff.people import person
from web.staff.publishing import publish

SIZE = 25


@bp.get("/history")
def history() -> str:
    """All versions, newest first; `path`: those that changed one file."""
    shop, path = workshop(), request.args.get("path", "")
    shop.history.seen(shop.folder.texts())
    at = request.args.get("page", "0")
    page = min(int(at), 100_000) if at.isascii() and at.isdigit() and len(at) < 7 else 0
    found = shop.history.of_file(path) if path else shop.history.page(page, SIZE + 1)
    more = not path and len(found) > SIZE
    return render_template(
        "staff/knowledge_history.html", versions=found if path else found[:SIZE], more=more, page=page, path=path,
        title=title_of(path, shop.folder.text(path)) if path else "",
    )  # fmt: skip


@bp.get("/history/<int:id>")
def version(id: int) -> str:
    """One version: what it changed."""
    found = _version(id)
    shop = workshop()
    before = shop.history.before(id)
    files = []
    for path in found.changed if before else ():
        old, new = shop.history.text(before, path), shop.history.text(found, path)
        files.append({"path": path, "title": title_of(path, new if new is not None else old), "lines": difference(old, new),
                      "came": old is None, "went": new is None})  # fmt: skip
    newest = shop.history.newest()
    return render_template("staff/knowledge_version.html", version=found, before=before, files=files,
                           now=newest is not None and newest.id == id)  # fmt: skip


@bp.post("/history/return")
def back() -> ResponseReturnValue:
    """Makes the knowledge again what it was in a version: all of it, or the one file that `path` names."""
    found, shop, path = _version(number("version") or 0), workshop(), typed("path", 200)
    texts = shop.folder.texts()
    wanted = {path} if path else found.files.keys() | texts.keys()
    paths = sorted(p for p in wanted if found.files.get(p, "") != digest(texts.get(p)) and shop.folder.may_write(p))
    if any(map(is_safety, paths)) and not person().owner:
        abort(403)
    chosen = [Draft(me().id, me().name, p, digest(texts.get(p)), shop.history.text(found, p), 0, "", 0.0) for p in paths]
    if not chosen:
        flash("Nothing to bring back: it is the same today.", "message")
        return redirect(url_for("knowledge.history"), 303)
    note = f"Brought back from version {found.id}."
    reviewed = f"whoever did for version {found.id}" if any(map(is_safety, paths)) else ""
    return outcome(publish(shop, me(), chosen, note, asked(), today(), reviewed, "return"), chosen)


def _version(id: int) -> Version:
    found = workshop().history.get(id)
    if found is None:
        abort(404)
    return found
