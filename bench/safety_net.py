"""Fits the second net behind the safety rules and writes knowledge/safety/net*.tsv.

    python -m bench.safety_net             fit on all labelled messages of bench/safety and write the weights
    python -m bench.safety_net --table     rules alone, with the net, net alone: each author left out of the fit in turn

Labelled messages: bench/safety/*.jsonl (without the personal-data ones) and the rules' own examples. The clinic's phrasings
count as harmless. An author is left out whole: lines of one hand resemble each other.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.fitting import ordinary_words
from bot.phrasings import load_phrasings
from bot.safety import Reading, Rules, load, read
from bot.safety import verdict as judged
from bot.safety_net import BLOCKS, FILES, PRECAUTION, Net, features, groups, letters
from bot.safety_text import told
from bot.types import Tier

ROOT = Path(__file__).resolve().parent.parent
SAFETY = ROOT / "knowledge" / "safety"
ALONE: dict[Tier, float] = {"T1": 0.17, "T2": 0.28, "T3": 1}
AGREES: dict[Tier, float] = {"T1": 0.07, "T2": 0.07, "T3": 0.012}
DESPITE: dict[Tier, float] = {"T1": 0.8, "T2": 0.8, "T3": 1}
CLASSES = ("urgent", "medical", "self_harm", "violence", "overdose")
OWN_CLASS = {"suicide_self_harm": "self_harm", "domestic_violence": "violence", "overdose": "overdose"}
PHRASINGS = "phrasings"
#: Phrasings that ask about a precaution: no danger, and no example of what is no precaution.
TOPICS = frozenset((
    "health-conditions-allowed", "pregnancy", "blood-thinners", "needle-fear", "bleeding-disorders", "children-age",
    "postpartum-breastfeeding", "other-conditions",
))  # fmt: skip
TOPIC = "topic"
EXAMPLES = "examples"
ROUNDS = 25
RAREST = (3, 8, 8)  # messages that a feature of each block must occur in
SHORTEST = 0.2  # weights below that are left out of the file
#: Precautions are few; what is told in an emergency may be one as well.
PRECAUTIONS = {"T3": 3.0, "T1": 0.5, "T2": 0.5, TOPIC: 0.0}
HARMLESS = 1.5  # harmless messages that were written to look dangerous
LONG, STORY = 15, 4.0  # a long harmless message counts more: it holds frightening words and no danger
EXAMPLE = 3.0  # a rule's own example is the plainest form of its danger
SHORT = 0.6  # weight of the clinic's short phrasings
# The rules were written with these messages: their concepts know them better than what is to come. So each message counts
# twice, with its concepts and without.
WITH = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled message as the net reads it."""

    file: str
    tier: Tier
    kind: str  #: the class, or what sort of harmless message it is
    language: str
    accept: tuple[str, ...]
    reading: Reading
    weight: float


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
    return Line(file, item["tier"], kind, item["lang"], tuple(item.get("accept", (item["tier"],))), reading, weight)


def fit(found: Sequence[Line]) -> tuple[Net, dict[str, int]]:
    """(a net fitted to labelled lines, its features with their rows)"""
    readings = [line.reading for line in found]
    blocks = (
        [features(reading.words, reading.denied) for reading in readings],
        [groups(reading.told) for reading in readings],
        [letters(reading.words, reading.denied) for reading in readings],
    )
    makers = [TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=rarest) for rarest in RAREST]
    parts = [weight * make.fit_transform(block) for make, block, weight in zip(makers, blocks, BLOCKS, strict=True)]
    without = [parts[0], sp.csr_matrix(parts[1].shape), parts[2]]
    rows = sp.vstack([sp.hstack(parts), sp.hstack(without)]).tocsr()
    weights = np.array([line.weight * share for share in (WITH, 1 - WITH) for line in found])
    dangers, start = _dangers(rows, [_coarse(line) for line in found] * 2, weights)
    precautions, first = _precautions(rows, [TOPIC if line.kind == TOPIC else line.tier for line in found] * 2, weights)
    against = np.column_stack([dangers, precautions])
    names = [str(name) for make in makers for name in make.get_feature_names_out()]
    rarity = np.concatenate([make.idf_ for make in makers])
    kept = np.flatnonzero(np.abs(against).max(axis=1) >= SHORTEST)
    numbers = np.column_stack([rarity[kept], against[kept]]).round(1).astype(np.float32)
    kept_names = {names[at]: row for row, at in enumerate(kept)}
    return Net((*CLASSES, PRECAUTION), (*start, first), kept_names, numbers, ALONE, AGREES, DESPITE), kept_names


