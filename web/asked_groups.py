"""Which questions ask the same in other words: weighed by how rare their words are, found through the rarest ones."""

from __future__ import annotations

from collections.abc import Mapping

from bot.knowledge import KnowledgeBase
from bot.likeness import content
from bot.privacy import REMOVED
from bot.terms import analyse

ALIKE = 0.4  # share of what two questions are about that they have in common
Marks = Mapping[str, float]  # stem -> weight; words that the knowledge's phrasings do not use weigh most


def marks(kb: KnowledgeBase, text: str) -> Marks:
    """What a question is about: the stems of its content words, spelling repaired."""
    model = kb.index.learned.model
    terms = analyse(text.replace(REMOVED, " "), kb.index.vocabulary, kb.index.lexicon)
    rare = float(model.idf.max()) if len(model.idf) else 1.0

    def weight(stem: str) -> float:
        at = model.words.get(stem)
        return (rare if at is None else float(model.idf[at])) ** 3

    return {stem: weight(stem) for stem in content(terms, kb.index.lexicon)}


def alike(one: Marks, other: Marks) -> float:
    """What two questions have in common, 0..1."""
    both = sum(weight for stem, weight in one.items() if stem in other)
    return both / (sum(one.values()) + sum(other.values()) - both) if both else 0.0


class Groups:
    """The questions that stand for their groups, each under a number."""

    def __init__(self) -> None:
        self._marks: dict[int, Marks] = {}
        self._holders: dict[str, set[int]] = {}

    def add(self, number: int, found: Marks) -> None:
        """A group and the question that stands for it."""
        self._marks[number] = found
        for stem in found:
            self._holders.setdefault(stem, set()).add(number)

    def drop(self, number: int) -> None:
        """The group is gone."""
        for stem in self._marks.pop(number, {}):
            self._holders[stem].discard(number)

    def nearest(self, found: Marks) -> int | None:
        """The group that is most like a question, if one is like enough; of two the older one."""
        # What is alike shares half of the weight, so it shares one of the heaviest stems that make up half of it.
        total, seen = sum(found.values()), 0.0
        candidates: set[int] = set()
        for stem in sorted(found, key=lambda s: -found[s]):
            if seen > total * (1 - ALIKE):
                break
            seen += found[stem]
            candidates |= self._holders.get(stem, set())
        best = max(candidates, key=lambda n: (alike(found, self._marks[n]), -n), default=None)
        return best if best is not None and alike(found, self._marks[best]) >= ALIKE else None
