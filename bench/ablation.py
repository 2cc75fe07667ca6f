"""Accuracy, layer by layer, and peers beside it, on question files that were read while phrasings were written.

Figures as in the question files' labels: r@1 (a right heading first), auroc (covered against uncovered), e2e (mean of
covered answered rightly and uncovered declined, at the threshold of each system's best on a half, measured on the other).
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import bm25s
import numpy as np
from rank_bm25 import BM25Okapi
from rapidfuzz import fuzz
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.assistant import finish
from bot.knowledge import KnowledgeBase, load
from bot.learning import learn
from bot.passages import parts
from bot.understanding import Index, build_index, ranked, understand

ROOT = Path(__file__).resolve().parent.parent
Ask = Callable[[str], tuple[list[str], float]]


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question; `labels` are plain headings."""

    text: str
    labels: frozenset[str]

    @property
    def covered(self) -> bool:
        return not self.labels & {"unanswerable", "contact"}


def questions(paths: list[Path]) -> list[Question]:
    """The clear questions of some files, those for the clinic left out."""
    found = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            labels = frozenset(plain(label) for label in item["labels"])
            if not item.get("ambiguous") and labels != {"contact"} and not item.get("history"):
                found.append(Question(item["text"], labels))
    return found


def plain(text: str) -> str:
    """A heading for comparing."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def table() -> None:
    """Peers, then ours whole, then ours with one layer off."""
    paths = sorted((ROOT / "bench" / "questions").glob("unseen*.jsonl"))
    asked = questions([p for p in paths if "offtopic" not in p.name])
    if not asked:
        return
    kb = finish(load(ROOT / "knowledge", ROOT / "data" / "fitted"))
    sys.stdout.write(f"\n{len(asked)} questions, read by those who wrote phrasings\n{'':44}{'r@1':>8}{'auroc':>8}{'e2e':>8}\n")
    for name, ask in (*_peers(kb), *_layers(kb)):
        r1, auroc, e2e = measured(ask, asked)
        sys.stdout.write(f"{name:44}{r1:8.3f}{auroc:8.3f}{e2e:8.3f}\n")


def measured(ask: Ask, asked: list[Question]) -> tuple[float, float, float]:
    """(r@1, auroc, e2e) of a system."""
    heads, sure = [], []
    for question in asked:
        found, score = ask(question.text)
        heads.append(bool(found) and found[0] in question.labels)
        sure.append(score)
    covered = np.array([q.covered for q in asked])
    right, score_of = np.array(heads), np.array(sure)
    inside, outside = score_of[covered], score_of[~covered]
    auroc = float(np.mean([(a > b) + 0.5 * (a == b) for a in inside for b in outside]))
    halves = [_e2e(right, score_of, covered, half) for half in (0, 1)]
    return float(right[covered].mean()), auroc, sum(halves) / 2


def _e2e(right: np.ndarray, score: np.ndarray, covered: np.ndarray, half: int) -> float:
    mine = np.arange(len(score)) % 2 == half

    def at(level: float, part: np.ndarray) -> float:
        yes = score >= level
        return float((right & yes)[covered & part].mean() + (~yes)[~covered & part].mean()) / 2

    level = max(np.unique(score), key=lambda value: at(value, ~mine))
    return at(level, mine)


def _peers(kb: KnowledgeBase) -> list[tuple[str, Ask]]:
    texts = [" ".join([p.heading, *parts(p)]) for p in kb.passages]
    names = [plain(p.heading) for p in kb.passages]
    tokens = [re.findall(r"\w+", t.lower()) for t in texts]
    okapi = BM25Okapi(tokens)
    fast = bm25s.BM25()
    fast.index(tokens, show_progress=False)
    tfidf = TfidfVectorizer(stop_words="english", ngram_range=(1, 2))
    matrix = tfidf.fit_transform(texts)
    base = sqlite3.connect(":memory:")
    base.execute("create virtual table p using fts5(text, tokenize='porter')")
    base.executemany("insert into p(rowid, text) values (?, ?)", enumerate(texts))

    def order(values: np.ndarray) -> tuple[list[str], float]:
        return [names[i] for i in np.argsort(-values, kind="stable")], float(values.max())

    def fts(text: str) -> tuple[list[str], float]:
        words = " OR ".join(f'"{w}"' for w in re.findall(r"\w+", text.lower())) or '"x"'
        rows = base.execute("select rowid, -bm25(p) from p where p match ? order by 2 desc", (words,)).fetchall()
        return [names[i] for i, _ in rows], float(rows[0][1]) if rows else 0.0

    return [
        ("scikit-learn TF-IDF", lambda t: order((matrix @ tfidf.transform([t]).T).toarray().ravel())),
        ("rank_bm25", lambda t: order(np.array(okapi.get_scores(re.findall(r"\w+", t.lower()))))),
        ("bm25s", lambda t: order(np.array(fast.get_scores(re.findall(r"\w+", t.lower()) or ["x"])))),
        ("SQLite FTS5", fts),
        ("RapidFuzz token_set", lambda t: order(np.array([fuzz.token_set_ratio(t.lower(), x.lower()) for x in texts]))),
    ]


def _ours(index: Index) -> Ask:
    def ask(text: str) -> tuple[list[str], float]:
        found = understand(index, text)
        return [plain(hit.passage.heading) for hit in ranked(index, found)], found.confidence

    return ask


def _layers(kb: KnowledgeBase) -> list[tuple[str, Ask]]:
    cache = ROOT / "data" / "fitted"
    index = kb.index

    def rebuilt(**changes: object) -> Index:
        made = {"groups": kb.groups, "lexicon": index.learned.lexicon, **changes}
        return build_index(kb.passages, learn(made["groups"], made["lexicon"], cache), index.decision, cache)  # type: ignore[arg-type]

    sections = tuple(g for g in kb.groups if g.reply == "section")
    others = tuple(g for g in kb.groups if g.reply != "section")
    english = tuple(replace(g, lines={"en": g.lines["en"], "es": ()}) for g in kb.groups)
    return [
        ("ours", _ours(index)),
        ("  without phrasings of the sections", _ours(rebuilt(groups=others))),
        ("  without phrasings of uncovered matters", _ours(rebuilt(groups=sections))),
        ("  without any phrasing", _ours(rebuilt(groups=()))),
        ("  without Spanish phrasings", _ours(rebuilt(groups=english))),
        ("  without kinds of things", _ours(rebuilt(lexicon=replace(index.learned.lexicon, concepts={})))),
        ("  without shorthand", _ours(rebuilt(lexicon=replace(index.learned.lexicon, shorthand={})))),
        ("  without spelling repair", _ours(replace(index, vocabulary=replace(index.vocabulary, buckets={})))),
        ("  without the learned decision", _ours(replace(index, decision=replace(index.decision, weights={"covered": 1.0})))),
    ]
