"""A committee of narrow linear classifiers, learned from thousands of lines in seconds.

Each member reads a line through a narrow middle: classes must share what they know of words, which reads unseen phrasings
better than a weight for each word and class, and takes less memory. The members begin at other random numbers and
their scores are averaged, so that what only chance taught one of them is outvoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEMBERS, WIDTH = 4, 32
ROUNDS, BATCH = 10, 1024
STEP = 0.15
SMALL_WEIGHTS = 0.03  # how much large weights are held back, in lines
SURE = 1.4  # the average of a committee is less sure than it should be
_START = 0.5  # of the usual spread of the first weights
_TINY = 1e-8


@dataclass(frozen=True, slots=True)
class Committee:
    """Scores of a line with features x: `x @ inner @ outer + bias`; they are meant for a softmax."""

    inner: NDArray[np.float32]  #: (features, MEMBERS * WIDTH)
    outer: NDArray[np.float32]  #: (MEMBERS * WIDTH, classes)
    bias: NDArray[np.float32]  #: (classes,)


def learned(rows: Any, classes: NDArray[np.intp], weights: NDArray[np.float64]) -> Committee:
    """The committee for sparse float32 rows of shape (lines, features), the class and the weight of each line. The same lines
    in the same order give the same numbers."""
    dice = np.random.default_rng(0)
    lines, count = rows.shape[0], int(classes.max()) + 1
    inner = np.hstack([_spread(dice, rows.shape[1], WIDTH) for _ in range(MEMBERS)])
    outer = np.stack([_spread(dice, WIDTH, count) for _ in range(MEMBERS)])
    bias = np.zeros((MEMBERS, 1, count), np.float32)
    # Adagrad: what has moved much moves less. One number for all weights of a feature, so that rare words learn fast.
    moved, outer_moved, bias_moved = np.zeros((len(inner), 1), np.float32), np.zeros_like(outer), np.zeros_like(bias)
    share = (weights / weights.mean()).astype(np.float32)
    for _ in range(ROUNDS):
        order = dice.permutation(lines)
        shuffled, wanted, own = rows[order], classes[order], share[order]
        for at in range(0, lines, BATCH):
            some = shuffled[at : at + BATCH]
            size = some.shape[0]
            middle = (some @ inner).reshape(size, MEMBERS, WIDTH).transpose(1, 0, 2)
            wrong = _chances(middle @ outer + bias)
            wrong[:, np.arange(size), wanted[at : at + size]] -= 1
            wrong *= (own[at : at + size] / size)[:, None]
            back = (wrong @ outer.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(size, -1)
            hold = np.float32(SMALL_WEIGHTS / size)
            slope = some.T @ back
            slope += hold * inner
            _down(inner, slope, moved, np.einsum("ij,ij->i", slope, slope)[:, None] / slope.shape[1])
            slope = middle.transpose(0, 2, 1) @ wrong + hold * outer
            _down(outer, slope, outer_moved, slope**2)
            slope = wrong.sum(axis=1, keepdims=True)
            _down(bias, slope, bias_moved, slope**2)
    scale = np.float32(SURE / MEMBERS)
    return Committee(inner, scale * _centred(outer).reshape(-1, count), scale * _centred(bias).sum(axis=0)[0])


def _spread(dice: np.random.Generator, above: int, below: int) -> NDArray[np.float32]:
    limit = _START * np.sqrt(6 / (above + below))
    return dice.uniform(-limit, limit, (above, below)).astype(np.float32)


def _chances(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    scores -= scores.max(axis=2, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=2, keepdims=True)
    return scores


def _down(
    values: NDArray[np.float32], slope: NDArray[np.float32], moved: NDArray[np.float32], square: NDArray[np.float32]
) -> None:
    """One step downhill, in place."""
    moved += square
    slope *= np.float32(STEP) / (np.sqrt(moved) + np.float32(_TINY))
    values -= slope


def _centred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same chances, with scores around zero: "none of all this" stands beside them."""
    return np.asarray(values - values.mean(axis=2, keepdims=True))
