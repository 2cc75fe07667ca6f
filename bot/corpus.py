"""The retriever on any corpus: BM25 weights from scikit-learn's counts, stems, the title as a field of its own.

Used by `search --corpus` and the bench, where nobody has written phrasings. Robertson and Zaragoza, "The Probabilistic
Relevance Framework: BM25 and Beyond" (2009); k1 and b lie in the range that they recommend.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from bot.retriever import best
from bot.text import stem, words

K1, B = 1.5, 0.75
TITLE_WEIGHT = 0.8
# Words without a subject of their own; question words stay ("why" and "when" ask for different passages).
STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "and",
        "or",
        "with",
        "is",
        "are",
        "be",
        "was",
        "were",
        "am",
        "been",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "i",
        "you",
        "he",
        "she",
        "we",
        "they",
        "me",
        "my",
        "your",
        "our",
        "their",
        "his",
        "her",
        "us",
        "them",
        "do",
        "does",
        "did",
        "have",
        "has",
        "had",
        "will",
        "would",
        "can",
        "could",
        "should",
        "may",
        "might",
        "so",
        "if",
        "but",
        "as",
        "by",
        "from",
        "there",
    ]
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents as postings: `columns[term]` is (rows, weights)."""

    ids: tuple[str, ...]
    columns: dict[str, tuple[NDArray[np.intp], NDArray[np.float32]]]


def tokens(text: str) -> list[str]:
    """The stems of a text without stop words; all of them if nothing else is there."""
    found = words(text)
    return [stem(w) for w in found if w not in STOP] or [stem(w) for w in found]


def build(documents: list[tuple[str, str, str]]) -> Corpus:
    """The corpus of (id, title, text)."""
    ids = tuple(name for name, _, _ in documents)
    bodies, titles = [f"{title} {text}" for _, title, text in documents], [title for _, title, _ in documents]
    weights = dict(_weights(bodies))
    for term, (rows, values) in _weights(titles):
        at, body = weights.get(term, (np.zeros(0, np.intp), np.zeros(0, np.float32)))
        column = np.zeros(len(ids), np.float32)
        column[at] += body
        column[rows] += np.float32(TITLE_WEIGHT) * values
        kept = np.flatnonzero(column)
        weights[term] = (kept, column[kept])
    return Corpus(ids, weights)


def _weights(texts: list[str]) -> list[tuple[str, tuple[NDArray[np.intp], NDArray[np.float32]]]]:
    read = [tokens(text) for text in texts]
    if not any(read):
        return []
    vectorizer = CountVectorizer(analyzer=list)
    counts = vectorizer.fit_transform(read).tocsc()
    lengths = np.array([len(t) for t in read], np.float64)
    norm = K1 * (1 - B + B * lengths / (lengths.mean() or 1.0))
    found = []
    for at, term in enumerate(vectorizer.get_feature_names_out()):
        begin, end = counts.indptr[at], counts.indptr[at + 1]
        rows, tf = counts.indices[begin:end].astype(np.intp), counts.data[begin:end].astype(np.float64)
        idf = math.log(1 + (len(texts) - len(rows) + 0.5) / (len(rows) + 0.5))
        found.append((str(term), (rows, (idf * tf * (K1 + 1) / (tf + norm[rows])).astype(np.float32))))
    return found


def search(corpus: Corpus, query: str, most: int) -> list[tuple[str, float]]:
    """The best documents as (id, score), best first."""
    total = np.zeros(len(corpus.ids), np.float32)
    for term in tokens(query):
        if term in corpus.columns:
            rows, weights = corpus.columns[term]
            total[rows] += weights
    return [(corpus.ids[at], float(total[at])) for at in best(total, most)]
