"""The conversation over the wire: `respond` is the one function behind websocket, POST and the page without scripts."""

from __future__ import annotations

import logging
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request
from flask_sock import Sock

from bot.types import Language, Reply, Turn
from web import wire
from web.requests import forms, take
from web.services import Services, services
from web.sockets import serve, stopping
from web.state import seal, unseal

bp = Blueprint("chat", __name__)
sock = Sock()
_log = logging.getLogger("pinpoint.chat")
_LANGUAGES: dict[str, Language] = {"en": "en", "es": "es"}
_STATUS = {"rate_limited": 429, "busy": 409, "too_long": 413, "internal": 500}


def respond(data: str | bytes | dict[str, Any], shared: Services, address: str, connection: str = "") -> dict[str, Any]:
    """One frame in, one frame out; never raises."""
    began = time.perf_counter()
    kind, frame = _answered(data, shared, address, connection)
    shared.metrics.answered(kind, frame, time.perf_counter() - began)
    return frame


def _answered(data: str | bytes | dict[str, Any], shared: Services, address: str, connection: str) -> tuple[str, dict[str, Any]]:
    """(kind of frame that came, or "unknown"; the frame that goes back)"""
    kind = "unknown"
    try:
        frame = wire.checked(data) if isinstance(data, dict) else wire.parse(data)
        kind = frame["type"]
        seconds = 0.0 if kind == "ping" else shared.guard.wait(address, connection)
        if seconds:
            words = "You are sending messages very fast. Please wait a moment."
            raise wire.Bad("rate_limited", words, frame.get("id", ""), seconds)
        return kind, take(frame, shared, address, connection) if kind == "book" else _ANSWERS[kind](frame, shared)
    except wire.Bad as bad:
        return kind, wire.error_frame(bad)
    except Exception as error:  # the one catch-all of the server: no visitor sees a stack trace, no socket dies of one
        _log.error("respond failed: %s", type(error).__name__, exc_info=True)
        return kind, wire.error_frame(wire.Bad("internal", "Something went wrong here. Please try again, or call the clinic."))


def reply_to(frame: dict[str, Any], shared: Services, language: Language | None) -> Reply:
    """The reply to a checked `ask`."""
    return _turn(frame, shared, language).reply


def _turn(frame: dict[str, Any], shared: Services, language: Language | None) -> Turn:
    """What a checked `ask` comes to; what the clinic may learn from the message goes its own way."""
    began = time.perf_counter()
    turn = shared.assistant.turn(frame["text"], unseal(shared.signer, frame.get("state")), language, datetime.now(UTC))
    shared.recorder.heard(turn, frame["id"], frame["text"], time.perf_counter() - began)
    return turn


def _ask(frame: dict[str, Any], shared: Services) -> dict[str, Any]:
    turn = _turn(frame, shared, _language(frame))
    if not turn.sent:  # a remembered one is signed and put into words once; it is remembered for a minute
        turn.sent.append(wire.said(turn.reply, seal(shared.signer, turn.reply.state)))
    found = turn.sent[0]
    assert isinstance(found, wire.Said)  # noqa: S101  (narrowing)
    return found.to(frame["id"])


def _hello(frame: dict[str, Any], shared: Services) -> dict[str, Any]:
    return wire.welcome_frame(shared.assistant.welcome(_language(frame) or "en"), forms(shared))


def _rate(frame: dict[str, Any], shared: Services) -> dict[str, Any]:
    shared.recorder.rated(frame["id"], frame["helpful"], frame.get("reason", ""))
    _log.info("rated helpful=%s reason=%s", frame["helpful"], frame.get("reason", ""))
    return {"type": "done", "id": frame["id"]}


def _ping(frame: dict[str, Any], shared: Services) -> dict[str, Any]:
    return {"type": "pong"}


_ANSWERS = {"ask": _ask, "hello": _hello, "rate": _rate, "ping": _ping}


def _language(frame: dict[str, Any]) -> Language | None:
    return _LANGUAGES.get(str(frame.get("language", ""))[:2].lower())


def visitor_address(shared: Services) -> str:
    """The address that limits are counted for."""
    return shared.guard.address(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""))


# --- channels ---------------------------------------------------------------------------------------------------------


@bp.before_app_request
def check_handshake() -> Response | None:
    """Refuses a bad or unwelcome websocket handshake before a socket is made of it."""
    if "websocket" not in request.headers.get("Upgrade", "").lower():
        return None
    shared = services()
    refused = _wrong_handshake() or _unwelcome(shared)
    if refused is None:
        request.environ["pinpoint.place"] = True
        return None
    shared.metrics.refused(_REASONS.get(refused.status_code, "handshake"))
    return refused


