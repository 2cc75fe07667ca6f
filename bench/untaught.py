"""How well an article is found on its first day, and the weights that find it: `python -m bench.untaught [--fit | FOLDER]`.

Each folder of bench/articles holds articles of a clinic and what visitors ask of them, by one author who saw nothing of the
project; their questions were never made phrasings. Each article is judged by weights that saw neither it nor its questions;
the table judges the weights alone, before `bot.understanding` keeps plain matters of the whole clinic from them.
`--fit` writes the weights of all to knowledge/untaught.toml; with a folder, its questions are asked and its figures printed.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bot.assistant import finish
from bot.decision import UNTAUGHT
from bot.fitting import BUILT
from bot.knowledge import KnowledgeBase, load
from bot.measure import NOT_COVERED, Figure, measure
from bot.terms import analyse
from bot.understanding import understand
from bot.untaught import NAMES, chances, features, names_one

ROOT = Path(__file__).resolve().parent.parent
KNOWLEDGE, ARTICLES = ROOT / "knowledge", ROOT / "bench" / "articles"
OFF_TOPIC = ROOT / "bench" / "questions" / "unseen-offtopic.jsonl"
OLD = "dry-needling"  # the article that has phrasings
ELSEWHERE = "elsewhere"  # what has nothing to do with a clinic


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what speaks for each passage of the new articles, and how the rest of the knowledge reads it."""

    item: dict[str, Any]
    values: NDArray[np.float64]  #: (places, features)
    right: NDArray[np.bool_]  #: place -> whether it answers
    of: tuple[str, ...]  #: place -> article
    named: bool
    taught: float  #: confidence that an older article answers


def with_articles(folder: Path, given: Iterable[Path]) -> Path:
    """A knowledge folder with more articles, in `folder`."""
    made = folder / "knowledge"
    shutil.copytree(KNOWLEDGE, made)
    for path in given:
        shutil.copy(path, made)
    return made


def asked(folder: Path) -> list[Asked]:
    """The questions of a folder of bench/articles."""
    with tempfile.TemporaryDirectory() as name:
        kb = load(with_articles(Path(name), folder.glob("*.md")), BUILT)
    kb = replace(kb, index=replace(kb.index, decision=replace(kb.index.decision, untaught={})))
    strange = [{**item, "article": ELSEWHERE} for item in _lines(OFF_TOPIC)]
    return [_asked(kb, item) for item in (*_lines(folder / "questions.jsonl"), *strange)]


def _asked(kb: KnowledgeBase, item: dict[str, Any]) -> Asked:
    index, places = kb.index, [kb.passages[at] for at in kb.index.untaught.places]
    terms = analyse(item["text"], index.vocabulary, index.lexicon)
    return Asked(
        item, features(index.untaught, terms, index.learned.model, index.views, index.lexicon),
        np.array([place.heading in item["labels"] for place in places], np.bool_),
        tuple(place.article for place in places), names_one(index.untaught, terms), understand(index, item["text"]).confidence,
    )  # fmt: skip


def first_day(folder: Path) -> list[Figure]:
    """The figures of a folder's questions, asked of the knowledge with the folder's articles beside its own."""
    with tempfile.TemporaryDirectory() as name:
        kb = finish(load(with_articles(Path(name), folder.glob("*.md")), BUILT))
        return measure(kb, _lines(folder / "questions.jsonl"))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def fit(found: Sequence[Asked], without: str = "") -> dict[str, float]:
    """The weights by name; without the passages and the questions of one article."""
    kept = [(one, np.array([article != without for article in one.of])) for one in found if one.item["article"] != without]
    rows = np.concatenate([one.values[own] for one, own in kept])
    right = np.concatenate([one.right[own] for one, own in kept])
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=3000).fit(rows, right)
    return dict(zip(NAMES, (round(float(w), 3) for w in model.coef_[0]), strict=True))


