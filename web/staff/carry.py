"""When an article's words change, what points at them has to follow: the phrasings that name a sentence by how it begins,
or a heading; and the tests that name a heading. This finds where they point now, so that one click mends them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from bot.checks import plain
from bot.knowledge import KnowledgeBase, starts
from bot.phrasings import Group
from bot.types import Article, Problem, Section
from web.staff.edits import CHECKS, group_in
from web.staff.folder import Texts
from web.staff.toml_text import with_value

_ALIKE = 0.5  # share of common words from which a sentence is the old one in other words
_BEGINS = 5  # words that name a sentence

Headings = dict[tuple[str, str], str]  #: (article, old heading) -> new heading


def carried(live: KnowledgeBase, after: KnowledgeBase, texts: Texts) -> dict[str, str]:
    """The files that have to follow what `after` changed in the articles, as they should be, by path. `texts` are the
    files that `after` was made of. What cannot be told is left as it is."""
    moved = {key: new for old, now in _both(live, after) for key, new in _renamed(old, now).items()}
    moved |= {key: new for old, now in _both(live, after) for key, new in _begun(old, now, after.groups).items()}
    changed: dict[str, str] = {}
    for group in after.groups:
        if group.reply == "section":
            _follow(live, after, group, moved, texts, changed)
    tests = _tests(texts.get(CHECKS) or "", moved)
    return {**changed, CHECKS: tests} if tests != (texts.get(CHECKS) or "") else changed


def _both(live: KnowledgeBase, after: KnowledgeBase) -> Iterator[tuple[Article, Article]]:
    now = {article.slug: article for article in after.articles}
    yield from ((article, now[article.slug]) for article in live.articles if article.slug in now)


def _renamed(old: Article, new: Article) -> Headings:
    """Headings that went, each with the new one above the same text."""
    here, there = ({section.heading for section in article.sections} for article in (old, new))
    gone = [section for section in old.sections if section.heading not in there]
    came = [section for section in new.sections if section.heading not in here]
    found: Headings = {}
    for section in gone:
        best = max(came, key=lambda other: _alike(_all(section), _all(other)), default=None)
        if best and _alike(_all(section), _all(best)) >= _ALIKE:
            found[old.slug, section.heading] = best.heading
            came.remove(best)
    return found


def _begun(old: Article, new: Article, groups: tuple[Group, ...]) -> Headings:
    """The heading of a part that is new altogether, where the phrasings that wait for it name another that is nowhere."""
    here, there = ({section.heading for section in article.sections} for article in (old, new))
    named = {group.heading for group in groups if group.article == new.slug}
    waiting, free = sorted(named - here - there), [s.heading for s in new.sections if s.heading not in here | named]
    return {(new.slug, waiting[0]): free[0]} if len(waiting) == len(free) == 1 else {}


def _follow(
    live: KnowledgeBase, after: KnowledgeBase, group: Group, moved: Headings, texts: Texts, changed: dict[str, str]
) -> None:
    """Writes into `changed` what the group's file has to become."""
    text: str | Problem | None = changed.get(group.file, texts.get(group.file))
    heading = moved.get((group.article, group.heading), group.heading)
    if isinstance(text, str) and heading != group.heading:
        text = with_value(text, group.file, ("heading",), heading)
    old, new = _section(live, group.article, group.heading), _section(after, group.article, heading)
    if old and new and isinstance(text, str):
        quote = [_begin(old, new, begins) for begins in group.quote]
        if quote != list(group.quote):
            text = with_value(text, group.file, ("group", group_in(text, group.id)[1], "quote"), list(dict.fromkeys(quote)))
    if isinstance(text, str) and text != texts.get(group.file):
        changed[group.file] = text


def _section(kb: KnowledgeBase, slug: str, heading: str) -> Section | None:
    return next((s for a in kb.articles if a.slug == slug for s in a.sections if s.heading == heading), None)


def _begin(old: Section, new: Section, begins: str) -> str:
    """How the sentence begins now that began with `begins`; the same if it still does, or if nothing is like it."""
    if any(starts(unit.text, unit.items, begins) for unit in new.units):
        return begins
    was = next((piece for piece in _pieces(old) if piece.startswith(begins)), "")
    best = max(_pieces(new), key=lambda piece: _alike(was, piece), default="")
    if not was or _alike(was, best) < _ALIKE:
        return begins
    words = best.split(" ")
    for count in range(min(_BEGINS, len(words)), len(words) + 1):
        begin = " ".join(words[:count])
        if sum(piece.startswith(begin) for piece in _pieces(new)) == 1:
            return begin
    return best


def _pieces(section: Section) -> list[str]:
    """What a unit may be named by: its first line and its items."""
    return [piece for unit in section.units for piece in (unit.text.partition("\n")[0], *unit.items)]


def _all(section: Section) -> str:
    return " ".join(unit.text for unit in section.units)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, plain(one).split(), plain(other).split(), autojunk=False).ratio() if one and other else 0.0


def _tests(text: str, moved: Headings) -> str:
    """The tests with the new headings in the places of the old ones."""
    names = {plain(old): new for (_, old), new in moved.items()}

    def renamed(match: re.Match[str]) -> str:
        wanted = (part.strip() for part in match[2].split("|"))
        return match[1] + " | ".join(names.get(plain(part), part) for part in wanted)

    return re.sub(r"^([-*]\s.*?(?:->|→)\s*)(.+?)[ \t]*$", renamed, text, flags=re.MULTILINE) if names else text
