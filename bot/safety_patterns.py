"""Where the wordings of concepts stand in a message. `safety_wordings` says how they are written.

A sentence is read as sets of places, each set one whole number: bit 5 stands for its sixth word. A slot moves all places
of a set at once, and a wording is tried only where its rarest word stands; so finding is linear in the length of the
message, whatever is written in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

GAP = 3
# No gap reaches over the end of a sentence or over a denial ("light does not bother me" holds no "light ~ bother").
_STOPS = ("|", "?", "not", "no", "never", "without", "sin", "ni", "nunca", "but", "pero")

Found = Mapping[str, Mapping[int, int]]  #: concept -> first word -> the word after the last


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One place of a wording that is more than a single word. Wordings share their slots."""

    keys: Collection[str] = ()  #: single words, "numb*", "#", "#38-42"; a set where there are many
    phrases: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()  #: other concepts
    optional: bool = False
    gap: bool = False
    signs: Collection[str] = ()  #: words of which one is said where it stands, if none of the concepts is


Step = str | Slot  #: most places of wordings are one word


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """One way to say a concept."""

    concept: str
    slots: tuple[Step, ...]
    needs: tuple[Step, ...]  #: what must be said beside the slot that it is filed under, words first


@dataclass(frozen=True, slots=True)
class Level:
    """Wordings that need no concept of a later level, by the word or concept of theirs that is said least."""

    plain: Mapping[str, tuple[str, ...]]  #: word -> concepts that it says by itself
    same: Mapping[str, tuple[str, ...]]  #: concept -> concepts that it says by itself
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


def find(lexicon: Lexicon, words: Sequence[str], sentences: Sequence[tuple[int, int]]) -> Found:
    """Where each concept stands, its longest wording at each first word. No wording reaches over the end of a sentence."""
    whole: dict[str, dict[int, int]] = {}
    for begin, end in sentences:
        found = _find(lexicon, words[begin:end])
        if not whole and begin == 0:  # most messages are one sentence
            whole = found
            continue
        for name, own in found.items():
            whole.setdefault(name, {}).update({begin + first: begin + last for first, last in own.items()})
    return whole


def _find(lexicon: Lexicon, words: Sequence[str]) -> dict[str, dict[int, int]]:
    sentence = _Sentence(lexicon, words)
    for level in lexicon.levels:
        for key in sentence.places.keys() & level.plain.keys():
            sentence.note(level.plain[key], sentence.places[key])
        for key in sentence.places.keys() & level.by_key.keys():
            sentence.look_for(level.by_key[key])
        for name in sentence.found.keys() & level.same.keys():
            for concept in level.same[name]:
                sentence.add(concept, sentence.found[name].items())
        for name in sentence.found.keys() & level.by_name.keys():
            sentence.look_for(level.by_name[name])
    return sentence.found


class _Sentence:
    """The places of its words, and what was found so far."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str]) -> None:
        self.places: dict[str, int] = {}
        self.found: dict[str, dict[int, int]] = {}
        places = self.places
        bit = 1
        for word in words:
            places[word] = places.get(word, 0) | bit
            bit <<= 1
        for word, where in tuple(places.items()):
            for key in _wider(lexicon, word):
                places[key] = places.get(key, 0) | where
        self._all = 2 * bit - 1
        self._open = self._all
        for stop in _STOPS:
            if stop in places:
                self._open &= ~places[stop]
        self._spans: dict[Slot, list[tuple[int, int]]] = {}
        self._spanned: dict[str, tuple[tuple[int, int], ...]] = {}

    def note(self, concepts: tuple[str, ...], places: int) -> None:
        """Notes concepts that one word says by itself, wherever it stands."""
        firsts = [at for at in range(places.bit_length()) if places >> at & 1]
        for concept in concepts:
            own = self.found.setdefault(concept, {})
            for at in firsts:
                own.setdefault(at, at + 1)

    def add(self, concept: str, spans: Iterable[tuple[int, int]]) -> None:
        """Notes (first word, the word after the last) of a concept, where nothing longer was found."""
        own = self.found.setdefault(concept, {})
        for first, end in spans:
            if end > own.get(first, 0):
                own[first] = end

    def look_for(self, wordings: Iterable[Wording]) -> None:
        """Notes where some wordings stand. Most lack something that they need, so that is looked at first."""
        places = self.places
        lacks, misses = places.keys().isdisjoint, self.found.keys().isdisjoint
        for wording in wordings:
            for slot in wording.needs:
                if isinstance(slot, str):
                    if slot not in places:
                        break
                elif lacks(slot.signs) and (not slot.names or misses(slot.names)):
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
        single = 0
        for key in slot.keys if isinstance(slot.keys, tuple) else places.keys() & slot.keys:
            single |= places.get(key, 0)
        fits = [(1, single)] if single else []
        for phrase in slot.phrases:
            if phrase[0] in places and (where := self._ends(phrase, places[phrase[0]]) >> len(phrase)):
                fits.append((len(phrase), where))
        for name in slot.names:
            if name in found:
                fits.extend(self._sizes(name))
        return fits

    def _sizes(self, name: str) -> Iterable[tuple[int, int]]:
        """(words, places where a concept takes so many)."""
        if name not in self._spanned:
            by_size: dict[int, int] = {}
            for first, end in self.found[name].items():
                by_size[end - first] = by_size.get(end - first, 0) | 1 << first
            self._spanned[name] = tuple(by_size.items())
        return self._spanned[name]


def _wider(lexicon: Lexicon, word: str) -> list[str]:
    """What stands for a word beside itself: "#", ranges of numbers, beginnings."""
    if word[0].isdigit():
        value = float(word)
        return ["#", *(key for key, low, high in lexicon.ranges if low <= value <= high)]
    found = []
    for size in lexicon.heads:
        for key in lexicon.stems.get(word[:size], ()):
            if word.startswith(key[:-1]):
                found.append(key)
    return found
