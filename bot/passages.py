"""The units of search: one passage a heading, and the ways in which it may be asked for when nobody wrote phrasings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.lexicon import Lexicon, fill_in
from bot.text import stem, words
from bot.types import Article, Passage


def passages(articles: tuple[Article, ...]) -> tuple[Passage, ...]:
    """One passage for each section that answers something."""
    return tuple(
        Passage(a.slug, a.title, s.heading, s.anchor, s.units, a.reviewed, a.language)
        for a in articles
        for s in a.sections
        if s.answers
    )


def parts(passage: Passage) -> list[str]:
    """Its sentences, lead-ins and list items, each by itself."""
    found: list[str] = []
    for unit in passage.units:
        found.extend([unit.lead, *unit.items] if unit.kind == "list" else [unit.text])
    return [part for part in found if part]


def likely_questions(passage: Passage, lexicon: Lexicon) -> Iterator[str]:
    """How a visitor may ask for a passage that has no phrasings: its heading turned into questions, its sentences, and
    its words replaced by lay words for the same thing."""
    yield from questions_of(passage.heading, lexicon)
    for part in parts(passage):
        yield part
        head, _, rest = part.partition(":")
        if rest and len(head.split()) <= 4:
            yield head
    yield " ".join(_lay(passage.heading, lexicon))


def questions_of(title: str, lexicon: Lexicon) -> Iterator[str]:
    """A heading, and the questions that such a heading answers."""
    heading = re.sub(r"[?!.:]+$", "", title.lower()).strip()
    yield heading
    for pattern, forms in lexicon.frames:
        match = pattern.fullmatch(heading)
        if match:
            for form in forms:
                yield fill_in(form, match.groups())
            return
    yield from (f"{frame} {heading}" for frame in ("what about", "tell me about", "do you have information on"))


def _lay(text: str, lexicon: Lexicon) -> list[str]:
    return [other for word in words(text) for other in lexicon.same.get(stem(word), ())][:24]
