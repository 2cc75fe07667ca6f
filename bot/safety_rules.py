"""Reading the safety files: concepts, contexts, rules, fixed messages. A therapist can read and change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.files import read_toml
from bot.safety_context import LISTS, PREFIX
from bot.safety_patterns import Lexicon
from bot.safety_wordings import WordingError, compile_lexicon
from bot.types import Language, Problem, Tier

#: The fixed messages, in the order in which they win when several rules of a tier fire.
MESSAGES = ("self_harm", "violence", "overdose", "after_needling", "medical", "urgent", "article", "general")
_NEEDED = ("id", "flag", "tier", "message", "note", "all", "source", "reviewer", "date")


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
    free: tuple[str, ...]  #: contexts that take nothing back here: "asked", "past", "others", "laughed"
    broad: bool  #: so broad that it counts only with the second net's agreement
    quote: str
    note: str
    fire: tuple[str, ...]
    quiet: tuple[str, ...]
    source: str
    reviewer: str
    date: str


def load_lexicon(folder: Path) -> tuple[Lexicon, dict[str, str], tuple[Problem, ...]]:
    """(lexicon, shorthand, problems) of the files concepts*.toml and context*.toml; a list may go on in another file.
    Without a whole lexicon there are no rules."""
    concepts, concept_problems = _joined(folder, "concepts*.toml", "concept")
    context, context_problems = _joined(folder, "context*.toml", "context")
    shorthand, _ = _joined(folder, "context*.toml", "shorthand")
    if concept_problems or context_problems:
        return Lexicon(), {}, (*concept_problems, *context_problems)
    missing = [name for name in LISTS if name not in context]
    if missing:
        lacking = Problem("safety/context.toml", 0, f'The list "{missing[0]}" is missing.', "Put it back.")
        return Lexicon(), {}, (lacking,)
    lists = {**concepts, **{PREFIX + name: context[name] for name in LISTS}}
    todo = "Look at its words and brackets; the head of the file says what may stand there. It is not used until then."
    try:
        lexicon, wrong = compile_lexicon(lists)
    except (WordingError, TypeError, AttributeError) as error:
        return Lexicon(), {}, (Problem("safety/concepts.toml", 0, f"The groups are not understood. {error}.", todo),)
    problems = (Problem("safety/concepts.toml", 0, f"A wording is not understood. {text}.", todo) for text in wrong)
    return lexicon, shorthand, tuple(problems)


def _joined(folder: Path, pattern: str, table: str) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """One table of several files; lists of the same name are added up."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob(pattern)) or [folder / pattern.replace("*", "")]:
        data = read_toml(path, folder)
        if isinstance(data, Problem):
            problems.append(data)
            continue
        for name, value in data.get(table, {}).items():
            found[name] = [*found[name], *value] if name in found and isinstance(value, list) else value
    return found, tuple(problems)


def load_rules(folder: Path, concepts: frozenset[str]) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The rules of the files emergencies*.toml, today*.toml and precautions*.toml whose form is right."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    for name in ("emergencies", "today", "precautions"):
        if not (folder / f"{name}.toml").exists():
            problems.append(Problem(f"safety/{name}.toml", 0, "The file is missing.", "Put it back."))
    paths = [path for name in ("emergencies", "today", "precautions") for path in sorted(folder.glob(f"{name}*.toml"))]
    for path in paths:
        name = path.name
        data = read_toml(path, folder)
        if isinstance(data, Problem):
            problems.append(data)
            continue
        shared = {key: value for key, value in data.items() if key != "rule"}
        for at, table in enumerate(data.get("rule", []), 1):
            whole = {**shared, **table}
            wrong = _wrong(whole, concepts)
            if wrong:
                where = table.get("id", f"number {at}")
                problems.append(Problem(f"safety/{name}", 0, f"Rule {where}: {wrong}", "It is not used until that is mended."))
            else:
                rules.append(_rule(whole))
    return tuple(rules), tuple(problems)


def _wrong(table: Mapping[str, Any], concepts: frozenset[str]) -> str:
    """What is wrong with the form of a rule, in words; empty if nothing is."""
    missing = [key for key in _NEEDED if not table.get(key)]
    if missing:
        return f"it lacks {missing[0]}."
    if table["tier"] not in ("T1", "T2", "T3"):
        return "its tier is none of T1, T2, T3."
    if table["message"] not in MESSAGES:
        return f'there is no message "{table["message"]}"; use one of {", ".join(MESSAGES)}.'
    if len(table.get("fire", ())) < 2 or len(table.get("quiet", ())) < 2:
        return "it needs two examples that fire it and two that must not."
    if not set(table.get("free", ())) <= {"asked", "past", "others", "laughed"}:
        return '"free" may only list "asked", "past", "others" and "laughed".'
    named = {name for group in table["all"] for name in group.split("|")} | set(table.get("none", ()))
    unknown = sorted(named - concepts)
    return f'the concept "{unknown[0]}" is not in concepts.toml.' if unknown else ""


def _rule(table: Mapping[str, Any]) -> Rule:
    return Rule(
        id=table["id"], flag=table["flag"], tier=table["tier"], message=table["message"],
        all=tuple(tuple(group.split("|")) for group in table["all"]), near=int(table.get("near", 14)),
        none=tuple(table.get("none", ())), free=tuple(table.get("free", ())),
        broad=bool(table.get("broad", False)), quote=str(table.get("quote", "")),
        note=str(table["note"]), fire=tuple(table["fire"]), quiet=tuple(table["quiet"]),
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
