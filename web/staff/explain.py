"""Why this answer? What the assistant made of a question, step by step, against one knowledge."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from bot.assistant import turn
from bot.conversation import GENERAL, Reading, read
from bot.knowledge import KnowledgeBase
from bot.likeness import content
from bot.passages import parts
from bot.phrasings import Group
from bot.privacy import question, redact
from bot.retriever import scores
from bot.safety import triage
from bot.terms import Terms, analyse
from bot.types import Passage, Reply, State, Turn, Verdict
from bot.understanding import ranked
from web.asked_groups import alike, marks
from web.staff.words import flag_words, matter_of

MOST_PASSAGES = 4
_LIKE = 0.35  # from which a phrasing is worth showing beside the question
_WORTH = 0.02  # from which a passage is worth showing
_PHRASED = 2  # passages whose phrasings are looked through: it takes milliseconds
_REMOVED = {
    "NAME": "a name", "PHONE": "a phone number", "EMAIL": "an e-mail address", "SSN": "a social security number",
    "CARD": "a card number", "DOB": "a date of birth", "ADDRESS": "an address", "INSURANCE_ID": "an insurance number",
    "MRN": "a record number", "LICENSE": "a licence number", "HANDLE": "a user name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """A passage and what of the question is found in it."""

    article: str
    heading: str
    anchor: str
    score: float  #: 0..1
    words: tuple[str, ...]  #: words of the question that the passage has as well
    nearest: str  #: its sentence, item or heading that is most like the question
    phrasing: str  #: a collected question for this passage that is most like it, or ""


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that a page shows of one question against one knowledge."""

    reply: Reply
    milliseconds: float
    confidence: float  #: 0..1, that the articles answer
    threshold: float  #: from which they are quoted
    rule: str  #: id of the safety rule that fired, or ""
    rule_note: str
    matches: tuple[Match, ...]
    unknown: tuple[str, ...]  #: words that neither the articles nor the collected questions use
    why: tuple[str, ...]  #: in plain words, in the order of the steps


def explain(kb: KnowledgeBase, text: str, before: str = "") -> Explained:
    """The reply to a question, as a visitor would get it (behind the question `before`, if there is one), and the reasons."""
    now = datetime.now(UTC)
    state = turn(kb, before, State(), None, True, now).reply.state if before else State()
    began = time.perf_counter()
    found = turn(kb, text, state, None, True, now)
    took = 1000 * (time.perf_counter() - began)
    verdict = triage(kb.rules, text)
    if found.outcome in ("emergency", "urgent"):
        return Explained(found.reply, took, 0.0, _threshold(kb), verdict.rule, _note(kb, verdict), (), (), _stopped(kb, verdict))
    clean = redact(text, (kb.clinic.phone, kb.clinic.email))
    asked = question(clean)
    reading = read(kb, asked, replace(state, language=found.reply.language))
    removed = [_REMOVED.get(span.kind, "something personal") for span in clean.spans]
    matches = _matches(kb, reading, asked)
    why = (*_first(kb, verdict, removed), *_decided(kb, found, reading, matches))
    return Explained(
        found.reply, took, found.confidence, _threshold(kb), verdict.rule, _note(kb, verdict), matches,
        tuple(dict.fromkeys(reading.understood.terms.unknown)), why,
    )  # fmt: skip


def _threshold(kb: KnowledgeBase) -> float:
    return kb.index.decision.threshold


def _note(kb: KnowledgeBase, verdict: Verdict) -> str:
    return next((rule.note for rule in kb.rules.rules if rule.id == verdict.rule), "")


# --- in plain words ---------------------------------------------------------------------------------------------------


def _stopped(kb: KnowledgeBase, verdict: Verdict) -> tuple[str, ...]:
    kind = flag_words(verdict.flag).lower()
    when = "an emergency now" if verdict.tier == "T1" else "something to be seen today"
    rule = f"the rule “{verdict.rule}”" if _note(kb, verdict) else "the second safety net"
    return (
        f"Safety looks at every message first. Here {rule} heard {when}: {kind}.",
        "So the visitor reads the fixed message alone. The articles were not searched.",
    )


def _first(kb: KnowledgeBase, verdict: Verdict, removed: list[str]) -> list[str]:
    found = []
    if verdict.tier == "T3":
        heard = flag_words(verdict.flag).lower()
        found.append(
            f"The rule “{verdict.rule}” heard something to talk about before booking: {heard}. That message comes first."
        )
    if removed:
        found.append(
            f"{' and '.join(dict.fromkeys(removed)).capitalize()} was taken out before anything else looked at the message."
        )
    return found


