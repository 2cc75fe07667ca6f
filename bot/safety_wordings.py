"""Wordings as a therapist writes them, made ready to be found.

a/b       either word (spaces inside as _)        word?     may be missing
~         up to three other words                 numb*     any ending
#         any number; #38-42 one from 38 to 42    {legs}    any wording of another group
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from sys import intern
from typing import TypeVar

from bot.safety_patterns import Level, Lexicon, Slot, Step, Wording
from bot.text import fold

_MANY = 12  # keys; a small set takes three times the memory of a small tuple
_RANGE = re.compile(r"#(\d+(?:\.\d)?)-(\d+)")
_ALLOWED = re.compile(r"(?:[a-z0-9_*'?/]|#(?:\d+(?:\.\d)?-\d+)?|\{[a-z_]+\})+|~")
_SKIP = Slot(gap=True)
_T = TypeVar("_T")
_Draft = tuple[str, tuple[Step, ...]]  #: concept, slots


class WordingError(ValueError):
    """A wording that is not understood, in staff's words."""


def compile_lexicon(concepts: Mapping[str, Sequence[str]]) -> tuple[Lexicon, tuple[str, ...]]:
    """(the lexicon, what is wrong with wordings that are left out). Raises WordingError if groups name each other in a
    circle."""
    wordings: list[_Draft] = []
    wrong: list[str] = []
    slots: dict[str, Step] = {}
    for name, texts in concepts.items():
        for text in texts:
            try:
                for draft in _wordings(name, fold(str(text)), concepts, slots):
                    wordings.extend(_apart(*draft))
            except WordingError as error:
                wrong.append(str(error))
    whole = {name: tuple(map(str, texts)) for name, texts in concepts.items()}
    keys = {key for _, own in wordings for slot in own for key in _words_of(slot)}
    ranges = tuple((k, float(m[1]), float(m[2])) for k in sorted(keys) if (m := _RANGE.fullmatch(k)))
    stems: dict[str, tuple[str, ...]] = {}
    for key in sorted(key for key in keys if key.endswith("*")):
        stems[key[:3].rstrip("*")] = (*stems.get(key[:3].rstrip("*"), ()), key)
    heads = tuple(sorted({len(head) for head in stems}))
    return Lexicon(_levels(wordings, concepts), frozenset(concepts), stems, heads, ranges, whole), tuple(wrong)


def _words_of(slot: Step) -> Iterator[str]:
    if isinstance(slot, str):
        yield slot
    else:
        yield from slot.keys
        yield from (key for phrase in slot.phrases for key in phrase)


def _wordings(concept: str, text: str, concepts: Mapping[str, Sequence[str]], slots: dict[str, Step]) -> Iterator[_Draft]:
    """The wording, and again without its first word where that may be missing. Slots that were read before are shared."""
    pieces = text.split()
    while pieces and pieces[-1] == "~":
        pieces.pop()
    for piece in pieces:
        if piece not in slots:
            slots[piece] = _slot(piece, f"{concept}: {text!r}", concepts)
    if not pieces or pieces[0] == "~":
        raise WordingError(f"{concept}: {text!r} must begin with a word")
    if pieces[-1].endswith("?"):
        raise WordingError(f"{concept}: {text!r} must not end in a word that may be missing")
    while pieces[0].endswith("?"):
        first = pieces[0].rstrip("?")
        slots.setdefault(first, _slot(first, f"{concept}: {text!r}", concepts))
        yield (concept, tuple(slots[piece] for piece in (first, *pieces[1:])))
        del pieces[0]
    yield (concept, tuple(slots[piece] for piece in pieces))


def _slot(piece: str, where: str, concepts: Mapping[str, Sequence[str]]) -> Step:
    if not _ALLOWED.fullmatch(piece):
        raise WordingError(f"{where}: {piece!r} is not understood")
    if piece == "~":
        return _SKIP
    optional = piece.endswith("?")
    keys, phrases, names = [], [], []
    for one in piece.rstrip("?").split("/"):
        if one.startswith("{"):
            names.append(one[1:-1])
            if one[1:-1] not in concepts:
                raise WordingError(f"{where}: there is no group {one}")
        elif not one.strip("_*"):
            raise WordingError(f"{where}: {piece!r} holds an empty word")
        elif "_" in one:
            phrases.append(tuple(map(intern, one.split("_"))))
        else:
            keys.append(intern(one))  # the same words stand in thousands of wordings
    if len(keys) == 1 and not (phrases or names or optional):
        return keys[0]
    whole = _shared(keys)
    signs = _shared([*keys, *(max(phrase, key=len) for phrase in phrases)]) if phrases else whole
    return Slot(whole, tuple(phrases), tuple(names), optional, signs=signs)


