"""Which passage answers, of an article about which nobody has taught the assistant anything yet.

The phrasings know what people ask of a clinic: what it costs, whether it hurts, how often, who may not. A message and a
passage are alike where the phrasings take both for the same question, whatever either is about ("how long do the cups stay
on" and "Each cup stays on for five minutes" are both about how long the needles stay in). That, the words themselves, and
whose name was called are weighed by a logistic model that `python -m bench.untaught` fits on articles and questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from bot.classifier import Classifier, logits
from bot.learning import OTHER
from bot.lexicon import Lexicon
from bot.likeness import Views, content, covered, lay, nearest
from bot.passages import parts
from bot.retriever import scores as row_scores
from bot.terms import Terms, Vocabulary, analyse, without
from bot.types import Passage

NAMES = (
    "constant", "words", "share", "bare_share", "article", "heading", "part", "whole", "another", "needling",
    "words_behind", "part_behind", "elsewhere", "new", "strange_thing",
)  # fmt: skip
_THINGS = frozenset(("other_body", "other_condition", "drug", "other_therapy"))
_RARE = 5  # a word of a title that the phrasings use this often at most is what the article is about
SAID = 0.9  # chance of a passage that has every word of a message, one of them new to the phrasings
_SOFT = 2.0  # divides the scores before the softmax: what comes second and third tells about a message too


@dataclass(frozen=True, slots=True, eq=False)
class Untaught:
    """The passages of such articles, read as if they were messages."""

    places: NDArray[np.intp]  #: passages, in order
    article_of: NDArray[np.intp]  #: place -> article
    topics: tuple[frozenset[str], ...]  #: article -> stems of what its title is about
    words: tuple[frozenset[str], ...]  #: article -> stems that it uses
    heading: NDArray[np.float32]  #: (places, classes): roots of what the phrasings take the heading for
    part: NDArray[np.float32]  #: (sentences and items, classes): the same of each
    starts: NDArray[np.intp]  #: place -> its first row of `part`
    whole: NDArray[np.float32]  #: (places, classes): scores of the whole passage, centred, of length 1

    @property
    def named(self) -> frozenset[str]:
        """Stems of what any of the articles is about."""
        return frozenset().union(*self.topics)


def untaught(
    passages: Sequence[Passage], places: Sequence[int], model: Classifier, known: Vocabulary, lexicon: Lexicon, full: Lexicon
) -> Untaught:
    """Reads the passages at `places`, which are all those of their articles. `full` also has the kinds of things that an
    article has taken up."""
    articles = [list(own) for _, own in groupby(places, key=lambda at: passages[at].article)]
    topics = tuple(_topic(passages[own[0]].title, known, full) for own in articles)
    article_of = [article for article, own in enumerate(articles) for _ in own]
    texts = [parts(passages[at]) for at in places]

    def read(at: int, *said: str) -> NDArray[np.float32]:
        terms = analyse(" ".join(said), known, lexicon)
        return logits(model, without(terms, topics[article_of[at]]))

    def rows(found: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
        listed = list(found)
        return np.array(listed, np.float32).reshape(len(listed), len(model.classes))

    return Untaught(
        np.array(places, np.intp), np.array(article_of, np.intp), topics,
        tuple(frozenset(_words([passages[at] for at in own], known, lexicon)) for own in articles),
        rows(_root(read(at, passages[place].heading)) for at, place in enumerate(places)),
        rows(_root(read(at, text)) for at, own in enumerate(texts) for text in own),
        np.cumsum([0, *map(len, texts)])[:-1].astype(np.intp),
        rows(_unit(read(at, passages[place].heading, *texts[at])) for at, place in enumerate(places)),
    )  # fmt: skip


def _words(passages: Iterable[Passage], known: Vocabulary, lexicon: Lexicon) -> Iterator[str]:
    for passage in passages:
        for text in (passage.title, passage.heading, *parts(passage)):
            yield from content(analyse(text, known, lexicon), lexicon)


def _topic(title: str, known: Vocabulary, lexicon: Lexicon) -> frozenset[str]:
    terms = analyse(title, known, lexicon)
    return frozenset(
        one
        for word, one in zip(terms.words, terms.stems, strict=True)
        if word not in lexicon.stop and (lexicon.concepts.get((word,)) in _THINGS or known.counts.get(word, 0) <= _RARE)
    )


def _root(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp((scores - scores.max()) / _SOFT)
    return np.asarray(np.sqrt(powers / powers.sum()), np.float32)


def _unit(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = scores - scores.mean()
    return np.asarray(centred / (np.sqrt(centred @ centred) or 1.0), np.float32)


def features(found: Untaught, terms: Terms, model: Classifier, views: Views, lexicon: Lexicon) -> NDArray[np.float64]:
    """What speaks for each passage, shape (places, len(NAMES))."""
    bare = without(terms, found.named)  # a message that names an article asks for no passage that names it again
    scores, subject = logits(model, bare), content(bare, lexicon)
    asked = _root(scores)
    words = nearest(views, row_scores(views.rows, [*subject, *lay(subject, lexicon)]), form=False)[found.places]
    part = np.maximum.reduceat(found.part @ asked, found.starts)
    called = [not topic.isdisjoint(terms.stems) for topic in found.topics]
    mine = np.array([yes or not topic for yes, topic in zip(called, found.topics, strict=True)])[found.article_of]
    elsewhere = asked[model.classes.index(OTHER)] if OTHER in model.classes else 0.0
    ones = np.ones(len(found.places))
    things = {one for word, one in zip(terms.words, terms.stems, strict=True) if lexicon.concepts.get((word,)) in _THINGS}
    return np.stack([
        ones, words,
        covered(views, subject, lexicon, 1.0)[found.places], covered(views, subject, lexicon, 0.0)[found.places],
        np.array([_held(own_words, subject, lexicon) for own_words in found.words])[found.article_of],
        found.heading @ asked, part, found.whole @ _unit(scores),
        ~mine & any(called), ~mine & ("own_treatment" in terms.concepts), words - words.max(), part - part.max(),
        elsewhere * ones, sum(terms.new) / max(1, len(terms.words)) * ones,
        np.array([float(not things <= own_words) for own_words in found.words])[found.article_of],
    ], axis=1).astype(np.float64)  # fmt: skip


def _held(own: frozenset[str], subject: Sequence[str], lexicon: Lexicon) -> float:
    """The share of the subject's words that an article has, itself or by a lay word for the same thing."""
    asked = set(subject)
    return sum(one in own or not own.isdisjoint(lexicon.same.get(one, ())) for one in asked) / max(1, len(asked))


