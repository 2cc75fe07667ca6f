"""Wordings as a therapist writes them, and where they stand in a message.

    a/b       either word (spaces inside as _)        word?     may be missing
    ~         up to three other words                 numb*     any ending
    #         any number; #38-42 one from 38 to 42    {legs}    any wording of another group

A sentence is read as sets of places, each set one whole number: bit 5 stands for its sixth word. A slot moves all places
of a set at once, and a wording is tried only where its rarest word stands; so finding is linear in the length of the
message, whatever is written in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from bot.text import fold

GAP = 3
_MANY = 12  # keys; a small set takes three times the memory of a small tuple
# No gap reaches over the end of a sentence or over a denial ("light does not bother me" holds no "light ~ bother").
_STOPS = ("|", "?", "not", "no", "never", "without", "sin", "ni", "nunca", "but", "pero")
_RANGE = re.compile(r"#(\d+(?:\.\d)?)-(\d+)")
_ALLOWED = re.compile(r"(?:[a-z0-9_*'?/]|#(?:\d+(?:\.\d)?-\d+)?|\{[a-z_]+\})+|~")

Found = Mapping[str, Mapping[int, int]]  #: concept -> first word -> the word after the last


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One place of a wording that is more than a single word. Wordings share their slots."""

    keys: Collection[str] = ()  #: single words, "numb*", "#", "#38-42"; a set where there are many
    phrases: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()  #: other concepts
    optional: bool = False
    gap: bool = False


Step = str | Slot  #: most places of wordings are one word
_SKIP = Slot(gap=True)


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """One way to say a concept."""

    concept: str
    slots: tuple[Step, ...]
    needs: tuple[Step, ...]  #: what must be said beside the slot that it is filed under, words first


_Draft = tuple[str, tuple[Step, ...]]  #: concept, slots


