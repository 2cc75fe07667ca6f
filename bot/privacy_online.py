"""E-mail addresses and names on social networks, also written out ("ana at mail dot com")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.types import Span

_AT = r"(?:@| ?[(\[] ?(?:at|arroba|@) ?[)\]] ?| (?:at|arroba) )"
_DOT = r"(?:\.| ?[(\[] ?(?:dot|punto) ?[)\]] ?| (?:dot|punto) )"
_EMAIL = re.compile(
    rf"(?<![\w.+%-])[\w+%-]{{1,40}}(?:{_DOT}[\w+%-]{{1,40}}){{0,3}}{_AT}[\w-]{{1,40}}(?:{_DOT}[\w-]{{2,20}}){{1,3}}", re.I
)
_PLAIN_AT = re.compile(r"[@(\[]|\b(?:at|arroba)\b", re.I)
_WRITTEN_END = re.compile(rf"{_DOT}(?:com|net|org|edu|gov|es|mx|us|co|io|me|info)(?:{_DOT}[a-z]{{2}})?$", re.I)
_NETWORK = r"(?:insta(?:gram)?|ig|facebook|face|fb|twitter|x|tik ?tok|snap(?:chat)?|telegram|venmo|zelle|cash ?app|whatsapp|skype|discord|messenger|linkedin|threads|signal|paypal)"
_HANDLE = re.compile(r"(?<![\w@.])@[^\W\d][\w.-]{2,29}", re.I)
_ON = re.compile(
    rf"\b{_NETWORK}\b[^.\n@]{{0,24}}?\b(?:under|as|handle|user(?:name)?|is|es|como|soy|usuario|id)\b ?:? ?(@?[^\W\d][\w.-]{{2,29}}(?: [A-Z][\w-]{{2,29}})?)|"
    rf"\b{_NETWORK} ?[:=] ?(@?[^\W\d][\w.-]{{2,29}})",
    re.I,
)
_NO_HANDLE = frozenset(
    ("the", "and", "you", "your", "my", "for", "this", "that", "what", "how", "why", "not", "que", "por", "para", "una", "con",
     "free", "ok", "okay", "down", "fine", "better")
)  # fmt: skip


def emails(text: str, public: tuple[str, ...]) -> Iterator[Span]:
    """E-mail addresses other than the clinic's own."""
    if not _PLAIN_AT.search(text):
        return
    own = {address.lower() for address in public if "@" in address}
    for match in _EMAIL.finditer(text):
        # "at" and "dot" are words of every day: only a known ending makes them an address.
        if match[0].lower() not in own and ("@" in match[0] or _WRITTEN_END.search(match[0])):
            yield Span(match.start(), match.end(), "EMAIL")


def handles(text: str) -> Iterator[Span]:
    """Names on social networks."""
    if "@" in text:
        yield from (Span(m.start(), m.end(), "HANDLE") for m in _HANDLE.finditer(text))
    for match in _ON.finditer(text):
        group = 1 if match[1] else 2
        if match[group].lower().split()[0] not in _NO_HANDLE:
            yield Span(match.start(group), match.end(group), "HANDLE")