def chances(values: NDArray[np.float64], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """The probability that each passage answers, shape (places,); nothing for each where no weights were made."""
    if not weights:
        return np.zeros(len(values))
    total = values @ np.array([weights.get(name, 0.0) for name in NAMES])
    return np.asarray(1 / (1 + np.exp(-np.clip(total, -30, 30))))


def says_all(found: Untaught, terms: Terms, model: Classifier, views: Views, lexicon: Lexicon) -> NDArray[np.bool_]:
    """Which passages have every word that a message is about, one of them a word that no phrasing uses: that is theirs."""
    subject = content(terms, lexicon)
    if all(word in model.known or word in lexicon.stop for word in terms.words):
        return np.zeros(len(found.places), np.bool_)
    return np.asarray(covered(views, subject, lexicon, 0.0)[found.places] > 1 - 1e-9)


def sentences(found: Untaught, at: int, terms: Terms, model: Classifier) -> NDArray[np.float32]:
    """How much each sentence and item of passage `at` is what is asked for, 0..1; empty if the passage is of another kind."""
    if at not in found.places:
        return np.zeros(0, np.float32)
    place = int(np.searchsorted(found.places, at))
    own = found.part[found.starts[place] : [*found.starts, len(found.part)][place + 1]]
    return np.asarray(own @ _root(logits(model, without(terms, found.named))), np.float32)


def names_one(found: Untaught, terms: Terms) -> bool:
    """Whether a message names what one of the articles is about."""
    return not found.named.isdisjoint(terms.stems)
