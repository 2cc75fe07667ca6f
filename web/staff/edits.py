"""Small changes to the files that people keep: a phrasing more, a test more, a matter more. Text in, text out; what cannot
be done is a `Problem` in staff's words. Comments and layout stay as they are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from bot.articles import slug
from bot.phrasings import Group
from bot.text import words
from bot.types import Language, Problem
from web.staff.folder import Texts
from web.staff.toml_text import dumped, with_item, with_value, without_item

CHECKS = "checks.md"
ASKED = "From visitors' questions"  #: the heading in checks.md under which the desk adds tests
MATTERS = ("contact", "no_answer")  #: kinds of reply of what the clinic has not written about
LONGEST = 300  # letters of a phrasing or a test


def tidy(line: str) -> str:
    """A question as it goes into a file: one line, without marks of a list or control characters."""
    return re.sub(r"\s+", " ", re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", line)).strip().lstrip("-*# ").strip()[:LONGEST]


def with_phrasing(text: str, path: str, group: str, language: Language, line: str) -> str | Problem:
    """The text of a phrasings file with one more way of asking in a group. A line that is there already changes nothing."""
    table, at = group_in(text, group)
    if table is None:
        return Problem(path, 0, f"There is no group {group}.", "Choose another group.")
    line = tidy(line)
    if not words(line):
        return Problem(path, 0, "The line holds no words.", "Write it as a visitor would ask.")
    if any(words(line) == words(str(other)) for other in table.get(language, ())):
        return text
    if language not in table:
        return with_value(text, path, ("group", at, language), [line])
    return with_item(text, path, ("group", at, language), line)


def without_phrasing(text: str, path: str, group: str, language: Language, line: str) -> str | Problem:
    """The text of a phrasings file without one way of asking."""
    table, at = group_in(text, group)
    if table is None or line not in table.get(language, ()):
        return Problem(path, 0, f'The group {group} does not hold "{line}".', "Look at the page again: it has changed.")
    return without_item(text, path, ("group", at, language), line)


def with_group(text: str | None, path: str, group: Group) -> str | Problem:
    """The text of a phrasings file with one more group at its end; a new file for a section that has none."""
    if text is None and group.reply == "section":
        text = (
            f'# How visitors ask about "{group.heading}". Staff may add lines.\n'
            f"article = {dumped(group.article)}\nheading = {dumped(group.heading)}\n"
        )
    elif text is None:
        text = "# Matters that the clinic has not written about. Staff may add lines.\n"
    lines = [f"id = {dumped(group.id)}"]
    if group.reply != "section":
        lines.append(f"reply = {dumped(group.reply)}")
    lines += [f"quote = {dumped(list(group.quote))}"] if group.quote else []
    lines += [f"say.{language} = {dumped(said)}" for language, said in group.say.items()]
    lines += [f"suggest.{language} = {dumped(said)}" for language, said in group.suggest.items()]
    for language, asked in group.lines.items():
        if asked:
            lines += [f"{language} = [", *(f"  {dumped(tidy(line))}," for line in asked), "]"]
    new = f"{text.rstrip()}\n\n[[group]]\n" + "\n".join(lines) + "\n"
    try:
        known = [table.get("id") for table in tomllib.loads(new)["group"]]
    except tomllib.TOMLDecodeError:
        return Problem(path, 0, "It is not well-formed.", "Mend it as a text first.")
    if known.count(group.id) > 1:
        return Problem(path, 0, f"There is a group {group.id} already.", "Choose another name.")
    return new


def with_check(text: str | None, question: str, wanted: str, must: bool = True) -> str | Problem:
    """The text of checks.md with one more test under `ASKED`. `wanted` is a heading of an article, several of them with
    "|" between, or one of the kinds of reply ("no answer", "contact", ...). A test of the same question gives way."""
    question = tidy(question)
    if not words(question) or "->" in question or "→" in question:
        return Problem(CHECKS, 0, "This is no question that a test can ask.", "Write it as a visitor would, without an arrow.")
    if not wanted.strip() or "\n" in wanted:
        return Problem(CHECKS, 0, "The test does not say what must come back.", "Choose a heading, or a kind of reply.")
    line = f"- {'' if must else '(should) '}{question} -> {wanted.strip()}"
    kept = [old for old in (text or "# Answer tests\n").splitlines() if not _asks(old, question)]
    if f"## {ASKED}" not in kept:
        return "\n".join([*kept, "", f"## {ASKED}", "", line]) + "\n"
    begin = kept.index(f"## {ASKED}") + 1
    end = next((at for at in range(begin, len(kept)) if kept[at].startswith("#")), len(kept))
    while end > begin and not kept[end - 1].strip():
        end -= 1
    return "\n".join([*kept[:end], *([""] if end == begin else []), line, *kept[end:]]) + "\n"


def without_check(text: str, question: str) -> str | Problem:
    """The text of checks.md without the tests of a question."""
    kept = [line for line in text.splitlines(keepends=True) if not _asks(line, question)]
    if len(kept) == len(text.splitlines()):
        return Problem(CHECKS, 0, "There is no such test.", "Look at the page again: it has changed.")
    return "".join(kept)


def _asks(line: str, question: str) -> bool:
    match = re.match(r"[-*]\s+(?:\(should\)\s+)?(.+?)\s*(?:->|→)", line)
    return bool(match) and words(match[1]) == words(question)  # type: ignore[index]  # it matched


def answered_by(texts: Texts, groups: tuple[Group, ...], article: str, heading: str, question: str, language: Language,
                must: bool = True) -> dict[str, str] | Problem:  # fmt: skip
    """What makes a section answer a question: the phrasing in the section's group that is closest (or a group of its own),
    taken out of any other, and a test that holds the section to it. The changed files, by path."""
    own = [g for g in groups if g.reply == "section" and (g.article, g.heading) == (article, heading)]
    if own:
        return _taught(texts, groups, _closest(own, question), question, language, heading, must)
    path = f"phrasings/{slug(f'{article} {heading}')[:80]}.toml"
    name, taken = slug(heading)[:40], {g.id for g in groups}
    while name in taken:
        name = f"{name}-2"
    made = Group(name, "section", path, article, heading)
    if f"id = {dumped(name)}" in (texts.get(path) or ""):
        return _taught(texts, groups, made, question, language, heading, must)
    text = with_group(texts.get(path), path, made)
    return text if isinstance(text, Problem) else _taught({**texts, path: text}, groups, made, question, language, heading, must)


def not_for_us(texts: Texts, groups: tuple[Group, ...], group: str, question: str, language: Language,
               must: bool = True) -> dict[str, str] | Problem:  # fmt: skip
    """What makes a question one of the matters that the clinic has not written about: the phrasing in the group of that
    matter, taken out of any other, and a test. The changed files, by path."""
    found = next((g for g in groups if g.id == group and g.reply in MATTERS), None)
    if found is None:
        return Problem("phrasings", 0, f"There is no matter {group}.", "Choose another one.")
    return _taught(texts, groups, found, question, language, found.reply.replace("_", " "), must)


def _taught(
    texts: Texts, groups: tuple[Group, ...], own: Group, question: str, language: Language, wanted: str, must: bool
) -> dict[str, str] | Problem:
    changed: dict[str, str] = {}
    for group, tongue, line in _held(groups, own, question):
        text = changed.get(group.file, texts.get(group.file)) or ""
        less = without_phrasing(text, group.file, group.id, tongue, line)
        if isinstance(less, Problem):
            return less
        changed[group.file] = less
    more = with_phrasing(changed.get(own.file, texts.get(own.file)) or "", own.file, own.id, language, question)
    tests = with_check(texts.get(CHECKS), question, wanted, must)
    for file in (more, tests):
        if isinstance(file, Problem):
            return file
    return {**changed, own.file: str(more), CHECKS: str(tests)}


def _held(groups: tuple[Group, ...], own: Group, question: str) -> Iterator[tuple[Group, Language, str]]:
    """Where another group has the question already: a question can lead to one place only."""
    for group in groups:
        for tongue, lines in group.lines.items():
            yield from ((group, tongue, line) for line in lines if group.id != own.id and words(line) == words(question))


def with_section(text: str, heading: str) -> str:
    """The text of an article with an empty part at its end, above a closing line of contacts where it has one."""
    if re.search(rf"^#+ {re.escape(heading)}\s*$", text, re.MULTILINE):
        return text
    body, rule, foot = text.rstrip().rpartition("\n---\n")
    if rule and "\n#" in body and not re.search(r"^#", foot, re.MULTILINE):
        return f"{body.rstrip()}\n\n## {heading}\n\n\n{rule}{foot}\n"
    return f"{text.rstrip()}\n\n## {heading}\n\n"


def _closest(groups: list[Group], question: str) -> Group:
    """The group whose lines share most words with the question; the first one if none does."""
    asked = set(words(question))

    def shared(group: Group) -> float:
        lines = [set(words(line)) for language in group.lines.values() for line in language]
        return max((len(asked & line) / len(asked | line) for line in lines if line), default=0.0)

    return max(groups, key=shared)


def group_in(text: str, name: str) -> tuple[dict[str, Any] | None, int]:
    """(the group of this id in the text of a phrasings file, or None; its place among the groups)"""
    try:
        tables = tomllib.loads(text).get("group", [])
    except (tomllib.TOMLDecodeError, RecursionError):
        return None, 0
    for at, table in enumerate(tables if isinstance(tables, list) else []):
        if isinstance(table, dict) and table.get("id") == name:
            return table, at
    return None, 0