def _dangers(rows: sp.csr_matrix, labels: list[str], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[float]]:
    """How each feature speaks for each class of danger against none, and where the scores start."""
    model = LogisticRegression(solver="sag", C=30, max_iter=ROUNDS, tol=1e-3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant
        model.fit(rows, labels, sample_weight=weights)
    where = {name: at for at, name in enumerate(model.classes_)}
    order = [where[name] for name in CLASSES]
    against = (model.coef_ - model.coef_[where["none"]])[order].T
    return against, (model.intercept_ - model.intercept_[where["none"]])[order].round(2).tolist()


def _precautions(rows: sp.csr_matrix, tiers: list[str], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """How each feature speaks for a precaution, and where the score starts."""
    shares = np.array([PRECAUTIONS.get(tier, 1.0) for tier in tiers]) * weights
    model = LogisticRegression(solver="liblinear", C=10, random_state=0)
    model.fit(rows, [tier == "T3" for tier in tiers], sample_weight=shares)
    return model.coef_[0], round(float(model.intercept_[0]), 2)


def write(net: Net, rows: dict[str, int]) -> None:
    """The net as files that people can read."""
    head = [
        "# Second net behind the rules, made by: python -m bench.safety_net. Safety-rules.md says what it may do.",
        "# A word, a pair of neighbours (a group, a piece of a word): how rare, and how it speaks for each class.",
        "\t".join(["classes", *net.classes]),
        "\t".join(["start", *(f"{value:g}" for value in net.start)]),
        "\t".join(["alone", *(f"{value:g}" for value in net.alone.values())]),
        "\t".join(["agrees", *(f"{value:g}" for value in net.agrees.values())]),
        "\t".join(["despite", *(f"{value:g}" for value in net.despite.values())]),
    ]
    of = {"#": FILES[1], "~": FILES[2]}
    body: dict[str, list[str]] = {FILES[0]: head, FILES[1]: [], FILES[2]: []}
    for name, row in sorted(rows.items()):
        numbers = (f"{value:g}" for value in net.numbers[row].round(1).tolist())
        body[of.get(name[0], FILES[0])].append("\t".join([name, *numbers]))
    for name, own in body.items():
        (SAFETY / name).write_text("\n".join(own) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Judged:
    """The tiers given to some lines: by the rules alone, by rules and net, by the net alone."""

    rules: NDArray[np.str_]
    both: NDArray[np.str_]
    net: NDArray[np.str_]


def unseen(rules: Rules, found: Sequence[Line]) -> Judged:
    """Each line judged with a net that saw nothing of its author; the phrasings in as many parts as there are authors."""
    names = [line.file.rsplit("-", 1)[0] for line in found]  # open-en and open-es are of one hand
    authors = sorted(set(names) - {PHRASINGS, EXAMPLES})
    part = np.array([authors.index(name) if name in authors else at // 40 % len(authors) for at, name in enumerate(names)])
    tiers = np.full((3, len(found)), "T0")
    for number in range(len(authors)):
        net, _ = fit([line for line, own in zip(found, part, strict=True) if own != number or line.file == EXAMPLES])
        whole, bare = replace(rules, net=net), replace(rules, net=net, rules=())
        for at in np.flatnonzero(part == number):
            tiers[:, at] = [judged(own, found[at].reading).tier for own in (rules, whole, bare)]
    return Judged(*tiers)


def table() -> None:
    """Rules alone, rules with the net, net alone."""
    rules = _rules()
    found = lines(rules)
    given = unseen(rules, found)
    files = np.array([line.file for line in found])
    written = ~np.isin(files, (PHRASINGS, EXAMPLES))
    fresh = np.array([name.startswith("fresh") for name in files])
    for title, of in (
        ("all labelled messages", written),
        ("fresh messages", fresh),
        ("the clinic's phrasings", files == PHRASINGS),
    ):
        print(f"{'safety, ' + title:44}{'rules':>9}{'with net':>9}{'net alone':>10}")
        for name, shares in _figures(found, given, of):
            print(f"{name:44}{shares[0]:9.3f}{shares[1]:9.3f}{shares[2]:10.3f}")


def _figures(found: Sequence[Line], given: Judged, of: NDArray[np.bool_]) -> list[tuple[str, list[float]]]:
    truth = np.array([line.tier for line in found])
    kinds = np.array([line.kind for line in found])
    spanish = np.array([line.language != "en" for line in found])
    alarm = ("T1", "T2")
    rows: list[tuple[str, NDArray[np.bool_], tuple[str, ...]]] = [
        ("emergencies stopped", truth == "T1", ("T1",)),
        ("emergencies stopped, Spanish", (truth == "T1") & spanish, ("T1",)),
        ("to be seen today, reached", truth == "T2", alarm),
        ("to be seen today, raised", truth == "T2", ("T1",)),
        ("precautions", truth == "T3", ("T1", "T2", "T3")),
        ("harmless, alarmed", truth == "T0", alarm),
        *((f"harmless, {kind}", (truth == "T0") & (kinds == kind), alarm) for kind in sorted(set(kinds[of & (truth == "T0")]))),
        ("harmless, given a precaution", truth == "T0", ("T3",)),
    ]  # fmt: skip
    return [
        (name, [float(np.isin(tiers[own & of], wanted).mean()) for tiers in (given.rules, given.both, given.net)])
        for name, own, wanted in rows
        if (own & of).any()
    ]


def _coarse(line: Line) -> str:
    return line.kind if line.kind in CLASSES else "none"


def _rules() -> Rules:
    rules, _ = load(SAFETY, ordinary_words())
    return replace(rules, net=None)


def main() -> int:
    """Writes the net, or prints the table."""
    if sys.argv[1:] == ["--table"]:
        table()
    else:
        write(*fit(lines(_rules())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
