"""Small changes to the files that people keep: a phrasing more, a test more, a matter more. Text in, text out; what cannot
be done is a `Problem` in staff's words. Comments and layout stay as they are.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from bot.articles import slug
from bot.phrasings import Group
from bot.text import words
from bot.types import Language, Problem
from web.staff.folder import Texts
from web.staff.toml_text import dumped, with_item, with_value, without_item

CHECKS = "checks.md"
ASKED = "From visitors' questions"  #: the heading in checks.md under which the desk adds tests
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
    """What makes a section answer a question: the phrasing in the section's first group (or a group of its own), and a
    test that holds it to that. The changed files, by path."""
    own = [g for g in groups if g.reply == "section" and (g.article, g.heading) == (article, heading)]
    if own:
        path = own[0].file
        asked = with_phrasing(texts.get(path) or "", path, _closest(own, question).id, language, question)
    else:
        path = f"phrasings/{slug(f'{article} {heading}')[:80]}.toml"
        group = Group(slug(heading)[:40], "section", path, article, heading, lines={language: (tidy(question),)})
        taken = {g.id for g in groups}
        while group.id in taken:
            group = Group(f"{group.id}-2", "section", path, article, heading, lines=group.lines)
        asked = with_group(texts.get(path), path, group)
    return _with_test(texts, path, asked, question, heading, must)


def not_for_us(texts: Texts, groups: tuple[Group, ...], group: str, question: str, language: Language,
               must: bool = True) -> dict[str, str] | Problem:  # fmt: skip
    """What makes a question one of the matters that the clinic has not written about: the phrasing in the group of that
    matter, and a test. The changed files, by path."""
    found = next((g for g in groups if g.id == group and g.reply in ("no_answer", "contact")), None)
    if found is None:
        return Problem("phrasings", 0, f"There is no matter {group}.", "Choose another one.")
    asked = with_phrasing(texts.get(found.file) or "", found.file, group, language, question)
    return _with_test(texts, found.file, asked, question, found.reply.replace("_", " "), must)


def _with_test(texts: Texts, path: str, asked: str | Problem, question: str, wanted: str, must: bool) -> dict[str, str] | Problem:
    if isinstance(asked, Problem):
        return asked
    tests = with_check(texts.get(CHECKS), question, wanted, must)
    return tests if isinstance(tests, Problem) else {path: asked, CHECKS: tests}


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
