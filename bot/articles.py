"""From a file to an `Article`: Markdown or plain text, cut at its headings into quotable units.

What becomes a unit: each sentence of a paragraph; a whole list, with the line above it when that ends with a colon.
A list that follows a full sentence carries the paragraph on, so its items, being sentences themselves, are quoted like
sentences. Not quoted: everything before the first heading, pictures and their captions (a paragraph all in *italics*),
and everything below a horizontal rule (contact lines, footers).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from bot.files import read_text
from bot.types import Article, Language, Problem, Section, Unit

ENDINGS = (".md", ".txt")
_ABBREVIATIONS = re.compile(r"\b(?:e\.g|i\.e|dr|mr|mrs|ms|vs|approx|no|st|p\.ej|sr|sra|dra)\.$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?]+[\"”’)\]]*(?=\s)")


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of the file in reading order. `kind`: heading, rule, text, list or caption."""

    kind: str
    text: str = ""
    level: int = 0
    items: tuple[str, ...] = ()
    ordered: bool = False


def load_article(path: Path, folder: Path) -> Article | Problem:
    """The article of one file, or why it is left out."""
    text = read_text(path, folder)
    if isinstance(text, Problem):
        return text
    name = str(path.relative_to(folder))
    head, blocks = _markdown(text) if path.suffix == ".md" else ({}, _plain(text))
    title = str(head.get("title") or next((b.text for b in blocks if b.kind == "heading" and b.level == 1), ""))
    sections = tuple(_sections(blocks)) or tuple(_sections(blocks, title))  # a short note needs no headings but its title
    if not title:
        return Problem(name, 1, "It has no title.", 'Begin the file with a line such as "# Dry needling".')
    if not sections:
        return Problem(name, 1, "It has no text below its title.", "Write what the clinic says about it below the title.")
    reviewed = _date(head.get("reviewed") or head.get("date"))
    if reviewed is None:
        return Problem(name, 1, "Its date cannot be read.", "Write it as year-month-day, for example: date: 2025-09-25")
    language: Language = "es" if head.get("language") == "es" else "en"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Article(slug(path.stem), title, sections, reviewed, str(head.get("source", "")), language, digest)


def slug(text: str) -> str:
    """Letters and digits joined by hyphens, for addresses and anchors: "Is It Safe?" becomes "is-it-safe"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"


def sentences(text: str) -> list[str]:
    """A paragraph's sentences as written, without the spaces between them."""
    found: list[str] = []
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        piece = text[begin : match.end()].strip()
        if piece and not _ABBREVIATIONS.search(piece):
            found.append(piece)
            begin = match.end()
    rest = text[begin:].strip()
    return [*found, rest] if rest else found


def _date(value: object) -> str | None:
    if not value:
        return ""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _markdown(text: str) -> tuple[dict[str, str], list[_Block]]:
    tokens = MarkdownIt("commonmark").use(front_matter_plugin).parse(text)
    head = _front_matter(tokens[0].content) if tokens and tokens[0].type == "front_matter" else {}
    return head, list(_blocks(tokens))


