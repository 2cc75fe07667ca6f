"""The page for a clinician's signature: one plain line a rule, what fires it, what does not, what the visitor reads."""

from __future__ import annotations

from bot.safety import STORY, Rules, message
from bot.safety_rules import MESSAGES, Rule
from bot.types import Clinic
from bot.wording import fill

_TIERS = {
    "T1": ("Emergency now (T1)", "The reply is the fixed message alone: no quote, no suggestion, no booking. It stays in view."),
    "T2": ("To be seen today (T2)", "The reply is the fixed message alone, with the clinic's phone."),
    "T3": ("To talk about before booking (T3)", "The message comes first; below it stands the answer, if a question was asked."),
}
_NAMES = {
    "self_harm": "Suicide or self-harm", "violence": "Violence", "overdose": "Overdose", "after_needling": "After needling",
    "medical": "Medical", "urgent": "Today", "article": "Precaution in the article", "general": "Precaution not in the article",
}  # fmt: skip
_HEAD = """# Safety rules

Made by `python -m bot safety-rules` from `knowledge/safety/`. Do not edit this page: edit the files and make it again.

**No clinician has signed these rules yet, and no translator the Spanish messages.** Until they do, the rules are a draft
that runs. Each rule names who has reviewed it.

A rule fires when its signs are said to be there now, in the writer or in another person. It does not fire on what is
denied, past, asked about in general, somebody else's news, or a saying. English and Spanish are always read together.
A second net, a statistical one (`net.tsv`), reads the same message. What the rules find and how the net leans are summed, by
the weights at the head of that file; if the sum suffices, the message is given. So the net does two things. Where no rule
fires it may raise the alarm by itself, with the message that fits best; of what is denied, asked or past it must be surer. And
it is the second witness of the rules marked "broad", which count only if the net leans the same way, and of every rule in a
story of {story} words or more, where the one who is ill may be a neighbour: there a rule counts unless the net is nearly sure
that there is no danger. All other rules count whatever the net says, and so do those on self-harm that are not broad. A
precaution is given only where a rule fires. Without the file every rule counts by itself.
"""


def page(rules: Rules, clinic: Clinic) -> str:
    """The whole page in Markdown."""
    parts = [_HEAD.format(story=STORY), "## What the visitor reads\n"]
    parts += [_message(rules, name, clinic) for name in MESSAGES]
    for tier, (title, what) in _TIERS.items():
        own = [rule for rule in rules.rules if rule.tier == tier]
        parts.append(f"## {title}: {len(own)} rules\n\n{what}\n")
        parts += [_rule(rule) for rule in own]
    parts.append("## Signature\n\nClinician (name, licence): ____________________  Date: ____________\n")
    return "\n".join(parts)


def _message(rules: Rules, name: str, clinic: Clinic) -> str:
    texts = (fill(message(rules, name, language), clinic) for language in ("en", "es"))
    return f"**{_NAMES[name]}**\n\n" + "\n".join(f"> {text}\n" for text in texts)


def _rule(rule: Rule) -> str:
    lines = [f"### {rule.id}{' (broad)' if rule.broad else ''}\n", rule.note]
    lines.append(f"- Fires: {_quoted(rule.fire)}\n- Does not fire: {_quoted(rule.quiet)}")
    reads = f'{_NAMES[rule.message]}; the article\'s line "{rule.quote}…", whole' if rule.quote else _NAMES[rule.message]
    lines.append(f"- The visitor reads: {reads}\n- Source: {rule.source}. Reviewer: {rule.reviewer}, {rule.date}.\n")
    return "\n".join(lines)


def _quoted(examples: tuple[str, ...]) -> str:
    return "; ".join(f'"{text}"' for text in examples)
