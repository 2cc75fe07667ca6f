"""After publishing, the questions that it was for are asked again: what they get now, and which of them are settled."""

from __future__ import annotations

from dataclasses import dataclass

from bot.assistant import reply
from bot.knowledge import KnowledgeBase
from bot.types import Reply, State
from web.asked_read import SEALED, Group, drafted, mark
from web.store_asked import Questions


@dataclass(frozen=True, slots=True)
class Again:
    """A group of questions that was worked on, and what its first wording gets now."""

    group: Group
    reply: Reply
    settled: bool


def asked_again(found: Questions, kb: KnowledgeBase) -> list[Again]:
    """Asks every group that waited to be published; those that get what was meant wait no more."""
    return [_asked(found, kb, group) for group in drafted(found) if group.words not in ("", SEALED)]


def _asked(found: Questions, kb: KnowledgeBase, group: Group) -> Again:
    given = reply(kb, group.words, State(), None, False)
    meant = given.kind in ("answer", "precaution", "privacy") and any(quote.heading == group.note for quote in given.quotes)
    ours = not group.note.startswith("matter: ")
    settled = meant if ours else given.kind in ("contact", "no_answer")
    if settled:
        mark(found, group.id, "answered" if ours else "not_ours", group.note)
    return Again(group, given, settled)