@dataclass(frozen=True, slots=True)
class Level:
    """Wordings that need no concept of a later level, by the word or concept of theirs that is said least."""

    plain: Mapping[str, tuple[str, ...]]  #: word -> concepts that it says by itself
    by_key: Mapping[str, tuple[Wording, ...]]
    by_name: Mapping[str, tuple[Wording, ...]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All concepts, ready to be found."""

    levels: tuple[Level, ...] = ()
    names: frozenset[str] = frozenset()
    stems: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: its first letters -> "numb*"
    heads: tuple[int, ...] = ()  #: how many first letters
    ranges: tuple[tuple[str, float, float], ...] = ()
    expansions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: concept -> its wordings, for the page


class WordingError(ValueError):
    """A wording that is not understood, in staff's words."""


# --- finding ----------------------------------------------------------------------------------------------------------


def find(lexicon: Lexicon, words: Sequence[str], sentences: Sequence[tuple[int, int]]) -> Found:
    """Where each concept stands, its longest wording at each first word. No wording reaches over the end of a sentence."""
    whole: dict[str, dict[int, int]] = {}
    for begin, end in sentences:
        for name, own in _find(lexicon, words[begin:end]).items():
            whole.setdefault(name, {}).update((begin + first, begin + last) for first, last in own.items())
    return whole


def _find(lexicon: Lexicon, words: Sequence[str]) -> dict[str, dict[int, int]]:
    sentence = _Sentence(lexicon, words)
    for level in lexicon.levels:
        for key in sentence.places.keys() & level.plain.keys():
            sentence.note(level.plain[key], sentence.places[key])
        for key in sentence.places.keys() & level.by_key.keys():
            sentence.look_for(level.by_key[key])
        for name in sentence.found.keys() & level.by_name.keys():
            sentence.look_for(level.by_name[name])
    return sentence.found


class _Sentence:
    """The places of its words, and what was found so far."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str]) -> None:
        self.places: dict[str, int] = {}
        self.found: dict[str, dict[int, int]] = {}
        bit = 1
        for word in words:
            for key in (word, *_wider(lexicon, word)):
                self.places[key] = self.places.get(key, 0) | bit
            bit <<= 1
        self._all = 2 * bit - 1
        self._open = self._all
        for stop in _STOPS:
            self._open &= ~self.places.get(stop, 0)
        self._spans: dict[Slot, list[tuple[int, int]]] = {}

    def note(self, concepts: tuple[str, ...], places: int) -> None:
        """Notes concepts that one word says by itself, wherever it stands."""
        firsts = [at for at in range(places.bit_length()) if places >> at & 1]
        for concept in concepts:
            own = self.found.setdefault(concept, {})
            for at in firsts:
                own.setdefault(at, at + 1)

    def look_for(self, wordings: Iterable[Wording]) -> None:
        """Notes where some wordings stand. Most lack something that they need, so that is looked at first."""
        places, spans = self.places, self._spans
        for wording in wordings:
            for slot in wording.needs:
                if slot not in places if isinstance(slot, str) else not (spans[slot] if slot in spans else self._of(slot)):
                    break
            else:
                self._look_for(wording)

    def _look_for(self, wording: Wording) -> None:
        starts = self._begins(wording.slots[0])
        ends = self._ends(wording.slots, starts) if starts else 0
        if not ends:
            return
        own = self.found.setdefault(wording.concept, {})
        while starts:
            first = starts & -starts
            starts ^= first
            # All starts were tried at once: which end belongs to which is asked only if there are several.
            end = (self._ends(wording.slots, first) if starts or own else ends).bit_length() - 1
            at = first.bit_length() - 1
            if end > own.get(at, 0):
                own[at] = end

    def _begins(self, slot: Step) -> int:
        if isinstance(slot, str):
            return self.places.get(slot, 0)
        found = 0
        for _, where in self._of(slot):
            found |= where
        return found

    def _ends(self, slots: tuple[Step, ...], places: int) -> int:
        """Where the slots can end that begin at any of `places`."""
        for slot in slots:
            if isinstance(slot, str):
                places = (places & self.places.get(slot, 0)) << 1
            elif slot.gap:
                for _ in range(GAP):
                    places |= (places & self._open) << 1
                places &= self._all
            else:
                after = places if slot.optional else 0
                for size, where in self._of(slot):
                    after |= (places & where) << size
                places = after
            if not places:
                return 0
        return places

    def _of(self, slot: Slot) -> list[tuple[int, int]]:
        """(words, places where the slot fits so many). Its concepts are of earlier levels, so that they are all found."""
        known = self._spans.get(slot)
        if known is None:
            known = self._spans[slot] = self._fits(slot)
        return known

    def _fits(self, slot: Slot) -> list[tuple[int, int]]:
        places, found = self.places, self.found
        fits = []
        if slot.keys and not places.keys().isdisjoint(slot.keys):
            fits = [(1, places[key]) for key in places.keys() & slot.keys]
        for phrase in slot.phrases:
            if phrase[0] in places and (where := self._ends(phrase, places[phrase[0]]) >> len(phrase)):
                fits.append((len(phrase), where))
        for name in slot.names:
            if name in found:
                fits.extend((end - first, 1 << first) for first, end in found[name].items())
        return fits


def _wider(lexicon: Lexicon, word: str) -> Iterator[str]:
    """What stands for a word beside itself: "#", ranges of numbers, beginnings."""
    if word[0].isdigit():
        yield "#"
        value = float(word)
        yield from (key for key, low, high in lexicon.ranges if low <= value <= high)
        return
    for size in lexicon.heads:
        yield from (key for key in lexicon.stems.get(word[:size], ()) if word.startswith(key[:-1]))


# --- reading wordings -------------------------------------------------------------------------------------------------


def compile_lexicon(concepts: Mapping[str, Sequence[str]]) -> tuple[Lexicon, tuple[str, ...]]:
    """(the lexicon, what is wrong with wordings that are left out). Raises WordingError if groups name each other in a
    circle."""
    wordings: list[_Draft] = []
    wrong: list[str] = []
    slots: dict[str, Step] = {}
    for name, texts in concepts.items():
        for text in texts:
            try:
                wordings.extend(_wordings(name, fold(str(text)), concepts, slots))
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
    return Slot(frozenset(keys) if len(keys) > _MANY else tuple(keys), tuple(phrases), tuple(names), optional)


def _levels(wordings: list[_Draft], concepts: Mapping[str, Sequence[str]]) -> tuple[Level, ...]:
    """The wordings by level, each under its slot that the wordings themselves use least: common words stand in many."""
    depth = _depths(wordings, concepts)
    used = Counter(key for _, slots in wordings for slot in slots for key in dict.fromkeys(_words_of(slot)))
    often: Counter[str] = Counter()  # how often a concept may be found, by the same measure
    levels = []
    for number in range(max(depth.values(), default=-1) + 1):
        plain: dict[str, list[str]] = {}
        by_key: dict[str, list[Wording]] = {}
        by_name: dict[str, list[Wording]] = {}
        for concept, slots in wordings:
            if depth[concept] != number:
                continue
            needed = [slot for slot in slots if isinstance(slot, str) or not (slot.gap or slot.optional)]
            rarest, *others = sorted(needed, key=lambda slot: _cost(slot, used, often))
            others.sort(key=lambda slot: not isinstance(slot, str))  # a look at a word costs least
            often[concept] += _cost(rarest, used, often)
            if len(slots) == 1 and _is_plain(rarest):
                for key in _signs(rarest, used):
                    plain.setdefault(key, []).append(concept)
                continue
            wording = Wording(concept, slots, tuple(others))
            for key in _signs(rarest, used):
                by_key.setdefault(key, []).append(wording)
            for name in () if isinstance(rarest, str) else rarest.names:
                by_name.setdefault(name, []).append(wording)
        tables: list[dict[str, Any]] = [{key: tuple(own) for key, own in table.items()} for table in (plain, by_key, by_name)]
        levels.append(Level(*tables))
    return tuple(levels)


def _is_plain(slot: Step) -> bool:
    return isinstance(slot, str) or not (slot.phrases or slot.names)


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
