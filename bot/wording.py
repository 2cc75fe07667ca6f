"""The assistant's own words: reviewed sentences by name and language, filled with the clinic's facts and nothing else."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.files import read_toml
from bot.types import Clinic, Language, Problem

FILE = "wording.toml"

# What is said while the file is missing or broken: never nothing, never English and Spanish mixed up.
FALLBACK: dict[Language, str] = {
    "en": "I do not have the words for that right now. Please ask the clinic. Emergency: 911. Crisis: 988.",
    "es": "Ahora mismo no tengo palabras para eso. Pregunte a la clínica. Emergencia: 911. Crisis: 988.",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Reviewed sentences: name -> language -> text with {gaps}."""

    texts: dict[str, dict[Language, str]] = field(default_factory=dict)


def load_wording(folder: Path) -> tuple[Wording, tuple[Problem, ...]]:
    """The wording of the folder, and which of its entries lack a language."""
    data = read_toml(folder / FILE, folder)
    if isinstance(data, Problem):
        return Wording(), (data,)
    texts: dict[str, dict[Language, str]] = {}
    problems: list[Problem] = []
    for name, table in data.items():
        if isinstance(table, dict) and isinstance(table.get("en"), str) and isinstance(table.get("es"), str):
            texts[name] = {"en": table["en"], "es": table["es"]}
        else:
            problems.append(Problem(FILE, 0, f"[{name}] lacks its English or Spanish text.", 'Write en = "..." and es = "...".'))
    return Wording(texts), tuple(problems)


def say(wording: Wording, name: str, language: Language, clinic: Clinic, **gaps: str) -> str:
    """The sentence `name` with its gaps filled from the clinic's facts and `gaps`; never raises."""
    text = wording.texts.get(name, FALLBACK)[language]
    return fill(text, clinic, **gaps)


def fill(text: str, clinic: Clinic, **gaps: str) -> str:
    """`text` with {name}, {phone}, {email} and `gaps` filled in; unknown gaps vanish rather than fail."""
    facts = {"name": clinic.name, "phone": clinic.phone, "email": clinic.email, **gaps}
    try:
        return _Quiet().vformat(text, (), facts).strip()
    except (ValueError, IndexError, AttributeError):  # a stray brace stays a brace
        return text.strip()


class _Quiet(string.Formatter):
    """A formatter for sentences that staff edit: a gap that nobody knows is left empty."""

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "")
