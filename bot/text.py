"""From what a visitor typed to words: folding, words, stems. Linear in the length of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_ODD = str.maketrans({"İ": "i", "ı": "i", "ſ": "s"})  # lower() makes two letters of the first and leaves the others
_CONTRACTED = {
    "can't": ("can", "not"), "cant": ("can", "not"), "cannot": ("can", "not"), "won't": ("will", "not"),
    "wont": ("will", "not"), "dont": ("do", "not"), "doesnt": ("does", "not"), "didnt": ("did", "not"),
    "isnt": ("is", "not"), "arent": ("are", "not"), "wasnt": ("was", "not"), "shouldnt": ("should", "not"),
    "wouldnt": ("would", "not"), "couldnt": ("could", "not"), "havent": ("have", "not"), "hasnt": ("has", "not"),
    "im": ("i", "am"), "ive": ("i", "have"), "whats": ("what", "is"), "thats": ("that", "is"), "hows": ("how", "is"),
    "its": ("it", "is"), "youre": ("you", "are"), "theyre": ("they", "are"), "wheres": ("where", "is"),
    "whos": ("who", "is"), "theres": ("there", "is"), "lets": ("let", "us"),
}  # fmt: skip
_ENDINGS = {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will", "'m": "am", "'d": "would"}
_SOUNDS = (
    (re.compile(r"ll|(?<=[aeiou])y(?=[aeiou])"), "l"),  # "rodiya" for "rodilla"
    (re.compile(r"ph"), "f"),
    (re.compile(r"c(?=[eiy])|z"), "s"),
    (re.compile(r"ck|qu|[cq]"), "k"),
    (re.compile(r"v"), "b"),
    (re.compile(r"(?<=.)[aeiouyhw]"), ""),  # of the vowels only the first letter tells much
    (re.compile(r"(.)\1"), r"\1"),
)
_ENGLISH, _SPANISH = (Stemmer.Stemmer(name, 0) for name in ("english", "spanish"))  # 0: it remembers nothing, `stem` does


def lowered(text: str) -> str:
    """The text in lower case, letter for letter: what stands at a place of it stands there in the text."""
    return text.lower() if text.isascii() else text.translate(_ODD).lower()


def fold(text: str) -> str:
    """Lower case without accents, straight quotes, at most two of a letter in a row ("soooo" becomes "soo")."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_QUOTES))
        text = "".join(c for c in text if not unicodedata.combining(c))
    return _REPEATED.sub(r"\1\1", text.lower())


def words(text: str) -> list[str]:
    """The folded words in order, contractions spelt out ("can't" and "cant" are both "can", "not")."""
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        if word in _CONTRACTED:
            found.extend(_CONTRACTED[word])
        elif "'" in word:
            found.extend(_spelt_out(word))
        else:
            found.append(word)
    return found


def parts_of(word: str) -> Sequence[str]:
    """One folded word as `words` gives it."""
    return _CONTRACTED.get(word) or (_spelt_out(word) if "'" in word else (word,))


def _spelt_out(word: str) -> list[str]:
    for ending, full in _ENDINGS.items():
        if word.endswith(ending):
            return [part for part in (word[: -len(ending)], full) if part]
    return [part for part in word.split("'") if len(part) > 1]


def sound(word: str) -> str:
    """What a folded word sounds like, roughly, in English or Spanish: "trigar" as "trigger", "kedar" as "quedar"."""
    for pattern, letters in _SOUNDS:
        word = pattern.sub(letters, word)
    return word


@lru_cache(maxsize=8_000)
def stem(word: str, language: str = "en") -> str:
    """The Snowball stem of one folded word."""
    return str((_SPANISH if language == "es" else _ENGLISH).stemWord(word))
