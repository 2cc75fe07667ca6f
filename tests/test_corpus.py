"""The retriever on any corpus: `search --corpus`."""

from __future__ import annotations

from itertools import islice

from bench.corpus_peers import SYSTEMS, docs, measured
from bot.corpus import build, search

DOCUMENTS = [
    ("shoes", "Shoes", "We sell boots and laces."),
    ("boots", "Boots", "Made of leather, by hand."),
    ("tea", "Tea", "Green, black and white. Laces are not sold here."),
]


def test_a_word_in_the_title_counts_more_than_the_same_word_in_the_text() -> None:
    corpus = build(DOCUMENTS)
    assert [name for name, _ in search(corpus, "which boots?", 10)] == ["boots", "shoes"]


def test_what_no_document_says_finds_nothing() -> None:
    corpus = build(DOCUMENTS)
    assert search(corpus, "parachutes", 10) == search(corpus, "?!", 10) == search(build([]), "boots", 10) == []


def test_a_text_of_stop_words_is_searched_by_them() -> None:
    corpus = build([*DOCUMENTS, ("hamlet", "", "If it were so")])
    assert search(corpus, "if it is", 1)[0][0] == "hamlet"


def test_first_sentences_find_their_docstrings_at_least_as_often_as_with_bm25s() -> None:
    own = list(islice(docs(), 400))
    systems = dict(SYSTEMS)
    ours, peer = (measured(systems[name](own), own) for name in ("ours: search --corpus", "bm25s with PyStemmer"))
    assert ours[0] >= peer[0] and ours[1] >= peer[1]
