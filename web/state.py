"""The conversation's state in the visitor's hands: signed, compact, with an end. Never trusted unsigned."""

from __future__ import annotations

import hashlib
import time
from dataclasses import fields
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

from bot.types import State

MAX_AGE = 12 * 3600  # seconds; a conversation of yesterday starts anew
MAX_BYTES = 1024
SHORT = 300  # bytes
_SALT = "pinpoint.state.2"
_FIRST = State()
_NAMES = tuple(field.name for field in fields(State))


class _Signer(URLSafeTimedSerializer):
    """Packs only what is long: packing a short state costs more than all the rest and saves some thirty bytes."""

    def dump_payload(self, obj: Any) -> bytes:
        """The state as bytes that may stand in an address."""
        plain: bytes = self.serializer.dumps(obj).encode()
        return base64_encode(plain) if len(plain) <= SHORT else bytes(super().dump_payload(obj))


def signer(secret_key: str) -> URLSafeTimedSerializer:
    """What signs and opens states with this installation's key."""
    return _Signer(secret_key, salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256})


def seal(signed_by: URLSafeTimedSerializer, state: State) -> str:
    """The state as text of at most 1 KiB. What makes it too long (many offers) is left out, oldest first."""
    data = [own if (own := getattr(state, name)) != getattr(_FIRST, name) else 0 for name in _NAMES]
    text = str(signed_by.dumps(data))
    if len(text) > MAX_BYTES:
        slim = State(language=state.language, pinned=state.pinned, declined=state.declined, offered=state.offered[-3:])
        return seal(signed_by, slim) if slim != state else ""
    return text


def unseal(signed_by: URLSafeTimedSerializer, text: str | None) -> State:
    """The state that was sealed; a new one if it is missing, expired, forged or of another version."""
    if not text:
        return _FIRST
    try:
        data, signed = signed_by.loads(text, return_timestamp=True)
    except BadData:
        return State()
    # One that was signed later than now is good: by a machine whose clock is ahead, or before ours was set back.
    if time.time() - signed.timestamp() > MAX_AGE:
        return State()
    if not isinstance(data, list) or len(data) != len(_NAMES):
        return State()
    given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in zip(_NAMES, data, strict=True) if v != 0}
    return State(**given)
