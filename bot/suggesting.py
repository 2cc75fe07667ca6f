"""Next questions: ones that a visitor is likely to have, each proved to be answered, none just asked."""

from __future__ import annotations

import re

import numpy as np

from bot.conversation import read, suggested_units
from bot.knowledge import KnowledgeBase, Proved
from bot.types import Language, Quote, State
from bot.understanding import Understood

MOST = 3


def prove(kb: KnowledgeBase, language: Language) -> tuple[Proved, ...]:
    """Every suggested question of the phrasing files that is answered under its own heading when it is asked."""
    found = []
    for group in kb.groups:
        question = group.suggest.get(language, "")
        units = suggested_units(kb, group)
        if not question or not units:
            continue
        reading = read(kb, question, State())
        if len(reading.answers) == 1 and kb.passages[reading.answers[0][0]].heading == group.heading:
            found.append(Proved(group, question, units[0].text))
    return tuple(found)


def suggest(kb: KnowledgeBase, language: Language, state: State, quotes: tuple[Quote, ...] = ()) -> tuple[str, ...]:
    """Up to three questions, of other sections than the one just answered, in the order of the phrasing files."""
    shown = {quote.text for quote in quotes}
    headings = {quote.heading for quote in quotes}
    chosen: list[str] = []
    for one in _turned(kb.proved.get(language, ()), state):
        if one.group.id in state.seen or one.answer in shown or one.group.heading in headings:
            continue
        headings.add(one.group.heading)
        chosen.append(one.question)
        if len(chosen) == MOST:
            break
    return tuple(chosen)


def _turned(questions: tuple[Proved, ...], state: State) -> list[Proved]:
    """The questions from the one after the last answered, so that a conversation moves on."""
    at = next((i for i, one in enumerate(questions) if one.group.id == state.group), -1)
    return [*questions[at + 1 :], *questions[: at + 1]]


def near(kb: KnowledgeBase, understood: Understood, language: Language, state: State) -> tuple[str, ...]:
    """Up to three questions nearest to one that could not be answered, best first."""
    by_group = {group.id: float(p) for group, p in zip(kb.groups, understood.groups, strict=True)}
    by_heading = {(p.article, p.heading): float(v) for p, v in zip(kb.passages, understood.passages, strict=True)}
    ranked = sorted(
        kb.proved.get(language, ()),
        key=lambda one: (-by_heading.get((one.group.article, one.group.heading), 0.0), -by_group[one.group.id]),
    )
    asked = _plain(" ".join(understood.terms.words))
    chosen: list[str] = []
    headings: set[str] = set()
    for one in ranked:
        if one.group.heading not in headings and _plain(one.question) != asked:
            headings.add(one.group.heading)
            chosen.append(one.question)
    return tuple(chosen[:MOST]) if np.any(understood.passages) else ()


def _plain(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text.casefold()).strip()
