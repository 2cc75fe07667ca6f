"""What a message asks for: the groups of phrasings with their probabilities, the passages ranked, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.asks import asks, is_long
from bot.classifier import logits
from bot.decision import GUARDED, OWN, Decision, confidence
from bot.decision import features as decision_features
from bot.fitting import Rows, fitted, said
from bot.learning import Learned, exact_class
from bot.lexicon import Lexicon, expand
from bot.likeness import Views, content, likeness, nearest, pieces, views
from bot.passages import parts, questions_of
from bot.phrasings import Group
from bot.retriever import postings, scores
from bot.terms import Terms, Vocabulary, analyse, widened, without
from bot.text import stem, words
from bot.types import Hit, Language, Passage
from bot.untaught import SAID, Untaught, chances, names_one, says_all, untaught
from bot.untaught import features as untaught_features

EXACT = 0.95  # probability of the group that holds the very words
PART_WEIGHT = 0.6  # of the whole of a long message against its questions alone
# Score of "none of all this" beside the classes, and where nothing was taught: what unrelated messages reach with phrasings.
NOTHING, UNTAUGHT = 4.0, 7.5
RETIRED = 5.0  # off the score of every "not written about" for a message that names what an article has taken up
PLAINLY = 0.9  # probability of a matter from which only an article that the message names may take it
LEXICAL = 0.05  # of the words alone in the ranking, where the phrasings are silent


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Everything that is asked about a snapshot's text. Built once, never changed."""

    passages: tuple[Passage, ...]
    learned: Learned
    lexicon: Lexicon  #: without the kinds of things that an article has taken up
    vocabulary: Vocabulary  #: the phrasings' words and the articles'
    views: Views
    passage_of: NDArray[np.intp]  #: class -> passage, or -1
    group_of: NDArray[np.intp]  #: class -> group, or -1
    gone: NDArray[np.bool_]  #: class -> its section is not in the folder (any more)
    not_written: NDArray[np.bool_]  #: class -> its group says that the clinic has not written about it
    elsewhere: NDArray[np.bool_]  #: group -> it speaks of no section
    cold: NDArray[np.bool_]  #: passage -> nobody has written phrasings for it
    untaught: Untaught  #: the passages of articles that have no phrasings at all
    taken: frozenset[str]  #: stems of words that an article has taken up: the phrasings "not written about" no longer hold
    forms: Mapping[int, int]  #: digest of a question form -> the unphrased passage whose heading it asks for
    spoken: frozenset[str]  #: stems that questions about the articles use, and the articles themselves
    decision: Decision

    @property
    def groups(self) -> tuple[Group, ...]:
        return self.learned.groups


@dataclass(frozen=True, slots=True)
class Understood:
    """How a message was read. `passages[i]` and `groups[j]` are probabilities; what is missing to 1 went elsewhere."""

    passages: NDArray[np.float64]
    groups: NDArray[np.float64]
    terms: Terms
    confidence: float  #: 0..1, that the articles answer it
    features: Mapping[str, float]  #: what the confidence was taken from


def build_index(passages: tuple[Passage, ...], learned: Learned, decision: Decision, cache: Path | None) -> Index:
    """The index of the passages (fitted in a child process, unless `cache` holds it). Raises KnowledgeError if that fails."""
    written = _written(passages, learned.lexicon)
    lexicon = replace(learned.lexicon, concepts={k: v for k, v in learned.lexicon.concepts.items() if k not in written})
    lines: dict[str, list[str]] = {}
    for passage in passages:
        lines.setdefault(passage.language, []).extend([passage.title, passage.heading, *parts(passage)])
    known = widened(learned.vocabulary, lines, lexicon)
    found = list(pieces(passages, known, lexicon))
    rows = [terms for _, _, terms in found]
    arrays = fitted(["passages", rows], lambda: Rows(rows), cache)
    where = {(p.article, p.heading): at for at, p in enumerate(passages)}
    passage_of = np.array([-1 if s is None else where.get(s, -1) for s in learned.section_of], np.intp)
    gone = np.array([s is not None and s not in where for s in learned.section_of], np.bool_)
    forms = {
        said(analyse(form, known, lexicon).words): at
        for at, passage in enumerate(passages) for form in questions_of(passage.heading, lexicon)
    }  # fmt: skip
    phrased = {passage_of[at] for at, group in enumerate(learned.group_of) if group >= 0}
    cold = np.array([at not in phrased for at in range(len(passages))], np.bool_)
    taught = {passages[at].article for at in phrased if at >= 0}
    new = [at for at, passage in enumerate(passages) if taught and passage.article not in taught]
    return Index(
        passages, learned, lexicon, known, views(postings(arrays, len(found)), found, len(passages)),
        passage_of, np.array(learned.group_of, np.intp), gone,
        np.array([at >= 0 and learned.groups[at].reply == "no_answer" for at in learned.group_of], np.bool_),
        np.array([group.reply != "section" for group in learned.groups], np.bool_),
        cold, untaught(passages, new, learned.model, known, lexicon, learned.lexicon),
        frozenset(stem(word) for phrase in written for word in phrase),
        {form: at for form, at in forms.items() if cold[at] and at not in new}, _spoken(learned, where, known, lines), decision,
    )  # fmt: skip


