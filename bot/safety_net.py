"""A second net behind the rules: a small linear model over words, their neighbours, letter groups and concepts. It may only
raise, never lower.

Its numbers stand in net.tsv, one line a feature, made by `python -m bench.safety_net` from labelled messages: TF-IDF and
logistic regression as scikit-learn fits them. Without the file triage works as before. It is asked only where no rule
fires, and never against a context that took a sign back.
"""

from __future__ import annotations

import math
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
from bot.types import Problem, Tier, Verdict

FILE = "net.tsv"
LETTERS = 0.7  #: weight of the block of letter groups beside the block of words
_TODAY = "urgent"  #: the class whose tier is T2; all others are T1


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Scores against the class "none"; the classes are names of fixed messages."""

    classes: tuple[str, ...] = ()
    start: tuple[float, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)  #: feature -> row of `weights`
    weights: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 1), np.float32))  #: idf, then one a class
    emergency: float = 1.0  #: probability of all emergencies together from which the net raises to T1
    today: float = 1.0  #: probability of anything to be seen, from which it raises to T2
    spelt: dict[str, tuple[int, ...]] = field(default_factory=dict)  #: rows of the letter groups of words met before


def load_net(folder: Path) -> tuple[Net, tuple[Problem, ...]]:
    """The net of the folder; an empty one, which never raises, if there is no file or it is broken."""
    if not (folder / FILE).exists():
        return Net(), ()
    text = read_text(folder / FILE, folder)
    if isinstance(text, Problem):
        return Net(), (text,)
    try:
        return _parsed([line.split("\t") for line in text.splitlines() if line and not line.startswith("# ")]), ()
    except (KeyError, ValueError) as error:
        todo = "Make it again with python -m bench.safety_net; until then only the rules are used."
        return Net(), (Problem(f"safety/{FILE}", 0, f"The second net is not understood ({error}).", todo),)


def _parsed(rows: list[list[str]]) -> Net:
    head = {row[0]: row[1:] for row in rows[:4]}
    classes, start = tuple(head["classes"]), tuple(map(float, head["start"]))
    if len(start) != len(classes) or any(len(row) != len(classes) + 2 for row in rows[4:]):
        raise ValueError("a line has too few or too many numbers")
    names = {row[0]: at for at, row in enumerate(rows[4:])}
    weights = np.array([row[1:] for row in rows[4:]], np.float32).reshape(len(names), len(classes) + 1)
    return Net(classes, start, names, weights, float(head["emergency"][0]), float(head["today"][0]))


def features(words: Sequence[str], concepts: Iterable[str]) -> list[str]:
    """Stems, pairs of neighbours, pairs over one word, concepts that no context takes back, and pairs of these."""
    stems = [stem(word) for word in words if word not in MARKS]
    named = sorted(set(concepts))
    return [
        *stems, *(f"{a} {b}" for a, b in pairwise(stems)), *(f"{a} _ {b}" for a, b in zip(stems, stems[2:], strict=False)),
        *(f"#{name}" for name in named), *(f"#{a}&{b}" for a, b in combinations(named, 2)),
    ]  # fmt: skip


def letters(words: Sequence[str]) -> list[str]:
    """The letter groups of the words, marked so that they cannot be taken for words."""
    return [f"~{group}" for word in words if word not in MARKS for group in letter_groups(word)]


def raised(net: Net, words: Sequence[str], concepts: Iterable[str]) -> Verdict:
    """T1 or T2 if the net is sure enough, else T0."""
    if not net.classes:
        return Verdict("T0")
    sums = np.array(net.start)
    _add(sums, net, _rows(net, features(words, concepts)), 1.0)
    _add(sums, net, chain.from_iterable(_spelt(net, word) for word in words if word not in MARKS), LETTERS)
    powers = [math.exp(min(value, 50.0)) for value in sums.tolist()]
    shares = {name: power / (1 + sum(powers)) for name, power in zip(net.classes, powers, strict=True)}
    emergency = sum(share for name, share in shares.items() if name != _TODAY)
    if emergency >= net.emergency:
        likeliest = max((name for name in shares if name != _TODAY), key=lambda name: shares[name])
        return _verdict("T1", likeliest)
    return _verdict("T2", _TODAY) if emergency + shares.get(_TODAY, 0.0) >= net.today else Verdict("T0")


def _rows(net: Net, found: Iterable[str]) -> tuple[int, ...]:
    return tuple(at for name in found if (at := net.rows.get(name)) is not None)


def _spelt(net: Net, word: str) -> tuple[int, ...]:
    known = net.spelt.get(word)
    if known is None:
        known = _rows(net, letters((word,)))
        if stem(word) in net.rows:  # what only one visitor writes is not remembered
            net.spelt[word] = known
    return known


def _add(sums: NDArray[np.float64], net: Net, rows: Iterable[int], block: float) -> None:
    """Adds a block of features, TF-IDF with sublinear counts and length 1, as scikit-learn has it."""
    counts = Counter(rows)
    if not counts:
        return
    own = net.weights[list(counts)].astype(np.float64)
    values = own[:, 0]
    if len(counts) < counts.total():
        values = values * (1 + np.log(list(counts.values())))
    sums += (values * (block / math.sqrt(values @ values))) @ own[:, 1:]


def _verdict(tier: Tier, message: str) -> Verdict:
    return Verdict(tier, "net", "net", message)
