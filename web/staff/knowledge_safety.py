"""The fixed messages of an emergency: owners change them, and never without the name of the clinician who has read them."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from bot.types import Problem
from web.staff.knowledge_parts import bp, explained, me, today, typed, workshop
from web.staff.people import owners_only
from web.staff.publishing import current, propose
from web.staff.toml_text import with_value

LANGUAGES = {"en": "English", "es": "Spanish"}
MOST_WORDS = 60
_REVIEWED = re.compile(r"^# Read and approved by (.+), \d{4}-\d\d-\d\d\.$", re.MULTILINE)
_UNSIGNED = " No clinician has signed them yet."
ABOUT = {
    "medical": "An emergency of the body", "after_needling": "Trouble after needling", "self_harm": "Thoughts of self-harm",
    "violence": "Violence at home", "overdose": "Too much medicine", "urgent": "To be seen today",
    "article": "Something that the article names", "general": "Something that a therapist should know first",
    "privacy": "Private details were removed",
}  # fmt: skip


@bp.get("/safety")
@owners_only
def safety() -> str:
    """The messages in both languages, side by side."""
    return _page({language: _messages(language) for language in LANGUAGES})


@bp.post("/safety")
@owners_only
def change_safety() -> ResponseReturnValue:
    """Drafts the messages as they were typed, with the name of who has read them."""
    reviewer = re.sub(r"\s+", " ", typed("reviewer", 80)).strip()
    seen = {
        language: {name: " ".join(typed(f"{language}.{name}", 2000).split()) for name in _messages(language)}
        for language in LANGUAGES
    }
    wrong = _wrong(seen)
    if not re.search(r"\w\W+\w", reviewer):
        wrong["reviewer"] = "Please give the first and last name of the clinician who has read these messages."
    if wrong:
        return _page(seen, wrong, reviewer), 422
    texts: dict[str, str | None] = {}
    for language in LANGUAGES:
        old = current(workshop(), me(), path_of(language)) or ""
        new = _changed(old, path_of(language), seen[language])
        if isinstance(new, Problem):
            return _page(seen, {"form": explained(new)}, reviewer), 422
        if new != old:
            texts[path_of(language)] = signed(new, reviewer, today().isoformat())
    if not texts:
        flash("Nothing was changed.", "message")
        return redirect(url_for("knowledge.safety"), 303)
    propose(workshop(), me(), texts, f"Read and approved by {reviewer}")
    return redirect(url_for("knowledge.check", path=list(texts)), 303)


def path_of(language: str) -> str:
    """The file of a language's messages."""
    return f"safety/messages.{language}.toml"


def signed(text: str, reviewer: str, day: str) -> str:
    """The file with the line that says who has read and approved it."""
    line = f"# Read and approved by {reviewer}, {day}."
    if _REVIEWED.search(text):
        return _REVIEWED.sub(lambda _: line, text, count=1)
    first, end, rest = text.replace(_UNSIGNED, "").partition("\n")
    return f"{first}{end}{line}\n{rest}" if first.startswith("#") else f"{line}\n{text}"


def reviewer_of(text: str) -> str:
    """Who has read and approved a file of messages; "" if nobody did."""
    found = _REVIEWED.search(text)
    return found[1] if found else ""


def _messages(language: str) -> dict[str, str]:
    try:
        data: dict[str, Any] = tomllib.loads(current(workshop(), me(), path_of(language)) or "")
    except tomllib.TOMLDecodeError:
        return {}
    return {name: value for name, value in data.items() if isinstance(value, str)}


def _wrong(seen: dict[str, dict[str, str]]) -> dict[str, str]:
    found = {}
    for language, messages in seen.items():
        for name, text in messages.items():
            if not text:
                found[f"{language}.{name}"] = "This message must not be empty."
            elif len(text.split()) > MOST_WORDS:
                found[f"{language}.{name}"] = f"It has {len(text.split())} words; at most {MOST_WORDS}, to be read in fear."
            elif name in ("medical", "after_needling", "violence", "overdose") and "911" not in text:
                found[f"{language}.{name}"] = "It must say to call 911."
            elif name == "self_harm" and "988" not in text:
                found[f"{language}.{name}"] = "It must say to call or text 988."
    return found


def _changed(text: str, path: str, messages: dict[str, str]) -> str | Problem:
    held = tomllib.loads(text)
    new: str | Problem = text
    for name, value in messages.items():
        if isinstance(new, str) and held.get(name) != value:
            new = with_value(new, path, (name,), value)
    return new


def _page(seen: dict[str, dict[str, str]], wrong: dict[str, str] | None = None, reviewer: str = "") -> str:
    live = {language: reviewer_of(workshop().folder.text(path_of(language)) or "") for language in LANGUAGES}
    return render_template("staff/knowledge_safety.html", seen=seen, about=ABOUT, languages=LANGUAGES, wrong=wrong or {},
                           reviewer=reviewer, live=live, most=MOST_WORDS)  # fmt: skip
