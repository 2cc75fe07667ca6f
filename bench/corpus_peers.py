"""`search --corpus` beside lexical peers, on passages that every machine with this project has: the docstrings of Python's
own library and of the packages that it is built from.

A docstring's first sentence tells the same as its text in other words, and its name is its heading. So the sentence is taken
out and asked; what must be found is the docstring that it stood in. Nothing is downloaded, phrasings have no part in it,
and every system runs as its own manual has it.
"""

from __future__ import annotations

import ast
import random
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from sysconfig import get_path

import bm25s
import numpy as np
import Stemmer
from rank_bm25 import BM25Okapi
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.corpus import build, search

SIZES = (400, 2000, 4500)
ASKED = 1000  # questions a size; the slowest peer takes 20 s for them
PACKAGES = ("numpy", "scipy", "sklearn", "sqlalchemy", "werkzeug", "flask")
MOST = 3
_SEED = 11
Find = Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class Doc:
    """A docstring in three: its name as words, its first sentence, the rest."""

    title: str
    query: str
    text: str


def table() -> None:
    """One line a system and size: recall@1, recall@3, milliseconds a question (median)."""
    found = list(docs())
    random.Random(_SEED).shuffle(found)
    for size in (s for s in SIZES if s <= len(found)):
        own = found[:size]
        sys.stdout.write(f"\n{size} docstrings, {min(ASKED, size)} first sentences{'':12}{'r@1':>8}{'r@3':>8}{'ms':>8}\n")
        for name, make in SYSTEMS:
            first, three, took = measured(make(own), own)
            sys.stdout.write(f"{name:44}{first:8.3f}{three:8.3f}{took:8.2f}\n")


def docs() -> Iterator[Doc]:
    """The docstrings of public functions and classes; of those that begin alike, the first."""
    seen: set[str] = set()
    for path in _sources():
        for name, text in _docstrings(path):
            head, _, rest = text.partition("\n\n")
            query, body = _plain(head), _plain(rest)
            if 5 <= len(query.split()) <= 40 and len(body.split()) >= 30 and query.lower() not in seen:
                seen.add(query.lower())
                yield Doc(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name), query, body)


def _sources() -> Iterator[Path]:
    roots = [Path(get_path("stdlib"))]
    for name in PACKAGES:
        spec = find_spec(name)
        roots.extend(Path(place) for place in (spec and spec.submodule_search_locations) or ())
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            if not any(part == "site-packages" or part.lstrip("_").startswith("test") for part in path.relative_to(root).parts):
                yield path


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError):
        return  # a template or an example of wrong code
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            text = ast.get_docstring(node)
            if text:
                yield node.name, text


def _plain(text: str) -> str:
    return " ".join(re.sub(r":[\w:]+:`|[`*]|-{3,}", " ", text).split())


def measured(find: Find, own: list[Doc]) -> tuple[float, float, float]:
    """(recall@1, recall@3, median milliseconds) of a system."""
    first, three, took = 0, 0, []
    asked = own[:ASKED]
    for at, doc in enumerate(asked):
        began = time.perf_counter()
        found = find(doc.query)[:MOST]
        took.append(1000 * (time.perf_counter() - began))
        first += found[:1] == [at]
        three += at in found
    return first / len(asked), three / len(asked), float(np.median(took))


# --- the systems ------------------------------------------------------------------------------------------------------


def _ours(own: list[Doc]) -> Find:
    corpus = build([(str(at), doc.title, doc.text) for at, doc in enumerate(own)])
    return lambda query: [int(name) for name, _ in search(corpus, query, MOST)]


def _whole(own: list[Doc]) -> list[str]:
    return [f"{doc.title} {doc.text}" for doc in own]


def _bm25s(own: list[Doc], stemmer: Callable[[list[str]], list[str]] | None = None) -> Find:
    index = bm25s.BM25()
    index.index(bm25s.tokenize(_whole(own), stemmer=stemmer, show_progress=False), show_progress=False)

    def find(query: str) -> list[int]:
        tokens = bm25s.tokenize(query, stemmer=stemmer, show_progress=False)
        return [int(at) for at in index.retrieve(tokens, k=MOST, show_progress=False)[0][0]]

    return find


def _stemmed_bm25s(own: list[Doc]) -> Find:
    return _bm25s(own, Stemmer.Stemmer("english"))


def _rank_bm25(own: list[Doc]) -> Find:
    index = BM25Okapi([re.findall(r"\w+", text.lower()) for text in _whole(own)])

    def find(query: str) -> list[int]:
        values = np.array(index.get_scores(re.findall(r"\w+", query.lower())))
        return [int(at) for at in np.argsort(-values, kind="stable")[:MOST]]

    return find


def _fts5(own: list[Doc]) -> Find:
    base = sqlite3.connect(":memory:")
    base.execute("create virtual table d using fts5(title, body, tokenize='porter')")
    base.executemany("insert into d(rowid, title, body) values (?, ?, ?)", [(n, d.title, d.text) for n, d in enumerate(own)])

    def find(query: str) -> list[int]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query.lower())) or '"x"'
        rows = base.execute("select rowid from d where d match ? order by bm25(d) limit ?", (words, MOST))
        return [int(row[0]) for row in rows]

    return find


def _tfidf(own: list[Doc]) -> Find:
    vectorizer = TfidfVectorizer(stop_words="english", ngram_range=(1, 2))
    matrix = vectorizer.fit_transform(_whole(own))

    def find(query: str) -> list[int]:
        values = (matrix @ vectorizer.transform([query]).T).toarray().ravel()
        return [int(at) for at in np.argsort(-values, kind="stable")[:MOST]]

    return find


SYSTEMS: tuple[tuple[str, Callable[[list[Doc]], Find]], ...] = (
    ("scikit-learn TF-IDF", _tfidf),
    ("rank_bm25", _rank_bm25),
    ("bm25s", _bm25s),
    ("bm25s with PyStemmer", _stemmed_bm25s),
    ("SQLite FTS5", _fts5),
    ("ours: search --corpus", _ours),
)
