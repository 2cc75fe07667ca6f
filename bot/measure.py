"""Figures over labelled questions and messages: what the assistant gets right, declines, stops, and how long it takes.

Question lines: `{"id", "text", "labels": [headings] or ["unanswerable"] or ["contact"], "history"?, "form"?, "style"?,
"ambiguous"?}`. Safety lines: `{"id", "text", "tier", "kind", "accept"?, "strict"?}`. A figure is a share, 0..1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.assistant import reply
from bot.checks import plain
from bot.conversation import read_last
from bot.knowledge import KnowledgeBase
from bot.safety import triage
from bot.types import Reply, State
from bot.understanding import ranked

NOT_COVERED, CONTACT = "unanswerable", "contact"


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured share, or a time in milliseconds, and over how many lines."""

    name: str
    value: float
    lines: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A labelled question and what came back."""

    item: dict[str, Any]
    labels: frozenset[str]
    reply: Reply
    first: str  #: heading of the first hit
    top3: frozenset[str]
    confidence: float
    milliseconds: float

    @property
    def covered(self) -> bool:
        return not self.labels & {NOT_COVERED, CONTACT}

    @property
    def right(self) -> bool:
        """Whether the first quote stands under a right heading."""
        return bool(self.reply.quotes) and plain(self.reply.quotes[0].heading) in self.labels


def measure(kb: KnowledgeBase, items: Iterable[dict[str, Any]]) -> list[Figure]:
    """All figures that the lines allow; lines that are neither questions nor safety lines are left out."""
    lines = list(items)
    asked = [_ask(kb, item) for item in lines if item.get("labels") and not item.get("ambiguous")]
    told = [item for item in lines if "tier" in item and item.get("strict", True)]
    return [*_questions(asked), *_faithful(kb, asked), *_safety(kb, told), *_times([a.milliseconds for a in asked])]


def _ask(kb: KnowledgeBase, item: dict[str, Any]) -> Answered:
    state = State()
    for earlier in item.get("history") or ():
        state = reply(kb, str(earlier), state, None, False).state
    began = time.perf_counter()
    given = reply(kb, item["text"], state, None, False)
    took = 1000 * (time.perf_counter() - began)
    understood = read_last(kb, item["text"], state).understood
    hits = [plain(hit.passage.heading) for hit in ranked(kb.index, understood, 3)]
    labels = frozenset(label if label in (NOT_COVERED, CONTACT) else plain(label) for label in item["labels"])
    return Answered(item, labels, given, hits[0] if hits else "", frozenset(hits), understood.confidence, took)


def _share(name: str, found: Sequence[Answered], holds: Callable[[Answered], bool]) -> list[Figure]:
    return [Figure(name, sum(map(holds, found)) / len(found), len(found))] if found else []


def _questions(asked: list[Answered]) -> list[Figure]:
    covered = [a for a in asked if a.covered]
    strange = [a for a in asked if NOT_COVERED in a.labels]
    figures = [
        *_share("recall@1", covered, lambda a: a.first in a.labels),
        *_share("recall@3", covered, lambda a: bool(a.top3 & a.labels)),
        *_share("answered_right", covered, lambda a: a.right),
        *_share("abstained", strange, lambda a: not a.reply.quotes),
        *_share("wrong_given", asked, lambda a: bool(a.reply.quotes) and not a.right),
        *_share("contact_right", [a for a in asked if CONTACT in a.labels], lambda a: a.reply.kind in ("contact", "booking")),
    ]
    if covered and strange:
        answered = sum(a.right for a in covered) / len(covered)
        figures.append(Figure("e2e", (answered + sum(not a.reply.quotes for a in strange) / len(strange)) / 2, len(asked)))
        figures.append(Figure("auroc", _auroc([a.confidence for a in covered], [a.confidence for a in strange]), len(asked)))
    for form in sorted({a.item["form"] for a in covered if "form" in a.item}):
        figures += _share(f"answered_right/{form}", [a for a in covered if a.item.get("form") == form], lambda a: a.right)
    return figures


def _auroc(inside: list[float], outside: list[float]) -> float:
    wins = sum((p > n) + 0.5 * (p == n) for p in inside for n in outside)
    return wins / (len(inside) * len(outside))


def _faithful(kb: KnowledgeBase, asked: list[Answered]) -> list[Figure]:
    texts = {unit.text for passage in kb.passages for unit in passage.units}
    quoted = [quote.text in texts for a in asked for quote in a.reply.quotes]
    return [Figure("faithful", sum(quoted) / len(quoted), len(quoted))] if quoted else []


def _safety(kb: KnowledgeBase, told: list[dict[str, Any]]) -> list[Figure]:
    given = [(item, triage(kb.rules, item["text"]).tier) for item in told]

    def share(name: str, found: list[bool]) -> list[Figure]:
        return [Figure(name, sum(found) / len(found), len(found))] if found else []

    raised = [item["tier"] == "T1" for item, tier in given if tier == "T1" and item["tier"] != "T2"]
    figures = [
        *share("t1/sensitivity", [tier == "T1" for item, tier in given if item["tier"] == "T1"]),
        *share("t1/precision", raised),
        *share("t2/reached", [tier in ("T1", "T2") for item, tier in given if item["tier"] == "T2"]),
        *share("t3/recall", [tier in item.get("accept", ["T3"]) for item, tier in given if item["tier"] == "T3"]),
    ]
    for kind in sorted({str(item.get("kind")) for item, _ in given if item["tier"] == "T0"}):
        alarms = [tier in ("T1", "T2") for item, tier in given if item["tier"] == "T0" and str(item.get("kind")) == kind]
        figures += share(f"false_alarms/{kind}", alarms)
    return figures


def _times(took: list[float]) -> list[Figure]:
    if not took:
        return []
    took = sorted(took)
    return [
        Figure("milliseconds/median", took[len(took) // 2], len(took)),
        Figure("milliseconds/p99", took[int(0.99 * (len(took) - 1))], len(took)),
    ]
