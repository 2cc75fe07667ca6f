"""A message as triage reads it: plain words with clause marks, slips of the thumb mended towards the rules' words."""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from bot.terms import is_ordinary
from bot.text import fold, parts_of

ENDS = frozenset(("|", "?"))  #: what ends a sentence
MARKS = ENDS | {","}  #: what ends a clause
MOST = 20_000  # characters looked at; the edge refuses longer messages anyway
_PIECES = re.compile(r"\d+(?:[.,]\d+)?|[a-z]+(?:'[a-z]+)?|[.!?;\n\u2026]+|[,:()\u2014\u2013]| - ")
_MOST_TARGETS = 65_536
_SHORTEST = 4  # letters of a word that may be mended; shorter ones have too many neighbours
# What a form may come from: lists of common words leave forms out, and "nuevos" is no slip of "huevos".
_AR = (
    "o", "as", "a", "amos", "an", "aba", "aban", "e", "aste", "aron", "ando", "ado", "ada", "ados", "adas",
    "are", "ara", "aran", "aria", "en", "es",
)  # fmt: skip
_ER_IR = (
    "o", "es", "e", "emos", "en", "ia", "ian", "i", "iste", "io", "ieron", "iendo", "ido", "ida", "idos", "idas", "a", "an",
)  # fmt: skip
_CLITICS = ("me", "te", "se", "lo", "la", "le", "los", "las", "les", "nos")
_FORMS = (
    ("s", ""), ("es", ""), ("a", "o"), ("as", "o"), ("ito", "o"), ("ita", "a"), ("itos", "o"), ("itas", "a"),
    ("ico", "o"), ("ica", "a"),
    *((ending, base) for ending in ("ed", "er", "ers", "ing") for base in ("", "e")),
    *((ending, "ar") for ending in _AR),
    *((ending, base) for ending in _ER_IR for base in ("er", "ir")),
    *((f"r{ending}", "r") for ending in _CLITICS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """The words of a message; "|" and "?" end a sentence, "," a clause."""

    words: tuple[str, ...]
    sentences: tuple[tuple[int, int], ...]  #: first word and the word after the last, in order

    def sentence(self, word: int) -> tuple[int, int]:
        """The sentence that a word belongs to."""
        return self.sentences[max(0, bisect_right(self.sentences, (word, MOST)) - 1)]


@dataclass(frozen=True, slots=True)
class Speller:
    """The words of the rules, the shorthand of people who type in a hurry, and the ordinary words that are no slips."""

    known: frozenset[str] = frozenset()
    shorthand: dict[str, tuple[str, ...]] = field(default_factory=dict)
    targets: tuple[str, ...] = ()  #: known words that a slip may mean, in order
    less: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))  #: sorted CRC-32 of each less one letter
    of_less: NDArray[np.uint16] = field(default_factory=lambda: np.zeros(0, np.uint16))  #: which target each is of
    ordinary: NDArray[np.uint32] | None = None

    @classmethod
    def of(cls, known: frozenset[str], shorthand: dict[str, str], ordinary: NDArray[np.uint32] | None) -> Speller:
        """A speller towards `known`; without `ordinary` words nothing is mended."""
        targets = tuple(word for word in sorted(known) if len(word) >= _SHORTEST and word.isalpha())[:_MOST_TARGETS]
        pairs = [(_code(less), at) for at, word in enumerate(targets) for less in _shortened(word)]
        codes, places = (np.array(column) for column in zip(*pairs, strict=True)) if pairs else (np.zeros(0), np.zeros(0))
        order = np.argsort(codes, kind="stable")
        spelt = {short: tuple(full.split()) for short, full in shorthand.items()}
        return cls(known, spelt, targets, codes[order].astype(np.uint32), places[order].astype(np.uint16), ordinary)

    def near(self, word: str) -> list[str]:
        """Known words that become the same as `word` when each loses a letter at most; now and then one more, by chance."""
        codes = np.array([_code(less) for less in _shortened(word)], np.uint32)
        first, last = np.searchsorted(self.less, codes), np.searchsorted(self.less, codes, "right")
        places = {at for a, b in zip(first.tolist(), last.tolist(), strict=True) for at in self.of_less[a:b].tolist()}
        return [self.targets[at] for at in sorted(places)]


def told(text: str, speller: Speller) -> Told:
    """The message as words with marks."""
    found: list[str] = []
    for piece in _PIECES.findall(fold(text[:MOST])):
        if piece[0] in ".!?;\n\u2026":
            found.append("?" if "?" in piece else "|")
        elif piece[0] in ",:() \u2014\u2013":
            found.append(",")
        elif piece[0].isdigit():
            found.append(piece.replace(",", "."))
        else:
            found.extend(_spelt(piece, speller))
    return Told(tuple(found), _sentences(found))


def _spelt(piece: str, speller: Speller) -> list[str]:
    if piece in speller.shorthand:
        return list(speller.shorthand[piece])
    found: list[str] = []
    for word in parts_of(piece):
        mended = word if word in speller.shorthand else _mended(word, speller)
        # A mended word may itself be short for two: "cnat" is "cant" is "can not".
        found.extend(speller.shorthand.get(mended) or parts_of(mended))
    return found


def _sentences(found: list[str]) -> tuple[tuple[int, int], ...]:
    ranges, begin = [], 0
    for at, word in enumerate([*found, "|"]):
        if word in ENDS:
            if at > begin:
                ranges.append((begin, at))
            begin = at + 1
    return tuple(ranges) or ((0, 0),)


def _mended(word: str, speller: Speller) -> str:
    """The rules' word that a slip most likely meant. Real words are never changed."""
    if word in speller.known or speller.ordinary is None or len(word) < _SHORTEST or not word.isalpha():
        return word
    if is_ordinary(word, speller.ordinary) or any(is_ordinary(base, speller.ordinary) for base in _bases(word)):
        return word
    best, nearest = word, 3
    for known in speller.near(word):
        distance = OSA.distance(word, known)
        if distance < nearest and distance <= _allowed(word, known):
            best, nearest = known, distance
    return best


def _bases(word: str) -> Iterator[str]:
    """What a word may be a form of, English or Spanish ("pinchan" of "pinchar", "cuentan" of "contar")."""
    for whole in {word, word.replace("ue", "o", 1), word.replace("ie", "e", 1)}:
        for ending, base in _FORMS:
            if whole.endswith(ending):
                yield whole[: -len(ending)] + base


def _allowed(word: str, known: str) -> int:
    """Slips forgiven: two in long words, one in others; in words of four letters only two letters that changed places."""
    if word[:-1] == known[:-1]:  # another ending, as of a Spanish verb, is no slip
        return 0
    shorter = min(len(word), len(known))
    if shorter >= 8:
        return 2
    return 1 if shorter >= 5 or sorted(word) == sorted(known) else 0


def _code(word: str) -> int:
    return zlib.crc32(word.encode())


def _shortened(word: str) -> list[str]:
    return [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]