_REASONS = {403: "origin", 503: "full"}


def _wrong_handshake() -> Response | None:
    if request.path != "/chat":
        return refuse(404, wire.Bad("bad_frame", "There is no chat at this address."))
    if request.method != "GET" or request.headers.get("Sec-WebSocket-Version") != "13":
        refused = refuse(426, wire.Bad("bad_frame", "Please use websocket version 13."))
        refused.headers["Sec-WebSocket-Version"] = "13"
        return refused
    asked = "upgrade" in request.headers.get("Connection", "").lower()
    if not asked or not _is_key(request.headers.get("Sec-WebSocket-Key", "")):
        return refuse(400, wire.Bad("bad_frame", "This websocket handshake is not complete."))
    return None


def _unwelcome(shared: Services) -> Response | None:
    """Takes a place, or says why there is none."""
    if not origin_allowed(shared, request.headers.get("Origin")):
        return refuse(403, wire.Bad("bad_frame", "This site may not use the chat. The clinic can allow it in ALLOWED_ORIGINS."))
    if stopping() or not shared.guard.places.take(visitor_address(shared)):
        refused = refuse(503, wire.Bad("busy", "All places are taken right now. Please try again soon.", retry_after=5))
        refused.headers["Retry-After"] = "5"
        return refused
    return None


def _is_key(text: str) -> bool:
    return len(text) == 24 and text.endswith("==") and all(c.isalnum() or c in "+/" for c in text[:22])


def origin_allowed(shared: Services, origin: str | None) -> bool:
    """Whether a page of this origin may talk to the server: its own always, others by ALLOWED_ORIGINS. A program that
    is no browser sends none; it could send any, so nothing is gained by refusing it."""
    if not origin or "*" in shared.settings.allowed_origins:
        return True
    found = origin.lower().rstrip("/")
    own = {urlsplit(shared.settings.public_url).netloc.lower(), request.host.lower()} - {""}
    return urlsplit(found).netloc in own or found in shared.settings.allowed_origins


@sock.route("/chat", bp=bp)  # type: ignore[untyped-decorator]  # flask-sock has no types
def _converse(ws: Any) -> None:
    shared, address, connection = services(), visitor_address(services()), uuid.uuid4().hex
    serve(ws, lambda data: wire.dump(respond(data, shared, address, connection)))


@bp.teardown_app_request
def give_place_back(error: BaseException | None) -> None:
    """However the handshake or the conversation ended, the place is free again."""
    if request.environ.pop("pinpoint.place", False):
        shared = services()
        shared.guard.places.leave(visitor_address(shared))


@bp.post("/chat")
def post() -> Response:
    """The same frames as the websocket, one in, one out."""
    shared = services()
    if not origin_allowed(shared, request.headers.get("Origin")):
        return with_cors(refuse(403, wire.Bad("bad_frame", "This site may not use the chat.")), shared)
    data = request.stream.read(wire.MAX_FRAME + 1)
    try:
        text: str | bytes = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data
    frame = respond(text, shared, visitor_address(shared))
    found = answer_json(frame, status_of(frame))
    if "retry_after" in frame:
        found.headers["Retry-After"] = str(int(frame["retry_after"]) + 1)
    return with_cors(found, shared)


@bp.route("/chat", methods=["OPTIONS"])
def preflight() -> Response:
    """Lets an allowed site's page post from another origin."""
    found = with_cors(Response(status=204), services())
    found.headers["Access-Control-Allow-Headers"] = "Content-Type"
    found.headers["Access-Control-Allow-Methods"] = "POST"
    found.headers["Access-Control-Max-Age"] = "86400"
    return found


def with_cors(response: Response, shared: Services) -> Response:
    """Names the asking origin if it is allowed."""
    origin = request.headers.get("Origin")
    response.headers["Vary"] = "Origin"
    if origin and origin_allowed(shared, origin):
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


def status_of(frame: dict[str, Any]) -> int:
    """The HTTP status of a frame."""
    return 200 if frame["type"] != "error" else _STATUS.get(frame["code"], 400)


def answer_json(frame: dict[str, Any], status: int = 200) -> Response:
    """A frame as an HTTP answer that nothing may keep."""
    found = current_app.response_class(wire.dump(frame), status=status, mimetype="application/json")
    found.headers["Cache-Control"] = "no-store"
    return found


def refuse(status: int, bad: wire.Bad) -> Response:
    """An error object with its status."""
    return answer_json(wire.error_frame(bad), status)
