"""What the phrasings teach. Fitted once for a set of phrasing files: an article may come, change or go without a new fit."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.classifier import Classifier, classifier
from bot.fitting import Lines, fitted, names, ordinary_words, said
from bot.lexicon import Lexicon
from bot.passages import questions_of
from bot.phrasings import Group
from bot.slots import bare, filled
from bot.terms import Vocabulary, analyse, features, vocabulary

OTHER = "other"  # class of what has nothing to do with a clinic
HEADING = "heading:"  # class of the question forms of a section's heading
BALANCE = 0.5
COVERED = 1.0  # weight of all covered phrasings against all others
FORM_WEIGHT = 0.5  # of a question form against a phrasing that somebody wrote
SLOT_WEIGHT = 0.4  # of a line made from a phrasing with a slot


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A classifier over the phrasings and the words that it knows."""

    groups: tuple[Group, ...]
    lexicon: Lexicon
    vocabulary: Vocabulary
    model: Classifier
    group_of: tuple[int, ...]  #: class -> place in `groups`, or -1
    section_of: tuple[tuple[str, str] | None, ...]  #: class -> (article, heading) that it asks for, or None
    exact: NDArray[np.uint64]  #: sorted digests of the phrasings' words
    exact_class: NDArray[np.int32]  #: the class of each


def learn(groups: tuple[Group, ...], lexicon: Lexicon, cache: Path | None) -> Learned:
    """Fits the classifier (in a child process, unless `cache` holds it). Raises KnowledgeError if that fails."""
    lines = _lines(groups)
    key = ["phrasings", [(g.id, g.reply, g.article, g.heading, g.lines, g.patterns) for g in groups], lexicon.told()]
    arrays = fitted(key, lambda: _spec(groups, lexicon, lines), cache)
    found = names(arrays["classes"])
    at_group = {group.id: at for at, group in enumerate(groups)}
    known = vocabulary(lines, lexicon, arrays["ordinary"])
    return Learned(
        groups, lexicon, known, classifier(arrays, known.stems), tuple(at_group.get(name, -1) for name in found),
        tuple(_section(name, groups, at_group) for name in found), arrays["exact"], arrays["exact_class"],
    )  # fmt: skip


def exact_class(learned: Learned, words: tuple[str, ...]) -> int | None:
    """The class of the phrasing that has these very words, or None."""
    digest, digests = said(words), learned.exact.data
    at = bisect_left(digests, digest)
    return int(learned.exact_class[at]) if at < len(digests) and digests[at] == digest else None


def _spec(groups: tuple[Group, ...], lexicon: Lexicon, lines: dict[str, list[str]]) -> Lines:
    ordinary = ordinary_words()
    known = vocabulary(lines, lexicon, ordinary)
    texts, classes, weights = _training(groups, lexicon)
    read = [analyse(text, known, lexicon) for text in texts]
    chapter = _chapters(groups)
    return Lines(
        [features(t) for t in read], [" ".join(t.words) for t in read], classes, [chapter[c] for c in classes], weights,
        ordinary.tolist(),
    )  # fmt: skip


def _chapters(groups: tuple[Group, ...]) -> dict[str, str]:
    """Class -> what it is about in the large: the file that it stands in."""
    headings = {f"{HEADING}{g.article}#{g.heading}": g.file for g in groups if g.reply == "section"}
    return {OTHER: OTHER, **headings, **{g.id: g.file for g in groups}}


def _lines(groups: tuple[Group, ...]) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {"en": [], "es": []}
    for group in groups:
        for language, found in group.lines.items():
            lines[language].extend(found)
        for language, patterns in group.patterns.items():
            lines[language].extend(map(bare, patterns))
    return lines


def _training(groups: tuple[Group, ...], lexicon: Lexicon) -> tuple[list[str], list[str], list[float]]:
    rows = [*_phrased(groups, lexicon), *_forms(groups, lexicon), *((text, OTHER, 1.0) for text in lexicon.background)]
    texts, classes, weights = [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]
    return texts, classes, _balanced(classes, weights, {g.id for g in groups if g.reply == "section"})


def _phrased(groups: tuple[Group, ...], lexicon: Lexicon) -> Iterator[tuple[str, str, float]]:
    for group in groups:
        for line in (*group.lines["en"], *group.lines["es"]):
            yield line, group.id, 1.0
        for pattern in (*group.patterns.get("en", ()), *group.patterns.get("es", ())):
            for line in filled(pattern, lexicon):
                yield line, group.id, SLOT_WEIGHT


def _forms(groups: tuple[Group, ...], lexicon: Lexicon) -> Iterator[tuple[str, str, float]]:
    for article, heading in dict.fromkeys((g.article, g.heading) for g in groups if g.reply == "section"):
        for line in questions_of(heading, lexicon):
            yield line, f"{HEADING}{article}#{heading}", FORM_WEIGHT


def _balanced(classes: list[str], weights: list[float], sections: set[str]) -> list[float]:
    """The lines' weights, those of small groups raised by the root of how small they are (a greeting has twenty forms, a
    section two hundred), and all in all as much on what is covered as on what is not."""
    sizes = Counter(classes)
    usual = len(classes) / max(1, len(sizes))
    raised = [w * (usual / sizes[c]) ** BALANCE for w, c in zip(weights, classes, strict=True)]
    covered = [c in sections or c.startswith(HEADING) for c in classes]
    inside = sum(w for w, yes in zip(raised, covered, strict=True) if yes)
    outside = sum(raised) - inside
    factor = COVERED * outside / inside if inside and outside else 1.0
    scale = len(classes) / ((inside * factor + outside) or 1.0)
    return [w * scale * (factor if yes else 1.0) for w, yes in zip(raised, covered, strict=True)]


def _section(name: str, groups: tuple[Group, ...], at_group: Mapping[str, int]) -> tuple[str, str] | None:
    if name.startswith(HEADING):
        article, _, heading = name[len(HEADING) :].partition("#")
        return article, heading
    group = groups[at_group[name]] if name in at_group else None
    return (group.article, group.heading) if group and group.reply == "section" else None