def _shared(keys: list[str]) -> Collection[str]:
    return frozenset(keys) if len(keys) > _MANY else tuple(keys)


def _apart(concept: str, slots: tuple[Step, ...]) -> Iterator[_Draft]:
    """A wording of a single place as one for each word, phrase and concept that it may be; any other as it is."""
    if len(slots) > 1 or isinstance(slots[0], str):
        yield concept, slots
        return
    yield from ((concept, (key,)) for key in slots[0].keys)
    yield from ((concept, phrase) for phrase in slots[0].phrases)
    yield from ((concept, (Slot(names=(name,)),)) for name in slots[0].names)


def _levels(wordings: list[_Draft], concepts: Mapping[str, Sequence[str]]) -> tuple[Level, ...]:
    """The wordings by level, each under its slot that the wordings themselves use least: common words stand in many."""
    depth = _depths(wordings, concepts)
    used = Counter(key for _, slots in wordings for slot in slots for key in dict.fromkeys(_words_of(slot)))
    often: Counter[str] = Counter()  # how often a concept may be found, by the same measure
    levels = []
    for number in range(max(depth.values(), default=-1) + 1):
        plain: dict[str, tuple[str, ...]] = {}
        same: dict[str, tuple[str, ...]] = {}
        by_key: dict[str, tuple[Wording, ...]] = {}
        by_name: dict[str, tuple[Wording, ...]] = {}
        for concept, slots in wordings:
            if depth[concept] != number:
                continue
            needed = [slot for slot in slots if isinstance(slot, str) or not (slot.gap or slot.optional)]
            rarest, *others = sorted(needed, key=lambda slot: _cost(slot, used, often))
            others.sort(key=lambda slot: not isinstance(slot, str))  # a look at a word costs least
            often[concept] += _cost(rarest, used, often)
            if len(slots) == 1:
                table, key = (plain, rarest) if isinstance(rarest, str) else (same, rarest.names[0])
                table[key] = (*table.get(key, ()), concept)
                continue
            wording = Wording(concept, slots, tuple(others))
            for key in _signs(rarest, used):
                by_key[key] = (*by_key.get(key, ()), wording)
            for name in () if isinstance(rarest, str) else rarest.names:
                by_name[name] = (*by_name.get(name, ()), wording)
        levels.append(Level(_once(plain), _once(same), _once(by_key), _once(by_name)))
    return tuple(levels)


def _once(table: dict[str, tuple[_T, ...]]) -> dict[str, tuple[_T, ...]]:
    """The table with equal entries kept once: words of one place say the same."""
    known: dict[tuple[_T, ...], tuple[_T, ...]] = {}
    return {key: known.setdefault(own, own) for key, own in table.items()}


def _signs(slot: Step, used: Mapping[str, int]) -> Iterator[str]:
    """The words of which one must be said where a slot stands, each once; its concepts left aside."""
    if isinstance(slot, str):
        return iter((slot,))
    return iter(dict.fromkeys((*slot.keys, *(min(phrase, key=lambda word: used[word]) for phrase in slot.phrases))))


def _cost(slot: Step, used: Mapping[str, int], often: Mapping[str, int]) -> int:
    names = () if isinstance(slot, str) else slot.names
    return sum(used[key] for key in _signs(slot, used)) + sum(often[name] for name in names)


def _depths(wordings: list[_Draft], concepts: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many other groups stand behind each group. Raises WordingError if groups name each other in a circle."""
    needs: dict[str, set[str]] = {name: set() for name in concepts}
    for concept, slots in wordings:
        needs[concept] |= {name for slot in slots if isinstance(slot, Slot) for name in slot.names}
    depth: dict[str, int] = {}
    while len(depth) < len(needs):
        ready = [n for n, own in needs.items() if n not in depth and own <= depth.keys()]
        if not ready:
            raise WordingError(f"the groups {', '.join(sorted(set(needs) - set(depth)))} name each other in a circle")
        for name in ready:
            depth[name] = max((depth[n] + 1 for n in needs[name]), default=0)
    return depth


def written_out(wordings: Sequence[str]) -> set[str]:
    """Words of four letters and more that stand in wordings."""
    return {w for text in wordings for w in re.findall(r"(?<![{a-z])[a-z]{4,}(?![a-z]*[*}])", fold(text))}
