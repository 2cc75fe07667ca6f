"""A second net behind the rules: a small linear model over words, their neighbours, letter groups and concepts.

It does two things. It raises what it is sure of and no rule found; and it is the second witness of the rules marked
`broad`: such a rule counts only if the net leans at least a little the same way. Its numbers stand in net*.tsv, one
line a feature, made by `python -m bench.safety_net` from labelled messages: TF-IDF and logistic regression as scikit-learn
fits them. Without the files every rule counts by itself.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.classifier import letter_groups
from bot.files import read_text
from bot.safety_text import MARKS
from bot.text import stem
from bot.types import Problem, Tier

FILES = ("net.tsv", "net-groups.tsv", "net-letters.tsv")
#: Weights of the blocks words, groups, letters.
BLOCKS = (1.0, 1.0, 0.7)
TIERS: tuple[Tier, ...] = ("T1", "T2", "T3")
_TODAY = "urgent"  #: the class whose tier is T2; all others are T1
PRECAUTION = "precaution"  #: stands last, and apart: one may tell of a precaution and of a danger in one message


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Scores against the class "none"; the classes are names of fixed messages."""

    classes: tuple[str, ...] = ()
    start: tuple[float, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)  #: feature -> its row
    numbers: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 1), np.float32))  #: idf, a weight for each class
    alone: Mapping[Tier, float] = field(default_factory=dict)  #: from which probability the net raises by itself
    agrees: Mapping[Tier, float] = field(default_factory=dict)  #: from which it is a rule's second witness
    despite: Mapping[Tier, float] = field(default_factory=dict)  #: from which it raises what a context took back
    spelt: dict[str, tuple[int, ...]] = field(default_factory=dict)  #: rows of the letter groups of words met before


@dataclass(frozen=True, slots=True)
class Leaning:
    """How likely the net holds each tier (of T1 and T2: that or worse); and the likeliest kind of emergency."""

    chance: Mapping[Tier, float]
    emergency: str


def load_net(folder: Path) -> tuple[Net | None, tuple[Problem, ...]]:
    """The net of the folder; None if there are no files or one of them is broken."""
    if not (folder / FILES[0]).exists():
        return None, ()
    lines: list[str] = []
    for name in FILES:
        text = read_text(folder / name, folder)
        if isinstance(text, Problem):
            return None, (text,)
        lines += [line for line in text.splitlines() if line and not line.startswith("# ")]
    try:
        return _parsed(lines), ()
    except (KeyError, ValueError, IndexError) as error:
        todo = "Make it again with python -m bench.safety_net; until then only the rules are used."
        return None, (Problem(f"safety/{FILES[0]}", 0, f"The second net is not understood ({error}).", todo),)


def _parsed(lines: list[str]) -> Net:
    head = {name: own for name, *own in (line.split("\t") for line in lines[:5])}
    classes, start = tuple(head["classes"]), tuple(map(float, head["start"]))
    rows: dict[str, int] = {}
    numbers = array("f")  # line by line: all pieces at once would take 20 MiB that the process never gives back
    for line in lines[5:]:
        name, *own = line.split("\t")
        rows[name] = len(rows)
        numbers.extend(map(float, own))
    table = np.frombuffer(numbers, np.float32).reshape(len(rows), len(classes) + 1)
    alone, agrees, despite = (dict(zip(TIERS, map(float, head[name]), strict=True)) for name in ("alone", "agrees", "despite"))
    return Net(classes, start, rows, table, alone, agrees, despite)


def features(words: Sequence[str], denied: frozenset[int] = frozenset()) -> list[str]:
    """Stems, pairs of neighbours, pairs over one word; a denied word is marked with "not"."""
    stems = [f"not:{stem(word)}" if at in denied else stem(word) for at, word in enumerate(words) if word not in MARKS]
    pairs = (f"{a} {b}" for a, b in pairwise(stems))
    return [*stems, *pairs, *(f"{a} _ {b}" for a, b in zip(stems, stems[2:], strict=False))]


def groups(concepts: Iterable[str]) -> list[str]:
    """The concepts that no context takes back, and pairs of these."""
    named = sorted(set(concepts))
    return [*(f"#{name}" for name in named), *(f"#{a}&{b}" for a, b in combinations(named, 2))]


def letters(words: Sequence[str], denied: frozenset[int] = frozenset()) -> list[str]:
    """The letter groups of the words that are not denied, marked so that they cannot be taken for words."""
    told = (word for at, word in enumerate(words) if word not in MARKS and at not in denied)
    return [f"~{group}" for word in told for group in letter_groups(word)]


def leaning(net: Net, words: Sequence[str], concepts: Iterable[str], denied: frozenset[int] = frozenset()) -> Leaning:
    """What the net thinks of a message: its words, the concepts told of, the places of denied words."""
    scores = np.array(net.start, np.float64)
    told = (word for at, word in enumerate(words) if word not in MARKS and at not in denied)
    spelt = chain.from_iterable(_spelt(net, word) for word in told)
    for weight, found in zip(BLOCKS, (_rows(net, features(words, denied)), _rows(net, groups(concepts)), spelt), strict=True):
        _add(scores, net, found, weight)
    powers = np.exp(np.minimum(scores, 50.0)).tolist()
    precaution = powers.pop() if net.classes[-1:] == (PRECAUTION,) else 0.0
    shares = {name: power / (1 + sum(powers)) for name, power in zip(net.classes, powers, strict=False)}
    today = shares.pop(_TODAY, 0.0)
    emergency = sum(shares.values())
    chance: dict[Tier, float] = {"T1": emergency, "T2": emergency + today, "T3": precaution / (1 + precaution)}
    return Leaning(chance, max(shares, key=lambda name: shares[name], default=""))


def _rows(net: Net, found: Iterable[str]) -> tuple[int, ...]:
    return tuple(at for name in found if (at := net.rows.get(name)) is not None)


def _spelt(net: Net, word: str) -> tuple[int, ...]:
    known = net.spelt.get(word)
    if known is None:
        known = _rows(net, letters((word,)))
        if stem(word) in net.rows:  # what only one visitor writes is not remembered
            net.spelt[word] = known
    return known


def _add(scores: NDArray[np.float64], net: Net, rows: Iterable[int], block: float) -> None:
    """Adds a block of features, TF-IDF with sublinear counts and length 1, as scikit-learn has it."""
    counts = Counter(rows)
    if not counts:
        return
    own = net.numbers[list(counts)].astype(np.float64)
    values = own[:, 0]
    if len(counts) < counts.total():
        values = values * (1 + np.log(list(counts.values())))
    scores += (values * (block / math.sqrt(values @ values))) @ own[:, 1:]
