"""Importing: a file or a pasted text becomes the draft of an article."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from bot.types import Problem
from web.staff.audit import audit
from web.staff.import_child import MOST_IN
from web.staff.importing import imported, pasted
from web.staff.knowledge_parts import bp, explained, me, typed, workshop
from web.staff.publishing import propose

_FORM_BYTES = 200_000  # what a form is larger than its file


@bp.url_value_preprocessor
def allow_files(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Forms of the desk are small; this one carries a file, and an article's text may be long."""
    if endpoint == "knowledge.take_in":
        request.max_content_length = MOST_IN + _FORM_BYTES
        request.max_form_memory_size = 2_000_000
    elif endpoint in ("knowledge.save", "knowledge.keep"):
        request.max_content_length = 4_000_000  # a text of a megabyte, as a form writes it
        request.max_form_memory_size = 4_000_000


@bp.errorhandler(413)
def too_large(error: HTTPException) -> tuple[str, int]:
    """A file that is not even read."""
    words = f"That is too large: a file may have {MOST_IN // 1_000_000} MB. Take its pictures out, or paste its text."
    return render_template("staff/error.html", words=words, status=413), 413


@bp.get("/import")
def bring() -> str:
    """Asks for a file or a text."""
    return render_template("staff/knowledge_import.html", wrong="", text="")


@bp.post("/import")
def take_in() -> ResponseReturnValue:
    """Reads what came, and opens the draft that it makes."""
    taken = {**workshop().folder.texts(), **{d.path: "" for d in workshop().drafts.all()}}
    file, text = request.files.get("file"), typed("text")
    if file and file.filename:
        found = imported(file.filename, file.stream.read(MOST_IN + 1), taken)
    elif text.strip():
        found = pasted(text, taken)
    else:
        return render_template("staff/knowledge_import.html", wrong="Please choose a file, or paste a text.", text=""), 422
    if isinstance(found, Problem):
        return render_template("staff/knowledge_import.html", wrong=explained(found), text=text), 422
    propose(workshop(), me(), {found.path: found.text}, "Imported")
    audit("article imported", found.path)
    flash("It is a draft now. Please read it over: only what you publish is shown to visitors.", "success")
    for note in found.notes:
        flash(note, "message")
    return redirect(url_for("knowledge.edit", path=found.path), 303)
