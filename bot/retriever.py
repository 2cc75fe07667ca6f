"""Ranking passages: TF-IDF fitted by scikit-learn, asked through postings.

`TfidfVectorizer.transform` of one question costs some 230 µs, nearly all of it building small matrices. The fitted weights
are taken once into one column a term (rows and weights); a question then adds up a few columns into an array: a few
microseconds, and the same ranking, which a test holds against scikit-learn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.fitting import names


@dataclass(frozen=True, slots=True)
class Postings:
    """A matrix of weights by column: `columns[term]` is (rows, weights)."""

    columns: Mapping[str, tuple[NDArray[np.intp], NDArray[np.float32]]]
    idf: Mapping[str, float]
    size: int  #: rows


def postings(arrays: dict[str, NDArray[Any]], size: int) -> Postings:
    """The postings of fitted arrays for `size` rows."""
    starts, rows, data = arrays["view_starts"], arrays["view_rows"].astype(np.intp), arrays["view_data"]
    terms = names(arrays["terms"])
    columns = {term: (rows[a:b], data[a:b]) for term, a, b in zip(terms, starts, starts[1:], strict=False)}
    return Postings(columns, dict(zip(terms, arrays["term_idf"].tolist(), strict=True)), size)


def scores(index: Postings, terms: Iterable[str]) -> NDArray[np.float32]:
    """The cosine of the question with each row, shape (size,), 0..1."""
    counts: dict[str, int] = {}
    for term in terms:
        if term in index.columns:
            counts[term] = counts.get(term, 0) + 1
    total = np.zeros(index.size, np.float32)
    square = 0.0
    for term, count in counts.items():
        value = index.idf[term] * (1 + math.log(count))
        square += value * value
        rows, weights = index.columns[term]
        total[rows] += weights * np.float32(value)
    return total / np.float32(math.sqrt(square)) if square else total


def best(values: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    """The rows with the highest values above 0, best first, earlier rows first among equals."""
    if len(values) > most:
        found = np.argpartition(-values, most - 1)[:most]
        found = found[np.lexsort((found, -values[found]))]
    else:
        found = np.lexsort((np.arange(len(values)), -values))
    return found[values[found] > 0]
