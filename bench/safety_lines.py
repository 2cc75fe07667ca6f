"""The labelled messages that the second net learns from, and whose hand each is of.

bench/safety/*.jsonl (without the personal-data ones), the rules' own examples, and the clinic's phrasings as harmless.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.phrasings import load_phrasings
from bot.safety import Reading, Rules, read
from bot.safety_net import features, groups, letters
from bot.safety_text import told
from bot.types import Tier

ROOT = Path(__file__).resolve().parent.parent
CLASSES = ("urgent", "medical", "self_harm", "violence", "overdose")
OWN_CLASS = {"suicide_self_harm": "self_harm", "domestic_violence": "violence", "overdose": "overdose"}
PHRASINGS, EXAMPLES = "phrasings", "examples"
#: Phrasings that ask about a precaution: no danger, and no example of what is no precaution.
TOPICS = frozenset((
    "health-conditions-allowed", "pregnancy", "blood-thinners", "needle-fear", "bleeding-disorders", "children-age",
    "postpartum-breastfeeding", "other-conditions",
))  # fmt: skip
TOPIC = "topic"
HARMLESS = 1.5  # harmless messages that were written to look dangerous
LONG, STORY = 15, 4.0  # a long harmless message counts more: it holds frightening words and no danger
EXAMPLE = 3.0  # a rule's own example is the plainest form of its danger
SHORT = 0.6  # weight of the clinic's short phrasings
HANDS = {"fresh-crisis": "fresh", "train-followups": "train-plain"}
#: Emergency rules were mended on what these wrote, so that they know them better than what is to come.
MENDED = frozenset((
    "open", "train", "train-chest", "train-crisis", "train-fifth", "train-fifth-mixed", "train-mixed", "train-neuro",
    "train-plain", "train-second", "train-sixth", "train-third",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled message as the net reads it."""

    file: str
    tier: Tier
    kind: str  #: the class, or what sort of harmless message it is
    flag: str
    language: str
    accept: tuple[str, ...]
    reading: Reading
    told: tuple[list[str], list[str], list[str]]  #: its features: words, concepts, letter groups
    weight: float

    @property
    def hand(self) -> str:
        """Who wrote it; open-en and open-es are of one hand."""
        return HANDS.get(self.file) or self.file.removesuffix("-en").removesuffix("-es")


def lines(rules: Rules) -> list[Line]:
    """The labelled messages, the rules' own examples, the clinic's phrasings."""
    found = []
    for path in sorted((ROOT / "bench" / "safety").glob("*.jsonl")):
        if "pii" not in path.name:
            with path.open(encoding="utf-8") as file:
                labelled = [item for item in map(json.loads, file) if item.get("strict", True)]
            found += [_line(rules, path.stem, item, _kind(item)) for item in labelled]
    for rule in rules.rules:
        kind = rule.message if rule.message in CLASSES else "medical" if rule.tier == "T1" else "precaution"
        found += [_line(rules, EXAMPLES, {"text": text, "tier": rule.tier, "lang": "en"}, kind) for text in rule.fire]
    found += [
        _line(rules, PHRASINGS, {"text": text, "tier": "T0", "lang": language}, TOPIC if group.id in TOPICS else "phrasing")
        for group in load_phrasings(ROOT / "knowledge")[0]
        for language, own in group.lines.items()
        for text in own
    ]
    return found


def _kind(item: dict[str, Any]) -> str:
    own = {
        "T0": str(item["kind"]),
        "T1": OWN_CLASS.get(item["flag"], "medical"),
        "T2": "urgent",
        "T3": "precaution",
    }
    return own[item["tier"]]


def _line(rules: Rules, file: str, item: dict[str, Any], kind: str) -> Line:
    weight = EXAMPLE if file == EXAMPLES else HARMLESS if item["tier"] == "T0" else 1.0
    if file == PHRASINGS:
        weight = STORY if len(item["text"].split()) >= LONG else SHORT
    reading = read(rules, told(item["text"], rules.speller))
    blocks = (
        features(reading.words, reading.denied),
        groups(reading.told),
        letters(reading.words, reading.denied),
    )
    accept = tuple(item.get("accept", (item["tier"],)))
    return Line(file, item["tier"], kind, item.get("flag") or "", item["lang"], accept, reading, blocks, weight)
