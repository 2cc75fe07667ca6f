"""Wordings as a therapist writes them, and where they stand in a message.

    a/b       either word (spaces inside as _)        word?     may be missing
    ~         up to three other words                 numb*     any ending
    #         any number; #38-42 one from 38 to 42    {legs}    any wording of another group

A wording is tried only where its first word stands, and each gap has a limit, so that finding is linear in the length of
the message whatever is written in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.text import fold

GAP = 3
# No gap reaches over the end of a sentence or over a denial ("light does not bother me" holds no "light ~ bother").
_STOPS = frozenset(("|", "?", "not", "no", "never", "without", "sin", "ni", "nunca", "but", "pero"))
_RANGE = re.compile(r"#(\d+(?:\.\d)?)-(\d+)")
_ALLOWED = re.compile(r"(?:[a-z0-9_*'?/]|#(?:\d+(?:\.\d)?-\d+)?|\{[a-z_]+\})+|~")

Found = Mapping[str, Mapping[int, int]]  #: concept -> first word -> the word after the last


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a wording."""

    keys: frozenset[str] = frozenset()  #: single words, "numb*", "#", "#38-42"
    phrases: tuple[tuple[str, ...], ...] = ()
    openers: frozenset[str] = frozenset()  #: the first words of the phrases
    names: tuple[str, ...] = ()  #: other concepts
    optional: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say a concept."""

    concept: str
    slots: tuple[Slot, ...]
    needs: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()  #: of each later slot: words, or concepts


def _wording(concept: str, slots: Sequence[Slot]) -> Wording:
    needs = tuple((slot.keys | slot.openers, frozenset(slot.names)) for slot in slots[1:] if not (slot.gap or slot.optional))
    return Wording(concept, tuple(slots), needs)


@dataclass(frozen=True, slots=True)
class Level:
    """Wordings that need no concept of a later level, by what they begin with."""

    by_key: Mapping[str, tuple[Wording, ...]]
    by_name: Mapping[str, tuple[Wording, ...]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All concepts, ready to be found."""

    levels: tuple[Level, ...] = ()
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()  #: every word that is written out in a wording
    stems: frozenset[str] = frozenset()  #: "numb*"
    sizes: tuple[int, ...] = ()  #: lengths of the stems
    ranges: tuple[tuple[str, float, float], ...] = ()
    expansions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: concept -> its wordings, for the page


class WordingError(ValueError):
    """A wording that is not understood, in staff's words."""


def compile_lexicon(concepts: Mapping[str, Sequence[str]]) -> tuple[Lexicon, tuple[str, ...]]:
    """(the lexicon, what is wrong with wordings that are left out). Raises WordingError if groups name each other in a
    circle."""
    wordings: list[Wording] = []
    wrong: list[str] = []
    for name, texts in concepts.items():
        for text in texts:
            try:
                wordings.extend(_wordings(name, fold(str(text)), concepts))
            except WordingError as error:
                wrong.append(str(error))
    depth = _depths(wordings, concepts)
    levels = tuple(
        _level([w for w in wordings if depth[w.concept] == number]) for number in range(max(depth.values(), default=-1) + 1)
    )
    keys = {key for w in wordings for slot in w.slots for key in (*slot.keys, *(k for p in slot.phrases for k in p))}
    stems = frozenset(key for key in keys if key.endswith("*"))
    ranges = tuple((k, float(m[1]), float(m[2])) for k in sorted(keys) if (m := _RANGE.fullmatch(k)))
    words = frozenset(key for key in keys if key.isalpha())
    sizes = tuple(sorted({len(stem) - 1 for stem in stems}))
    whole = {name: tuple(map(str, texts)) for name, texts in concepts.items()}
    return Lexicon(levels, frozenset(concepts), words, stems, sizes, ranges, whole), tuple(wrong)


def find(lexicon: Lexicon, words: Sequence[str], sentences: Sequence[tuple[int, int]]) -> Found:
    """Where each concept stands, its longest wording at each first word. No wording reaches over the end of a sentence."""
    whole: dict[str, dict[int, int]] = {}
    for begin, end in sentences:
        for name, own in _find(lexicon, words[begin:end]).items():
            whole.setdefault(name, {}).update((begin + first, begin + last) for first, last in own.items())
    return whole


def _find(lexicon: Lexicon, words: Sequence[str]) -> dict[str, dict[int, int]]:
    keys = [_keys(lexicon, word) for word in words]
    places: dict[str, list[int]] = {}
    for at, own in enumerate(keys):
        for key in own:
            places.setdefault(key, []).append(at)
    found: dict[str, dict[int, int]] = {}
    for level in lexicon.levels:
        for key in places.keys() & level.by_key.keys():
            _note(found, level.by_key[key], places[key], keys, places)
        for name in found.keys() & level.by_name.keys():
            _note(found, level.by_name[name], list(found[name]), keys, places)
    return found


def _note(
    found: dict[str, dict[int, int]], wordings: tuple[Wording, ...], starts: list[int], keys: list[frozenset[str]],
    said: Mapping[str, list[int]],
) -> None:  # fmt: skip
    for wording in wordings:
        if not _may_fit(wording, said, found):
            continue
        for at in starts:
            end = _end(wording.slots, at, keys, found)
            if end > at:
                own = found.setdefault(wording.concept, {})
                own[at] = max(end, own.get(at, 0))


