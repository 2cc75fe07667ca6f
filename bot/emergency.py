"""The fixed replies to an emergency: nothing else stands in them."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import contact_actions
from bot.knowledge import KnowledgeBase
from bot.safety import message
from bot.types import Action, Kind, Language, Reply, State, Verdict
from bot.wording import fill, say

# Which numbers go with which message: (wording of the label, link).
_NUMBERS: dict[str, tuple[tuple[str, str], ...]] = {
    "medical": (("action_911", "tel:911"),),
    "after_needling": (("action_911", "tel:911"),),
    "self_harm": (("action_988", "tel:988"), ("action_988_text", "sms:988"), ("action_911", "tel:911")),
    "violence": (
        ("action_911", "tel:911"),
        ("action_violence_nj", "tel:+18005727233"),
        ("action_violence", "tel:+18007997233"),
    ),
    "overdose": (("action_911", "tel:911"), ("action_poison", "tel:+18002221222")),
    "urgent": (("action_911", "tel:911"),),
}


def stop(kb: KnowledgeBase, verdict: Verdict, tongue: Language, state: State) -> Reply:
    """The fixed message of a T1 or T2 verdict, pinned for the rest of the conversation."""
    name = verdict.message if verdict.message in _NUMBERS else "medical"
    text = fill(message(kb.rules, name, tongue), kb.clinic)
    kind: Kind = "emergency" if verdict.tier == "T1" else "urgent"
    pinned = state.pinned if kind == "urgent" and state.pinned not in ("", "urgent") else name
    after = replace(state, pinned=pinned, offer="", topic="", group="")
    return Reply(kind, text, actions=_actions(kb, name, tongue), language=tongue, version=kb.version, state=after)


def failed(kb: KnowledgeBase, tongue: Language, state: State) -> Reply:
    """What the visitor gets when something of ours failed: the emergency lines and the clinic's phone."""
    words = say(kb.wording, "failed", tongue, kb.clinic)
    return Reply("contact", words, actions=lines(kb, tongue), language=tongue, version=kb.version, state=state)


def unguarded(kb: KnowledgeBase, given: Reply, tongue: Language) -> Reply:
    """A reply while no safety rules are loaded: the emergency text stands above whatever was asked."""
    seen = {action.href for action in given.actions}
    more = tuple(action for action in lines(kb, tongue) if action.href not in seen)
    return replace(given, text=f"{message(kb.rules, 'medical', tongue)} {given.text}".strip(), actions=(*more, *given.actions))


def lines(kb: KnowledgeBase, tongue: Language) -> tuple[Action, ...]:
    """911, 988 and the clinic: what is shown when something of ours failed."""
    found = [Action("call", say(kb.wording, label, tongue, kb.clinic), href) for label, href in _NUMBERS["self_harm"][::2]]
    return (*found, *contact_actions(kb, tongue))


def _actions(kb: KnowledgeBase, name: str, tongue: Language) -> tuple[Action, ...]:
    found = tuple(Action("call", say(kb.wording, label, tongue, kb.clinic), href) for label, href in _NUMBERS[name])
    return (*found, *contact_actions(kb, tongue)) if name == "urgent" else found
