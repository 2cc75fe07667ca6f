"""How visitors ask: groups of phrasings, each for some sentences of an article or for a matter that has no article.

This is where understanding is put into a system that matches words. Staff edit the files `knowledge/phrasings/*.toml`;
whatever is wrong with one becomes a `Problem` with the file's name and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from bot.files import read_toml
from bot.slots import slots
from bot.text import words
from bot.types import Language, Problem

ReplyKind = Literal["section", "no_answer", "contact", "booking", "small_talk"]
LANGUAGES: tuple[Language, ...] = ("en", "es")
_KEYS = {"id", "note", "quote", "suggest", "say", "reply", "en", "es", "offer"}


@dataclass(frozen=True, slots=True)
class Group:
    """Phrasings that want the same reply."""

    id: str
    reply: ReplyKind
    file: str
    article: str = ""  #: slug; with `heading`, for reply "section"
    heading: str = ""
    quote: tuple[str, ...] = ()  #: beginnings of the sentences or lists that answer
    suggest: dict[Language, str] = field(default_factory=dict)  #: how the question is offered to a visitor
    say: dict[Language, str] = field(default_factory=dict)  #: the reviewed sentence of a matter without article
    offer: bool = False  #: an answer from here settles a doubt that leads to an appointment
    lines: dict[Language, tuple[str, ...]] = field(default_factory=dict)
    patterns: dict[Language, tuple[str, ...]] = field(default_factory=dict)  #: lines with a slot (`bot.slots`)


def load_phrasings(folder: Path) -> tuple[tuple[Group, ...], tuple[Problem, ...]]:
    """All groups of `folder`/phrasings in the order of the file names, and what is wrong with the files."""
    groups: list[Group] = []
    problems: list[Problem] = []
    for path in sorted((folder / "phrasings").glob("*.toml")):
        name = str(path.relative_to(folder))
        data = read_toml(path, folder)
        if isinstance(data, Problem):
            problems.append(data)
            continue
        for at, table in enumerate(_tables(data), 1):
            group = _group(table, data, name, at)
            (groups if isinstance(group, Group) else problems).append(group)  # type: ignore[arg-type]
    return tuple(groups), (*problems, *_twice(groups))


def _tables(data: dict[str, Any]) -> list[Any]:
    tables = data.get("group", [])
    return tables if isinstance(tables, list) else [tables]


def _group(table: Any, data: dict[str, Any], name: str, at: int) -> Group | Problem:
    wrong = _wrong(table, data)
    if wrong:
        where = table.get("id", f"number {at}") if isinstance(table, dict) else f"number {at}"
        return Problem(name, 0, f"Group {where}: {wrong[0]}", wrong[1])
    heading = str(data.get("heading", ""))
    return Group(
        id=table["id"],
        reply="section" if heading else table["reply"],
        file=name,
        article=str(data.get("article", "")),
        heading=heading,
        quote=tuple(map(str, table.get("quote", ()))),
        suggest=dict(table.get("suggest", {})),
        say=dict(table.get("say", {})),
        offer=bool(table.get("offer", False)),
        lines={language: tuple(line for line in table.get(language, ()) if not slots(line)) for language in LANGUAGES},
        patterns={language: tuple(line for line in table.get(language, ()) if slots(line)) for language in LANGUAGES},
    )


def _wrong(table: Any, data: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a group and what to do, or None."""
    if not isinstance(table, dict) or not isinstance(table.get("id"), str):
        return "it has no id.", 'Give it a line such as: id = "side-effects"'
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        return f'"{unknown[0]}" is not known.', f"Use only: {', '.join(sorted(_KEYS))}."
    for language in LANGUAGES:
        lines = table.get(language, [])
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            return f'"{language}" is not a list of questions in quotes.', f'Write it as: {language} = ["...", "..."]'
    if not data.get("heading"):
        if table.get("reply") not in get_args(ReplyKind)[1:]:
            return "it has neither a heading nor a known reply.", 'Add reply = "no_answer" or "contact".'
        if not {"en", "es"} <= set(table.get("say", {})):
            return "it lacks its sentence in English or Spanish.", "Add say.en and say.es."
    return None


def _twice(groups: list[Group]) -> list[Problem]:
    """The same phrasing in two groups would teach the assistant two answers to one question."""
    seen: dict[tuple[str, ...], Group] = {}
    found = []
    for group in groups:
        for language in LANGUAGES:
            for line in group.lines[language]:
                other = seen.setdefault(tuple(words(line)), group)
                if other.id != group.id:
                    wrong = f'"{line}" stands in the groups {other.id} and {group.id}.'
                    found.append(Problem(group.file, 0, wrong, "Keep it in the one that should answer."))
    ids: dict[str, Group] = {}
    for group in groups:
        if ids.setdefault(group.id, group) is not group:
            found.append(Problem(group.file, 0, f"Two groups have the id {group.id}.", "Give one another id."))
    return found
