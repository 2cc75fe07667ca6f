"""Two people's changes of one text put together, where they touch different lines."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

Change = tuple[int, int, list[str]]  #: lines from, to (half open) of the first text, and what stands there now


def together(began: str | None, theirs: str | None, mine: str | None) -> str | None:
    """The text with both changes; None if they touch the same lines, or somebody took the text out."""
    if began is None or theirs is None or mine is None:
        return None
    base = began.splitlines(keepends=True)
    both = sorted([*_changes(base, theirs), *_changes(base, mine)], key=lambda change: change[:2])
    out: list[str] = []
    at = 0
    last: Change | None = None
    for change in both:
        if change == last:
            continue  # both made the same change
        if last is not None and (change[0] < last[1] or change[:2] == last[:2]):
            return None
        out += [*base[at : change[0]], *change[2]]
        at, last = change[1], change
    return "".join([*out, *base[at:]])


def _changes(base: list[str], text: str) -> Iterator[Change]:
    lines = text.splitlines(keepends=True)
    for tag, a, b, c, d in SequenceMatcher(None, base, lines, autojunk=False).get_opcodes():
        if tag != "equal":
            yield a, b, lines[c:d]
