"""When to offer an appointment, and when to be quiet."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import contact_actions
from bot.knowledge import KnowledgeBase
from bot.phrasings import Group
from bot.types import Action, Language, Passage, Reply, State
from bot.wording import say

_NO_OFFER_BESIDE = ("reschedule-cancel", "running-late", "phone-email-website", "complaint", "jobs", "visitor-privacy")


def wanted(kb: KnowledgeBase, state: State, tongue: Language, takes_requests: bool) -> Reply:
    """The visitor asks for an appointment: a refusal or an emergency before does not stand in the way."""
    actions = (*_book(kb, tongue, takes_requests), *contact_actions(kb, tongue))
    after = replace(state, declined=False, offer="")
    name = "booking" if takes_requests else "booking_call"
    if state.pinned not in ("", "urgent"):
        actions = contact_actions(kb, tongue)
        name = "booking_call"
    return Reply("booking", say(kb.wording, name, tongue, kb.clinic), actions=actions, state=after)


def offer(
    kb: KnowledgeBase, passage: Passage, state: State, tongue: Language, takes_requests: bool
) -> tuple[str, tuple[Action, ...], State]:
    """(words, actions, state) of an offer beside an answer: at most once a heading and only where a doubt was settled
    that leads there; never after a refusal, an emergency or an urgent message."""
    group = next((g for g in kb.groups if g.id == state.group), None)
    actions = _book(kb, tongue, takes_requests)
    if not actions or group is None or not group.offer or not may_offer(state) or passage.anchor in state.offered:
        return "", (), state
    after = replace(state, offered=(*state.offered, passage.anchor)[-12:], offer="book")
    return say(kb.wording, "booking_offer", tongue, kb.clinic), actions, after


def may_offer(state: State) -> bool:
    """Whether the conversation leaves room for an offer."""
    return not state.declined and not state.pinned


def beside_contact(
    kb: KnowledgeBase, group: Group, actions: tuple[Action, ...], state: State, tongue: Language, takes_requests: bool
) -> tuple[tuple[Action, ...], State]:
    """A matter for the clinic may carry the booking button, once."""
    if group.id in _NO_OFFER_BESIDE or not may_offer(state) or "contact" in state.offered:
        return actions, state
    found = _book(kb, tongue, takes_requests)
    return (*actions, *found), replace(state, offered=(*state.offered, "contact")) if found else state


def _book(kb: KnowledgeBase, tongue: Language, takes_requests: bool) -> tuple[Action, ...]:
    found = []
    if takes_requests:
        found.append(Action("book", say(kb.wording, "action_book", tongue, kb.clinic)))
    if kb.clinic.booking_url:
        found.append(Action("book", say(kb.wording, "action_book_online", tongue, kb.clinic), kb.clinic.booking_url))
    return tuple(found)
