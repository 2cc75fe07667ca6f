"""Quoting: which sentences and lists of a passage answer, and the citation that goes with each.

`quote` is the only place where a `Quote` is made, and it takes its text from a unit of a passage: an answer cannot hold
a word that the clinic did not write.
"""

from __future__ import annotations

from urllib.parse import quote as percent

import numpy as np

from bot.knowledge import KnowledgeBase, starts
from bot.likeness import content
from bot.phrasings import Group
from bot.retriever import scores
from bot.terms import Terms
from bot.types import Passage, Quote, Unit
from bot.understanding import Understood
from bot.untaught import sentences

MOST_UNITS = 3
_SECOND_GROUP = 0.3  # share of the best group's probability from which a second one is quoted as well


def quote(passage: Passage, unit: Unit, number: int) -> Quote:
    """A unit of a passage with its citation. `number` is the unit's place in the article, for readers without text
    fragments."""
    if unit not in passage.units:
        raise ValueError("a quote must be a unit of the passage that it cites")
    url = f"/articles/{passage.article}?s={number}#{passage.anchor}:~:{_fragment(unit)}"
    return Quote(unit.text, passage.article, passage.title, passage.heading, url, passage.reviewed)


def _fragment(unit: Unit) -> str:
    if unit.kind == "sentence":
        return f"text={_encoded(unit.text)}"
    first, last = (unit.lead or unit.items[0]), unit.items[-1]
    return f"text={_encoded(first)},{_encoded(last)}"


def _encoded(text: str) -> str:
    # "-", "," and "&" have a meaning in a text fragment; urllib leaves "-" alone.
    return percent(text, safe="").replace("-", "%2D")


def cite(kb: KnowledgeBase, passage: Passage, units: list[Unit]) -> tuple[Quote, ...]:
    """The units as quotes, in the order given."""
    return tuple(quote(passage, unit, _number(kb, passage, unit)) for unit in units)


def _number(kb: KnowledgeBase, passage: Passage, unit: Unit) -> int:
    at = 0
    for article in kb.articles:
        if article.slug != passage.article:
            continue
        for section in article.sections:
            for one in section.units:
                if section.anchor == passage.anchor and one == unit:
                    return at
                at += 1
    return at


def units_for(kb: KnowledgeBase, at: int, understood: Understood) -> list[Unit]:
    """The units of passage `at` that answer: those named by the phrasings, else those whose words fit best."""
    passage = kb.passages[at]
    named = _named(kb, at, understood)
    return named[:MOST_UNITS] if named else _fitting(kb, at, passage, understood.terms)


def best_groups(kb: KnowledgeBase, at: int, understood: Understood) -> list[Group]:
    """The groups of passage `at`, most likely first; a second one only if it is nearly as likely."""
    passage = kb.passages[at]
    own = [
        (float(understood.groups[i]), -i)
        for i, group in enumerate(kb.groups)
        if group.reply == "section" and (group.article, group.heading) == (passage.article, passage.heading)
    ]
    ranked = sorted(own, reverse=True)
    kept = [pair for pair in ranked[:2] if pair[0] > 0 and pair[0] >= _SECOND_GROUP * ranked[0][0]]
    return [kb.groups[-i] for _, i in kept]


def _named(kb: KnowledgeBase, at: int, understood: Understood) -> list[Unit]:
    found: list[Unit] = []
    for rank, group in enumerate(best_groups(kb, at, understood)):
        units = named_units(kb.passages[at], group)
        # The second group adds its first unit only: the answer stays short.
        found.extend(unit for unit in (units[:1] if rank else units) if unit not in found)
    return found


def named_units(passage: Passage, group: Group) -> list[Unit]:
    """The units that a group names, in the group's order."""
    found = []
    for begins in group.quote:
        for unit in passage.units:
            if starts(unit.text, unit.items, begins) and unit not in found:
                found.append(unit)
    return found


def _fitting(kb: KnowledgeBase, at: int, passage: Passage, terms: Terms) -> list[Unit]:
    seen = scores(kb.index.views.rows, content(terms, kb.index.lexicon))
    rows = np.flatnonzero(kb.index.views.of == at)[2:]  # after the whole passage and its heading: its pieces in order
    asked = sentences(kb.index.untaught, at, terms, kb.index.learned.model)
    values = (seen[rows][: len(asked)] + asked if len(asked) else seen[rows]).tolist()
    best_of: list[float] = []
    for unit in passage.units:
        size = len(unit.items) + bool(unit.lead) if unit.kind == "list" else 1
        best_of.append(max(values[:size], default=0.0))
        values = values[size:]
    top = max(range(len(best_of)), key=lambda i: (best_of[i], -i))
    if best_of[top] < 0.15:  # the heading fits, no sentence does by itself: begin where the section begins
        first = passage.units[0]
        return list(passage.units[:2]) if first.kind == "sentence" else [first]
    return [passage.units[top]]
