"""Reading the safety files: concepts, context, rules, fixed messages. A therapist can read and change them.

Wordings are written plainly (see the head of concepts.toml); `_pattern` turns one into a regular expression in which every
repetition has a limit, so that no message can make matching slow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.files import read_toml
from bot.types import Language, Problem, Tier

_NEVER = re.compile(r"(?!)")
_GAP = r"(?:[^ |]+ ){0,3}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One plain line of the safety page: which concepts, how near, what calls it off, what it gives."""

    id: str
    flag: str
    tier: Tier
    message: str
    all: tuple[tuple[str, ...], ...]  #: each group must be told by one of its concepts
    near: int  #: words between the first and the last
    none: tuple[str, ...]
    free: bool  #: a question counts as a mention
    quote: str
    note: str
    fire: tuple[str, ...]
    quiet: tuple[str, ...]
    source: str
    reviewer: str
    date: str

    def concepts(self) -> frozenset[str]:
        """The names of all concepts that the rule looks at."""
        return frozenset((*(name for group in self.all for name in group), *self.none))


@dataclass(frozen=True, slots=True)
class Context:
    """How a mention may be taken back."""

    negation: re.Pattern[str] = _NEVER
    not_negation: re.Pattern[str] = _NEVER
    ends_negation: frozenset[str] = frozenset()
    asks: re.Pattern[str] = _NEVER
    hypothetical: re.Pattern[str] = _NEVER
    anchor: re.Pattern[str] = _NEVER
    now: re.Pattern[str] = _NEVER
    lifted: re.Pattern[str] = _NEVER
    history: re.Pattern[str] = _NEVER
    history_lifted: re.Pattern[str] = _NEVER
    others: re.Pattern[str] = _NEVER
    idioms: re.Pattern[str] = _NEVER


def load_concepts(
    folder: Path,
) -> tuple[dict[str, re.Pattern[str]], Context, frozenset[str], tuple[Problem, ...]]:
    """(concepts, context, every literal word in them, problems) of concepts.toml."""
    data = read_toml(folder / "concepts.toml", folder)
    if isinstance(data, Problem):
        return {}, Context(), frozenset(), (data,)
    lists: dict[str, list[str]] = data.get("concept", {})
    problems: list[Problem] = []
    concepts = {}
    for name, wordings in lists.items():
        try:
            concepts[name] = _union(wordings, lists)
        except (re.error, KeyError, TypeError, ValueError) as error:
            problems.append(
                Problem("safety/concepts.toml", 0, f"{name} is not understood ({error}).", "Look at its brackets and words.")
            )
    context = _context(data.get("context", {}), lists)
    literal = frozenset(w for wordings in lists.values() for text in wordings for w in re.findall(r"[a-z]{4,}(?![a-z]*\*)", text))
    return concepts, context, literal, tuple(problems)


def _context(data: Mapping[str, list[str]], lists: Mapping[str, list[str]]) -> Context:
    made: dict[str, Any] = {}
    for name, wordings in data.items():
        if name == "ends_negation":
            made[name] = frozenset(wordings)
        elif name == "asks":
            fillers = (
                r"(?:(?:so|and|but|ok|okay|hi|hello|hey|please|just|wondering|btw|y|pero|hola|also|quick question|question) )*"
            )
            made[name] = re.compile(fillers + _union(wordings, lists).pattern)
        elif name in ("history", "history_lifted", "hypothetical"):
            made[name] = re.compile(r"(?<![a-z0-9])(?:" + "|".join(wordings) + r")(?![a-z0-9])")
        else:
            made[name] = _union(wordings, lists)
    return Context(**made)


def _union(wordings: list[str], lists: Mapping[str, list[str]]) -> re.Pattern[str]:
    """All wordings of a concept as one expression, longest first, so that "lost control of my bladder" is one mention."""
    if not wordings or not all(text.strip() for text in wordings):
        raise ValueError("an empty wording")
    patterns = sorted((_pattern(text, lists) for text in wordings), key=len, reverse=True)
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(patterns) + r")(?![a-z0-9])")


def _pattern(text: str, lists: Mapping[str, list[str]]) -> str:
    """A wording as a regular expression over words with single spaces between them."""
    parts: list[str] = []
    for piece in text.split():
        if piece == "~":
            parts.append(_GAP)
            continue
        optional = piece.endswith("?")
        body = "|".join(_word(word) for word in piece.rstrip("?").strip("()").split("/"))
        parts.append(f"(?:(?:{body}) )?" if optional else f"(?:{body}) ")
    joined = "".join(parts)
    return joined[:-1] if joined.endswith(" ") else re.sub(r"\) \)\?$", ") )?", joined)


def _word(word: str) -> str:
    word = word.replace("_", " ")
    return re.sub(r"\*", "[a-z0-9]{0,14}", word)


def load_rules(folder: Path, concepts: frozenset[str]) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The rules of rules.toml whose form is right."""
    data = read_toml(folder / "rules.toml", folder)
    if isinstance(data, Problem):
        return (), (data,)
    rules, problems = [], []
    for at, table in enumerate(data.get("rule", []), 1):
        wrong = _wrong(table, concepts)
        if wrong:
            where = table.get("id", f"number {at}")
            problems.append(Problem("safety/rules.toml", 0, f"Rule {where}: {wrong}", "It is not used until that is mended."))
        else:
            rules.append(_rule(table))
    return tuple(rules), tuple(problems)


def _wrong(table: Mapping[str, Any], concepts: frozenset[str]) -> str:
    for key in ("id", "flag", "tier", "message", "all", "source", "reviewer", "date"):
        if not table.get(key):
            return f"it lacks {key}."
    if table["tier"] not in ("T1", "T2", "T3"):
        return "its tier is none of T1, T2, T3."
    if len(table.get("fire", ())) < 2 or len(table.get("quiet", ())) < 2:
        return "it needs two examples that fire it and two that must not."
    named = {name for group in table["all"] for name in group.split("|")} | set(table.get("none", ()))
    unknown = sorted(named - concepts)
    return f'the concept "{unknown[0]}" is not in concepts.toml.' if unknown else ""


def _rule(table: Mapping[str, Any]) -> Rule:
    return Rule(
        id=table["id"], flag=table["flag"], tier=table["tier"], message=table["message"],
        all=tuple(tuple(group.split("|")) for group in table["all"]), near=int(table.get("near", 14)),
        none=tuple(table.get("none", ())), free=bool(table.get("free", False)), quote=str(table.get("quote", "")),
        note=str(table.get("note", "")), fire=tuple(table["fire"]), quiet=tuple(table["quiet"]),
        source=table["source"], reviewer=table["reviewer"], date=str(table["date"]),
    )  # fmt: skip


def load_messages(folder: Path) -> tuple[dict[str, dict[Language, str]], tuple[Problem, ...]]:
    """The fixed messages of both languages: name -> language -> text."""
    found: dict[str, dict[Language, str]] = {}
    problems: list[Problem] = []
    languages: tuple[Language, ...] = ("en", "es")
    for language in languages:
        data = read_toml(folder / f"messages.{language}.toml", folder)
        if isinstance(data, Problem):
            problems.append(data)
            continue
        for name, text in data.items():
            found.setdefault(name, {})[language] = str(text)
    for name, texts in found.items():
        if len(texts) < 2 and not problems:
            problems.append(Problem("safety", 0, f"The message {name} lacks a language.", "Write it in both message files."))
    return found, tuple(problems)


__all__ = ["Context", "Rule", "load_concepts", "load_messages", "load_rules"]
