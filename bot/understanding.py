"""What a message asks for: the groups of phrasings with their probabilities, the passages ranked, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.asks import asks, is_long
from bot.classifier import Classifier, classifier, probabilities
from bot.decision import GUARDED, Decision, confidence
from bot.decision import features as decision_features
from bot.fitting import Spec, fitted, names
from bot.lexicon import Lexicon, concepts_in, expand
from bot.passages import likely_questions, parts
from bot.phrasings import Group
from bot.retriever import Postings, postings, scores
from bot.terms import Terms, Vocabulary, analyse, features, vocabulary
from bot.text import stem, words
from bot.types import Hit, Passage

AUTO = "auto:"  # class of the likely questions made from a passage's own text
OTHER = "other"  # class of what has nothing to do with a clinic
BALANCE = 0.5
COVERED = 1.0  # weight of all covered phrasings against all others
AUTO_WEIGHT = 0.5
EXACT = 0.95  # probability of the group that holds the very words
PART_WEIGHT = 0.5  # of the ask alone against the whole of a long message


@dataclass(frozen=True, slots=True)
class Index:
    """Everything that is asked about a snapshot's text. Built once, never changed."""

    passages: tuple[Passage, ...]
    groups: tuple[Group, ...]
    lexicon: Lexicon
    vocabulary: Vocabulary
    model: Classifier
    views: Postings
    view_of: NDArray[np.intp]  #: row of the views -> passage
    of_class: tuple[tuple[int, int], ...]  #: class -> (passage or -1, group or -1)
    subjects: frozenset[str]  #: stems of the articles' own words
    exact: Mapping[tuple[str, ...], int]  #: the words of a phrasing -> its class
    decision: Decision


@dataclass(frozen=True, slots=True)
class Understood:
    """How a message was read. `passages[i]` and `groups[j]` are probabilities; what is missing to 1 went elsewhere."""

    passages: NDArray[np.float64]
    groups: NDArray[np.float64]
    terms: Terms
    confidence: float  #: 0..1, that the articles answer it


def build_index(
    passages: tuple[Passage, ...], groups: tuple[Group, ...], lexicon: Lexicon, decision: Decision, cache: Path | None
) -> Index:
    """Fits everything (in a child process, unless `cache` holds it already). Raises KnowledgeError if that fails."""
    groups, lexicon = _without_written(passages, groups, lexicon)
    known = vocabulary(_lines(passages, groups, lexicon), lexicon, np.zeros(0, np.uint32))
    where = {(p.article, p.heading): at for at, p in enumerate(passages)}
    texts, classes, weights = _training(passages, groups, lexicon, where)
    read = [analyse(text, known, lexicon) for text in texts]
    views, view_of = _views(passages, known, lexicon)
    arrays = fitted(Spec([features(t) for t in read], [" ".join(t.words) for t in read], classes, weights, views), cache)
    known = vocabulary(_lines(passages, groups, lexicon), lexicon, arrays["ordinary"])
    model = classifier(arrays, known.stems)
    at_group = {group.id: at for at, group in enumerate(groups)}
    subjects = frozenset(term for view in views for term in view)
    at_class = {name: at for at, name in enumerate(names(arrays["classes"]))}
    exact = {t.words: at_class[name] for t, name in zip(reversed(read), reversed(classes), strict=True) if name in at_class}
    of_class = tuple(_target(name, groups, at_group, where) for name in names(arrays["classes"]))
    return Index(
        passages, groups, lexicon, known, model, postings(arrays, len(views)), view_of, of_class, subjects, exact, decision
    )


def _without_written(
    passages: tuple[Passage, ...], groups: tuple[Group, ...], lexicon: Lexicon
) -> tuple[tuple[Group, ...], Lexicon]:
    """What is no longer "not written about": a heading on knees takes "knee" from the other body parts, and the phrasings
    that name it from the matters without an article."""
    headings = {stem(word) for p in passages for word in words(f"{p.title} {p.heading}")}
    written = {phrase for phrase, kind in lexicon.concepts.items() if kind in GUARDED and {stem(w) for w in phrase} <= headings}
    if not written:
        return groups, lexicon
    left = replace(lexicon, concepts={k: v for k, v in lexicon.concepts.items() if k not in written})

    def names_one(line: str) -> bool:
        found = expand(words(line), lexicon)
        return any(tuple(found[at : at + size]) in written for at, size, _ in concepts_in(found, lexicon))

    kept = (
        g if g.reply not in ("contact", "no_answer")
        else replace(g, lines={k: tuple(x for x in v if not names_one(x)) for k, v in g.lines.items()})
        for g in groups
    )  # fmt: skip
    return tuple(kept), left


def _lines(passages: tuple[Passage, ...], groups: tuple[Group, ...], lexicon: Lexicon) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {"en": [], "es": []}
    for group in groups:
        for language, found in group.lines.items():
            lines[language].extend(found)
    for passage in passages:
        lines[passage.language].extend([passage.title, *likely_questions(passage, lexicon)])
    return lines


