"""Fits the second net behind the safety rules and writes knowledge/safety/net.toml.

    python -m bench.safety_net             fit on all labelled messages of bench/safety and write the weights
    python -m bench.safety_net --table     figures with and without the net, each message judged by a net that never saw it

Labelled messages: bench/safety/*.jsonl (without the personal-data ones). The clinic's own phrasings count as harmless.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot.fitting import ordinary_words
from bot.phrasings import load_phrasings
from bot.safety import Reading, Rules, load, read
from bot.safety import verdict as judged
from bot.safety_net import FILE, Net, features
from bot.safety_text import told

ROOT = Path(__file__).resolve().parent.parent
SAFETY = ROOT / "knowledge" / "safety"
EMERGENCY, TODAY = 0.6, 0.7
RARE = 3  # a feature of fewer messages is left out
SMALL = 0.05  # so are weights that change nothing
CLASSES = ("urgent", "medical", "self_harm", "violence", "overdose")
OWN_CLASS = {"suicide_self_harm": "self_harm", "domestic_violence": "violence", "overdose": "overdose"}


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled message as the net reads it."""

    tier: str
    kind: str
    language: str
    reading: Reading
    features: tuple[str, ...]


def lines(rules: Rules) -> list[Line]:
    """The labelled messages, then the clinic's phrasings."""
    found = []
    for path in sorted((ROOT / "bench" / "safety").glob("*.jsonl")):
        if "pii" not in path.name:
            with path.open(encoding="utf-8") as file:
                found += [_line(rules, item) for item in map(json.loads, file) if item.get("strict", True)]
    groups, _ = load_phrasings(ROOT / "knowledge")
    texts = [(text, language) for group in groups for language, own in group.lines.items() for text in own]
    return found + [
        _line(rules, {"text": text, "tier": "T0", "kind": "phrasing", "lang": language}) for text, language in texts[::2]
    ]


def _line(rules: Rules, item: dict[str, Any]) -> Line:
    reading = read(rules, told(item["text"], rules.speller))
    kind = "none"
    if item["tier"] == "T2":
        kind = "urgent"
    if item["tier"] == "T1":
        kind = OWN_CLASS.get(item["flag"], "medical")
    own = tuple(features(reading.words, reading.told))
    return Line(item["tier"], item["kind"] if item["tier"] == "T0" else kind, item["lang"], reading, own)


def fit(found: list[Line]) -> Net:
    """A net fitted to labelled lines."""
    counts = Counter(name for line in found for name in set(line.features))
    rows = [{name: 1.0 for name in line.features if counts[name] >= RARE} for line in found]
    vectorizer = DictVectorizer()
    table = vectorizer.fit_transform(rows)
    labels = [line.kind if line.kind in CLASSES else "none" for line in found]
    weight = np.array([1.0 if label == "none" else 1.5 for label in labels])
    model = LogisticRegression(C=1.0, max_iter=3000).fit(table, labels, sample_weight=weight)
    where = {name: at for at, name in enumerate(model.classes_)}
    against: NDArray[np.float64] = model.coef_ - model.coef_[where["none"]]
    start = model.intercept_ - model.intercept_[where["none"]]
    order = [where[name] for name in CLASSES]
    kept = {
        str(name): tuple(round(float(against[at, column]), 2) for at in order)
        for column, name in enumerate(vectorizer.get_feature_names_out())
        if np.abs(against[order, column]).max() >= SMALL
    }
    return Net(CLASSES, tuple(round(float(start[at]), 2) for at in order), kept, EMERGENCY, TODAY)


def write(net: Net) -> None:
    """The net as a file that people can read."""
    head = (
        "# Weights of the second net behind the rules, made by: python -m bench.safety_net. It may only raise.\n"
        '# A word, a pair of neighbours, or a "#group" of concepts.toml: how much it speaks for each class.\n'
    )
    rows = [f"{json.dumps(name, ensure_ascii=False)} = {list(own)}" for name, own in sorted(net.weights.items())]
    text = (
        f"{head}classes = {json.dumps(net.classes)}\nstart = {list(net.start)}\nemergency = {net.emergency}\n"
        f"today = {net.today}\n\n[weights]\n" + "\n".join(rows) + "\n"
    )
    (SAFETY / FILE).write_text(text, encoding="utf-8")


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
