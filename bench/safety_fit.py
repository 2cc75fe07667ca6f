"""Fits the second net to labelled messages: TF-IDF and logistic regression, its weights as plain numbers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bench.safety_lines import CLASSES, TOPIC, Line
from bot.safety_net import BLOCKS, PRECAUTION, Net

ROUNDS = 25
RAREST = (3, 8, 8)  # messages that a feature of each block must occur in
SHORTEST = 0.2  # weights below that are left out of the file
#: Precautions are few; what is told in an emergency may be one as well.
PRECAUTIONS = {"T3": 3.0, "T1": 0.5, "T2": 0.5, TOPIC: 0.0}
# The rules were written with these messages: their concepts know them better than what is to come. So each message counts
# twice, with its concepts and without.
WITH = 0.5


def fit(found: Sequence[Line]) -> tuple[Net, dict[str, int]]:
    """(a net fitted to labelled lines, its features with their rows)"""
    blocks = tuple(zip(*(line.told for line in found), strict=True))
    makers = [TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=rarest) for rarest in RAREST]
    parts = [weight * make.fit_transform(block) for make, block, weight in zip(makers, blocks, BLOCKS, strict=True)]
    without = [parts[0], sp.csr_matrix(parts[1].shape), parts[2]]
    rows = sp.vstack([sp.hstack(parts), sp.hstack(without)]).tocsr().astype(np.float32)  # half the time
    weights = np.array([line.weight * share for share in (WITH, 1 - WITH) for line in found])
    dangers, start = _dangers(rows, [_coarse(line) for line in found] * 2, weights)
    precautions, first = _precautions(rows, [TOPIC if line.kind == TOPIC else line.tier for line in found] * 2, weights)
    against = np.column_stack([dangers, precautions])
    names = [str(name) for make in makers for name in make.get_feature_names_out()]
    rarity = np.concatenate([make.idf_ for make in makers])
    kept = np.flatnonzero(np.abs(against).max(axis=1) >= SHORTEST)
    numbers = np.column_stack([rarity[kept], against[kept]]).round(1).astype(np.float32)
    kept_names = {names[at]: row for row, at in enumerate(kept)}
    return Net((*CLASSES, PRECAUTION), (*start, first), kept_names, numbers, {}), kept_names


def _dangers(rows: sp.csr_matrix, labels: list[str], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[float]]:
    """How each feature speaks for each class of danger against none, and where the scores start."""
    model = LogisticRegression(solver="sag", C=20, max_iter=ROUNDS, tol=1e-3, random_state=0)
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


def _coarse(line: Line) -> str:
    return line.kind if line.kind in CLASSES else "none"
