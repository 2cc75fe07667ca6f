"""What takes a mention back, after ConText (Harkema 2009): it is denied, asked about in general, past, somebody else's
news, or an idiom.

A context takes back a mention, never a message; "probably nothing" takes back nothing. Whose words stand in which list
is written in context.toml, in the same wordings as the concepts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from bot.safety_patterns import Found
from bot.safety_text import ENDS, MARKS, Told

#: The lists of context.toml.
LISTS = (
    "negation", "no_negation", "denial", "end", "subject", "link", "question", "filler", "general", "imagined", "service",
    "report", "anchor", "now", "present", "history", "again", "over", "retro", "others", "idiom", "laugh",
)  # fmt: skip
PREFIX = "context_"
_NAMED = {PREFIX + name: name for name in LISTS}
_REACH = 7  # words that a negation reaches
_ITEM = 3  # words of an item of a list that a negation goes on through ("no numbness, tingling, weakness")


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept in a message, by words. `why` names the context that takes it back, or is empty."""

    first: int
    end: int
    why: str = ""


def mentions(message: Told, found: Found, names: frozenset[str]) -> tuple[dict[str, list[Mention]], frozenset[int]]:
    """(every mention of the concepts `names`, in order, each with what takes it back; the words that are denied)."""
    frame = _Frame(message, found, names)
    every = {
        name: [frame.mention(span) for span in (sorted(own.items()) if len(own) > 1 else own.items())]
        for name, own in found.items()
        if name in names
    }
    return every, frame.denied


