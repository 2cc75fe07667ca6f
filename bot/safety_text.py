"""A message as triage reads it: plain words with clause marks, slips of the thumb mended towards the rules' words."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from bot.terms import is_ordinary
from bot.text import fold, words

_PIECES = re.compile(r"[a-z0-9']+|[.!?;\n]+|,|\u2026")
_SHORT = {
    "u": "you", "ur": "your", "w": "with", "rn": "right now", "bc": "because", "cuz": "because", "b4": "before", "cnt": "can not",
    "dnt": "do not", "wnt": "will not", "q": "que", "xq": "porque", "pq": "porque", "toy": "estoy", "hrs": "hours", "hr": "hour",
    "mins": "minutes", "yrs": "years", "yr": "year", "wks": "weeks", "wk": "week", "prego": "pregnant", "sob": "short of breath",
    "couldnt": "could not", "wasnt": "was not", "isnt": "is not", "gonna": "going to", "wanna": "want to", "cannot": "can not",
    "hasnt": "has not", "havent": "have not", "wont": "will not", "dont": "do not", "cant": "can not", "aint": "not",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """`text` is `words` joined by single spaces; "|" ends a sentence, "," a clause."""

    words: tuple[str, ...]
    text: str
    starts: tuple[int, ...]  #: offset in `text` of each word
    sentences: tuple[str, ...]
    first_words: tuple[int, ...]  #: number of the first word of each sentence

    def word_at(self, offset: int) -> int:
        """The number of the word that stands at an offset of `text`."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def sentence_of(self, word: int) -> int:
        """The number of the sentence that a word belongs to."""
        return max(0, bisect_right(self.first_words, word) - 1)


@dataclass(frozen=True, slots=True)
class Speller:
    """The words of the rules, and the ordinary words that are no slips."""

    known: frozenset[str] = frozenset()
    by_letters: dict[str, str] = field(default_factory=dict)  #: sorted letters -> known word
    buckets: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    ordinary: NDArray[np.uint32] | None = None

    @classmethod
    def of(cls, known: frozenset[str], ordinary: NDArray[np.uint32] | None) -> Speller:
        """A speller towards `known`; without `ordinary` words nothing is mended."""
        buckets: dict[tuple[str, int], list[str]] = {}
        for word in sorted(known):
            if len(word) >= 5:
                buckets.setdefault((word[0], len(word)), []).append(word)
        letters = {"".join(sorted(word)): word for word in sorted(known) if len(word) >= 4}
        return cls(known, letters, {key: tuple(found) for key, found in buckets.items()}, ordinary)


def told(text: str, speller: Speller) -> Told:
    """The message as words with marks."""
    found: list[str] = []
    for piece in _PIECES.findall(fold(text)[:20_000]):
        if piece[0] in ".!?;\n\u2026":
            found.append("|")
        elif piece == ",":
            found.append(",")
        else:
            for word in words(piece):
                found.extend(_SHORT[word].split() if word in _SHORT else [_mended(word, speller)])
    return _laid_out(found)


def _laid_out(found: list[str]) -> Told:
    starts, at = [], 0
    for word in found:
        starts.append(at)
        at += len(word) + 1
    sentences, firsts, begin = [], [], 0
    for number, word in enumerate([*found, "|"]):
        if word == "|":
            if number > begin:
                sentences.append(" ".join(found[begin:number]))
                firsts.append(begin)
            begin = number + 1
    return Told(tuple(found), " ".join(found), tuple(starts), tuple(sentences) or ("",), tuple(firsts) or (0,))


def _mended(word: str, speller: Speller) -> str:
    """The rules' word that a slip most likely meant. Real words are never changed."""
    if (
        speller.ordinary is None
        or len(word) < 4
        or word in speller.known
        or not word.isalpha()
        or is_ordinary(word, speller.ordinary)
    ):
        return word
    swapped = speller.by_letters.get("".join(sorted(word)))
    if swapped:
        return swapped
    allowed = 1 if len(word) < 8 else 2
    best, nearest = word, allowed + 1
    for size in range(len(word) - allowed, len(word) + allowed + 1):
        for known in speller.buckets.get((word[0], size), ()):
            distance = OSA.distance(word, known, score_cutoff=nearest - 1)
            if distance < nearest:
                best, nearest = known, distance
    return best
