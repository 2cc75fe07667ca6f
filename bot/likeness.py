"""How like a message is to a passage by its words alone: what finds a section that nobody has written phrasings for.

Three measures, each 0..1: the nearest question form of its heading; the nearest of its own sentences, with lay words beside
the visitor's; the share of the message's subject (by idf) that the passage names. `bot.tuning` weighs them, so that they
stand beside the classifier's scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.lexicon import Lexicon
from bot.passages import likely_questions, parts
from bot.retriever import Postings, scores
from bot.terms import Terms, Vocabulary, analyse
from bot.types import Passage

_LAY = 0.5  # a lay word for the same thing counts half of the word itself
_NOWHERE = np.zeros(0, np.intp)  # an index of "()" would be every passage


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Each passage in pieces: as a whole, its heading, its sentences and items; then the question forms of its heading."""

    rows: Postings
    of: NDArray[np.intp]  #: row -> passage
    form: NDArray[np.bool_]  #: row -> whether it is a question form
    holders: Mapping[str, NDArray[np.intp]]  #: term -> passages that name it
    passages: int


def pieces(passages: tuple[Passage, ...], known: Vocabulary, lexicon: Lexicon) -> Iterator[tuple[int, bool, list[str]]]:
    """(passage, whether a question form, terms) for each row of the views."""
    for at, passage in enumerate(passages):
        own = parts(passage)
        for text in (f"{passage.title} {passage.heading} {' '.join(own)}", passage.heading, *own):
            yield at, False, content(analyse(text, known, lexicon), lexicon)
        for text in (f"{passage.title} {passage.heading}", *likely_questions(passage, lexicon)):
            yield at, True, content(analyse(text, known, lexicon), lexicon)


def views(rows: Postings, found: list[tuple[int, bool, list[str]]], passages: int) -> Views:
    """The views of fitted postings; `found` is what `pieces` gave."""
    holders: dict[str, set[int]] = {}
    for at, form, terms in found:
        for term in () if form else terms:
            holders.setdefault(term, set()).add(at)
    return Views(
        rows, np.array([at for at, _, _ in found], np.intp), np.array([form for _, form, _ in found], np.bool_),
        {term: np.array(sorted(where), np.intp) for term, where in holders.items()}, passages,
    )  # fmt: skip


def content(terms: Terms, lexicon: Lexicon) -> list[str]:
    """The stems that carry the subject: stop words left out, unless nothing else is there."""
    kept = [s for w, s in zip(terms.words, terms.stems, strict=True) if w not in lexicon.stop]
    return kept or list(terms.stems)


def nearest(found: Views, values: NDArray[np.float32], form: bool | None = None) -> NDArray[np.float32]:
    """The best row of each passage, shape (passages,); among question forms only, or among the others."""
    best = np.zeros(found.passages, np.float32)
    if form is None:
        np.maximum.at(best, found.of, values)
    else:
        kept = found.form if form else ~found.form
        np.maximum.at(best, found.of[kept], values[kept])
    return best


def likeness(found: Views, terms: Terms, lexicon: Lexicon) -> NDArray[np.float64]:
    """The three measures, shape (3, passages)."""
    subject = content(terms, lexicon)
    forms = nearest(found, scores(found.rows, subject), form=True)
    own = nearest(found, scores(found.rows, [*subject, *lay(subject, lexicon)]), form=False)
    return np.stack([forms, own, covered(found, subject, lexicon)]).astype(np.float64)


def lay(subject: list[str], lexicon: Lexicon) -> list[str]:
    """Lay words for the same things."""
    return [other for term in subject for other in lexicon.same.get(term, ())]


def covered(found: Views, subject: list[str], lexicon: Lexicon, lay_weight: float = _LAY) -> NDArray[np.float64]:
    """The share of the subject that each passage names, shape (passages,); a lay word for the same thing counts `lay_weight`."""
    unknown = max(found.rows.idf.values(), default=1.0)  # a word that no passage has is as rare as can be
    total, held = 0.0, np.zeros(found.passages)
    for term in dict.fromkeys(subject):
        weight = found.rows.idf.get(term, unknown)
        share = np.zeros(found.passages)
        for other in lexicon.same.get(term, ()):
            share[found.holders.get(other, _NOWHERE)] = lay_weight
        share[found.holders.get(term, _NOWHERE)] = 1.0
        held += weight * share
        total += weight
    return held / total if total else held
