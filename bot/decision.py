"""Whether the articles answer a message: one calibrated confidence from scores that carry meaning.

A logistic model with a handful of coefficients, made by `python -m bot.tuning` on phrasings that the classifier had not
seen and kept as readable numbers in `knowledge/decision.toml`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.files import read_toml
from bot.lexicon import Lexicon
from bot.terms import Terms, Vocabulary
from bot.types import Problem

FILE = "decision.toml"
UNTAUGHT = "untaught.toml"
GUARDED = ("other_body", "other_condition", "drug", "other_therapy", "trade", "payment", "law", "count")
OWN = ("own_body", "own_treatment", "own_matter")
_PLAIN = {"covered": 1.0, "unknown": -1.0, "unknown_alone": -3.0}  # while no coefficients were made
NAMES = ("constant", "covered", "margin", "own", "unknown", "unknown_alone", "foreign", "foreign_thing", "long", *GUARDED)
_EN = ("a", "an", "the", "my", "your", "his", "her", "their", "our", "of", "for", "with", "on", "in", "during", "after", "before",
       "from", "by", "to", "like", "vs", "or", "and", "have", "has", "had", "get")  # fmt: skip
_ES = ("un", "una", "el", "la", "los", "las", "mi", "su", "de", "para", "con", "por", "en", "durante", "despues", "antes", "como",
       "o", "y", "tengo")  # fmt: skip
_BEFORE_A_THING = frozenset((*_EN, *_ES))


@dataclass(frozen=True, slots=True)
class Decision:
    """Coefficients by the name of the feature, and the confidence from which a passage is quoted."""

    weights: Mapping[str, float] = field(default_factory=lambda: dict(_PLAIN))
    threshold: float = 0.5
    untaught: Mapping[str, float] = field(default_factory=dict)  #: of `bot.untaught`, by name
    cold: tuple[float, ...] = (3.0, 2.0, 1.3, 3.2)  #: of a passage without phrasings: constant, then `bot.likeness`


def load_decision(folder: Path) -> tuple[Decision, tuple[Problem, ...]]:
    """The coefficients of the folder; plain defaults while there are none."""
    data, problems = _numbers(folder, FILE, "python -m bot.tuning")
    new, more = _numbers(folder, UNTAUGHT, "python -m bench.untaught")
    plain = Decision()
    cold = tuple(map(float, data.get("cold", plain.cold)))
    return Decision(
        data.get("weights", plain.weights), float(data.get("threshold", plain.threshold)), new.get("weights", {}), cold
    ), (*problems, *more)


def _numbers(folder: Path, name: str, command: str) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """A file of coefficients; empty if there is none or it cannot be used."""
    if not (folder / name).exists():
        return {}, ()
    data = read_toml(folder / name, folder)
    if isinstance(data, Problem):
        return {}, (data,)
    weights, cold = data.get("weights", {}), data.get("cold", list(Decision().cold))
    numbers = [data.get("threshold", 0.5), *(weights.values() if isinstance(weights, dict) else [""]), *cold]
    if len(cold) != len(Decision().cold) or not all(isinstance(v, (int, float)) for v in numbers):
        return {}, (Problem(name, 0, "Its weights are not numbers.", f"Make it anew: {command}"),)
    return data, ()


def features(
    covered: float, second: float, terms: Terms, known: Vocabulary, lexicon: Lexicon, own: bool, spoken: frozenset[str]
) -> dict[str, float]:
    """What the decision rests on. `covered` and `second` are probabilities: of all sections, of the best other group; `terms`
    are those of the ask; `own` tells whether the message names anything that the clinic treats; `spoken` are the stems that
    questions about the articles use."""
    kept = [w for w in terms.words if w not in lexicon.stop]
    unknown = sum(w not in known.stems for w in kept) / max(1, len(kept))
    kinds = set(terms.concepts)
    foreign = [
        at for at, (w, s) in enumerate(zip(terms.words, terms.stems, strict=True)) if s not in spoken and w not in lexicon.stop
    ]
    things = [at for at in foreign if at and terms.words[at - 1] in _BEFORE_A_THING]
    return {
        "constant": 1.0,
        "covered": _logit(covered),
        "margin": covered - second,
        "own": float(own),
        "unknown": unknown,
        "unknown_alone": 0.0 if own else unknown,
        "foreign": min(2.0, len(foreign)),
        "foreign_thing": float(bool(things)),
        "long": min(1.0, len(terms.words) / 40),
        **{kind: float(kind in kinds) for kind in GUARDED},
    }


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


def confidence(decision: Decision, values: Mapping[str, float]) -> float:
    """The probability that the articles answer, 0..1."""
    total = sum(decision.weights.get(name, 0.0) * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
