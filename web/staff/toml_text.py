"""Changing one value of a TOML file that people keep: every comment, empty line and order stays as it was.

The place of a value is found in the text and only that place is written anew. Then both texts are read as TOML and
compared: a change that did more, or less, than it should is a `Problem` and not a change.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.types import Problem

Way = tuple[str | int, ...]  #: the way to a value: ("group", 2, "en") is the list `en` of the third [[group]]
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"-]+)\s*=\s*")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: offsets of its text, half open."""

    begin: int
    end: int


def with_value(text: str, name: str, path: Way, value: Any) -> str | Problem:
    """The text with another value at `path`. A key that is not there yet is added at the end of its table."""

    def change(data: Any) -> None:
        _holder(data, path)[path[-1]] = value

    place = _place(text, path)
    if place:
        new = text[: place.begin] + dumped(value) + text[place.end :]
    else:
        at = _end_of_table(text, path[:-1])
        new = f"{text[:at]}{path[-1]} = {dumped(value)}\n{text[at:]}" if at is not None else text
    return _proved(text, new, name, change)


def without_value(text: str, name: str, path: Way) -> str | Problem:
    """The text without the line, or lines, of the value at `path`."""

    def change(data: Any) -> None:
        del _holder(data, path)[path[-1]]

    place = _place(text, path)
    if not place:
        return text
    begin = text.rfind("\n", 0, place.begin) + 1
    end = text.find("\n", place.end)
    return _proved(text, text[:begin] + (text[end + 1 :] if end >= 0 else ""), name, change)


def with_item(text: str, name: str, path: Way, item: str) -> str | Problem:
    """The text with one more item at the end of the list at `path`, on a line of its own where the others are."""

    def change(data: Any) -> None:
        _holder(data, path)[path[-1]].append(item)

    place = _place(text, path)
    if not place:
        return _unchanged(name)
    inside = text[place.begin : place.end - 1]  # without the closing bracket
    kept = inside.rstrip()
    if "\n" not in inside:
        comma = ", " if kept[-1:] not in ("[", ",") else ""
        return _proved(text, f"{text[: place.begin]}{kept}{comma}{dumped(item)}{text[place.end - 1 :]}", name, change)
    last = kept.rpartition("\n")[2]
    indent = re.match(r"\s*", last)[0] if kept.count("\n") else "  "  # type: ignore[index]  # it always matches
    inside = _with_comma(kept)
    return _proved(text, f"{text[: place.begin]}{inside}\n{indent}{dumped(item)},\n{text[place.end - 1 :]}", name, change)


def without_item(text: str, name: str, path: Way, item: str) -> str | Problem:
    """The text without an item of the list at `path`; the list's other lines stay as they are."""

    def change(data: Any) -> None:
        _holder(data, path)[path[-1]].remove(item)

    place = _place(text, path)
    if not place:
        return _unchanged(name)
    inside = text[place.begin : place.end]
    wanted = re.escape(dumped(item))
    own_line = re.compile(rf"^[ \t]*{wanted}[ \t]*,?[ \t]*(?:#[^\n]*)?\n", re.MULTILINE)
    amid = re.compile(rf"{wanted}\s*,\s*|,\s*{wanted}|{wanted}")
    new = own_line.sub("", inside, count=1)
    if new == inside:
        new = amid.sub("", inside, count=1)
    return _proved(text, text[: place.begin] + new + text[place.end :], name, change)


def dumped(value: Any) -> str:
    """A text, a number or a list of texts as TOML."""
    if isinstance(value, list):
        return f"[{', '.join(map(dumped, value))}]"
    # What JSON writes of a text is TOML as well, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _with_comma(inside: str) -> str:
    """The inside of a list with a comma behind its last item, even where a comment follows that item."""
    for quote in re.finditer(r"\[|,|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*", inside):
        if not quote[0].startswith("#"):
            last = quote
    return inside if last[0] in "[," else f"{inside[: last.end()]},{inside[last.end() :]}"


def _holder(data: Any, path: Way) -> Any:
    for step in path[:-1]:
        data = data[step] if isinstance(step, int) else data.setdefault(step, {})
    return data


def _proved(old: str, new: str, name: str, change: Callable[[Any], None]) -> str | Problem:
    try:
        wanted = copy.deepcopy(tomllib.loads(old))
        change(wanted)
        return new if tomllib.loads(new) == wanted else _unchanged(name)
    except (tomllib.TOMLDecodeError, KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        return _unchanged(name)


def _unchanged(name: str) -> Problem:
    return Problem(name, 0, "It is written in a way that this page cannot change safely.", "Change it as a text instead.")


# --- where things stand -----------------------------------------------------------------------------------------------


def _lines(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        found.append((at, line))
        at += len(line)
    return found


def _place(text: str, path: Way) -> _Place | None:
    """The place of the value, told by headers and keys as people write them, one to a line."""
    table, seen, skip = (), {}, 0  # type: Way, dict[str, int], int
    for at, line in _lines(text):
        if at < skip:
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _table(header, seen)
        elif key:
            begin = at + key.end()
            end = _end_of_value(text, begin)
            if end is None:
                return None
            if (*table, *_names(key[1])) == path:
                return _Place(begin, end)
            skip = end  # the lines of a list are no keys
    return None


def _table(header: re.Match[str], seen: dict[str, int]) -> Way:
    names = _names(header[2])
    if header[1] == "[":
        return names
    seen[header[2]] = seen.get(header[2], -1) + 1
    return (*names, seen[header[2]])


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip('"') for part in dotted.split("."))


def _end_of_value(text: str, begin: int) -> int | None:
    """The end of the value that begins here: the first end of a line at which it can be read."""
    closing = {"[": "]", "{": "}"}.get(text[begin : begin + 1], "")
    end = begin
    while end < len(text):
        start, end = end, text.find("\n", end + 1)
        end = len(text) if end < 0 else end
        if closing not in text[start:end]:
            continue  # a list of hundreds of lines is not read hundreds of times
        try:
            tomllib.loads(f"v = {text[begin:end]}")
        except tomllib.TOMLDecodeError:
            continue
        return begin + len(_bare(text[begin:end]))
    return None


def _bare(value: str) -> str:
    """A value without the comment behind it."""
    if "#" not in value.rpartition("\n")[2]:
        return value.rstrip()
    wanted = tomllib.loads(f"v = {value}")
    for at in (match.start() for match in re.finditer("#", value)):
        try:
            if tomllib.loads(f"v = {value[:at]}") == wanted:
                return value[:at].rstrip()
        except tomllib.TOMLDecodeError:
            continue
    return value.rstrip()


def _end_of_table(text: str, table: Way) -> int | None:
    """Where a new key of a table goes: behind its header and last key; None where there is no such table."""
    current, seen, skip, found = (), {}, 0, None  # type: Way, dict[str, int], int, int | None
    if not table:
        found = 0
    for at, line in _lines(text):
        if at < skip:
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            current = _table(header, seen)
            if current == table:
                found = at + len(line)
        elif key:
            end = _end_of_value(text, at + key.end())
            if end is None:
                return None
            skip = end
            if current == table:
                stop = text.find("\n", end)
                found = len(text) if stop < 0 else stop + 1
    return found
