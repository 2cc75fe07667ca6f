"""A second net behind the rules: a small linear model over words, their neighbours, letter groups and concepts.

How it leans is one sign beside what the rules found; `evidence` sums the signs, and a tier is given from 0 on. So the net
raises what it is sure of and no rule found, and is the second witness of the rules: one counts unless the net is nearly
sure of the contrary, a broad one needs it to lean the same way. Its numbers stand in net*.tsv, one line a feature, made by
`python -m bench.safety_net` from labelled messages: TF-IDF and logistic regression as scikit-learn fits them. Without the
files every rule counts by itself.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.classifier import letter_groups
from bot.files import read_text
from bot.safety_text import ENDS, MARKS
from bot.text import stem
from bot.types import Problem, Tier

FILES = ("net.tsv", "net-pairs.tsv", "net-gaps.tsv", "net-groups.tsv", "net-letters.tsv")
#: Weights of the blocks words, groups, letters.
BLOCKS = (1.0, 1.0, 0.7)
TIERS: tuple[Tier, ...] = ("T1", "T2", "T3")
#: What is summed for a tier: a constant; how the net leans, in log-odds; whether a rule of the tier fires, a broad one, one
#: of the other danger; whether one would have but for a context; the kind of emergency that the net thinks of, if not medical.
SIGNS = ("start", "lean", "rule", "broad", "other", "taken_back", "self_harm", "violence", "overdose")
TAKEN_BACK = SIGNS.index("taken_back")
_SUREST = 1e-5  # beyond it one probability is like another
_TODAY = "urgent"  #: the class whose tier is T2; all others are T1
_NONE = np.zeros(0, np.int32)
PRECAUTION = "precaution"  #: stands last, and apart: one may tell of a precaution and of a danger in one message


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Scores against the class "none"; the classes are names of fixed messages."""

    classes: tuple[str, ...]
    start: tuple[float, ...]
    rows: InitVar[Mapping[str, int]]  #: feature -> its row of `numbers`
    numbers: NDArray[np.float32]  #: idf, a weight for each class
    weighs: Mapping[Tier, tuple[float, ...]]  #: how much each of SIGNS speaks for a tier
    hashes: NDArray[np.int64] = field(init=False)  #: of the words, neighbours and letter groups, in order: as text they take 7 MB
    row_of: NDArray[np.int32] = field(init=False)  #: of each hash
    concepts: Mapping[str, int] = field(init=False)  #: concept -> its place in `together`
    together: NDArray[np.int32] = field(init=False)  #: row of each pair of concepts, of a single one where it meets itself, or -1
    spelt: dict[str, NDArray[np.int32]] = field(default_factory=dict)  #: rows of the letter groups of words met before

    def __post_init__(self, rows: Mapping[str, int]) -> None:
        plain = sorted((hash(name), at) for name, at in rows.items() if name[0] != "#")
        object.__setattr__(self, "hashes", np.array([code for code, _ in plain], np.int64))
        object.__setattr__(self, "row_of", np.array([at for _, at in plain], np.int32))
        pairs = {tuple(name[1:].split("&")): at for name, at in rows.items() if name[0] == "#"}
        concepts = {name: at for at, name in enumerate(sorted({one for pair in pairs for one in pair}))}
        together = np.full((len(concepts), len(concepts)), -1, np.int32)
        for pair, at in pairs.items():
            together[concepts[pair[0]], concepts[pair[-1]]] = at
        object.__setattr__(self, "concepts", concepts)
        object.__setattr__(self, "together", together)


@dataclass(frozen=True, slots=True)
class Leaning:
    """How likely the net holds each tier (of T1 and T2: that or worse); and the likeliest kind of emergency."""

    chance: Mapping[Tier, float]
    emergency: str

    def odds(self, tier: Tier) -> float:
        """The chance of a tier as log-odds."""
        chance = min(max(self.chance[tier], _SUREST), 1 - _SUREST)
        return math.log(chance / (1 - chance))


def signs(lean: Leaning, tier: Tier, rule: bool, broad: bool, other: bool, taken_back: bool) -> tuple[float, ...]:
    """What speaks for a tier, as SIGNS has it; see there for the signs of the rules."""
    kinds = (tier != "T3" and lean.emergency == kind for kind in SIGNS[-3:])
    return (1.0, lean.odds(tier), *map(float, (rule, broad, other, taken_back, *kinds)))


