"""Which language a message is written in: English or Spanish."""

from __future__ import annotations

import re

from bot.terms import Vocabulary
from bot.text import words
from bot.types import Language

_SPANISH_SIGNS = re.compile(r"[¿¡ñáéíóú]", re.IGNORECASE)


def detect(text: str, vocabulary: Vocabulary, otherwise: Language) -> Language:
    """The language that most of the words belong to; `otherwise` if that is not clear ("ok", "911", emoji)."""
    votes = 2 if _SPANISH_SIGNS.search(text) else 0
    for word in words(text):
        if word in vocabulary.spanish:
            votes += 1
        elif word in vocabulary.english:
            votes -= 1
    if votes == 0:
        return otherwise
    return "es" if votes > 0 else "en"
