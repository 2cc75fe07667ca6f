"""Words that help to understand: shorthand, stop words, words for the same thing, kinds of things (`words.toml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.files import read_toml
from bot.text import stem, words
from bot.types import Problem

FILE = "words.toml"
_LONGEST = 3  # words in the longest concept phrase that is looked for


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything is folded; phrases are tuples of words."""

    shorthand: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stop: frozenset[str] = frozenset()
    same: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: stem -> stems of words for the same thing
    concepts: dict[tuple[str, ...], str] = field(default_factory=dict)  #: phrase -> kind of thing
    frames: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()  #: form of a heading -> how it is asked for

    endings: tuple[tuple[str, str], ...] = ()  #: (ending of a word, kind of thing): "-itis" is an illness, whichever
    background: tuple[str, ...] = ()  #: questions about something else altogether
    heads: frozenset[str] = field(init=False)  #: the first words of the concepts' phrases: most words begin none

    def __post_init__(self) -> None:
        object.__setattr__(self, "heads", frozenset(phrase[0] for phrase in self.concepts if phrase))

    def told(self) -> list[object]:
        """All of it, as JSON can hold it."""
        concepts = sorted((" ".join(phrase), kind) for phrase, kind in self.concepts.items())
        frames = [(pattern.pattern, asks) for pattern, asks in self.frames]
        return [self.shorthand, sorted(self.stop), self.same, concepts, frames, self.endings, self.background]


def load_lexicon(folder: Path) -> tuple[Lexicon, tuple[Problem, ...]]:
    """The word lists of the folder; a list that cannot be read is empty and named."""
    data = read_toml(folder / FILE, folder)
    if isinstance(data, Problem):
        return Lexicon(), (data,)
    problems: list[Problem] = []
    background = tuple(q for qs in _table(data, "background", problems).values() for q in _strings(qs, "background", problems))
    shorthand = {fold_one(k): tuple(words(str(v))) for k, v in _table(data, "shorthand", problems).items()}
    stop = frozenset(w for ws in _table(data, "stop", problems).values() for w in _strings(ws, "stop", problems))
    concepts = {
        tuple(words(phrase)): name
        for name, phrases in _table(data, "concept", problems).items()
        for phrase in _strings(phrases, f"concept.{name}", problems)
    }
    endings = tuple(
        (ending, name)
        for name, own in _table(data, "ending", problems).items()
        for ending in _strings(own, f"ending.{name}", problems)
    )
    frames = _frames(data, problems)
    return Lexicon(shorthand, stop, _same(data, problems), concepts, frames, endings, background), tuple(problems)


def fold_one(word: str) -> str:
    """One word as `bot.text.words` would give it."""
    return (words(word) or [word.lower()])[0]


def _same(data: dict[str, Any], problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for table in data.get("same", []):
        stems = {stem(fold_one(w)) for w in _strings(table.get("words", []), "same", problems)}
        for one in stems:
            found.setdefault(one, set()).update(stems - {one})
    return {one: tuple(sorted(others)) for one, others in found.items()}


def _frames(data: dict[str, Any], problems: list[Problem]) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    found = []
    for table in data.get("frame", []):
        asks = tuple(_strings(table.get("asks", []), "frame.asks", problems))
        for heading in _strings(table.get("heading", []), "frame.heading", problems):
            pattern = re.escape(heading.lower()).replace(r"\{0\}", "(.+?)").replace(r"\{1\}", "(.+)")
            found.append((re.compile(pattern), asks))
    return tuple(found)


def fill_in(form: str, parts: tuple[str, ...]) -> str:
    """A question form with the parts of a heading in the place of {0} and {1}."""
    for at, part in enumerate(parts):
        form = form.replace(f"{{{at}}}", part)
    return form


def _table(data: dict[str, Any], key: str, problems: list[Problem]) -> dict[str, Any]:
    value = data.get(key, {})
    if isinstance(value, dict):
        return value
    problems.append(Problem(FILE, 0, f"[{key}] is not a table.", f"Write a line [{key}] and below it: name = ..."))
    return {}


def _strings(value: Any, key: str, problems: list[Problem]) -> list[str]:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return value
    problems.append(Problem(FILE, 0, f"{key} is not a list of words in quotes.", 'Write it as: ["one", "two"]'))
    return []


def expand(found: list[str], lexicon: Lexicon) -> list[str]:
    """Words with shorthand written out."""
    return [full for word in found for full in lexicon.shorthand.get(word, (word,))]


def concepts_in(found: list[str], lexicon: Lexicon) -> list[tuple[int, int, str]]:
    """The kinds of things named: (first word, words, kind), longest phrase first where several begin at a word."""
    hits, at = [], 0
    endings = tuple(ending for ending, _ in lexicon.endings)
    while at < len(found):
        for size in range(min(_LONGEST, len(found) - at), 0, -1) if found[at] in lexicon.heads else ():
            kind = lexicon.concepts.get(tuple(found[at : at + size]))
            if kind:
                hits.append((at, size, kind))
                at += size - 1
                break
        else:
            if found[at].endswith(endings):
                kind = next(kind for ending, kind in lexicon.endings if found[at].endswith(ending))
                hits.append((at, 1, kind))
        at += 1
    return hits