def evidence(net: Net, tier: Tier, told: Sequence[float]) -> float:
    """The sum of the signs; from 0 on they suffice."""
    return sum(weight * sign for weight, sign in zip(net.weighs[tier], told, strict=True))


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
    weighs = {tier: tuple(map(float, head[tier])) for tier in TIERS}
    return Net(classes, start, rows, table, weighs)


def features(words: Sequence[str], denied: frozenset[int] = frozenset()) -> list[str]:
    """Stems, pairs of neighbours, pairs over one word, how sentences open and questions end; a denied word is marked "not"."""
    marked = [word if word in MARKS else f"not:{stem(word)}" if at in denied else stem(word) for at, word in enumerate(words)]
    stems = [one for one in marked if one not in MARKS]
    pairs = (f"{a} {b}" for a, b in pairwise(stems))
    return [*stems, *pairs, *(f"{a} _ {b}" for a, b in zip(stems, stems[2:], strict=False)), *_frame(marked)]


def _frame(marked: Sequence[str]) -> Iterator[str]:
    for before, one, after in zip(("|", *marked), marked, (*marked[1:], "|"), strict=False):
        if before in ENDS and one not in MARKS:
            yield f"^ {one}"
            if after not in MARKS:
                yield f"^ {one} {after}"
        if one == "?":
            yield "?"
            if before not in MARKS:
                yield f"{before} ?"


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
    spelt = [_spelt(net, word) for at, word in enumerate(words) if word not in MARKS and at not in denied]
    blocks = (_rows(net, features(words, denied)), _rows_of_concepts(net, concepts), np.concatenate(spelt or [_NONE]))
    powers = np.exp(np.minimum(_scores(net, blocks), 50.0)).tolist()
    precaution = powers.pop() if net.classes[-1:] == (PRECAUTION,) else 0.0
    whole = 1 + sum(powers)
    shares = {name: power / whole for name, power in zip(net.classes, powers, strict=False)}
    today = shares.pop(_TODAY, 0.0)
    emergency = sum(shares.values())
    chance: dict[Tier, float] = {"T1": emergency, "T2": emergency + today, "T3": precaution / (1 + precaution)}
    return Leaning(chance, max(shares, key=shares.__getitem__, default=""))


def _rows(net: Net, names: list[str]) -> NDArray[np.int32]:
    """The rows of those of the features that the net has."""
    told = np.fromiter(map(hash, names), np.int64, len(names))
    at = np.minimum(np.searchsorted(net.hashes, told), len(net.hashes) - 1)
    rows: NDArray[np.int32] = net.row_of[at[net.hashes[at] == told]]
    return rows


def _rows_of_concepts(net: Net, concepts: Iterable[str]) -> NDArray[np.int32]:
    """The rows of the concepts and of their pairs."""
    at = np.array([net.concepts[name] for name in concepts if name in net.concepts], np.intp)
    rows: NDArray[np.int32] = net.together[at[:, np.newaxis], at]
    return rows[rows >= 0]


def _spelt(net: Net, word: str) -> NDArray[np.int32]:
    known = net.spelt.get(word)
    if known is None:
        known = _rows(net, letters((word,)))
        if len(_rows(net, [stem(word)])):  # what only one visitor writes is not remembered
            net.spelt[word] = known
    return known


def _scores(net: Net, blocks: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
    """The score of each class: TF-IDF with sublinear counts, each block of length 1, as scikit-learn has it."""
    scores = np.array(net.start, np.float64)
    size = len(net.numbers)  # the blocks are counted at once, each of them in a range of its own
    told, counts = _counted(np.concatenate([at * size + rows for at, rows in enumerate(blocks)]))
    numbers = net.numbers.take(told % size, 0).astype(np.float64)
    values = numbers[:, 0] * (1 + np.log(counts))
    ends = told.searchsorted([at * size for at in range(len(blocks) + 1)]).tolist()
    for weight, (first, end) in zip(BLOCKS, pairwise(ends), strict=True):
        if end > first:
            own = values[first:end]
            scores += (own * (weight / math.sqrt(own @ own))) @ numbers[first:end, 1:]
    return scores


def _counted(rows: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Each row once, in order, and how often it was there: what `np.unique` gives, in half its time."""
    rows.sort()
    new = np.ones(len(rows) + 1, np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=new[1:-1])
    (firsts,) = new.nonzero()
    return rows[firsts[:-1]], firsts[1:] - firsts[:-1]
