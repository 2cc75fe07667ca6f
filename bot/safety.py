"""Triage: is a message an emergency, something to have seen today, or a precaution before booking?

Rules are data (`knowledge/safety`): concepts are groups of wordings, a rule joins concepts that stand near each other.
A mention counts unless its context takes it back, after ConText (Harkema 2009): it is negated, asked about in general,
past, of somebody in the news, or an idiom. A context takes back a mention, never a message; "probably nothing" takes back
nothing. Everything is linear in the length of the message.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.safety_rules import Context, Rule, load_concepts, load_messages, load_rules
from bot.safety_text import Speller, Told, told
from bot.types import Language, Problem, Tier, Verdict

_ORDER: tuple[Tier, ...] = ("T1", "T2", "T3")
# Which fixed message wins when several rules of a tier fire: intent to die first, then violence, needling, the rest.
_MESSAGE_ORDER = ("self_harm", "violence", "overdose", "after_needling", "medical", "urgent", "article", "general")
_BUILT_IN: dict[Language, str] = {
    "en": "This may be an emergency. Call 911 now. In a crisis call or text 988. This chat is automated.",
    "es": "Esto puede ser una emergencia. Llame al 911 ahora. En una crisis llame o escriba al 988. Este chat es automático.",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything triage knows. Without any file it still has the built-in emergency text."""

    rules: tuple[Rule, ...] = ()
    concepts: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    context: Context = field(default_factory=Context)
    messages: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)
    speller: Speller = field(default_factory=Speller)


@dataclass(frozen=True, slots=True)
class _Mention:
    """A concept in a message, by words; `plain` unless a context took it back, `asked` if only a question did."""

    first: int
    last: int
    plain: bool
    free: bool  #: counts for rules that a question may fire


def load(folder: Path, ordinary: NDArray[np.uint32] | None = None) -> tuple[Rules, tuple[Problem, ...]]:
    """The rules of a folder. What is broken is left out and named; a rule whose own examples fail is not loaded."""
    concepts, context, words, problems = load_concepts(folder)
    messages, message_problems = load_messages(folder)
    drafts, rule_problems = load_rules(folder, frozenset(concepts))
    speller = Speller.of(words, ordinary)
    whole = Rules(drafts, concepts, context, messages, speller)
    kept, example_problems = [], []
    for rule in drafts:
        wrong = _failing(whole, rule)
        if wrong:
            todo = "Change the rule or its concepts until its own examples hold."
            example_problems.append(Problem("safety/rules.toml", 0, f"Rule {rule.id}: {wrong}", todo))
        else:
            kept.append(rule)
    found = Rules(tuple(kept), concepts, context, messages, speller)
    return found, (*problems, *message_problems, *rule_problems, *example_problems)


def _failing(rules: Rules, rule: Rule) -> str:
    """The first of the rule's own examples that does not hold, in words; empty if all do."""
    for text, wanted in [*((t, True) for t in rule.fire), *((t, False) for t in rule.quiet)]:
        message = told(text, rules.speller)
        if _fires(rule, _mentions(rules, message, rule.concepts())) is not wanted:
            return f'"{text}" should {"" if wanted else "not "}fire it.'
    return ""


def triage(rules: Rules, text: str) -> Verdict:
    """The verdict on the worst thing that is said to be present now."""
    message = told(text, rules.speller)
    if not message.words:
        return Verdict("T0")
    mentions = _mentions(rules, message, frozenset(rules.concepts))
    fired = [rule for rule in rules.rules if _fires(rule, mentions)]
    for tier in _ORDER:
        found = [rule for rule in fired if rule.tier == tier]
        if found:
            best = min(found, key=lambda r: _MESSAGE_ORDER.index(r.message))
            return Verdict(tier, best.flag, best.id, best.message, best.quote)
    return Verdict("T0")


def message(rules: Rules, name: str, language: Language) -> str:
    """A fixed text by its name; the built-in emergency text if no file has it."""
    return rules.messages.get(name, _BUILT_IN).get(language, _BUILT_IN[language])


# --- mentions ---------------------------------------------------------------------------------------------------------


