"""A long message cut into what is told and what is asked.

"Bad posture for years, my neck is stiff. Is needling safe?" tells one thing and asks another; the ask decides.
"""

from __future__ import annotations

import re

from bot.text import fold

_CUT = re.compile(r"(?<=[.?!;\n])\s+|\n+|\s+-{1,2}\s+|(?<=\w)[,;]?\s+(?=but\b|pero\b)", re.IGNORECASE)
_JOINT = re.compile(
    r"[,.;]?\s+(?:and|also|plus|y|e|ademas|además|tambien|también)[,:]?\s+(?=(?:also\s+)?(?:what|how|who|why|when|where|which|is|are|does|do|can|could|"
    r"will|would|should|que|qué|como|cómo|quien|quién|cuando|cuándo|cuanto|cuánto|cuanta|donde|dónde|puede|es|son|sirve|ayuda|duele)\b)",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^(?:(?:so|and|but|also|ok|okay|well|hi|hello|hey|please|pls|just|wondering|y|pero|entonces|hola|oye|oiga)[,:]?\s+)*"
    r"(?:what|whats|how|hows|who|whos|why|when|where|which|is|are|was|does|do|did|can|could|will|would|should|may|might|any|has|"
    r"have|"
    r"tell me|explain|wondering|curious|i want to know|i would like to know|need to know|que|como|quien|quienes|cuando|cuanto|"
    r"cuanta|"
    r"cuantas|cuantos|donde|"
    r"por que|porque|para que|puede|pueden|puedo|es|son|sirve|ayuda|duele|hay|tiene|se puede|me puede|funciona)\b"
)
_BLANKS = re.compile(r"\s{2,}")  # made one before cutting: a thousand of them would be tried from each of them
_LONG = 14  # words; shorter messages are read whole


def pieces(text: str) -> list[str]:
    """The sentences of a message, as typed, in order; questions joined by "and" apart."""
    text = _BLANKS.sub(lambda run: "\n" if "\n" in run[0] else " ", text)
    found = [piece.strip() for part in _CUT.split(text) for piece in _JOINT.split(part)]
    return [piece for piece in found if any(c.isalnum() for c in piece)]


def is_ask(piece: str) -> bool:
    """Whether a sentence asks something: it ends with a question mark or begins like a question."""
    return piece.rstrip().endswith("?") or "¿" in piece or bool(_ASKING.match(fold(piece).lstrip("¿¡ ")))


def asks(text: str) -> list[str]:
    """The questions of a message in order; a short message or one without any question is one ask, whole."""
    found = [piece for piece in pieces(text) if is_ask(piece)]
    return found or [text.strip()]


def is_long(text: str) -> bool:
    """Whether a message is long enough that its background may drown its question."""
    return text.count(" ") >= _LONG
