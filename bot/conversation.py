"""Reading a message in its conversation: follow-ups, two questions at once, small talk, precautions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from bot.answering import best_groups, cite, named_units
from bot.asks import asks
from bot.knowledge import KnowledgeBase, starts
from bot.phrasings import Group
from bot.privacy import question, redact
from bot.text import fold
from bot.types import Action, Language, Quote, Reply, State, Unit
from bot.understanding import Understood, names_own, understand, understand_in
from bot.wording import fill, say

_LIKELY = 0.25  # share of what the articles do not take, from which a matter may speak
GENERAL = "general"  # id of the group that stands for all matters for the clinic
_FOLLOW_UP_WORDS = 7  # a longer message says what it is about
_OF_THE_VISIT = 0.15  # follow-ups stay below 0.1; wishes for a visit and refusals lie above, but for one in twenty
_OWN_CASE = re.compile(
    r"\b(?:should i|shall i|do i need|am i a (?:good )?candidate|would you recommend|"
    r"is (?:it|this|that) (?:ok|okay|safe|right) for me|"
    r"is my \w+(?: \w+){0,4} (?:because|from|due to)|debo|deberia|me recomienda|me conviene|soy candidat[oa])\b"
)
_BEHIND_AN_OFFER = 0.08  # right after an offer, less is needed to take a short message for a yes


@dataclass(frozen=True, slots=True)
class Reading:
    """How a message is understood in its conversation."""

    understood: Understood
    answers: tuple[tuple[int, Understood], ...] = ()  #: passages that answer, each with the question that it answers
    group: Group | None = None  #: the most likely group, where no passage answers
    assumed: str = ""  #: the topic carried over from what was said before, in a few words
    left_over: bool = False  #: a second question found no answer
    personal: bool = False  #: asks for a judgement of one's own case


def read(kb: KnowledgeBase, text: str, state: State) -> Reading:
    """Understands a message: as it stands; if that is not enough, with the topic of the conversation."""
    accepted = _accepted_offer(kb, text, state)
    if accepted:
        return accepted
    parts = asks(text)
    if 1 < len(parts) <= 4:
        several = _several(kb, parts, state)
        if several:
            return several
    alone = _read_alone(kb, text, state)
    if alone.answers or not _may_follow_up(kb, text, alone, state):
        return alone
    return _read_in_context(kb, text, alone, state) or alone


def _read_alone(kb: KnowledgeBase, text: str, state: State) -> Reading:
    understood = understand_in(kb.index, text, state.language or "en") or understand(kb.index, text)
    personal = bool(_OWN_CASE.search(fold(text)))
    if kb.passages and understood.confidence >= kb.index.decision.threshold:
        return Reading(understood, ((int(np.argmax(understood.passages)), understood),), personal=personal)
    return Reading(understood, group=_group(kb, understood), personal=personal)


def _group(kb: KnowledgeBase, understood: Understood) -> Group | None:
    """The likeliest group that is not a section's, of the kind of reply that is likeliest, if it is likely enough to speak
    in its name; where many matters for the clinic are a little likely, one in the name of all of them."""
    kinds: dict[str, float] = {}
    best: dict[str, tuple[float, Group]] = {}
    for group, p in zip(kb.groups, understood.groups.tolist(), strict=True):
        if group.reply != "section":
            kinds[group.reply] = kinds.get(group.reply, 0.0) + p
            if p > best.get(group.reply, (0.0, group))[0]:
                best[group.reply] = (p, group)
    kind = max(kinds, key=lambda reply: kinds[reply], default="")
    enough = _LIKELY * (1 - understood.confidence)
    if kinds.get(kind, 0.0) < enough or kind not in best:
        return None
    p, group = best[kind]
    if p >= enough:
        return group
    general = kb.wording.texts.get("contact")
    elsewhere = 1 - float(understood.groups.sum() + understood.passages.sum())  # in something that is no matter of a clinic
    return replace(group, id=GENERAL, say=general) if kind == "contact" and general and kinds[kind] > elsewhere else None


def _several(kb: KnowledgeBase, parts: list[str], state: State) -> Reading | None:
    """Two or more questions in one message, each answered by a passage of its own; None if that is not so."""
    readings = [_read_alone(kb, part, state) for part in parts]
    strange = next((at for at, r in enumerate(readings) if _is_strange(r)), len(parts))
    # "What is gout? How is it treated?": after a question about something else, "it" is that something else.
    answered = [r for at, r in enumerate(readings) if r.answers and (at < strange or names_own(kb.index, r.understood.terms))]
    if not answered:
        return None
    chosen = [reading.answers[0] for reading in answered]
    left = any(r.group is not None and r.group.reply in ("contact", "no_answer") for r in readings if not r.answers)
    if len(chosen) < 2 and not left:
        return None
    personal = any(r.personal for r in readings)
    return Reading(answered[0].understood, tuple(chosen[:3]), left_over=left, personal=personal)


def _is_strange(reading: Reading) -> bool:
    return not reading.answers and (reading.group is None or reading.group.reply in ("no_answer", "section"))


def _may_follow_up(kb: KnowledgeBase, text: str, alone: Reading, state: State) -> bool:
    if not state.group or len(text.split()) > _FOLLOW_UP_WORDS:
        return False
    if _chance_of_the_visit(kb, alone.understood) >= _OF_THE_VISIT:
        return False  # "sign me up then" is no question about what was answered before
    if alone.group is None or alone.group.id == GENERAL:
        return True
    return float(alone.understood.groups[kb.groups.index(alone.group)]) < 0.6


def _chance_of_the_visit(kb: KnowledgeBase, understood: Understood) -> float:
    """How likely a message is about coming or not coming, whatever the topic."""
    return float(sum(p for group, p in zip(kb.groups, understood.groups, strict=True) if _is_of_the_visit(group)))


def _is_of_the_visit(group: Group) -> bool:
    return group.reply == "booking" or group.id in ("refusal", "call-me-back", "reschedule-cancel")


def _read_in_context(kb: KnowledgeBase, text: str, alone: Reading, state: State) -> Reading | None:
    """The message behind the question that was answered last."""
    last = next((g for g in kb.groups if g.id == state.group), None)
    if last is None or last.reply != "section":
        return None
    before = last.suggest.get("en") or (last.lines["en"] or ("",))[0]
    bare = all(word in kb.index.lexicon.stop for word in alone.understood.terms.words)  # "for example?" has no subject of its own
    again = _read_alone(kb, before if bare else f"{before.rstrip('?')} {text}", state)
    if not again.answers:
        return None
    at, understood = again.answers[0]
    if not bare and any(group.id == state.group for group in best_groups(kb, at, understood)[:1]):
        return None  # only the old question was heard: its answer again is no answer to the new one
    passage = kb.passages[at]
    return replace(again, assumed=passage.heading.rstrip("?"))


def _accepted_offer(kb: KnowledgeBase, text: str, state: State) -> Reading | None:
    """A bare "yes" to the appointment that the assistant offered, or what sounds like one just behind the offer."""
    wanted = next((g for g in kb.groups if g.reply == "booking"), None)
    if state.offer != "book" or wanted is None:
        return None
    understood = understand(kb.index, text)
    group = _group(kb, understood)
    if group is not None and group.id == "yes-only":
        return Reading(understood, group=wanted)
    unclear = group is None and understood.confidence < kb.index.decision.threshold and len(text.split()) <= _FOLLOW_UP_WORDS
    likely = float(understood.groups[kb.groups.index(wanted)]) >= _BEHIND_AN_OFFER
    return Reading(understood, group=wanted) if unclear and likely else None


def read_last(kb: KnowledgeBase, text: str, state: State) -> Reading:
    """The reading that a reply to `text` rests on, for measuring (personal data taken out, as in the reply)."""
    return read(kb, question(redact(text, (kb.clinic.phone, kb.clinic.email))), state)


# --- replies that quote nothing ---------------------------------------------------------------------------------------


def small_talk(kb: KnowledgeBase, group: Group, state: State, tongue: Language) -> Reply:
    """Greetings, thanks and the like; "no" is taken as a refusal of what was offered."""
    words = fill(group.say[tongue], kb.clinic)
    if group.id == "refusal":
        state = replace(state, declined=True)
    if group.id == "sorry" and state.pinned:
        words = say(kb.wording, "gentle", tongue, kb.clinic)
    return Reply("small_talk", words, state=replace(state, offer=""))


def contact_actions(kb: KnowledgeBase, tongue: Language) -> tuple[Action, ...]:
    """Ways to reach the clinic that are known."""
    found = []
    if kb.clinic.phone:
        found.append(Action("call", say(kb.wording, "action_call", tongue, kb.clinic), phone_link(kb.clinic.phone)))
    if kb.clinic.email:
        found.append(Action("email", say(kb.wording, "action_email", tongue, kb.clinic), f"mailto:{kb.clinic.email}"))
    return tuple(found)


def phone_link(phone: str) -> str:
    """The address that a phone dials: "(212) 227-3233" becomes "tel:+12122273233"."""
    digits = "".join(c for c in phone if c.isdigit())
    return f"tel:+{digits}" if len(digits) == 11 else f"tel:+1{digits}"


def precaution_quotes(kb: KnowledgeBase, begins: str) -> tuple[Quote, ...]:
    """The article's own line for a precaution, whole; nothing if no article has it."""
    if not begins:
        return ()
    for passage in kb.passages:
        found: list[Unit] = [u for u in passage.units if starts(u.text, u.items, begins)]
        if found:
            return cite(kb, passage, found[:1])
    return ()


def suggested_units(kb: KnowledgeBase, group: Group) -> list[Unit]:
    """What a group's question would be answered with."""
    for passage in kb.passages:
        if (passage.article, passage.heading) == (group.article, group.heading):
            return named_units(passage, group)
    return []
