"""Which group of phrasings a message belongs to: what was fitted, asked through plain arrays.

The same numbers as scikit-learn's own on the same features (a test holds it to that), at a small part of the cost: no
matrices are built for one message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.fitting import CHAR_WEIGHT, names
from bot.terms import Terms, features

_SIZES = (3, 4)
_CHAPTERS = 0.5  # of the chapters' own scores against what the classes say of the chapters


@dataclass(frozen=True, slots=True)
class Classifier:
    """Fitted weights; `classes[i]` is the group's class that column i of `outer` stands for."""

    words: dict[str, int]
    chars: dict[str, int]  #: letter group -> row of `weight`
    idf: NDArray[np.float32]
    weight: NDArray[np.float16]  #: (features, middle + chapters); half precision is a tenth of what a word is worth
    outer: NDArray[np.float32]  #: (middle, classes)
    bias: NDArray[np.float32]  #: (classes + chapters,)
    classes: tuple[str, ...]
    chapter_of: NDArray[np.int32]  #: class -> chapter; empty where there is but one
    known: Container[str] = ()  #: the knowledge's words
    spelt: dict[str, tuple[int, ...]] = field(default_factory=dict)  #: rows of the letter groups of those met before


def classifier(arrays: dict[str, NDArray[Any]], known: Container[str] = ()) -> Classifier:
    """The classifier of fitted arrays; the letter groups of the words `known` are looked up once."""
    words = {word: at for at, word in enumerate(names(arrays["words"]))}
    chars = {group: at + len(words) for at, group in enumerate(names(arrays["chars"]))}
    idf = np.concatenate([arrays["word_idf"], arrays["char_idf"]])
    classes = tuple(names(arrays["classes"]))
    return Classifier(words, chars, idf, arrays["weight"], arrays["outer"], arrays["bias"], classes, arrays["chapter_of"], known)


def logits(model: Classifier, terms: Terms) -> NDArray[np.float32]:
    """The score of each class before the softmax, shape (classes,)."""
    if not model.classes:
        return model.bias.copy()
    found = np.zeros(model.weight.shape[1], np.float32)
    words = [at for word in features(terms) if (at := model.words.get(word)) is not None]
    _add(found, model, words, 1.0)
    _add(found, model, list(chain.from_iterable(_groups(model, word) for word in terms.words)), CHAR_WEIGHT)
    middle = len(model.outer)
    scores = model.bias + np.concatenate([found[:middle] @ model.outer, found[middle:]])
    return _with_chapters(model, scores) if len(model.chapter_of) else scores


def _with_chapters(model: Classifier, scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The classes' scores, moved half-way towards what the chapters' own scores say of each chapter as a whole: a question
    that no group knows well is still known to be about money, or about a session."""
    classes, chapters = scores[: len(model.classes)], scores[len(model.classes) :]
    powers = np.exp(classes - classes.max())
    inside = np.log(np.bincount(model.chapter_of, powers, len(chapters)) / powers.sum() + 1e-12)
    alone = chapters - chapters.max()
    alone -= np.log(np.exp(alone).sum())
    moved: NDArray[np.float32] = (classes + _CHAPTERS * (alone - inside)[model.chapter_of]).astype(np.float32)
    return moved


def _add(scores: NDArray[np.float32], model: Classifier, rows: list[int], block: float) -> None:
    """Adds the block's weights, TF-IDF with sublinear counts and length 1, as scikit-learn has it."""
    if not rows:
        return
    counts = Counter(rows)
    at = np.fromiter(counts, np.intp, len(counts))
    values = model.idf[at]
    if len(counts) < len(rows):
        values = values * (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts))))
    values = values * np.float32(block / np.sqrt(values @ values))
    scores += values @ model.weight[at].astype(np.float32)


def _groups(model: Classifier, word: str) -> tuple[int, ...]:
    found = model.spelt.get(word)
    if found is None:
        found = tuple(at for group in letter_groups(word) if (at := model.chars.get(group)) is not None)
        if word in model.known:  # what only one visitor writes is not remembered
            model.spelt[word] = found
    return found


def letter_groups(word: str) -> list[str]:
    """The pieces of 3 and 4 letters of a word with a space on each side, as scikit-learn's `char_wb` cuts them."""
    padded = f" {word[:60]} "
    found: list[str] = []
    for size in _SIZES:
        found.extend(padded[i : i + size] for i in range(max(1, len(padded) - size + 1)))
        if len(padded) <= size:
            break
    return found
