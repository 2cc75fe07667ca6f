"""The classifier and the ranking, held against scikit-learn itself."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.classifier import classifier, letter_groups, logits
from bot.committee import MEMBERS, WIDTH
from bot.fitting import CHAR_WEIGHT, ROUNDS, SMALL, Lines, Rows, fit
from bot.lexicon import Lexicon
from bot.retriever import best, postings, scores
from bot.terms import Terms, analyse, features, vocabulary

LINES = [
    ("is dry needling safe", "safe"), ("are there risks", "safe"), ("is it dangerous for me", "safe"),
    ("how much does it cost", "price"), ("what is the price of a session", "price"), ("is it expensive", "price"),
    ("what is dry needling", "what"), ("explain needling to me", "what"), ("what does needling mean", "what"),
]  # fmt: skip
QUESTIONS = ["is needling safe safe", "price please", "what what is it", "zzz", "needling cost and risks"]
ORDINARY = np.zeros(0, np.uint32)
KNOWN = vocabulary({"en": [text for text, _ in LINES]}, Lexicon(), ORDINARY)


def _terms(text: str) -> Terms:
    return analyse(text, KNOWN, Lexicon())


def _lines(times: int = 1) -> Lines:
    read = [_terms(text) for text, _ in LINES * times]
    names = [name for _, name in LINES * times]
    return Lines(
        [features(t) for t in read], [" ".join(t.words) for t in read], names, ["all"] * len(names), [1.0] * len(names), []
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_scores_are_scikit_learns_own() -> None:
    import scipy.sparse as sp

    lines = _lines()
    word = TfidfVectorizer(analyzer=list, sublinear_tf=True)
    char = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, min_df=2, lowercase=False)
    rows = sp.hstack([word.fit_transform(lines.features), CHAR_WEIGHT * char.fit_transform(lines.texts)]).tocsr()
    oracle = LogisticRegression(solver="sag", C=5, max_iter=ROUNDS, tol=1e-4, random_state=0).fit(rows, lines.classes)
    model = classifier(fit(lines))
    for question in QUESTIONS:
        terms = _terms(question)
        asked = sp.hstack([word.transform([features(terms)]), CHAR_WEIGHT * char.transform([" ".join(terms.words)])]).tocsr()
        np.testing.assert_allclose(logits(model, terms), oracle.decision_function(asked)[0], atol=2e-3)


def test_a_committee_learns_from_thousands_of_lines_and_always_the_same() -> None:
    lines = _lines(times=SMALL // len(LINES) + 1)
    arrays, again = fit(lines), fit(lines)
    assert all(np.array_equal(arrays[name], again[name]) for name in arrays)
    assert arrays["weight"].shape[1] == MEMBERS * WIDTH
    model = classifier(arrays)
    for question, name in (
        ("are there dangers and risks", "safe"),
        ("the price of it", "price"),
        ("explain what it means", "what"),
    ):
        found = logits(model, _terms(question))
        assert model.classes[int(found.argmax())] == name
        assert abs(float(found.mean())) < 0.1, "the scores stand around zero, beside that of none of all this"


def test_the_ranking_is_scikit_learns_own() -> None:
    views = [list(_terms(text).stems) for text, _ in LINES]
    oracle = TfidfVectorizer(analyzer=list, sublinear_tf=True)
    matrix = oracle.fit_transform(views)
    index = postings(fit(Rows(views)), len(LINES))
    for question in QUESTIONS:
        stems = list(_terms(question).stems)
        wanted = (matrix @ oracle.transform([stems]).T).toarray().ravel()
        found = scores(index, stems)
        np.testing.assert_allclose(found, wanted, atol=1e-5)
        assert list(best(found, 3)) == [i for i in np.lexsort((np.arange(len(wanted)), -found)) if found[i] > 0][:3]


def test_letter_groups_are_scikit_learns_own() -> None:
    analyse_chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4)).build_analyzer()
    for word in ("a", "is", "the", "needling", "supercalifragilistic"):
        assert sorted(letter_groups(word)) == sorted(analyse_chars(word))
