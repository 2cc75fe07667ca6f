"""Triage: is a message an emergency, something to have seen today, or a precaution before booking?

Rules are data (`knowledge/safety`): concepts are groups of wordings, a rule joins concepts that stand near each other and
that no context takes back. Everything is linear in the length of the message.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.results import remembered
from bot.safety_context import PREFIX, Mention, mentions
from bot.safety_net import TAKEN_BACK, Leaning, Net, evidence, leaning, load_net, signs
from bot.safety_patterns import Lexicon, find
from bot.safety_rules import MESSAGES, Rule, load_lexicon, load_messages, load_rules
from bot.safety_text import Speller, Told, told
from bot.safety_wordings import written_out
from bot.types import Language, Problem, Tier, Verdict

_FAR = 12  # words from a rule's signs to what calls it off: in a long story a neighbour comes to speak of other things
STORY = 40  # words from which a rule needs the net as a witness: a neighbour in it may be the one who is ill
_ORDER: tuple[Tier, ...] = ("T1", "T2", "T3")
#: What is said while no message file can be read.
BUILT_IN: dict[Language, str] = {
    "en": "This may be an emergency. Call 911 now. In a crisis call or text 988. This chat is automated.",
    "es": "Esto puede ser una emergencia. Llame al 911 ahora. En una crisis llame o escriba al 988. Este chat es automático.",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything triage knows. Without any file it still has the built-in emergency text."""

    rules: tuple[Rule, ...] = ()
    lexicon: Lexicon = field(default_factory=Lexicon)
    speller: Speller = field(default_factory=Speller)
    messages: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)
    concepts: frozenset[str] = frozenset()  #: the lexicon's names without the lists of contexts
    net: Net | None = None  #: the second witness; without it every rule counts by itself
    by_concept: Mapping[str, tuple[int, ...]] = field(init=False)  #: places of the rules that cannot fire without it

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_concept", _by_concept(self.rules))


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a message, and every mention of a concept in it."""

    words: tuple[str, ...]
    mentions: Mapping[str, list[Mention]]
    denied: frozenset[int] = frozenset()  #: places of the words that a denial covers

    @property
    def told(self) -> tuple[str, ...]:
        """The concepts that no context takes back."""
        return tuple(name for name, own in self.mentions.items() if any(m.why == "" for m in own))


def load(
    folder: Path, ordinary: NDArray[np.uint32] | None = None, cache: Path | None = None
) -> tuple[Rules, tuple[Problem, ...]]:
    """The rules of a folder. What is broken is left out and named; a rule whose own examples fail is not loaded. How the
    examples went is remembered in `cache`."""
    lexicon, shorthand, problems = load_lexicon(folder)
    net, net_problems = load_net(folder)
    messages, message_problems = load_messages(folder)
    concepts = frozenset(name for name in lexicon.names if not name.startswith(PREFIX))
    drafts, rule_problems = load_rules(folder, concepts) if concepts else ((), ())
    known = written_out([text for texts in lexicon.expansions.values() for text in texts])
    speller = Speller.of(frozenset(known) | frozenset(shorthand), shorthand, ordinary)
    whole = Rules(drafts, lexicon, speller, messages, concepts)
    tried = ["examples", lexicon.expansions, shorthand, ordinary is not None, [asdict(rule) for rule in drafts]]
    failing = remembered(cache, tried, lambda: {rule.id: wrong for rule in drafts if (wrong := _failing(whole, rule))})
    sound = tuple(rule for rule in drafts if rule.id not in failing)
    todo = "Change the rule or its concepts until its own examples hold; it is not used until then."
    own = (Problem("safety", 0, f"Rule {name}: {wrong}", todo) for name, wrong in failing.items())
    found = Rules(sound, lexicon, speller, messages, concepts, net)
    return found, (*problems, *message_problems, *rule_problems, *net_problems, *own)


def _by_concept(rules: tuple[Rule, ...]) -> dict[str, tuple[int, ...]]:
    """Each rule under the concepts of its smallest group: one of them must be mentioned."""
    found: dict[str, list[int]] = {}
    for at, rule in enumerate(rules):
        for name in min(rule.all, key=len):
            found.setdefault(name, []).append(at)
    return {name: tuple(places) for name, places in found.items()}


def _failing(rules: Rules, rule: Rule) -> str:
    """The first of the rule's own examples that does not hold, in words; empty if all do."""
    for text, wanted in [*((t, True) for t in rule.fire), *((t, False) for t in rule.quiet)]:
        if bool(_fires(rule, read(rules, told(text, rules.speller)).mentions)) is not wanted:
            return f'"{text}" should {"" if wanted else "not "}fire it.'
    return ""


def triage(rules: Rules, text: str) -> Verdict:
    """The verdict on the worst thing that is said to be present now."""
    return verdict(rules, read(rules, told(text, rules.speller)))


def read(rules: Rules, message: Told) -> Reading:
    """A message with the concepts that it mentions."""
    found = find(rules.lexicon, message.words, message.sentences)
    if rules.concepts.isdisjoint(found):
        return Reading(message.words, {})
    return Reading(message.words, *mentions(message, found, rules.concepts))