def _spoken(
    learned: Learned, where: Mapping[tuple[str, str], int], known: Vocabulary, lines: Mapping[str, list[str]]
) -> frozenset[str]:
    asked = (line for g in learned.groups if (g.article, g.heading) in where for own in g.lines.values() for line in own)
    texts = chain(asked, chain.from_iterable(lines.values()))
    return frozenset(known.stems.get(w) or stem(w) for text in texts for w in expand(words(text), learned.lexicon))


def _written(passages: tuple[Passage, ...], lexicon: Lexicon) -> set[tuple[str, ...]]:
    """What is no longer "not written about": a heading on knees takes "knee" from the other body parts."""
    headings = [{stem(word) for word in words(f"{p.title} {p.heading}")} for p in passages]
    guarded = [(phrase, {stem(word) for word in phrase}) for phrase, kind in lexicon.concepts.items() if kind in GUARDED]
    return {phrase for phrase, stems in guarded if any(stems <= own for own in headings)}


# --- asking -----------------------------------------------------------------------------------------------------------


def understand(index: Index, text: str) -> Understood:
    """How a message is read: by what was taught, and by the articles that nobody has taught anything about."""
    taught = _by_phrasings(index, text)
    if not len(index.untaught.places) or not index.decision.untaught:
        return taught
    values = untaught_features(index.untaught, taught.terms, index.learned.model, index.views, index.lexicon)
    found = np.zeros(len(index.passages))
    said_all = says_all(index.untaught, taught.terms, index.learned.model, index.views, index.lexicon)
    found[index.untaught.places] = np.maximum(chances(values, index.decision.untaught), SAID * said_all)
    sure = float(found.max())
    if not said_all.any() and _is_of_the_clinic(index, taught, int(found[index.untaught.places].argmax())):
        return taught
    known = taught.confidence >= index.decision.threshold
    if sure < index.decision.threshold or (known and not names_one(index.untaught, taught.terms)):
        return taught
    return replace(taught, passages=found, confidence=sure, features={})


def _is_of_the_clinic(index: Index, taught: Understood, place: int) -> bool:
    """Whether a message is plainly a matter of the whole clinic: "how much does it cost" is not for the price of cupping, as
    long as it does not name it. An article whose title is about no single thing may take such matters up."""
    topic = index.untaught.topics[index.untaught.article_of[place]]
    matter = float(taught.groups[index.elsewhere].max(initial=0.0))
    return matter >= PLAINLY and bool(topic) and topic.isdisjoint(taught.terms.stems)


def _by_phrasings(index: Index, text: str) -> Understood:
    """A long message is read whole and by its questions; the questions count more."""
    terms = asked = analyse(text, index.vocabulary, index.lexicon)
    by_passage, by_group = _asked(index, terms)
    if is_long(text):
        parts_ = [analyse(ask, index.vocabulary, index.lexicon) for ask in asks(text)[-3:]]
        read = [_asked(index, part) for part in parts_]
        by_passage = PART_WEIGHT * by_passage + (1 - PART_WEIGHT) * np.mean([p for p, _ in read], axis=0)
        by_group = PART_WEIGHT * by_group + (1 - PART_WEIGHT) * np.mean([g for _, g in read], axis=0)
        asked = _joined(parts_)
    values = judged(index, asked, names_own(index, terms), by_passage, by_group)
    return Understood(by_passage, by_group, terms, confidence(index.decision, values) if _is_known(index, terms) else 0.0, values)


def understand_in(index: Index, text: str, language: Language) -> Understood | None:
    """How a message is read by the unphrased passages of its own language alone; None if none of them answers it. English
    is what the phrasings lead to: only other languages are looked through first."""
    mine = index.cold & np.array([p.language == language != "en" for p in index.passages], np.bool_)
    if not mine.any():
        return None
    terms = analyse(text, index.vocabulary, index.lexicon)
    chances = _softmax(np.append(np.where(mine, _cold(index, terms), -np.inf), UNTAUGHT))[:-1]
    sure = float(chances.max())
    return Understood(chances, np.zeros(len(index.groups)), terms, sure, {}) if sure >= index.decision.threshold else None


