"""What the pages about the knowledge share: the workshop of this server, who is at work, today's date, names for files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, g, request

from bot.knowledge import KnowledgeBase
from bot.types import Problem
from web.asked_read import lately
from web.services import services
from web.staff.article_text import split
from web.staff.drafts import Author, Draft
from web.staff.folder import digest, is_article, is_safety
from web.staff.people import person
from web.staff.publishing import Workshop, examine

bp = Blueprint("knowledge", __name__, url_prefix="/knowledge")

_NAMES = {
    "clinic.toml": "Clinic facts and hours", "checks.md": "Answer tests", "wording.toml": "The chat's own sentences",
    "words.toml": "Words and shorthand", "decision.toml": "When an answer is sure enough",
    "untaught.toml": "How a new article is found",
    "safety/messages.en.toml": "Safety messages, English", "safety/messages.es.toml": "Safety messages, Spanish",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """A draft of the person at work, beside what is live."""

    draft: Draft
    title: str
    live: str | None
    stale: bool  #: the live text is not what the draft began from


def workshop() -> Workshop:
    """The workshop of this server; made when the first page needs it."""
    found = current_app.extensions.get("workshop")
    if not isinstance(found, Workshop):
        shared = services()
        found = Workshop(shared.library, shared.store.database, shared.settings.data_dir / "fitted", shared.mirror)
        current_app.extensions["workshop"] = found
    return found


def me() -> Author:
    """Who is at work."""
    who = person()
    return Author(who.id, who.name)


def today() -> date:
    """The date at the clinic."""
    return datetime.now(ZoneInfo(services().library.current.clinic.time_zone)).date()


def asked() -> list[str]:
    """What visitors have asked lately, as far as it is kept."""
    return lately(services().store.questions)


def changes() -> list[Change]:
    """Everything that the person at work has not published yet."""
    shop = workshop()
    live = shop.folder.texts()
    return [change_of(draft, live) for draft in shop.drafts.of(me().id)]


def drafted() -> KnowledgeBase | None:
    """The knowledge as it would be with everything that the person at work has not published; None without a draft."""
    mine = changes()
    return examine(workshop(), {c.draft.path: c.draft.text for c in mine}, asked(), today()).after if mine else None


def change_of(draft: Draft, live: Mapping[str, str]) -> Change:
    """A draft beside the live text."""
    now = live.get(draft.path)
    return Change(draft, title_of(draft.path, now if draft.text is None else draft.text), now, digest(now) != draft.base)


def title_of(path: str, text: str | None) -> str:
    """What people call a file."""
    if path in _NAMES:
        return _NAMES[path]
    if path.startswith("phrasings/"):
        found = re.search(r'^heading = "(.+)"$', text or "", re.MULTILINE)
        return f"How visitors ask: {found[1] if found else path[10:-5].replace('-', ' ')}"
    if is_article(path) and text:
        title = split(text)[0].get("title") or next(iter(re.findall(r"^# (.+)$", text, re.MULTILINE)), "")
        return title or path
    return path


@bp.app_template_filter("titled")
def titled(path: str) -> str:
    """What people call a file, as the person at work has it."""
    if "texts" not in g:
        shop = workshop()
        g.texts = {**shop.folder.texts(), **{d.path: d.text for d in shop.drafts.of(me().id) if d.text is not None}}
    return title_of(path, g.texts.get(path))


def known_path(path: str) -> str:
    """A path that this person may open: a file that is there, or a draft of theirs. Else 404, or 403 for safety."""
    shop = workshop()
    if is_safety(path) and not person().owner:
        abort(403)
    if path not in shop.folder.texts() and not shop.drafts.get(me().id, path):
        abort(404)
    return path


def typed(name: str, most: int = 1_000_000) -> str:
    """A field of the form as a text that may be kept: one kind of line ends, no control characters."""
    text = request.form.get(name, "")[:most].replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", text)


def number(name: str) -> int | None:
    """A whole number of the form, if it is one."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def explained(problem: Problem) -> str:
    """A problem in one line."""
    return f"{problem.wrong} {problem.todo}"
