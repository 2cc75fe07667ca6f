"""The frames of the protocol: what comes in is checked field by field, what goes out is plain JSON.

Nothing of what a visitor sent is ever put into an error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from typing import Any, Literal

from bot.assistant import Welcome
from bot.types import Action, Quote, Reply

MAX_FRAME = 8 * 1024  # bytes of one frame in; the transport cuts off above 16 KiB
MAX_TEXT = 2000  # characters of a question
MAX_DEPTH = 4
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
FIELDS: dict[str, dict[str, int]] = {  # frame -> text field -> most characters
    "hello": {"language": 8},
    "ask": {"id": 64, "text": MAX_TEXT, "state": 2048, "language": 8},
    "rate": {"id": 64, "reason": 32},
    "book": {"id": 64, "name": 80, "phone": 40, "email": 254, "times": 200, "reason": 80, "state": 2048, "website": 200,
             "language": 8},
    "ping": {},
}  # fmt: skip
NEEDED = {"ask": ("id", "text"), "rate": ("id",), "book": ("id",)}
REASONS = ("wrong", "unclear", "not_my_question")

Code = Literal["bad_frame", "bad_field", "too_long", "too_deep", "rate_limited", "busy", "internal"]


@dataclass(frozen=True, slots=True)
class Bad(Exception):
    """A frame that cannot be taken: the error that goes back instead of a reply."""

    code: Code
    message: str
    id: str = ""
    retry_after: float = 0.0


def parse(data: str | bytes) -> dict[str, Any]:
    """The frame, checked. Raises Bad."""
    if isinstance(data, bytes):
        raise Bad("bad_frame", "This message was not text. Please send text.")
    if len(data.encode("utf-8", "replace")) > MAX_FRAME:
        raise Bad("too_long", "That message is too long. Please send at most 2,000 characters.")
    if data.count("{") + data.count("[") > MAX_DEPTH and _depth(data) > MAX_DEPTH:
        raise Bad("too_deep", "This message is nested too deeply.")
    try:
        frame = json.loads(data)
    except (ValueError, RecursionError):
        raise Bad("bad_frame", "This message could not be read. It must be a JSON object.") from None
    return checked(frame)


def _depth(data: str) -> int:
    """The deepest nesting of brackets outside strings, without parsing: a bomb must not reach the parser."""
    deepest = depth = 0
    for char in re.sub(r'"(?:[^"\\]|\\.)*"', "", data):
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def checked(frame: Any) -> dict[str, Any]:
    """A parsed frame with clean fields. Raises Bad."""
    if not isinstance(frame, dict):
        raise Bad("bad_frame", "This message must be a JSON object.")
    kind = frame.get("type")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise Bad("bad_frame", "This kind of message is not known. Use hello, ask, rate, book or ping.", _own_id(frame))
    name = _own_id(frame)
    clean: dict[str, Any] = {"type": kind}
    for field, most in FIELDS[kind].items():
        value = frame.get(field)
        if value is None:
            continue
        if not isinstance(value, str):
            raise Bad("bad_field", f'"{field}" must be text.', name)
        if len(value) > most:
            code: Code = "too_long" if field == "text" else "bad_field"
            words = (
                "Your question is too long. Please use at most 2,000 characters."
                if field == "text"
                else f'"{field}" is too long.'
            )
            raise Bad(code, words, name)
        clean[field] = _clean(value)
    for field in NEEDED.get(kind, ()):
        if not clean.get(field, "").strip():
            words = "Please type a question." if field == "text" else f'"{field}" is missing.'
            raise Bad("bad_field", words, name)
    if "id" in FIELDS[kind] and not _ID.fullmatch(clean["id"]):
        raise Bad("bad_field", '"id" may hold letters, digits, "-" and "_" only, at most 64.')
    return _with_flags(frame, clean, name)


def _with_flags(frame: dict[str, Any], clean: dict[str, Any], name: str) -> dict[str, Any]:
    if clean["type"] == "rate":
        if not isinstance(frame.get("helpful"), bool):
            raise Bad("bad_field", '"helpful" must be true or false.', name)
        if clean.get("reason", REASONS[0]) not in REASONS:
            raise Bad("bad_field", f'"reason" must be one of: {", ".join(REASONS)}.', name)
        clean["helpful"] = frame["helpful"]
    if clean["type"] == "book":
        clean["consent"] = frame.get("consent") is True
        clean["copy"] = frame.get("copy") is True  # by e-mail, to the visitor
    if clean["type"] == "ask" and not any(c.isprintable() and not c.isspace() for c in clean["text"]):
        raise Bad("bad_field", "Please type a question.", name)
    return clean


def _own_id(frame: dict[str, Any]) -> str:
    value = frame.get("id")
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _clean(text: str) -> str:
    """Without control characters and lone surrogates, which break logs, databases and UTF-8."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))


# --- out --------------------------------------------------------------------------------------------------------------


class Encoded(dict[str, Any]):
    """A frame whose JSON is known already."""

    __slots__ = ("text",)
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A reply as it goes to whoever asks for it: all but the `id` of the ask, made once however often it is sent."""

    frame: dict[str, Any]
    text: str  #: its JSON

    def to(self, name: str) -> Encoded:
        """The answer to the ask of this (checked) id."""
        made = Encoded(self.frame, id=name)
        made.text = f'{{"id":"{name}",{self.text[1:]}'
        return made


def said(reply: Reply, state: str) -> Said:
    """A reply as the contract has it; `state` is the signed one."""
    actions = [{key: value for key in _ACTION if (value := getattr(action, key))} for action in reply.actions]
    quotes = [{key: getattr(quote, key) for key in _QUOTE} for quote in reply.quotes]
    frame = {
        "type": "reply", "kind": reply.kind, "text": reply.text, "quotes": quotes, "suggestions": list(reply.suggestions),
        "actions": actions, "language": reply.language, "version": reply.version, "state": state,
    }  # fmt: skip
    return Said(frame, dump(frame))


_QUOTE, _ACTION = (tuple(field.name for field in fields(one)) for one in (Quote, Action))


def error_frame(bad: Bad) -> dict[str, Any]:
    """The error object, the same on the socket and over HTTP."""
    frame: dict[str, Any] = {"type": "error", "code": bad.code, "message": bad.message}
    if bad.id:
        frame["id"] = bad.id
    if bad.retry_after:
        frame["retry_after"] = round(bad.retry_after, 1)
    return frame


def welcome_frame(welcome: Welcome, forms: dict[str, Any]) -> dict[str, Any]:
    """What a visitor's widget needs before the first question."""
    clinic = welcome.clinic
    return {
        "type": "welcome",
        "clinic": {
            "name": clinic.name, "phone": clinic.phone, "email": clinic.email, "address": clinic.address,
            "website": clinic.website, "booking_url": clinic.booking_url, "hours": dict(clinic.hours), **forms,
        },
        "greeting": welcome.greeting, "notice": welcome.notice, "emergency": welcome.emergency_line,
        "suggestions": list(welcome.suggestions), "languages": list(welcome.languages), "version": welcome.version,
        "limits": {"text": MAX_TEXT, "frame": MAX_FRAME},
    }  # fmt: skip


def dump(frame: dict[str, Any]) -> str:
    """One frame as JSON text."""
    return frame.text if isinstance(frame, Encoded) else _encode(frame)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
