"""The chat's own sentences, each in both languages, with what the file says about when it is said."""

from __future__ import annotations

import re
import tomllib

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.types import Problem
from bot.wording import FILE
from web.staff.knowledge_parts import bp, explained, me, typed, workshop
from web.staff.publishing import current, propose
from web.staff.toml_text import with_value

LANGUAGES = {"en": "English", "es": "Spanish"}
Sentences = dict[str, dict[str, str]]  #: name -> language -> sentence


@bp.get("/wording")
def wording() -> str:
    """The sentences as fields."""
    text = current(workshop(), me(), FILE) or ""
    return _page(text, _sentences(text))


@bp.post("/wording")
def change_wording() -> ResponseReturnValue:
    """Drafts the sentences as they were typed; a gap such as {phone} must stay in its sentence."""
    text = current(workshop(), me(), FILE) or ""
    held = _sentences(text)
    seen = {
        name: {lang: " ".join(typed(f"{name}.{lang}", 2000).split()) if f"{name}.{lang}" in request.form else old
               for lang, old in both.items()}
        for name, both in held.items()
    }  # fmt: skip
    wrong = _wrong(held, seen)
    new: str | Problem = text
    for name, both in seen.items():
        for lang, sentence in both.items():
            if isinstance(new, str) and sentence != held[name][lang]:
                new = with_value(new, FILE, (name, lang), sentence)
    if isinstance(new, Problem):
        wrong["form"] = explained(new)
    if wrong or isinstance(new, Problem):
        return _page(text, seen, wrong), 422
    propose(workshop(), me(), {FILE: new})
    if request.form.get("then") == "check":
        return redirect(url_for("knowledge.check", path=FILE), 303)
    flash("Kept as a draft. Visitors get it when you publish it.", "success")
    return redirect(url_for("knowledge.wording"), 303)


def _sentences(text: str) -> Sentences:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    return {
        name: {lang: table[lang] for lang in LANGUAGES}
        for name, table in data.items()
        if isinstance(table, dict) and all(isinstance(table.get(lang), str) for lang in LANGUAGES)
    }


def _wrong(held: Sentences, seen: Sentences) -> dict[str, str]:
    found = {}
    for name, both in held.items():
        for lang, old in both.items():
            new = seen[name][lang]
            if old and not new:
                found[f"{name}.{lang}"] = "This sentence must not be empty."
            elif sorted(_gaps(old)) != sorted(_gaps(new)):
                gaps = " and ".join(sorted(set(_gaps(old))))
                found[f"{name}.{lang}"] = f"Keep {gaps} as it is: the chat fills it in." if gaps else "Leave out { and }."
    return found


def _gaps(sentence: str) -> list[str]:
    return re.findall(r"\{[^{}]*\}|[{}]", sentence)


def _notes(text: str) -> dict[str, str]:
    """What the comments right above a sentence say of it."""
    found = {}
    for match in re.finditer(r"((?:^#[^\n]*\n)+)^\[([A-Za-z0-9_]+)\]", text, re.MULTILINE):
        found[match[2]] = " ".join(line.lstrip("# ") for line in match[1].splitlines())
    return found


def _page(text: str, seen: Sentences, wrong: dict[str, str] | None = None) -> str:
    draft = workshop().drafts.get(me().id, FILE)
    return render_template(
        "staff/knowledge_wording.html", seen=seen, notes=_notes(text), wrong=wrong or {}, draft=draft, languages=LANGUAGES
    )
