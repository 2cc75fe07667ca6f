"""From words to terms: spelling repaired towards the knowledge's words, stems in the word's own language, kinds of things.

The same analysis reads the phrasings when they are fitted and the visitor's message when it is asked.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.lexicon import Lexicon, concepts_in, expand
from bot.text import sound, stem, words

NEW = "#new"
_SHORTEST_REPAIR = 4  # shorter words have too many neighbours
_TWO_SLIPS, _LONG = 5, 8  # letters from which a word may be two slips away: if it sounds the same; in any case
_ALIKE = {
    "c": "sk",
    "s": "c",
    "k": "cq",
    "f": "p",
    "n": "k",
    "j": "g",
    "g": "j",
    "b": "v",
    "v": "b",
}  # first letters that sound alike
_SEEN_OFTEN = 6  # a word that no dictionary has, beside one that the phrasings use this often, is a slip of it


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that the knowledge uses, and the ordinary words of English and Spanish.

    `ordinary` holds the sorted CRC-32 of some 50,000 common words: enough to know a real word from a slip of the thumb
    in 0.2 MB, where the words themselves would take 10.
    """

    stems: dict[str, str]  #: known word -> its stem in its own language
    buckets: dict[tuple[str, int], tuple[str, ...]]  #: (first letter, length) -> known words that a slip may mean
    counts: dict[str, int]  #: known word -> how often the phrasings use it: of two words as near, the usual one was meant
    ordinary: NDArray[np.uint32]
    english: frozenset[str]  #: words that mark a message as English
    spanish: frozenset[str]  #: words that mark a message as Spanish


@dataclass(frozen=True, slots=True)
class Terms:
    """A text as the models read it."""

    words: tuple[str, ...]  #: after shorthand and spelling repair
    stems: tuple[str, ...]
    concepts: tuple[str, ...]
    new: tuple[bool, ...]  #: word -> whether at most one phrasing uses it: what nothing was learned about

    @property
    def unknown(self) -> tuple[str, ...]:
        """The words that nothing was learned about."""
        return tuple(word for word, new in zip(self.words, self.new, strict=True) if new)


def vocabulary(lines: Mapping[str, Iterable[str]], lexicon: Lexicon, ordinary: NDArray[np.uint32]) -> Vocabulary:
    """The words of all `lines` (by language). A word of both languages counts as English."""
    stems: dict[str, str] = {}
    counts: dict[str, int] = {}
    by_language: dict[str, dict[str, int]] = {"es": {}, "en": {}}
    for language, own in by_language.items():
        for line in lines.get(language, ()):
            for word in expand(words(line), lexicon):
                stems[word] = stem(word, language)
                counts[word] = counts.get(word, 0) + 1
                own[word] = own.get(word, 0) + 1
    for phrase in lexicon.concepts:
        for word in phrase:
            stems.setdefault(word, stem(word))
            counts[word] = counts.get(word, 0) + 2
    buckets: dict[tuple[str, int], list[str]] = {}
    for word in stems:
        # A word seen once and in no dictionary is likely a slip itself: nothing is repaired towards it.
        if len(word) >= _SHORTEST_REPAIR and (counts[word] > 1 or is_ordinary(word, ordinary)) and word.isalpha():
            buckets.setdefault((word[0], len(word)), []).append(word)
    english, spanish = _mostly(by_language["en"], by_language["es"]), _mostly(by_language["es"], by_language["en"])
    found = Vocabulary(stems, {key: tuple(own) for key, own in buckets.items()}, counts, ordinary, english, spanish)
    kept = {word for phrase in lexicon.concepts for word in phrase} | set(by_language["es"])  # Spanish has too many endings
    return replace(found, stems={word: stem for word, stem in stems.items() if word in kept or not _is_slip(word, found)})


def _is_slip(word: str, known: Vocabulary) -> bool:
    """Whether somebody's phrasing has misspelt a usual word: it is read as that word, in the phrasings as in messages."""
    if known.counts[word] >= _SEEN_OFTEN or len(word) <= _SHORTEST_REPAIR or is_ordinary(word, known.ordinary):
        return False
    often = _SEEN_OFTEN * known.counts[word]
    return any(known.counts[other] >= often and known.stems[other] != known.stems[word] for other, _ in _near(word, known, 1))