def _decided(kb: KnowledgeBase, found: Turn, reading: Reading, matches: tuple[Match, ...]) -> list[str]:
    sure, needed = round(100 * found.confidence), round(100 * _threshold(kb))
    if reading.answers:
        return _answered(kb, reading, sure, needed, matches)
    told = [f"It was {sure} % sure that an article answers this. It needs {needed} % to quote one, so it did not guess."]
    group = reading.group
    if group is None:
        return told
    if group.reply in ("small_talk", "booking"):
        what = "small talk" if group.reply == "small_talk" else "a wish for an appointment"
        return [f"It took the message for {what} ({group.id.replace('-', ' ')})."]
    if group.id == GENERAL:
        return [*told, "It sounds like a matter that only the clinic can settle, but not clearly like one of them."]
    told.append(f"It took the question for a matter that the articles leave out: {matter_of(kb, group.id)}. "
                "For that the clinic has written a fixed sentence.")  # fmt: skip
    return told


def _answered(kb: KnowledgeBase, reading: Reading, sure: int, needed: int, matches: tuple[Match, ...]) -> list[str]:
    headings = list(dict.fromkeys(kb.passages[at].heading for at, _ in reading.answers))
    listed = " and ".join(f"“{heading}”" for heading in headings)
    told = [f"It was {sure} % sure that {listed} answers this, and needs {needed} %."]
    at = reading.answers[0][0]
    own = (kb.passages[at].article, kb.passages[at].anchor)
    phrasing = next((match.phrasing for match in matches if (match.article, match.anchor) == own), "")
    if phrasing:
        told.append(f"Somebody wrote down a question like it for that section: “{phrasing}”.")
    elif kb.index.cold[at]:
        told.append("Nobody has written down questions for that section yet, so it was found by its own words.")
    if reading.assumed:
        told.append(f"By itself the message was not clear. It was read as a follow-up on “{reading.assumed}”.")
    if reading.left_over:
        told.append("The message asks more than one thing. For a part of it there is no answer, and the visitor is told so.")
    return told


# --- passages ---------------------------------------------------------------------------------------------------------


def _matches(kb: KnowledgeBase, reading: Reading, asked: str) -> tuple[Match, ...]:
    understood = reading.answers[0][1] if reading.answers else reading.understood
    terms = analyse(asked, kb.index.vocabulary, kb.index.lexicon)
    hits = [hit for hit in ranked(kb.index, understood, MOST_PASSAGES) if hit.score >= _WORTH]
    return tuple(
        Match(hit.passage.article, hit.passage.heading, hit.passage.anchor, hit.score, _shared(kb, hit.passage, terms),
              _nearest(kb, hit.passage, terms), _phrasing(kb, hit.passage, asked) if rank < _PHRASED else "")
        for rank, hit in enumerate(hits)
    )  # fmt: skip


def _shared(kb: KnowledgeBase, passage: Passage, terms: Terms) -> tuple[str, ...]:
    """The visitor's words, as corrected, whose stems the passage has too."""
    at = kb.passages.index(passage)
    subject = set(content(terms, kb.index.lexicon))
    pairs = zip(terms.words, terms.stems, strict=True)
    held = [word for word, stem in pairs if stem in subject and at in kb.index.views.holders.get(stem, ())]
    return tuple(dict.fromkeys(held))


def _nearest(kb: KnowledgeBase, passage: Passage, terms: Terms) -> str:
    """The piece of a passage that is most like the question, if any is like it at all."""
    views = kb.index.views
    rows = np.flatnonzero((views.of == kb.passages.index(passage)) & ~views.form)[1:]  # the first is the passage as a whole
    values = scores(views.rows, content(terms, kb.index.lexicon))[rows]
    texts = [passage.heading, *parts(passage)]
    best = int(np.argmax(values)) if len(values) else 0
    return texts[best] if len(values) and values[best] > 0 else ""


def _phrasing(kb: KnowledgeBase, passage: Passage, asked: str) -> str:
    """The collected question of a passage that is most like the one asked."""
    about = marks(kb, asked)
    lines = [line for group in _groups(kb, passage) for own in group.lines.values() for line in own]
    weighed = [(alike(about, marks(kb, line)), line) for line in lines] if about else []
    best = max(weighed, key=lambda pair: (pair[0], -abs(len(pair[1]) - len(asked))), default=(0.0, ""))
    return best[1] if best[0] >= _LIKE else ""


def _groups(kb: KnowledgeBase, passage: Passage) -> list[Group]:
    return [group for group in kb.groups if (group.article, group.heading) == (passage.article, passage.heading)]
