"""The difference between two texts, as people read it: lines that went, lines that came, and the words in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "gone", "new", "gap"]
AROUND = 1  # lines shown around a change
MOST_LINES = 400  # that are shown; a longer difference is cut off with a word about it
_ALIKE = 0.5  # share from which two lines are shown word by word


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the difference, in pieces: (text, whether it is what changed). A gap stands for `count` equal lines."""

    kind: Kind
    pieces: tuple[tuple[str, bool], ...] = ()
    count: int = 0


def difference(before: str | None, after: str | None) -> list[Line]:
    """The lines of the difference; empty if there is none."""
    old, new = (before or "").splitlines(), (after or "").splitlines()
    if old == new:
        return []
    found = list(_lines(old, new))
    return found if len(found) <= MOST_LINES else [*found[:MOST_LINES], Line("gap", count=len(found) - MOST_LINES)]


def _lines(old: list[str], new: list[str]) -> Iterator[Line]:
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND)
    last = 0
    for group in groups:
        if group[0][1] > last:
            yield Line("gap", count=group[0][1] - last)
        for tag, a, b, c, d in group:
            if tag == "equal":
                yield from (Line("same", ((line, False),)) for line in old[a:b])
            elif tag == "replace":
                yield from _replaced(old[a:b], new[c:d])
            else:
                yield from (Line("gone", ((line, True),)) for line in old[a:b])
                yield from (Line("new", ((line, True),)) for line in new[c:d])
        last = group[-1][2]
    if len(old) > last:
        yield Line("gap", count=len(old) - last)


def _replaced(old: list[str], new: list[str]) -> Iterator[Line]:
    for at in range(max(len(old), len(new))):
        gone, came = (lines[at] if at < len(lines) else None for lines in (old, new))
        if gone is not None and came is not None:
            yield from _by_words(gone, came)
        elif gone is not None:
            yield Line("gone", ((gone, True),))
        elif came is not None:
            yield Line("new", ((came, True),))


def _by_words(gone: str, came: str) -> Iterator[Line]:
    old, new = (re.findall(r"\s+|[^\s]+", line) for line in (gone, came))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        yield Line("gone", ((gone, True),))
        yield Line("new", ((came, True),))
        return
    codes = matcher.get_opcodes()
    yield Line("gone", tuple(("".join(old[a:b]), tag != "equal") for tag, a, b, _, _ in codes if b > a))
    yield Line("new", tuple(("".join(new[c:d]), tag != "equal") for tag, _, _, c, d in codes if d > c))
