"""An article's file as two things: its facts (title, day of review, reviewer...) and its text below them.

The desk shows the facts as fields. What it does not know of the facts stays as it is, in its order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.articles import _front_matter, load_article
from bot.types import Article, Problem

FIELDS = ("title", "reviewed", "reviewer", "language", "source")  #: the facts that the desk shows
_HEAD = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_RISKY = re.compile(r"^[\s\"'#&*!|>%@`\[\]{},?-]|[:#\"\\]|\s$")


@dataclass(frozen=True, slots=True)
class Head:
    """The facts above an article, by name and in order."""

    facts: Mapping[str, str]

    def get(self, name: str) -> str:
        """A fact, or ""."""
        return self.facts.get(name, "")


def split(text: str) -> tuple[Head, str]:
    """(the facts, the text below them)"""
    found = _HEAD.match(text)
    return (Head(_front_matter(found[1])), text[found.end() :].lstrip("\r\n")) if found else (Head({}), text)


def joined(head: Head, body: str) -> str:
    """The file of the facts and the text."""
    lines = [f"{name}: {_quoted(value)}".rstrip() for name, value in head.facts.items()]
    return "\n".join(["---", *lines, "---", "", body.lstrip("\n")]) if lines else body


def with_facts(text: str, **facts: str) -> str:
    """The file with some facts changed. An empty one that was not there is not added; lines that did not change stay."""
    head, body = split(text)
    changed = {name: " ".join(value.split()) for name, value in facts.items() if " ".join(value.split()) != head.get(name)}
    if not changed:
        return text
    found = _HEAD.match(text)
    lines = found[1].splitlines() if found else []
    for name, value in changed.items():
        line = f"{name}: {_quoted(value)}".rstrip()
        at = next((i for i, old in enumerate(lines) if re.match(rf"{re.escape(name)}\s*:", old)), None)
        if at is None:
            lines.append(line)
        else:
            lines[at] = line
    return "\n".join(["---", *lines, "---", "", body])


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if _RISKY.search(value) else value


def parsed(path: str, text: str) -> Article | Problem:
    """The article that the assistant would make of a text."""
    with TemporaryDirectory(prefix="pinpoint-article-") as made:
        file = Path(made) / Path(path).name
        file.write_bytes(text.encode(errors="replace"))
        return load_article(file, Path(made))