def _front_matter(text: str) -> dict[str, str]:
    """`key: value` lines; a value may stand in double quotes, as editors and other programs write it."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line and not line.startswith((" ", "#")))
    return {key.strip(): _unquoted(value.strip()) for key, _, value in pairs}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        try:
            return str(tomllib.loads(f"v = {value}")["v"])
        except tomllib.TOMLDecodeError:
            return value[1:-1]
    return value.strip("'")


def _blocks(tokens: list[Token]) -> Iterator[_Block]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "heading_open":
            yield _Block("heading", _inline(tokens[at + 1]), int(token.tag[1]))
        elif token.type == "hr":
            yield _Block("rule")
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            end = _closing(tokens, at)
            items = tuple(_inline(t) for t in tokens[at:end] if t.type == "inline")
            yield _Block("list", items=items, ordered=token.type.startswith("ordered"))
            at = end
        elif token.type == "paragraph_open":
            yield _paragraph(tokens[at + 1])
        at += 1


def _paragraph(token: Token) -> _Block:
    return _Block("caption" if _is_caption(token) else "text", _inline(token))


def _is_caption(token: Token) -> bool:
    depth = 0
    for child in token.children or []:
        if child.type in ("em_open", "em_close"):
            depth += 1 if child.type == "em_open" else -1
        elif child.type not in ("image", "softbreak") and not (child.type == "text" and (depth or not child.content.strip())):
            return False
    return True


def _closing(tokens: list[Token], at: int) -> int:
    return next(i for i in range(at + 1, len(tokens)) if tokens[i].level == tokens[at].level and tokens[i].nesting == -1)


def _inline(token: Token) -> str:
    parts = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return re.sub(r"\s+", " ", "".join(parts)).strip()


# --- plain text -------------------------------------------------------------------------------------------------------

_MARK = re.compile(r"\s*(?:[•*–-]|(\d+)[.)])\s+")


def _plain(text: str) -> list[_Block]:
    """Paragraphs apart by empty lines; a short single line without a full stop is a heading, the first one the title."""
    blocks: list[_Block] = []
    for chunk in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = [line for line in chunk.split("\n") if line.strip()]
        if lines and all(_MARK.match(line) for line in lines):
            blocks.append(_plain_list(lines))
        elif lines:
            joined = re.sub(r"\s+", " ", " ".join(lines)).strip()
            heading = len(lines) == 1 and len(joined) <= 90 and joined[-1] not in ".!:;,"
            first = not any(b.kind == "heading" for b in blocks)
            blocks.append(_Block("heading", joined, 1 if first else 2) if heading else _Block("text", joined))
    return _joined_lists(blocks)


def _plain_list(lines: list[str]) -> _Block:
    ordered = bool((_MARK.match(lines[0]) or [None, None])[1])
    return _Block("list", items=tuple(_MARK.sub("", line, count=1).strip() for line in lines), ordered=ordered)


def _joined_lists(blocks: list[_Block]) -> list[_Block]:
    # Items with empty lines between them are still one list.
    joined: list[_Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and block.kind == last.kind == "list" and block.ordered == last.ordered:
            joined[-1] = _Block("list", items=last.items + block.items, ordered=last.ordered)
        else:
            joined.append(block)
    return joined


# --- sections and units -----------------------------------------------------------------------------------------------


def _sections(blocks: list[_Block], under_title: str = "") -> Iterator[Section]:
    """The parts below headings; what stands right below the title belongs to none, or to a heading `under_title`."""
    seen: dict[str, int] = {}
    heading = ""
    under: list[_Block] = []
    for block in [*blocks, _Block("heading", level=2)]:
        if block.kind == "rule":
            yield from _section(heading, under, seen)
            heading, under = "", []
        elif block.kind == "heading":
            yield from _section(heading, under, seen)
            heading, under = (under_title if block.level == 1 else block.text), []
        else:
            under.append(block)


def _section(heading: str, under: list[_Block], seen: dict[str, int]) -> Iterator[Section]:
    units = tuple(_units(under))
    if heading and units:
        anchor = slug(heading)
        seen[anchor] = seen.get(anchor, 0) + 1
        yield Section(heading, anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}", units)


def _units(under: list[_Block]) -> Iterator[Unit]:
    for at, block in enumerate(under):
        before = under[at - 1] if at else None
        after = under[at + 1] if at + 1 < len(under) else None
        if block.kind == "text":
            leads = after is not None and after.kind == "list" and block.text.endswith(":")
            parts = sentences(block.text)
            yield from (Unit(text, "sentence") for text in (parts[:-1] if leads else parts))
        elif block.kind == "list":
            yield from _list_units(block, before)


def _list_units(block: _Block, before: _Block | None) -> Iterator[Unit]:
    lead = sentences(before.text)[-1] if before and before.kind == "text" and before.text.endswith(":") else ""
    carries_on = before is not None and before.kind == "text" and not lead
    if carries_on and all(item[-1:] in ".!?" for item in block.items):
        for item in block.items:
            yield from (Unit(text, "sentence") for text in sentences(item))
        return
    marks = [f"{n}. " for n in range(1, len(block.items) + 1)] if block.ordered else ["• "] * len(block.items)
    lines = [mark + item for mark, item in zip(marks, block.items, strict=True)]
    yield Unit("\n".join([lead, *lines] if lead else lines), "list", lead, block.items, block.ordered)