def widened(known: Vocabulary, lines: Mapping[str, Iterable[str]], lexicon: Lexicon) -> Vocabulary:
    """A vocabulary with the words of more `lines` (by language) beside its own, whose stems stay as they are."""
    found = {w: stem(w, language) for language, texts in lines.items() for line in texts for w in expand(words(line), lexicon)}
    buckets = dict(known.buckets)
    for word in found:
        if word not in known.stems and len(word) >= _SHORTEST_REPAIR and word.isalpha():
            key = (word[0], len(word))
            buckets[key] = (*buckets.get(key, ()), word)
    return replace(known, stems={**found, **known.stems}, buckets=buckets)


def _mostly(own: dict[str, int], other: dict[str, int]) -> frozenset[str]:
    """Words whose share among `own` is at least four times that among `other`."""
    all_own, all_other = sum(own.values()) or 1, sum(other.values()) or 1
    return frozenset(w for w, n in own.items() if n / all_own >= 4 * other.get(w, 0) / all_other)


def is_ordinary(word: str, ordinary: NDArray[np.uint32]) -> bool:
    """Whether a folded word is one of the common words of English or Spanish."""
    code, codes = zlib.crc32(word.encode()), ordinary.data  # numpy's own search costs four times as much for one word
    at = bisect_left(codes, code)
    return at < len(codes) and codes[at] == code


def analyse(text: str, vocabulary: Vocabulary, lexicon: Lexicon) -> Terms:
    """The terms of a text."""
    found = [_repaired(word, vocabulary) for word in expand(words(text), lexicon)]
    stems = [vocabulary.stems.get(word) or stem(word) for word in found]
    concepts = tuple(kind for _, _, kind in concepts_in(found, lexicon))
    new = tuple(word not in lexicon.stop and _is_new(word, vocabulary) for word in found)
    return Terms(tuple(found), tuple(stems), concepts, new)


def without(terms: Terms, stems: frozenset[str]) -> Terms:
    """The terms without the words of these stems; what kinds of things were named stays."""
    kept = [at for at, one in enumerate(terms.stems) if one not in stems]
    if len(kept) == len(terms.words):
        return terms
    return replace(
        terms,
        words=tuple(terms.words[at] for at in kept),
        stems=tuple(terms.stems[at] for at in kept),
        new=tuple(terms.new[at] for at in kept),
    )


def _is_new(word: str, vocabulary: Vocabulary) -> bool:
    # What an article has taken up is not counted, and not new.
    return vocabulary.counts.get(word, 2 if word in vocabulary.stems else 0) < 2 and not word.isdigit()


def features(terms: Terms) -> list[str]:
    """What the classifier counts: stems, pairs of neighbours, kinds of things, and that a word is new and where it stands:
    "safe for people on <new>" is not "safe for people"."""
    marked = [NEW if new else one for one, new in zip(terms.stems, terms.new, strict=True)]
    rare = (one for one, new in zip(terms.stems, terms.new, strict=True) if new)
    pairs = [f"{a} {b}" for a, b in pairwise(marked)]
    return [*marked, *rare, *pairs, *(f"#{kind}" for kind in terms.concepts)]


def _repaired(word: str, vocabulary: Vocabulary) -> str:
    """The known word that a slip of the thumb most likely meant, or the word itself."""
    if word in vocabulary.stems or len(word) < _SHORTEST_REPAIR or is_ordinary(word, vocabulary.ordinary):
        return word
    found = _near(word, vocabulary, 1)
    if not found and len(word) >= _TWO_SLIPS:
        found = [pair for pair in _near(word, vocabulary, 2) if _may_be(pair[0], word)]
    return min(found, key=lambda pair: (pair[1], -vocabulary.counts.get(pair[0], 0)), default=(word, 0))[0]


def _may_be(known: str, word: str) -> bool:
    """Whether two slips may have made `word` of a known one: it sounds the same, or it is long and begins the same."""
    return sound(known) == sound(word) or (len(word) >= _LONG and known[0] == word[0])


def _near(word: str, vocabulary: Vocabulary, allowed: int) -> list[tuple[str, int]]:
    """Known words at most `allowed` slips away, with their distance; the first letter is the word's, its second or one that
    sounds alike."""
    found = []
    for first in dict.fromkeys((word[0], word[1], *_ALIKE.get(word[0], ""))):
        for size in range(len(word) - allowed, len(word) + allowed + 1):
            near = vocabulary.buckets.get((first, size), ())
            for known, distance, _ in extract(word, near, scorer=OSA.distance, score_cutoff=allowed, limit=None):
                if known in vocabulary.stems:
                    found.append((known, int(distance)))
    return found
