"""The last look at a reply: nothing leaves that the clinic has not written or reviewed.

Words must come from the reviewed wording, quotes from the snapshot's articles, suggestions from the questions that were
proved to be answered. Whatever else stands in a reply is a fault of ours, and the reply is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.knowledge import KnowledgeBase
from bot.safety import BUILT_IN
from bot.types import Reply
from bot.wording import FALLBACK, fill

_GAP = re.compile(r"\\\{(\w+)\\\}")
_FACTS = frozenset(("name", "phone", "email"))
_TIMES = r"[\w:., ]{0,90}"  # hours, days, numbers: no sentence of its own fits in


def refused(kb: KnowledgeBase, given: Reply) -> str:
    """What is wrong with a reply, in a word for the log; empty if nothing is."""
    if not _reviewed(kb).fullmatch(given.text):
        return "text"
    if any(not _reviewed(kb).fullmatch(action.label) for action in given.actions):
        return "label"
    if any(quote.text not in _units(kb) for quote in given.quotes):
        return "quote"
    return "" if frozenset(given.suggestions) <= _questions(kb) else "suggestion"


@lru_cache(maxsize=4)
def _reviewed(kb: KnowledgeBase) -> re.Pattern[str]:
    """Any row of reviewed sentences."""
    headings = sorted({passage.heading.rstrip("?") for passage in kb.passages}, key=len, reverse=True)
    topic = "|".join(map(re.escape, headings)) or "(?!)"
    pieces = {_pattern(fill(_spared(text), kb.clinic).strip(), topic) for text in _texts(kb)}
    return re.compile(r"(?:(?:" + "|".join(sorted(filter(None, pieces), key=len, reverse=True)) + r")\s*)*")


def _texts(kb: KnowledgeBase) -> Iterator[str]:
    yield from BUILT_IN.values()
    yield from FALLBACK.values()
    for texts in kb.wording.texts.values():
        yield from texts.values()
    for own in kb.rules.messages.values():
        yield from own.values()
    for group in kb.groups:
        yield from group.say.values()


def _spared(text: str) -> str:
    """Gaps that are not the clinic's facts, kept through filling."""
    return re.sub(r"\{(\w+)\}", lambda gap: gap[0] if gap[1] in _FACTS else f"{{{{{gap[1]}}}}}", text)


def _pattern(text: str, topic: str) -> str:
    return _GAP.sub(lambda gap: f"(?:{topic})" if gap[1] == "topic" else _TIMES, re.escape(text))


@lru_cache(maxsize=4)
def _units(kb: KnowledgeBase) -> frozenset[str]:
    return frozenset(unit.text for passage in kb.passages for unit in passage.units)


@lru_cache(maxsize=4)
def _questions(kb: KnowledgeBase) -> frozenset[str]:
    return frozenset(one.question for own in kb.proved.values() for one in own)