def _joined(read: list[Terms]) -> Terms:
    return Terms(*(tuple(chain.from_iterable(getattr(t, slot) for t in read)) for slot in Terms.__slots__))


def names_own(index: Index, terms: Terms) -> bool:
    """Whether a message names a body part, treatment or matter that the clinic's articles are about."""
    return not index.taken.isdisjoint(terms.stems) or any(kind in OWN for kind in terms.concepts)


def is_untaught(index: Index, article: str) -> bool:
    """Whether nobody has written phrasings for any part of an article."""
    return any(index.passages[at].article == article for at in index.untaught.places)


def _is_known(index: Index, terms: Terms) -> bool:
    return any(word in index.vocabulary.stems for word in terms.words)


def _asked(index: Index, terms: Terms) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The probability of each passage and of each group. A passage without phrasings stands beside the classes by its words
    alone; what staff wrote down word for word is taken at its word."""
    if not _is_known(index, terms):  # nothing that the knowledge knows was said
        return np.zeros(len(index.passages)), np.zeros(len(index.groups))
    rest = without(terms, index.taken) if index.taken else terms
    found = logits(index.learned.model, rest).astype(np.float64)
    cold = np.where(index.cold, _cold(index, terms), -np.inf)
    cold[index.untaught.places] = -np.inf
    found[index.gone] = -np.inf
    named = index.taken.intersection(terms.stems)
    if named:
        may = _may_answer(index, named)
        found[~may[index.passage_of]] = cold[~may[:-1]] = -np.inf
        if not may[:-1].all():
            found[index.not_written] -= RETIRED
    nothing = NOTHING if len(found) else UNTAUGHT
    chances = _softmax(np.concatenate([found, cold, [nothing]]))[:-1]
    exact = _exact(index, terms, rest is terms)
    if exact is not None:
        chances *= 1 - EXACT
        chances[exact] += EXACT
    classes = chances[: len(found)]
    by_passage = chances[len(found) :] + _gathered(index.passage_of, classes, len(index.passages))
    return by_passage, _gathered(index.group_of, classes, len(index.groups))


def _gathered(of: NDArray[np.intp], chances: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The chances of the classes added up by what each class is of, shape (size,); -1 is nothing."""
    return np.asarray(np.bincount(of + 1, chances, size + 1)[1:], np.float64)


def _exact(index: Index, terms: Terms, whole: bool) -> int | None:
    """The place among classes and passages of what was written down word for word; None if nothing was."""
    form = index.forms.get(said(terms.words)) if index.forms else None
    if form is not None:
        return len(index.passage_of) + form
    exact = exact_class(index.learned, terms.words) if whole else None
    return exact if exact is not None and not index.gone[exact] else None


def _may_answer(index: Index, named: frozenset[str]) -> NDArray[np.bool_]:
    """Passage -> whether it may answer: a message that names what an article has taken up is for passages that name it.
    The last place stands for "no passage" and is always true."""
    may = np.zeros(len(index.passages) + 1, np.bool_)
    may[-1] = True
    for term in named:
        may[index.views.holders.get(term, slice(None))] = True  # a word that none names rules none out
    return may


def _cold(index: Index, terms: Terms) -> NDArray[np.float64]:
    """The score of each passage by its words alone, to stand beside the classifier's."""
    if not index.cold.any():
        return np.zeros(len(index.passages))
    weights = index.decision.cold
    return weights[0] + np.array(weights[1:]) @ likeness(index.views, terms, index.lexicon)


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(values - values.max())
    return np.asarray(powers / powers.sum())


def judged(
    index: Index, asked: Terms, own: bool, by_passage: NDArray[np.float64], by_group: NDArray[np.float64]
) -> dict[str, float]:
    """The features of the decision for a message."""
    second = float(by_group[index.elsewhere].max(initial=0.0))
    return decision_features(float(by_passage.sum()), second, asked, index.vocabulary, index.lexicon, own, index.spoken)


def ranked(index: Index, understood: Understood, most: int = 10) -> list[Hit]:
    """The passages, best first. Where the phrasings are silent, the words of the passages decide."""
    lexical = nearest(index.views, scores(index.views.rows, content(understood.terms, index.lexicon)))
    total = understood.passages + LEXICAL * lexical
    order = np.lexsort((np.arange(len(total)), -total))[:most]
    return [Hit(index.passages[at], float(min(1.0, total[at]))) for at in order if total[at] > 0]