def _mentions(rules: Rules, message: Told, names: frozenset[str]) -> dict[str, list[_Mention]]:
    """Where each concept is told, and whether its context takes it back."""
    idioms = [match.span() for match in rules.context.idioms.finditer(message.text)]
    spans = [(name, *match.span()) for name in names for match in rules.concepts[name].finditer(message.text)]
    kept = [(name, a, b) for name, a, b in spans if not any(i < b and a < j for i, j in idioms)]
    frame = _Frame(rules.context, message, [(a, b) for _, a, b in kept])
    found: dict[str, list[_Mention]] = {}
    for name, begin, end in kept:
        first, last = message.word_at(begin), message.word_at(end - 1)
        negated = frame.negated(first)
        plain = not (negated or frame.asked(first) or frame.past(first) or frame.others(first))
        found.setdefault(name, []).append(_Mention(first, last, plain, not negated))
    return found


class _Frame:
    """The contexts of a message: which words stand under a negation, in a question, in the past, with other people."""

    def __init__(self, context: Context, message: Told, mentions: list[tuple[int, int]]) -> None:
        self._message, self._spans = message, mentions
        text = message.text
        self._negations = self._scopes(context, text)
        self._lifted = bool(context.lifted.search(text))
        self._asked = [self._is_general(context, piece) for piece in message.sentences]
        self._past = [bool(context.history.search(p)) and not context.history_lifted.search(p) for p in message.sentences]
        self._others = [bool(context.others.search(p)) for p in message.sentences]

    def _scopes(self, context: Context, text: str) -> list[tuple[int, int]]:
        """Words under a negation: from the word after it to five words on, or to "but", or the end of the clause."""
        spared = [m.span() for m in context.not_negation.finditer(text)]
        found = []
        for match in context.negation.finditer(text):
            # "can not feel my legs" denies nothing: its "not" belongs to the symptom.
            if any(a <= match.start() < b for a, b in (*spared, *self._spans)):
                continue
            first = self._message.word_at(match.end() - 1) + 1
            found.append((first, self._end(context, first)))
        return found

    def _end(self, context: Context, first: int) -> int:
        words = self._message.words
        for at in range(first, min(first + 6, len(words))):
            if words[at] in "|" or (words[at] == "," and not self._continues(at)) or words[at] in context.ends_negation:
                return at
        return min(first + 6, len(words))

    def _continues(self, comma: int) -> bool:
        """A comma before another noun goes on with a list ("no numbness, tingling or weakness")."""
        following = self._message.words[comma + 1 : comma + 2]
        return bool(following) and following[0] in ("or", "o", "ni", "nor", "and")

    def _is_general(self, context: Context, sentence: str) -> bool:
        """A question or a wish to know that speaks of nobody's present trouble."""
        if not context.asks.match(sentence):
            return False
        if self._lifted:
            return False
        if context.hypothetical.search(sentence):
            return not context.now.search(sentence)
        return not context.anchor.search(sentence)

    def negated(self, word: int) -> bool:
        return any(first <= word < end for first, end in self._negations)

    def asked(self, word: int) -> bool:
        return self._asked[self._message.sentence_of(word)]

    def past(self, word: int) -> bool:
        return self._past[self._message.sentence_of(word)]

    def others(self, word: int) -> bool:
        return self._others[self._message.sentence_of(word)]


# --- rules ------------------------------------------------------------------------------------------------------------


def _fires(rule: Rule, mentions: Mapping[str, list[_Mention]]) -> bool:
    if any(name in mentions for name in rule.none):
        return False
    groups = []
    for alternatives in rule.all:
        found = [m for name in alternatives for m in mentions.get(name, ()) if (m.free if rule.free else m.plain)]
        if not found:
            return False
        groups.append(sorted(found, key=lambda m: m.first))
    return _near(groups, rule.near)


def _near(groups: list[list[_Mention]], near: int) -> bool:
    """Whether one mention of each group can be had within `near` words, starting from each mention of the rarest."""
    rarest = min(groups, key=len)
    for mention in rarest:
        nearest = [_closest(group, mention) for group in groups]
        if max(m.first for m in nearest) - min(m.last for m in nearest) <= near:
            return True
    return False


def _closest(group: list[_Mention], mention: _Mention) -> _Mention:
    at = bisect_right(group, mention.first, key=lambda m: m.first)
    return min(group[max(0, at - 1) : at + 1], key=lambda m: abs(m.first - mention.first))