def verdict(rules: Rules, reading: Reading) -> Verdict:
    """The worst tier for which the rules and the second net together give enough evidence."""
    fired = fires(rules, reading)
    lean = leaning(rules.net, reading.words, reading.told, reading.denied) if rules.net else None
    for tier in _ORDER:
        own = [rule for rule in fired if rule.tier == tier]
        if rules.net and lean and not _enough(rules, rules.net, lean, tier, fired, reading):
            continue
        if own:
            return _worst(own)
        if lean:
            return Verdict(tier, "net", "net", lean.emergency if tier == "T1" else "urgent")
    return Verdict("T0")


def _enough(rules: Rules, net: Net, lean: Leaning, tier: Tier, fired: Sequence[Rule], reading: Reading) -> bool:
    """Whether the signs of a tier suffice. A rule that is not broad always does, but for long stories, where only plain
    talk of self-harm does: the net may not silence it. Of precautions the net is witness only."""
    own = [rule for rule in fired if rule.tier == tier]
    short = len(reading.words) < STORY
    if any(not rule.broad and (short or rule.message == "self_harm") for rule in own):
        return True
    if tier == "T3" and not own:
        return False
    told = signs_of(lean, tier, fired)
    enough = evidence(net, tier, told)
    if enough < 0 or own:
        return enough >= 0
    return enough + net.weighs[tier][TAKEN_BACK] >= 0 or not taken_back(rules, reading)


def signs_of(lean: Leaning, tier: Tier, fired: Sequence[Rule], back: bool = False) -> tuple[float, ...]:
    """What speaks for a tier: how the net leans, the rules that fire, whether a context took one back."""
    own = [rule.broad for rule in fired if rule.tier == tier]
    other = any(rule.tier not in (tier, "T3") for rule in fired)
    return signs(lean, tier, not all(own), any(own), other, back and not own)


def _worst(rules: list[Rule]) -> Verdict:
    best = min(rules, key=lambda rule: MESSAGES.index(rule.message))
    return Verdict(best.tier, best.flag, best.id, best.message, best.quote)


def taken_back(rules: Rules, reading: Reading) -> bool:
    """Whether a rule would have fired but for a context or what calls it off: what is denied, asked, past or harmless
    stays so."""
    bare = {name: [Mention(m.first, m.end) for m in own] for name, own in reading.mentions.items()}
    return any(rule.tier != "T3" and _told_of(rule, bare) for rule in _candidates(rules, reading))


def _told_of(rule: Rule, bare: Mapping[str, list[Mention]]) -> bool:
    """Whether all that a rule asks for is mentioned near each other, whatever else is said."""
    groups = [sorted((m for name in own for m in bare.get(name, ())), key=lambda m: m.first) for own in rule.all]
    return all(groups) and _near(groups, rule.near)


def fires(rules: Rules, reading: Reading) -> list[Rule]:
    """The rules that fire."""
    return _sober([(rule, how) for rule in _candidates(rules, reading) if (how := _fires(rule, reading.mentions))])


def _candidates(rules: Rules, reading: Reading) -> list[Rule]:
    """The rules of which something is mentioned, in their order."""
    places = {at for name in reading.mentions.keys() & rules.by_concept.keys() for at in rules.by_concept[name]}
    return [rules.rules[at] for at in sorted(places)]


def _sober(fired: list[tuple[Rule, str]]) -> list[Rule]:
    """The rules without one that rests on a laugh alone ("my legs died at the gym haha"). Two different signs are no joke,
    and talk of self-harm never is."""
    flags = {rule.flag for rule, _ in fired if rule.tier != "T3"}
    return [rule for rule, how in fired if how == "told" or rule.message == "self_harm" or len(flags) > 1]


def message(rules: Rules, name: str, language: Language) -> str:
    """A fixed text by its name; the built-in emergency text if no file has it."""
    return rules.messages.get(name, BUILT_IN).get(language, BUILT_IN[language])


def _fires(rule: Rule, read: Mapping[str, list[Mention]]) -> str:
    """How a rule fires: "told", "laughed" if only a laugh takes its mentions back, or "" if it does not."""
    spared = ("", "laughed", *rule.free)
    groups = []
    for alternatives in rule.all:
        found = [m for name in alternatives for m in read.get(name, ()) if m.why in spared]
        if not found:
            return ""
        groups.append(sorted(found, key=lambda m: m.first))
    # What a rule hears in a question, it also hears when it calls the rule off; a saying calls off as well.
    called_off = ("", "idiom", *rule.free)
    first, end = min(own[0].first for own in groups) - _FAR, max(own[-1].end for own in groups) + _FAR
    off = (m for name in rule.none for m in read.get(name, ()) if m.why in called_off)
    if any(m.end > first and m.first < end for m in off) or not _near(groups, rule.near):
        return ""
    laughed = "laughed" not in rule.free and any(all(m.why == "laughed" for m in group) for group in groups)
    return "laughed" if laughed else "told"


def _near(groups: list[list[Mention]], near: int) -> bool:
    """Whether one mention of each group can be had within `near` words, starting from each mention of the rarest."""
    rarest = min(groups, key=len)
    for mention in rarest:
        nearest = [_closest(group, mention) for group in groups]
        if max(m.first for m in nearest) - min(m.end for m in nearest) <= near:
            return True
    return False


def _closest(group: list[Mention], mention: Mention) -> Mention:
    at = bisect_right(group, mention.first, key=lambda m: m.first)
    return min(group[max(0, at - 1) : at + 1], key=lambda m: abs(m.first - mention.first))