def _may_fit(wording: Wording, said: Mapping[str, list[int]], found: Found) -> bool:
    """Whether each later place of a wording stands somewhere in the sentence: a quick look before the careful one."""
    for keys, names in wording.needs:  # noqa: SIM110  (a generator would cost twice as much here)
        if said.keys().isdisjoint(keys) and found.keys().isdisjoint(names):
            return False
    return True


def _end(slots: tuple[Slot, ...], first: int, keys: list[frozenset[str]], found: Found) -> int:
    """The word after the last, if the slots fit the words from `first` on; else 0."""
    places = [first]
    for slot in slots:
        after = _over_gap(places, keys) if slot.gap else _fits(slot, places, keys, found)
        places = [*places, *after] if slot.optional else after
        if not places:
            return 0
    return max(places)


def _over_gap(places: list[int], keys: list[frozenset[str]]) -> list[int]:
    """The places that can be reached from others by skipping up to GAP words."""
    reached: dict[int, None] = {}
    for place in places:
        for at in range(place, min(place + GAP, len(keys)) + 1):
            reached[at] = None
            if at < len(keys) and not _STOPS.isdisjoint(keys[at]):
                break
    return list(reached)


def _fits(slot: Slot, places: list[int], keys: list[frozenset[str]], found: Found) -> list[int]:
    """The places after one slot that begins at any of some places."""
    after = [at + 1 for at in places if at < len(keys) and not slot.keys.isdisjoint(keys[at])]
    for name in slot.names:
        own = found.get(name)
        if own:
            after.extend(own[at] for at in places if at in own)
    if slot.openers:
        for at in places:
            if at < len(keys) and not slot.openers.isdisjoint(keys[at]):
                after.extend(_phrases(slot, at, keys))
    return after


def _phrases(slot: Slot, at: int, keys: list[frozenset[str]]) -> list[int]:
    """The places after each phrase of a slot that stands at `at`."""
    return [
        at + len(phrase)
        for phrase in slot.phrases
        if at + len(phrase) <= len(keys) and all(key in keys[at + i] for i, key in enumerate(phrase))
    ]


def _keys(lexicon: Lexicon, word: str) -> frozenset[str]:
    if word[0].isdigit():
        value = float(word)
        return frozenset((word, "#", *(key for key, low, high in lexicon.ranges if low <= value <= high)))
    stems = lexicon.stems
    return frozenset((word, *(stem for size in lexicon.sizes if (stem := word[:size] + "*") in stems and len(word) >= size)))


# --- reading wordings -------------------------------------------------------------------------------------------------


def _wordings(concept: str, text: str, concepts: Mapping[str, Sequence[str]]) -> Iterator[Wording]:
    """The wording, and again without its first word where that may be missing."""
    slots = [_slot(piece, f"{concept}: {text!r}", concepts) for piece in text.split()]
    while slots and slots[-1].gap:
        slots.pop()
    if not slots or slots[0].gap:
        raise WordingError(f"{concept}: {text!r} must begin with a word")
    if slots[-1].optional:
        raise WordingError(f"{concept}: {text!r} must not end in a word that may be missing")
    while slots[0].optional:
        yield _wording(concept, (replace(slots[0], optional=False), *slots[1:]))
        slots = slots[1:]
    yield _wording(concept, slots)


def _slot(piece: str, where: str, concepts: Mapping[str, Sequence[str]]) -> Slot:
    if not _ALLOWED.fullmatch(piece):
        raise WordingError(f"{where}: {piece!r} is not understood")
    if piece == "~":
        return Slot(gap=True)
    optional = piece.endswith("?")
    keys, phrases, names = set(), [], []
    for one in piece.rstrip("?").split("/"):
        if one.startswith("{"):
            names.append(one[1:-1])
            if one[1:-1] not in concepts:
                raise WordingError(f"{where}: there is no group {one}")
        elif not one.strip("_*"):
            raise WordingError(f"{where}: {piece!r} holds an empty word")
        elif "_" in one:
            phrases.append(tuple(one.split("_")))
        else:
            keys.add(one)
    return Slot(frozenset(keys), tuple(phrases), frozenset(phrase[0] for phrase in phrases), tuple(names), optional)


def _depths(wordings: list[Wording], concepts: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many other groups stand behind each group. Raises WordingError if groups name each other in a circle."""
    needs: dict[str, set[str]] = {name: set() for name in concepts}
    for wording in wordings:
        needs[wording.concept] |= {name for slot in wording.slots for name in slot.names}
    depth: dict[str, int] = {}
    while len(depth) < len(needs):
        ready = [n for n, own in needs.items() if n not in depth and own <= depth.keys()]
        if not ready:
            raise WordingError(f"the groups {', '.join(sorted(set(needs) - set(depth)))} name each other in a circle")
        for name in ready:
            depth[name] = max((depth[n] + 1 for n in needs[name]), default=0)
    return depth


def _level(wordings: list[Wording]) -> Level:
    by_key: dict[str, list[Wording]] = {}
    by_name: dict[str, list[Wording]] = {}
    for wording in wordings:
        first = wording.slots[0]
        for key in first.keys | first.openers:
            by_key.setdefault(key, []).append(wording)
        for name in first.names:
            by_name.setdefault(name, []).append(wording)
    return Level({k: tuple(w) for k, w in by_key.items()}, {n: tuple(w) for n, w in by_name.items()})


def written_out(wordings: Sequence[str]) -> set[str]:
    """Words of four letters and more that stand in wordings."""
    return {w for text in wordings for w in re.findall(r"(?<![{a-z])[a-z]{4,}(?![a-z]*[*}])", fold(text))}