def _training(
    passages: tuple[Passage, ...], groups: tuple[Group, ...], lexicon: Lexicon, where: dict[tuple[str, str], int]
) -> tuple[list[str], list[str], list[float]]:
    texts, classes, weights = [], [], []
    for group in groups:
        if group.reply == "section" and (group.article, group.heading) not in where:
            continue  # its section is gone; `check` says so
        for line in (*group.lines["en"], *group.lines["es"]):
            texts.append(line)
            classes.append(group.id)
            weights.append(1.0)
    for at, passage in enumerate(passages):
        for line in likely_questions(passage, lexicon):
            texts.append(line)
            classes.append(f"{AUTO}{at}")
            weights.append(AUTO_WEIGHT)
    texts.extend(lexicon.background)
    classes.extend([OTHER] * len(lexicon.background))
    weights.extend([1.0] * len(lexicon.background))
    return texts, classes, _balanced(classes, weights, {g.id for g in groups if g.reply == "section"})


def _balanced(classes: list[str], weights: list[float], sections: set[str]) -> list[float]:
    """The lines' weights, those of small groups raised by the root of how small they are (a greeting has twenty forms, a
    section two hundred), and all in all as much on what is covered as on what is not."""
    sizes = Counter(classes)
    usual = len(classes) / len(sizes)
    raised = [w * (usual / sizes[c]) ** BALANCE for w, c in zip(weights, classes, strict=True)]
    covered = [c in sections or c.startswith(AUTO) for c in classes]
    inside = sum(w for w, yes in zip(raised, covered, strict=True) if yes)
    outside = sum(raised) - inside
    factor = COVERED * outside / inside if inside and outside else 1.0
    scale = len(classes) / (inside * factor + outside)
    return [w * scale * (factor if yes else 1.0) for w, yes in zip(raised, covered, strict=True)]


def _views(passages: tuple[Passage, ...], known: Vocabulary, lexicon: Lexicon) -> tuple[list[list[str]], NDArray[np.intp]]:
    """Each passage as a whole, its heading, and each of its sentences and items, as lists of terms."""
    views, of = [], []
    for at, passage in enumerate(passages):
        pieces = parts(passage)
        for text in (f"{passage.heading} {' '.join(pieces)}", passage.heading, *pieces):
            views.append(content(analyse(text, known, lexicon), lexicon))
            of.append(at)
    return views, np.array(of, np.intp)


def content(terms: Terms, lexicon: Lexicon) -> list[str]:
    """The stems that carry the subject: stop words left out, unless nothing else is there."""
    kept = [s for w, s in zip(terms.words, terms.stems, strict=True) if w not in lexicon.stop]
    return kept or list(terms.stems)


def _target(name: str, groups: tuple[Group, ...], at_group: dict[str, int], where: dict[tuple[str, str], int]) -> tuple[int, int]:
    if name.startswith(AUTO):
        return int(name[len(AUTO) :]), -1
    if name == OTHER:
        return -1, -1
    at = at_group[name]
    group = groups[at]
    return (where[group.article, group.heading] if group.reply == "section" else -1), at


# --- asking -----------------------------------------------------------------------------------------------------------


def understand(index: Index, text: str) -> Understood:
    """How a message is read. A long one is read whole and by its questions; the questions count more."""
    terms = analyse(text, index.vocabulary, index.lexicon)
    found = _asked(index, terms)
    if is_long(text):
        parts_ = [_asked(index, analyse(ask, index.vocabulary, index.lexicon)) for ask in asks(text)[-3:]]
        found = PART_WEIGHT * found + (1 - PART_WEIGHT) * np.mean(parts_, axis=0)
    by_passage = np.zeros(len(index.passages))
    by_group = np.zeros(len(index.groups))
    for (passage, group), p in zip(index.of_class, found.tolist(), strict=True):
        if passage >= 0:
            by_passage[passage] += p
        if group >= 0:
            by_group[group] += p
    values = judged(index, terms, by_passage, by_group)
    known = any(word in index.vocabulary.stems for word in terms.words)
    return Understood(by_passage, by_group, terms, confidence(index.decision, values) if known else 0.0)


def _asked(index: Index, terms: Terms) -> NDArray[np.float32]:
    """The probability of each class; what staff wrote down word for word is taken at its word."""
    found = probabilities(index.model, terms)
    if not any(word in index.vocabulary.stems for word in terms.words):
        return found * 0  # nothing that the knowledge knows was said
    known = index.exact.get(terms.words)
    if known is not None:
        found *= np.float32(1 - EXACT)
        found[known] += np.float32(EXACT)
    return found


def judged(index: Index, terms: Terms, by_passage: NDArray[np.float64], by_group: NDArray[np.float64]) -> dict[str, float]:
    """The features of the decision for a message."""
    others = [float(p) for p, group in zip(by_group, index.groups, strict=True) if group.reply != "section"]
    return decision_features(
        float(by_passage.sum()), max(others, default=0.0), terms, index.vocabulary, index.lexicon, index.subjects
    )


def ranked(index: Index, understood: Understood, most: int = 10) -> list[Hit]:
    """The passages, best first. Where the phrasings are silent, the words of the passages decide."""
    seen = scores(index.views, content(understood.terms, index.lexicon))
    lexical = np.zeros(len(index.passages))
    np.maximum.at(lexical, index.view_of, seen)
    total = understood.passages + 0.05 * lexical
    order = np.lexsort((np.arange(len(total)), -total))[:most]
    return [Hit(index.passages[at], float(min(1.0, total[at]))) for at in order if total[at] > 0]
