"""When to offer an appointment, how, and when to be quiet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot import hours
from bot.conversation import contact_actions
from bot.knowledge import KnowledgeBase
from bot.phrasings import Group
from bot.types import Action, Language, Passage, Reply, State
from bot.wording import say

# Matters of people who have an appointment, or who want none: the law, work, courses, papers.
_NO_OFFER_BESIDE = (
    "reschedule-cancel", "running-late", "phone-email-website", "complaint", "jobs", "visitor-privacy",
    "existing-patient-matters", "records-forms-paperwork", "training-courses", "law", "licence-required", "who-may-do-it",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """How the clinic can be asked for an appointment while this message is answered."""

    takes_requests: bool = False  #: requests can be stored
    now: datetime | None = None  #: the time, of any zone; None: hours are not spoken of
    hush: bool = False  #: the message calls for a precaution: nothing is offered that was not asked for


def wanted(kb: KnowledgeBase, state: State, tongue: Language, desk: Desk) -> Reply:
    """The visitor asks for an appointment: a refusal or an emergency before does not stand in the way."""
    after = replace(state, declined=False, offer="")
    if state.pinned not in ("", "urgent"):
        words = say(kb.wording, "booking_call" if kb.clinic.phone else "ask_clinic_no_phone", tongue, kb.clinic)
        return Reply("booking", words, actions=contact_actions(kb, tongue), state=after)
    actions = _book(kb, tongue, desk, state.careful)
    words = say(kb.wording, _how(kb, desk, state.careful), tongue, kb.clinic)
    opening = hours.line(kb.wording, kb.clinic, tongue, desk.now)
    return Reply("booking", f"{words} {opening}".strip(), actions=(*actions, *contact_actions(kb, tongue)), state=after)


def _how(kb: KnowledgeBase, desk: Desk, careful: bool) -> str:
    """The name of the sentence that says which ways there are."""
    if desk.takes_requests and careful:
        return "booking_with_care"
    if desk.takes_requests:
        return "booking" if kb.clinic.phone else "booking_request"
    if kb.clinic.phone:
        return "booking_call"
    return "booking_online" if kb.clinic.booking_url else "ask_clinic_no_phone"


def offer(
    kb: KnowledgeBase, passage: Passage, state: State, tongue: Language, desk: Desk
) -> tuple[str, tuple[Action, ...], State]:
    """(words, actions, state) of an offer beside an answer: at most once a heading and only where a doubt was settled
    that leads there; never after a refusal, an emergency or an urgent message; softly once a precaution was named."""
    group = next((g for g in kb.groups if g.id == state.group), None)
    actions = _book(kb, tongue, desk, state.careful)
    if not actions or group is None or not group.offer or not may_offer(state, desk) or passage.anchor in state.offered:
        return "", (), state
    after = replace(state, offered=(*state.offered, passage.anchor)[-12:], offer="book")
    # The button says it; words above the quote would keep the visitor from the answer.
    return say(kb.wording, "booking_offer_care", tongue, kb.clinic) if state.careful else "", actions, after


def may_offer(state: State, desk: Desk) -> bool:
    """Whether the conversation leaves room for an offer."""
    return not state.declined and not state.pinned and not desk.hush


def beside_contact(
    kb: KnowledgeBase, group: Group, actions: tuple[Action, ...], state: State, tongue: Language, desk: Desk
) -> tuple[tuple[Action, ...], State]:
    """A matter for the clinic may carry the booking button, once; who wants to be called gets the way to it each time."""
    if group.id == "call-me-back" and desk.takes_requests and state.pinned in ("", "urgent"):
        return (*_book(kb, tongue, desk, careful=True), *actions), state
    if group.id in _NO_OFFER_BESIDE or not may_offer(state, desk) or "contact" in state.offered:
        return actions, state
    found = _book(kb, tongue, desk, state.careful)
    return (*actions, *found), replace(state, offered=(*state.offered, "contact")) if found else state


def confirmation(kb: KnowledgeBase, reference: str, tongue: Language, now: datetime | None) -> str:
    """What is said when a request is stored: the reference, what happens next, and when."""
    found = hours.opening(kb.clinic, now)
    name = "book_next" if found is None else "book_next_open" if found.open else "book_next_closed"
    opening = hours.line(kb.wording, kb.clinic, tongue, now)
    words = [
        say(kb.wording, "book_done", tongue, kb.clinic, reference=reference),
        say(kb.wording, name, tongue, kb.clinic, hours=opening),
        say(kb.wording, "book_change" if kb.clinic.phone else "book_change_no_phone", tongue, kb.clinic),
    ]
    return " ".join(words)


def _book(kb: KnowledgeBase, tongue: Language, desk: Desk, careful: bool) -> tuple[Action, ...]:
    """The buttons. With a precaution only the request: somebody calls back before anything is booked."""
    found = []
    if desk.takes_requests:
        found.append(Action("book", say(kb.wording, "action_book_care" if careful else "action_book", tongue, kb.clinic)))
    if kb.clinic.booking_url and not careful:
        found.append(Action("book", say(kb.wording, "action_book_online", tongue, kb.clinic), kb.clinic.booking_url))
    return tuple(found)
