"""What a reader would stumble over, though the assistant would not: sentences that contradict each other in a number,
things said twice, parts too long to be shown in a chat, dates that have passed. Hints, never orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from bot.knowledge import KnowledgeBase
from bot.text import stem, words
from bot.types import Article, Passage

What = Literal["numbers", "twice", "long", "date", "review", "phone", "headings"]
REVIEW_DAYS = 365
LONG_SENTENCE, LONG_LIST, LONG_SECTION = 45, 10, 220  # words, items, words
_ALIKE, _SAME = 0.5, 0.8  # shares of common words
_FEW = 4  # words; fewer say too little to compare
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
            "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "sixty": 60, "ninety": 90}  # fmt: skip
_MEASURED = re.compile(
    r"(?P<money>\$\s?)?\b(?P<number>\d+(?:[.,]\d+)?|" + "|".join(_NUMBERS) + r")\b(?:\s*(?:-|–|to|or)\s*"
    r"(?P<second>\d+(?:[.,]\d+)?|" + "|".join(_NUMBERS) + r")\b)?(?:\s|-)*"
    r"(?P<unit>%|percent|minutes?|mins?|hours?|days?|weeks?|months?|years?|sessions?|visits?|times|needles?|dollars?|miles?)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+?1[ .-]?)?\(?\b\d{3}\)?[ .-]?\d{3}[ .-]\d{4}\b")
_ENDS = re.compile(r"\b(?:until|till|through|by|before|ends?|expires?|valid|hasta)\b", re.IGNORECASE)
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DATE = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|\b(?P<month>{'|'.join(_MONTHS)})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Advice:
    """A hint about a file of the folder, in staff's words."""

    file: str
    what: What
    says: str  #: what was seen
    todo: str  #: what may be done
    quotes: tuple[str, ...] = ()  #: the sentences that it is about


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence or list item, with its content words and what it measures."""

    article: str
    heading: str
    text: str
    content: frozenset[str]
    measures: dict[str, frozenset[float]]  #: unit -> numbers


def advise(kb: KnowledgeBase, today: date, files: Mapping[str, str]) -> tuple[Advice, ...]:
    """The hints about some articles, by slug: the paths of their files. They are compared with all others."""
    pieces = [piece for passage in kb.passages for piece in _pieces(passage)]
    own = [piece for piece in pieces if piece.article in files]
    articles = [article for article in kb.articles if article.slug in files]
    long = (hint for passage in kb.passages if passage.article in files for hint in _long(passage))
    found = [
        *_pairs(own, pieces),
        *long,
        *_passed(own, today),
        *_unreviewed(articles, today),
        *_phones(kb, own),
        *_bare(articles),
    ]
    return tuple(dict.fromkeys(replace(hint, file=files[hint.file]) for hint in found))


def _pieces(passage: Passage) -> Iterator[_Piece]:
    for unit in passage.units:
        for text in unit.items or (unit.text,):
            said = [word for word in words(text) if not word.isdigit() and word not in _NUMBERS]
            content = frozenset(stem(word, passage.language) for word in said if len(word) > 3)
            yield _Piece(passage.article, passage.heading, text, content, _measures(text))


def _measures(text: str) -> dict[str, frozenset[float]]:
    found: dict[str, set[float]] = {}
    for match in _MEASURED.finditer(_PHONE.sub(" ", _DATE.sub(" ", text))):
        unit = (
            "$" if match["money"] else (match["unit"] or "").lower().rstrip("s").replace("minute", "min").replace("dollar", "$")
        )
        if unit:
            found.setdefault(unit, set()).update(_number(match[name]) for name in ("number", "second") if match[name])
    return {unit: frozenset(numbers) for unit, numbers in found.items()}


def _number(text: str) -> float:
    return float(_NUMBERS.get(text.lower()) or text.replace(",", "."))


def _pairs(own: list[_Piece], pieces: list[_Piece]) -> Iterator[Advice]:
    seen: set[int] = set()
    for one in own:
        seen.add(id(one))
        for other in pieces:
            if id(other) in seen:
                continue
            both = (one.text, other.text)
            where = f'under "{one.heading}" and under "{other.heading}"'
            if _disagree(one, other):
                says = f"Two sentences give different numbers: {where}."
                yield Advice(one.article, "numbers", says, "Make them say the same, or say what each is about.", both)
            elif len(one.content) >= _FEW and one.measures == other.measures and _alike(one, other) >= _SAME:
                yield Advice(one.article, "twice", f"The same is said twice: {where}.", "Keep one of them.", both)


def _disagree(one: _Piece, other: _Piece) -> bool:
    """Whether both measure the same thing and come to another number."""
    if not any(one.measures[unit] != other.measures[unit] for unit in one.measures.keys() & other.measures.keys()):
        return False
    return len(one.content) > 1 and _alike(one, other) >= _ALIKE


def _alike(one: _Piece, other: _Piece) -> float:
    both = len(one.content | other.content)
    return len(one.content & other.content) / both if both else 0.0


def _long(passage: Passage) -> Iterator[Advice]:
    total = sum(len(unit.text.split()) for unit in passage.units)
    if total > LONG_SECTION:
        says = f'"{passage.heading}" has {total} words.'
        yield Advice(passage.article, "long", says, "Split it under two headings: each then answers its own questions.")
    for unit in passage.units:
        if unit.kind == "list" and len(unit.items) > LONG_LIST:
            says = f'A list under "{passage.heading}" has {len(unit.items)} items, and is always shown whole.'
            yield Advice(passage.article, "long", says, "Make two lists of it, each with a line above it.", unit.items[:1])
        elif unit.kind == "sentence" and len(unit.text.split()) > LONG_SENTENCE:
            says = f'A sentence under "{passage.heading}" has {len(unit.text.split())} words.'
            yield Advice(passage.article, "long", says, "Make two of it: short ones are easier on a phone.", (unit.text,))


def _passed(pieces: list[_Piece], today: date) -> Iterator[Advice]:
    for piece in pieces:
        for match in _DATE.finditer(piece.text):
            found = _day(match)
            if found and found < today and _ENDS.search(piece.text[: match.start()]):
                says = f'Under "{piece.heading}" something ends on {found.isoformat()}, which has passed.'
                yield Advice(piece.article, "date", says, "Take it out, or give the new date.", (piece.text,))


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        return date(int(match["year"]), _MONTHS.index(match["month"].lower()) + 1, int(match["day"]))
    except ValueError:
        return None


def _unreviewed(articles: list[Article], today: date) -> Iterator[Advice]:
    for article in articles:
        if not article.reviewed:
            yield Advice(article.slug, "review", "It has no day of review.", "Read it, and set the day.")
        elif date.fromisoformat(article.reviewed) < today - timedelta(days=REVIEW_DAYS):
            says = f"It was read over last on {article.reviewed}, more than a year ago."
            yield Advice(article.slug, "review", says, "Read it, and set the day of the review.")


def _phones(kb: KnowledgeBase, pieces: list[_Piece]) -> Iterator[Advice]:
    known = _digits(kb.clinic.phone)
    for piece in pieces:
        for match in _PHONE.finditer(piece.text):
            if known and _digits(match[0]) != known:
                says = f'Under "{piece.heading}" stands the phone number {match[0]}; the clinic\'s is {kb.clinic.phone}.'
                yield Advice(piece.article, "phone", says, "Check which one is right.", (piece.text,))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)[-10:]


def _bare(articles: list[Article]) -> Iterator[Advice]:
    for article in articles:
        if len(article.sections) == 1 and article.sections[0].heading == article.title and len(article.sections[0].units) > 3:
            says = "It has no headings, so every question about it gets the same part."
            yield Advice(article.slug, "headings", says, 'Put a heading such as "## Is it safe?" above each part.')
