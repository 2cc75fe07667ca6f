"""Help: the guide for the people at the clinic, as it stands in `docs/staff.md`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from flask import Blueprint, abort, render_template, send_from_directory
from flask.typing import ResponseReturnValue
from markdown_it import MarkdownIt
from markupsafe import Markup

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("/")
def page() -> str:
    """The whole guide, with its own table of contents."""
    text, contents = _guide()
    return render_template("staff/help.html", text=text, contents=contents)


@bp.get("/<name>.png")
def picture(name: str) -> ResponseReturnValue:
    """A picture of the guide."""
    if not re.fullmatch(r"staff-[a-z-]{1,40}", name):
        abort(404)
    return send_from_directory(DOCS / "pictures", f"{name}.png")


@cache
def _guide() -> tuple[Markup, list[tuple[str, str]]]:
    """(the guide as HTML, (anchor, heading) of its sections). The file is the program's own."""
    reader = MarkdownIt("commonmark").enable("table")
    tokens = reader.parse((DOCS / "staff.md").read_text(encoding="utf-8"))
    contents = []
    for at, found in enumerate(tokens):
        if found.type == "heading_open" and found.tag == "h2":
            words = tokens[at + 1].content
            anchor = re.sub(r"[^a-z]+", "-", words.lower()).strip("-")
            found.attrSet("id", anchor)
            contents.append((anchor, words))
        for inner in found.children or ():
            if inner.type == "image":
                inner.attrSet("src", Path(str(inner.attrs["src"])).name)
    return Markup(reader.renderer.render(tokens, reader.options, {})), contents  # noqa: S704  (our own file)