def left_out(found: Sequence[Asked]) -> list[tuple[Asked, NDArray[np.float64]]]:
    """Each question with its chances, by weights that saw nothing of its article."""
    weights = {article: fit(found, article) for article in sorted({one.item["article"] for one in found})}
    return [(one, chances(one.values, weights[one.item["article"]])) for one in found]


def shares(judged: Sequence[tuple[Asked, NDArray[np.float64]]], threshold: float, sure: float) -> dict[str, float]:
    """Right, wrong and missed of what the new articles answer; declined of what they do not; questions to the
    older article, and about something else altogether, left alone."""
    counts = dict.fromkeys(("right", "wrong", "missed", "declined", "given", "kept", "stolen", "strange", "alarmed"), 0)
    for one, found in judged:
        best = int(found.argmax())
        older = one.taught >= sure
        given = found[best] >= threshold and (one.named or not older)
        if one.right.any():
            counts["right" if given and one.right[best] else "wrong" if given or older else "missed"] += 1
        elif one.item["article"] == ELSEWHERE:
            counts["alarmed" if given else "strange"] += 1
        elif one.item["article"] == OLD:
            counts["stolen" if given else "kept"] += 1
        elif NOT_COVERED in one.item["labels"]:
            counts["given" if given or older else "declined"] += 1
    covered, strange = counts["right"] + counts["wrong"] + counts["missed"], counts["declined"] + counts["given"]
    return {
        **{name: counts[name] / covered for name in ("right", "wrong", "missed")},
        "declined": counts["declined"] / strange,
        "e2e": (counts["right"] / covered + counts["declined"] / strange) / 2,
        "kept": counts["kept"] / (counts["kept"] + counts["stolen"]),
        "strange": counts["strange"] / (counts["strange"] + counts["alarmed"]),
    }


def main(arguments: list[str]) -> None:
    """Prints the table; writes the weights."""
    if arguments and arguments != ["--fit"]:
        sys.stdout.write("".join(f"{f.name:28}{f.value:8.3f}  ({f.lines})\n" for f in first_day(Path(arguments[0]))))
        return
    found = [one for folder in sorted(ARTICLES.iterdir()) if folder.is_dir() for one in asked(folder)]
    sure = load(KNOWLEDGE, BUILT).index.decision.threshold
    judged = left_out(found)
    table = {at: shares(judged, at, sure) for at in np.round(np.arange(0.2, 0.75, 0.05), 2)}
    sys.stdout.write("threshold" + "".join(f"{name:>10}" for name in next(iter(table.values()))) + "\n")
    for at, row in table.items():
        sys.stdout.write(f"{at:9.2f}" + "".join(f"{value:10.3f}" for value in row.values()) + "\n")
    covered = [(one, p) for one, p in judged if one.right.any()]
    first = np.mean([one.right[p.argmax()] for one, p in covered])
    third = np.mean([one.right[np.argsort(-p)[:3]].any() for one, p in covered])
    sys.stdout.write(f"recall@1 {first:.3f}, recall@3 {third:.3f} of {len(covered)} questions\n")
    if arguments:
        best = max(table, key=lambda at: sum(table[at][name] for name in ("right", "declined", "strange")) - table[at]["wrong"])
        write(fit(found), best, sure)


def write(weights: dict[str, float], threshold: float, sure: float) -> None:
    """Writes the weights, moved so that they say "yes" where the knowledge's own threshold does."""
    moved = weights["constant"] + float(np.log(sure / (1 - sure)) - np.log(threshold / (1 - threshold)))
    lines = [f"{name} = {value}" for name, value in {**weights, "constant": round(moved, 3)}.items()]
    (KNOWLEDGE / UNTAUGHT).write_text(
        "# What finds a passage of an article about which nobody has taught anything. Made by: python -m bench.untaught --fit\n"
        "# words, share, article: how like in words; heading, part, whole: whether the phrasings take both for the same\n"
        "# question; another, needling: the message names what another article is about; behind: how far behind the best\n\n"
        "[weights]\n" + "\n".join(lines) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