class _Frame:
    """The contexts of one message. Each is worked out once, so that reading stays linear in the length of the message."""

    def __init__(self, message: Told, found: Found, names: frozenset[str]) -> None:
        self._message = message
        cues = {_NAMED[name]: sorted(found[name].items()) for name in found.keys() & _NAMED.keys()}
        self._cues: defaultdict[str, list[tuple[int, int]]] = defaultdict(list, cues)
        self._at = defaultdict(list, {name: [first for first, _ in own] for name, own in cues.items()})
        self._stands = defaultdict(frozenset, {name: frozenset(own) for name, own in self._at.items()})
        self._clauses = _clauses(message, self._stands["end"])
        self._begins = [first for first, _ in self._clauses]
        self._idiom = _marked(self._cues["idiom"])
        negated = self._scopes(_furthest(message, found, names)) if self._cues["negation"] else []
        self.denied = _marked(negated + [(first, self._reach(end)) for first, end in self._cues["denial"]])
        self._mentions: dict[tuple[int, int], Mention] = {}
        self._said: dict[tuple[int, int], str] = {}

    def mention(self, span: tuple[int, int]) -> Mention:
        """A mention of (first word, the word after the last), whichever concept it is of."""
        known = self._mentions.get(span)
        if known is None:
            known = self._mentions[span] = Mention(*span, self._why(*span))
        return known

    def _why(self, first: int, end: int) -> str:
        """The context that takes a mention back, or an empty word."""
        if self._idiom and not self._idiom.isdisjoint(range(first, end)):
            return "idiom"
        sentence, clause = self._message.sentence(first), self._clause(first)
        if first in self.denied or self._answered_no(sentence) or self._denied_after(end, sentence):
            return "negated"
        if clause not in self._said:
            self._said[clause] = self._around(sentence, clause)
        return self._said[clause]

    def _around(self, sentence: tuple[int, int], clause: tuple[int, int]) -> str:
        """The context that takes back whatever a clause mentions."""
        if self._past(sentence, clause):
            return "past"
        if self._asked(sentence):
            return "asked"
        if self._others(sentence, clause):
            return "others"
        return "laughed" if self._laughed(sentence) else ""

    def _has(self, cue: str, where: tuple[int, int]) -> bool:
        own = self._at[cue]
        if not own:
            return False
        at = bisect_left(own, where[0])
        return at < len(own) and own[at] < where[1]

    def _clause(self, word: int) -> tuple[int, int]:
        return self._clauses[max(0, bisect_right(self._begins, word) - 1)]

    def _scopes(self, furthest: list[int]) -> list[tuple[int, int]]:
        """The words under each negation. `furthest` says how far a mention reaches that begins at a word or before it."""
        spared = _marked(self._cues["no_negation"]) | self._idiom
        # "can not feel my legs" denies nothing: its "not" belongs to the symptom.
        return [
            (end, self._reach(end)) for first, end in self._cues["negation"] if furthest[first] <= end and first not in spared
        ]

    def _reach(self, first: int) -> int:
        words = self._message.words
        last = min(first + _REACH, len(words))
        at = first
        while at < last:
            if words[at] in ENDS or at in self._stands["end"]:
                return at
            if at > first and at in self._stands["subject"] and at - 1 not in self._stands["link"]:
                return at
            if words[at] == ",":
                if not self._goes_on(at + 1):
                    return at
                last = min(at + 1 + _ITEM + 1, len(words))
            at += 1
        return at

    def _goes_on(self, first: int) -> bool:
        """Whether a comma leads to the next item of a list: a few words without a subject or a time."""
        words = self._message.words
        for at in range(first, len(words)):
            if words[at] in MARKS:
                return 0 < at - first <= _ITEM
            if at in self._stands["subject"] or at in self._stands["end"] or at in self._stands["now"]:
                return False
        return 0 < len(words) - first <= _ITEM

    def _answered_no(self, sentence: tuple[int, int]) -> bool:
        """Whether a question is answered in the negative at once ("want to die? no way")."""
        words, end = self._message.words, sentence[1]
        return words[end : end + 1] == ("?",) and words[end + 1 : end + 2] in (("no",), ("nope",), ("nah",), ("never",))

    def _laughed(self, sentence: tuple[int, int]) -> bool:
        """Whether a sentence ends in a laugh, its own or one that follows at once; who says when it began does not joke."""
        if self._has("now", sentence):
            return False
        return self._has("laugh", sentence) or sentence[1] + 1 in self._stands["laugh"]

    def _denied_after(self, end: int, sentence: tuple[int, int]) -> bool:
        """Whether the sentence goes on to deny what it named ("watch for numbness, and I have none"), and ends there."""
        if not self._at["retro"]:
            return False
        words, at = self._message.words, bisect_left(self._at["retro"], end)
        if at == len(self._at["retro"]) or self._at["retro"][at] >= sentence[1]:
            return False
        return self._cues["retro"][at][1] >= sentence[1] or words[self._cues["retro"][at][1]] in MARKS

    def _past(self, sentence: tuple[int, int], clause: tuple[int, int]) -> bool:
        if self._has("again", sentence) and not self._has("over", sentence):
            return False
        history = self._has("history", clause)
        if self._is_over and (history or not self._has("present", clause)) and not (self._fresh(clause) and not history):
            return True
        return history and not self._fresh(clause)

    def _fresh(self, clause: tuple[int, int]) -> bool:
        """Whether a clause says "now" without saying at once that it is over ("fine since" says both)."""
        return self._has("now", clause) and not self._has("over", clause)

    @cached_property
    def _is_over(self) -> bool:
        """Whether the message says of something that it is over."""
        return bool(self._at["over"])

    def _asked(self, sentence: tuple[int, int]) -> bool:
        """A question or a wish to know that speaks of nobody's present trouble."""
        if self._has("imagined", sentence):
            return True
        if self._has("report", sentence) or self._happening:
            return False
        if self._has("general", sentence):
            return not self._has("now", sentence)
        if self._has("anchor", sentence) or self._has("now", sentence) or self._has("present", sentence):
            return False
        return self._has("service", sentence) or self._opens_question(*sentence)

    def _opens_question(self, first: int, end: int) -> bool:
        """Whether a sentence begins with a question word, after words like "so" and "hi"; "can not" opens none."""
        at = first
        while at < end and (at in self._stands["filler"] or self._message.words[at] == ","):
            at += 1
        return at in self._stands["question"] and self._message.words[at + 1 : at + 2] != ("not",)

    @cached_property
    def _happening(self) -> bool:
        """Whether any sentence after the first says that it is happening now."""
        return any(self._has("report", s) and not self._has("general", s) for s in self._message.sentences[1:])

    def _others(self, sentence: tuple[int, int], clause: tuple[int, int]) -> bool:
        if not self._has("others", sentence):
            return False
        return not (self._has("anchor", clause) and not self._has("others", clause))


def _marked(spans: list[tuple[int, int]]) -> frozenset[int]:
    """The words of some spans."""
    return frozenset(word for first, end in spans for word in range(first, end))


def _furthest(message: Told, found: Found, names: frozenset[str]) -> list[int]:
    """For each word, the end of the mention that reaches furthest among those that begin there or before."""
    ends = [0] * (len(message.words) + 1)
    for name in names & found.keys():
        for first, end in found[name].items():
            ends[first] = max(ends[first], end)
    return list(accumulate(ends, max))


def _clauses(message: Told, ends: frozenset[int]) -> list[tuple[int, int]]:
    """First word and the word after the last of each clause."""
    found, begin = [], 0
    for at, word in enumerate(message.words):
        if word in MARKS or at in ends:
            found.append((begin, at))
            begin = at
    return [*found, (begin, len(message.words))]
