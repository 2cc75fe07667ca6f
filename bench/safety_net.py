"""Fits the second net behind the safety rules and writes knowledge/safety/net.tsv.

    python -m bench.safety_net             fit on all labelled messages of bench/safety and write the weights
    python -m bench.safety_net --table     figures with and without the net, each message judged by a net that never saw it

Labelled messages: bench/safety/*.jsonl (without the personal-data ones). The clinic's own phrasings count as harmless.
"""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot.fitting import ordinary_words
from bot.phrasings import load_phrasings
from bot.safety import Reading, Rules, load, read
from bot.safety import verdict as judged
from bot.safety_net import FILE, LETTERS, Net, features, letters
from bot.safety_text import told

ROOT = Path(__file__).resolve().parent.parent
SAFETY = ROOT / "knowledge" / "safety"
EMERGENCY, TODAY = 0.4, 0.5
ROUNDS = 15
LONG, STORY = 15, 4.0  # a long harmless message counts more: it holds frightening words and no danger
SHORT = 0.6  # weight of the clinic's short phrasings
# The rules were written with these messages: their concepts know them better than what is to come. So each message counts
# twice, with its concepts and without.
WITH, WITHOUT = 0.4, 0.6
CLASSES = ("urgent", "medical", "self_harm", "violence", "overdose")
OWN_CLASS = {"suicide_self_harm": "self_harm", "domestic_violence": "violence", "overdose": "overdose"}


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled message as the net reads it."""

    tier: str
    kind: str
    language: str
    reading: Reading
    weight: float


def lines(rules: Rules) -> list[Line]:
    """The labelled messages, then the clinic's phrasings."""
    found = []
    for path in sorted((ROOT / "bench" / "safety").glob("*.jsonl")):
        if "pii" not in path.name:
            with path.open(encoding="utf-8") as file:
                found += [_line(rules, item) for item in map(json.loads, file) if item.get("strict", True)]
    groups, _ = load_phrasings(ROOT / "knowledge")
    for group in groups:
        for language, own in group.lines.items():
            for text in own:
                weight = STORY if len(text.split()) >= LONG else SHORT
                found.append(_line(rules, {"text": text, "tier": "T0", "kind": "phrasing", "lang": language}, weight))
    return found


def _line(rules: Rules, item: dict[str, Any], weight: float = 1.0) -> Line:
    reading = read(rules, told(item["text"], rules.speller))
    kind = "none"
    if item["tier"] == "T2":
        kind = "urgent"
    if item["tier"] == "T1":
        kind = OWN_CLASS.get(item["flag"], "medical")
    return Line(item["tier"], item["kind"] if item["tier"] == "T0" else kind, item["lang"], reading, weight)


def fit(found: list[Line]) -> Net:
    """A net fitted to labelled lines."""
    word = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=24)
    char = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=60)
    told_of = [(line, line.reading.told, WITH) for line in found] + [(line, (), WITHOUT) for line in found]
    rows = sp.hstack(
        [
            word.fit_transform([features(line.reading.words, concepts) for line, concepts, _ in told_of]),
            LETTERS * char.fit_transform([letters(line.reading.words) for line, _, _ in told_of]),
        ]
    ).tocsr()
    model = LogisticRegression(solver="sag", C=10, max_iter=ROUNDS, tol=1e-4, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant
        weights = np.array([line.weight * share for line, _, share in told_of])
        model.fit(rows, [_coarse(line) for line, _, _ in told_of], sample_weight=weights)
    where = {name: at for at, name in enumerate(model.classes_)}
    against: NDArray[np.float64] = model.coef_ - model.coef_[where["none"]]
    start = model.intercept_ - model.intercept_[where["none"]]
    order = [where[name] for name in CLASSES]
    names = [*word.get_feature_names_out(), *char.get_feature_names_out()]
    idf = [*word.idf_, *char.idf_]
    kept = {
        str(name): (round(float(own), 2), *(round(float(against[at, column]), 2) for at in order))
        for column, (name, own) in enumerate(zip(names, idf, strict=True))
    }
    places, numbers = {name: at for at, name in enumerate(kept)}, np.array(list(kept.values()), np.float32)
    return Net(CLASSES, tuple(round(float(start[at]), 2) for at in order), places, numbers, EMERGENCY, TODAY)


def write(net: Net) -> None:
    """The net as a file that people can read."""
    rows = [
        "# Second net behind the rules, made by: python -m bench.safety_net. It may only raise.",
        '# A word, a pair of neighbours, a "#group" of concepts.toml or "~letters": how rare, and how it speaks for each class.',
        "\t".join(["classes", *net.classes]),
        "\t".join(["start", *map(str, net.start)]),
        f"emergency\t{net.emergency}",
        f"today\t{net.today}",
        *("\t".join([name, *(f"{value:g}" for value in net.weights[at])]) for name, at in sorted(net.rows.items())),
    ]
    (SAFETY / FILE).write_text("\n".join(rows) + "\n", encoding="utf-8")


def table() -> None:
    """With and without the net: each message is judged by a net fitted without it."""
    rules = _rules()
    found = lines(rules)
    tiers = np.array([judged(rules, line.reading).tier for line in found])
    labels = np.array([line.kind for line in found])
    both = tiers.copy()
    for known, unseen in StratifiedKFold(5, shuffle=True, random_state=1).split(labels, [_coarse(line) for line in found]):
        whole = replace(rules, net=fit([found[at] for at in known]))
        both[unseen] = [judged(whole, found[at].reading).tier for at in unseen]
    print(f"{'safety, messages unseen by the net':44}{'rules':>9}{'with net':>9}")
    truth = np.array([line.tier for line in found])
    for name, of, given in (
        ("emergencies stopped", truth == "T1", ("T1",)),
        ("emergencies stopped, Spanish", (truth == "T1") & np.array([line.language != "en" for line in found]), ("T1",)),
        ("to be seen today, reached", truth == "T2", ("T1", "T2")),
        ("harmless, alarmed", (truth == "T0") & (labels != "phrasing"), ("T1", "T2")),
        ("clinic's phrasings, alarmed", labels == "phrasing", ("T1", "T2")),
    ):
        shares = [np.isin(own[of], given).mean() for own in (tiers, both)]
        print(f"{name:44}{shares[0]:9.3f}{shares[1]:9.3f}")


def _coarse(line: Line) -> str:
    return line.kind if line.kind in CLASSES else "none"


def _rules() -> Rules:
    rules, _ = load(SAFETY, ordinary_words())
    return replace(rules, net=Net())


def main() -> int:
    """Writes the net, or prints the table."""
    if sys.argv[1:] == ["--table"]:
        table()
    else:
        write(fit(lines(_rules())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
