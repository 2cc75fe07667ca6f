"""Names for people: of sections, of what triage finds, of the matters that the clinic settles itself."""

from __future__ import annotations

from bot.knowledge import KnowledgeBase

_FLAGS = {
    "dvt": "Clot in a leg", "loc_seizure": "Fainting or seizure", "suicide_self_harm": "Suicide or self-harm",
    "progressive_neuro": "Growing weakness or numbness", "anticoagulant": "Blood thinners", "minor": "A child or teenager",
    "frail": "Frail or elderly", "mental": "Distress", "consent_capacity": "Consent",
}  # fmt: skip


def flag_words(flag: str) -> str:
    """What triage found, as words: "spinal_trauma" is "Spinal trauma"."""
    return _FLAGS.get(flag) or flag.replace("_", " ").capitalize()


def heading_of(kb: KnowledgeBase, section: str) -> str:
    """The heading of "article#anchor"; its name in the address if it is not there any more."""
    article, _, anchor = section.partition("#")
    found = next((p.heading for p in kb.passages if (p.article, p.anchor) == (article, anchor)), "")
    return found or f"{anchor.replace('-', ' ').capitalize()} (not there any more)"


def matter_of(kb: KnowledgeBase, topic: str) -> str:
    """What a matter is about, in the words of its file; "" where there is none of that name."""
    return next((str(group.suggest.get("en") or group.id.replace("-", " ")) for group in kb.groups if group.id == topic), "")
