"""The request for an appointment as pages that work without scripts: ask for it, and cancel it with the reference."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request

from bot.types import Language
from bot.wording import say
from web.chat import respond, status_of, visitor_address
from web.requests import cancel, consent, forms
from web.services import Services, services
from web.store_database import StoreDown

bp = Blueprint("requests", __name__)
_FIELD = re.compile(r'"(\w+)": (.*)', re.DOTALL)
_TYPED = ("name", "phone", "email", "times", "reason", "website")


@bp.get("/book")
def form() -> Response:
    """An empty form. Its id makes a second press of the button harmless."""
    return _form(services(), id=secrets.token_urlsafe(16), state=request.args.get("state", ""))


@bp.post("/book")
def send() -> Response:
    """Stores the request and confirms it; or the form again, with what was typed and what is wrong with it."""
    shared = services()
    if not _from_here(shared):
        return _form(shared, id=secrets.token_urlsafe(16), state="", error=_words(shared, "book_elsewhere"), status=403)
    given = {name: request.form.get(name, "") for name in (*_TYPED, "id", "state")}
    ticks = {name: bool(request.form.get(name)) for name in ("consent", "copy")}
    frame = respond({"type": "book", "language": _language(), **given, **ticks}, shared, visitor_address(shared))
    if frame["type"] == "done":
        return _page("book_done.html", 200, text=frame["text"], reference=frame["reference"])
    named = _FIELD.fullmatch(frame["message"])
    field, words = (named[1], named[2]) if named else ("", frame["message"])
    return _form(
        shared, id=given["id"], state=given["state"], typed={**given, **ticks}, field=field, error=words, status=status_of(frame)
    )


@bp.get("/book/cancel")
def cancelling() -> Response:
    """Asks for the reference; a link from the confirmation has filled it in."""
    return _page("book_cancel.html", 200, reference=request.args.get("reference", "")[:12])


@bp.post("/book/cancel")
def cancelled() -> Response:
    """Cancels the request with this reference."""
    shared = services()
    reference = request.form.get("reference", "")[:12]
    if not _from_here(shared):
        return _page("book_cancel.html", 403, reference="", words=_words(shared, "book_elsewhere"))
    if shared.guard.cancel_wait(visitor_address(shared)):
        return _page("book_cancel.html", 429, reference=reference, words=_words(shared, "book_slowly"))
    try:
        done, words = cancel(reference, shared, _language())
    except StoreDown:
        return _page("book_cancel.html", 503, reference=reference, words=_words(shared, "book_later"))
    return _page("book_cancel.html", 200 if done else 404, reference=reference, done=done, words=words)


def _form(
    shared: Services,
    id: str,
    state: str,
    typed: dict[str, object] | None = None,
    field: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    return _page(
        "book.html", status, id=id, state=state, typed=typed or {}, wrong=field, error=error,
        reasons=forms(shared)["reasons"], consent=consent(shared, _language())[0],
    )  # fmt: skip


def _page(name: str, status: int, **shown: object) -> Response:
    shared = services()
    found = make_response(
        render_template(name, **shown, language=_language(), welcome=shared.assistant.welcome(_language())), status
    )
    found.headers["Cache-Control"] = "no-store"
    return found


def _words(shared: Services, name: str) -> str:
    kb = shared.library.current
    return say(kb.wording, name, _language(), kb.clinic)


def _language() -> Language:
    wanted = request.values.get("lang", "") or str(request.accept_languages.best_match(["en", "es"]) or "en")
    return "es" if wanted.startswith("es") else "en"


def _from_here(shared: Services) -> bool:
    """Whether one of our own pages sent the form: another site must not make its visitors' browsers send requests."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    own = {urlsplit(shared.settings.public_url).netloc.lower(), request.host.lower()} - {""}
    return urlsplit(origin.lower()).netloc in own
