"""Taking personal data out of a message, before anything else than triage looks at it.

Never taken: session counts, spine levels, years, prices, 911, 988, the hotlines, the clinic's own phone and e-mail.
"""

from __future__ import annotations

import re

from bot.privacy_names import names
from bot.privacy_numbers import numbers
from bot.privacy_online import emails, handles
from bot.privacy_places import addresses
from bot.text import lowered
from bot.types import Redaction, Span

REMOVED = "[removed]"


def redact(text: str, public: tuple[str, ...] = ()) -> Redaction:
    """The text with "[removed]" for each piece of personal data, and where they stood. `public`: the clinic's own phone
    and e-mail, which stay."""
    # The surest first: where two overlap, the first one names the kind.
    low = lowered(text)
    spans = _apart([*emails(low, public), *addresses(text, low), *numbers(text, low, public), *handles(low), *names(text, low)])
    clean: list[str] = []
    at = 0
    for span in spans:
        # Pieces that touch are one thing to the reader.
        clean.extend([text[at : span.start], REMOVED] if span.start > at or not clean else [])
        at = span.end
    return Redaction("".join([*clean, text[at:]]), tuple(spans))


def question(clean: Redaction) -> str:
    """What is left to ask: the parts without anything removed ("my name is [removed], is it safe?" asks "is it safe?");
    if every part held something, the words around it."""
    return kept(clean).replace(REMOVED, " ") if clean.spans else clean.text


def kept(clean: Redaction) -> str:
    """The same for a reader, who sees where something was removed."""
    if not clean.spans:
        return clean.text
    parts = re.findall(r"[^.,;!?\n]+[.,;!?\n]*", clean.text)
    whole = [part.strip() for part in parts if REMOVED not in part and re.search(r"\w", part)]
    return " ".join(whole) if whole else clean.text


def _apart(spans: list[Span]) -> list[Span]:
    """The spans in order, each letter in one at most: what an earlier span holds is cut off a later one."""
    taken: set[int] = set()
    kept: list[Span] = []
    for span in spans:
        start: int | None = None
        for at in range(span.start, span.end + 1):
            free = at < span.end and at not in taken
            if free and start is None:
                start = at
            elif not free and start is not None:
                kept.append(Span(start, at, span.kind))
                start = None
        taken.update(range(span.start, span.end))
    return sorted(kept, key=lambda s: s.start)
