"""What is known about a word as a part of a name: a given name, a word of every day, a surname that is also a word.

The lists are files in `knowledge/safety/`: given names (US Census 1990 and names common in New Jersey's languages), the
words of every day in English and Spanish, words that are surnames too, and people known to all, who are left.
"""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "knowledge" / "safety"


class Sort(IntEnum):
    """How far a word looks like a part of a name, from "no" to "yes"."""

    WORD = 0  #: a word of every day
    SURNAME = 1  #: a word that is a surname too: "Flores", "Young"
    BOTH = 2  #: a word that is a given name too: "Grace", "Rosa"
    NEW = 3  #: in no list
    GIVEN = 4  #: a given name and nothing else


class _List:
    """Words by their hashes of 64 bits, in order: as a set, 54,000 words take 6 MB, so they take 0.4. That a word which is
    not listed has the hash of one that is happens once in 10^14."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._hashes = array("q", sorted(map(hash, entries)))

    def __contains__(self, word: str) -> bool:
        at = bisect_left(self._hashes, hash(word))
        return at < len(self._hashes) and self._hashes[at] == hash(word)


@lru_cache(maxsize=4)
def _listed(name: str, mark: str = "") -> _List:
    """The entries of a list beside the safety rules; none if it is missing."""
    try:
        text = (_FOLDER / name).read_text(encoding="utf-8")
    except OSError:
        return _List(())
    return _List(text.replace("\n", mark).split(mark) if mark else text.split())


@lru_cache(maxsize=4096)
def sort(word: str) -> Sort:
    """What a word is, whatever its case and accents."""
    plain = folded(word)
    given, common = plain in _listed("given-names.txt"), plain in _listed("not-names.txt")
    if not given and "-" in plain:
        sorts = [sort(part) for part in plain.split("-") if part]
        return max(sorts, default=Sort.WORD) if Sort.WORD not in sorts else Sort.WORD
    if given:
        return Sort.BOTH if common else Sort.GIVEN
    if plain in _listed("surname-words.txt"):
        return Sort.SURNAME
    return Sort.WORD if common else Sort.NEW


def is_public(name: str) -> bool:
    """Whether a name is that of somebody known to all."""
    return name.lower().removesuffix("'s").removesuffix("’s").rstrip(".,") in _listed("public-names.txt", "|")


def folded(word: str) -> str:
    """A word in lower case without accents, apostrophes, full stops and the 's of possession."""
    plain = word.lower().replace("’", "'").strip(".'").removesuffix("'s").replace("'", "").replace(".", "")
    if plain.isascii():
        return plain
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
