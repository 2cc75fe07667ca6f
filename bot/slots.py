"""Phrasings with a slot: "is it safe with {other_condition}" speaks for every word of that kind in `words.toml`.

`{something}` stands for a word that nobody has thought of: what is asked about such a word, the articles do not answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from bot.lexicon import Lexicon

SOMETHING = "something"
DRAWS = 6  # lines made from each phrasing with a slot
_SLOT = re.compile(r"\{(\w+)\}")
_SYLLABLES = ("ba", "do", "fi", "gu", "ke", "lo", "mi", "nu", "pe", "ra", "so", "tu", "vi", "xo", "za", "qui", "dro", "ste")


def slots(line: str) -> list[str]:
    """The names of the slots of a line."""
    return _SLOT.findall(line)


def bare(line: str) -> str:
    """The line without its slots."""
    return _SLOT.sub(" ", line)


def filled(line: str, lexicon: Lexicon) -> Iterator[str]:
    """Lines with words of the slots' kinds in their places: the same ones at every run."""
    dice = random.Random(line)  # noqa: S311  (no secret)
    kinds = {name: sorted(" ".join(phrase) for phrase, kind in lexicon.concepts.items() if kind == name) for name in slots(line)}
    for _ in range(DRAWS if kinds else 1):
        yield _SLOT.sub(lambda slot: _word(kinds[slot[1]], dice), line)


def _word(words: list[str], dice: random.Random) -> str:
    return dice.choice(words) if words else "".join(dice.choices(_SYLLABLES, k=4))
