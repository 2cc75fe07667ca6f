"""Pages for people: the chat without scripts, the articles; and for machines: health and readiness."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from bot.conversation import phone_link
from bot.types import Article, Language
from bot.wording import say
from web import wire
from web.assets import strings
from web.chat import answer_json, refuse, reply_to, visitor_address
from web.metrics import CONTENT_TYPE
from web.services import Services, services
from web.sockets import stopping
from web.state import seal

bp = Blueprint("pages", __name__)


@bp.get("/chat")
def chat() -> str | tuple[str, int]:
    """The chat as a page that works without scripts: a question in, the answer with its source below it."""
    shared = services()
    language = _page_language()
    welcome = shared.assistant.welcome(language)
    question = request.args.get("q", "")
    shown: dict[str, Any] = {"welcome": welcome, "words": strings(language), "language": language, "question": question}
    shown |= {"reply": None, "state": ""}
    if not question.strip():
        return render_template("chat.html", **shown)
    try:
        frame = wire.checked({"type": "ask", "id": secrets.token_hex(8), "text": question, "state": request.args.get("state")})
        if seconds := shared.guard.wait(visitor_address(shared)):
            raise wire.Bad("rate_limited", "You are asking very fast. Please wait a moment.", retry_after=seconds)
    except wire.Bad as bad:
        status = 429 if bad.code == "rate_limited" else 400
        return render_template("chat.html", **shown, error=bad.message), status
    reply = reply_to(frame, shared, language)
    shared.metrics.replied(reply.kind, reply.language)
    shown |= {"reply": reply, "state": seal(shared.signer, reply.state), "language": reply.language}
    shown |= {"welcome": shared.assistant.welcome(reply.language), "words": strings(reply.language)}
    return render_template("chat.html", **shown)


_ITEM = re.compile(r"(?:• |\d+\. )")


def init_app(app: Flask) -> None:
    """What the templates need: telling the items of a quoted list, and phone links."""
    app.jinja_env.tests["match_item"] = lambda line: bool(_ITEM.match(line))
    app.jinja_env.filters["numbers"] = lambda line: re.split(r"\b(911|988)\b", line)
    app.jinja_env.filters["item_text"] = lambda line: _ITEM.sub("", line, count=1)
    app.jinja_env.filters["dial"] = lambda phone: phone_link(phone).removeprefix("tel:")


def _page_language() -> Language:
    wanted = request.args.get("lang", "") or str(request.accept_languages.best_match(["en", "es"]) or "en")
    return "es" if wanted.startswith("es") else "en"


@bp.get("/articles/<slug>")
def article(slug: str) -> str:
    """An article as the assistant knows it: an anchor at each heading, the quoted sentence marked."""
    kb = services().library.current
    found = next((a for a in kb.articles if a.slug == slug), None)
    if found is None:
        abort(404)
    marked = request.args.get("s", "")
    number = int(marked) if marked.isascii() and marked.isdigit() and len(marked) < 6 else -1
    notice = say(kb.wording, "emergency_line", found.language, kb.clinic)
    return render_template(
        "article.html", article=found, sections=_numbered(found), marked=number, clinic=kb.clinic, notice=notice
    )


def _numbered(found: Article) -> list[tuple[Any, list[tuple[int, Any]]]]:
    """Each section with its units, the units numbered through the article."""
    at, sections = 0, []
    for section in found.sections:
        units = []
        for unit in section.units:
            units.append((at, unit))
            at += 1
        sections.append((section, units))
    return sections


@bp.get("/healthz")
def healthz() -> Response:
    """The process lives."""
    return answer_json({"ok": True})


@bp.get("/readyz")
def readyz() -> Response:
    """Whether a snapshot is loaded, which one, and what works less well than it should. Answers do not need the database
    or Redis, so without them the service is ready still; when it stops, it is not."""
    shared = services()
    library = shared.library
    kb = library.current
    failed = [o.problem() for o in kb.outcomes if not o.passed]
    frame = {
        "ready": not stopping(), "degraded": _degraded(shared), "version": kb.version,
        "articles": len(kb.articles), "passages": len(kb.passages),
        "problems": [asdict(p) for p in kb.problems], "held_back": [asdict(p) for p in library.held_back],
        "tests": {"passed": len(kb.outcomes) - len(failed), "failed": [asdict(p) for p in failed]},
        "loaded_at": round(kb.loaded_at, 3), "requests": {"failed_notices": shared.notifier.failed},
    }  # fmt: skip
    return answer_json(frame, 200 if frame["ready"] else 503)


def _degraded(shared: Services) -> list[str]:
    """What works less well than it should. Asks nobody: a probe must not wait for a database that is away."""
    behind = shared.mirror is not None and bool(shared.mirror.why)
    found = {
        "knowledge": behind or bool(shared.library.held_back), "store": shared.store.database.down,
        "limits": shared.guard.counts.away, "notices": bool(shared.notifier.failed),
    }  # fmt: skip
    return [name for name, bad in found.items() if bad]


@bp.get("/metrics")
def metrics() -> Response:
    """The counters, for this machine itself or with METRICS_TOKEN."""
    shared = services()
    if not _may_read_metrics(shared.settings.metrics_token):
        return refuse(
            403, wire.Bad("bad_frame", "Only this machine may read this, or who sends METRICS_TOKEN as a bearer token.")
        )
    return Response(shared.metrics.text(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _may_read_metrics(token: str) -> bool:
    """Whoever comes through a proxy is not this machine, even if the proxy is on it."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"))
    return not forwarded and (request.remote_addr or "") in ("127.0.0.1", "::1")


@bp.app_errorhandler(HTTPException)
def http_error(error: HTTPException) -> Response | tuple[str, int]:
    """Errors in the visitor's words: a page for people, the error object for programs."""
    status = error.code or 500
    words = _WORDS.get(status, "That did not work. Please go back and try again.")
    if request.path.startswith("/chat") or "text/html" not in request.headers.get("Accept", ""):
        refused = refuse(status, wire.Bad("too_long" if status == 413 else "bad_frame", words))
        if status == 405 and error.get_response().headers.get("Allow"):
            refused.headers["Allow"] = error.get_response().headers["Allow"]
        return refused
    clinic = services().library.current.clinic
    return render_template("error.html", words=words, clinic=clinic), status


_WORDS = {
    400: "This request could not be read.",
    404: "There is no such page here.",
    405: "This address cannot be used in that way.",
    413: "That is too large.",
    429: "Too many requests. Please wait a moment.",
}
