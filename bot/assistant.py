"""A message in, a reply out: the safety argument of the product, to be read from top to bottom."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import Lock

from bot import booking, conversation, emergency, hours
from bot.answering import best_groups, cite, units_for
from bot.booking import Desk
from bot.checks import Outcome, judged, plain
from bot.conversation import Reading, contact_actions, read
from bot.knowledge import KnowledgeBase, Library
from bot.language import detect
from bot.privacy import kept, question, redact
from bot.recall import Recall, is_familiar
from bot.results import remembered
from bot.safety import message, triage
from bot.safety_output import refused
from bot.suggesting import near, prove, suggest
from bot.types import Clinic, Kind, Language, Quote, Reply, State, Turn, Verdict
from bot.understanding import is_untaught, ranked
from bot.wording import fill, say

_log = logging.getLogger("pinpoint.assistant")
MOST_QUOTES = 4
MOST_NEAR = 3


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a visitor sees before the first question."""

    clinic: Clinic
    greeting: str
    notice: str
    emergency_line: str
    suggestions: tuple[str, ...]
    languages: tuple[Language, ...]
    version: str


class Assistant:
    """Answers from the library's current snapshot. Keeps no conversation between two messages."""

    def __init__(self, library: Library, takes_requests: bool = False) -> None:
        self.library = library
        self.takes_requests = takes_requests  #: whether requests for an appointment can be stored
        self._recall = Recall()
        # Working out an answer is all computing. Threads that do it side by side finish none of them sooner: they take the
        # interpreter from each other at every call into numpy, which costs more than the answer does.
        self._thinking = Lock()

    def welcome(self, language: Language = "en") -> Welcome:
        """The greeting, the notice and first questions in a language."""
        kb = self.library.current
        words = partial(say, kb.wording, language=language, clinic=kb.clinic)
        return Welcome(
            kb.clinic, words("greeting"), words("notice"), words("emergency_line"),
            suggest(kb, language, State()), ("en", "es"), kb.version,
        )  # fmt: skip

    def reply(self, text: str, state: State, language: Language | None = None, now: datetime | None = None) -> Reply:
        """The reply to one message."""
        return self.turn(text, state, language, now).reply

    def turn(self, text: str, state: State, language: Language | None = None, now: datetime | None = None) -> Turn:
        """The reply to one message, and what the clinic may learn from it. Never raises: whatever breaks, the visitor sees
        the emergency lines and the phone."""
        kb = self.library.current
        minute = now and now.replace(second=0, microsecond=0)  # replies speak of opening hours

        def make() -> Turn:
            with self._thinking:
                return turn(kb, text, state, language, self.takes_requests, now)

        try:
            found = self._recall.turn(kb, text, (state, language, minute), make)
        except Exception as error:  # the one place where everything is caught: a visitor must never be left without words
            _log.error("reply failed: %s", type(error).__name__)
            return Turn(emergency.failed(kb, language or state.language or "en", state), outcome="contact")
        if found.tier != "T0":
            _log.info("triage tier=%s rule=%s language=%s version=%s", found.tier, found.rule, found.reply.language, kb.version)
        return found


def reply(
    kb: KnowledgeBase, text: str, state: State, language: Language | None, takes_requests: bool, now: datetime | None = None
) -> Reply:
    """The reply to one message on a snapshot."""
    return turn(kb, text, state, language, takes_requests, now).reply


def turn(
    kb: KnowledgeBase, text: str, state: State, language: Language | None, takes_requests: bool, now: datetime | None = None
) -> Turn:
    """The order of danger: emergencies, privacy, precautions, everything else. `now` is for the clinic's hours."""
    tongue = detect(text, kb.index.vocabulary, state.language or language or "en")
    verdict = triage(kb.rules, text)
    state = replace(state, language=tongue, turns=state.turns + 1)
    if verdict.tier in ("T1", "T2"):
        stopped = emergency.stop(kb, verdict, tongue, state)
        return Turn(stopped, outcome=stopped.kind, flag=verdict.flag, tier=verdict.tier, rule=verdict.rule)
    clean = redact(text, (kb.clinic.phone, kb.clinic.email))
    reading = read(kb, question(clean), state)
    careful = verdict.tier == "T3"
    state = replace(state, careful=state.careful or careful)
    given = _answered(kb, reading, state, tongue, Desk(takes_requests, now, hush=careful))
    outcome = given.kind
    if verdict.tier == "T3":
        given = _with_precaution(kb, verdict, given, reading, tongue)
    if clean.spans:
        given = _with_privacy(kb, given, tongue)
    if not kb.rules.rules:
        given = emergency.unguarded(kb, given, tongue)
    given = _checked(kb, replace(given, language=tongue, version=kb.version))
    familiar = not clean.spans and is_familiar(kb, text)
    found = Turn(given, kept(clean), outcome, verdict.flag, tier=verdict.tier, rule=verdict.rule, familiar=familiar)
    return _learnt(kb, found, reading, pinned=bool(state.pinned))


def _learnt(kb: KnowledgeBase, found: Turn, reading: Reading, pinned: bool) -> Turn:
    """What was heard beside the reply. Whatever follows an emergency is part of it: of that no word is handed on."""
    if pinned:
        return replace(found, text="")
    near = tuple(ranked(kb.index, reading.understood, MOST_NEAR)) if found.outcome in ("no_answer", "contact") else ()
    heard = found.reply.state.group if reading.answers else ""
    topic = reading.group.id if reading.group else heard
    return replace(found, topic=topic, confidence=reading.understood.confidence, partly=reading.left_over, near=near)


def _checked(kb: KnowledgeBase, given: Reply) -> Reply:
    """The reply, or the emergency lines if anything in it is not the clinic's or reviewed."""
    wrong = refused(kb, given)
    if wrong:
        _log.error("reply refused: its %s is not reviewed", wrong)
        return emergency.failed(kb, given.language, given.state)
    return given


def _answered(kb: KnowledgeBase, reading: Reading, state: State, tongue: Language, desk: Desk) -> Reply:
    if reading.answers:
        return _quoted(kb, reading, state, tongue, desk)
    group = reading.group
    if group is None or group.reply == "section":
        return _unknown(kb, reading, state, tongue)
    if group.reply == "small_talk":
        return conversation.small_talk(kb, group, state, tongue)
    if group.reply == "booking":
        return booking.wanted(kb, state, tongue, desk)
    return _matter(kb, reading, state, tongue, desk)


def _quoted(kb: KnowledgeBase, reading: Reading, state: State, tongue: Language, desk: Desk) -> Reply:
    quotes: list[Quote] = []
    groups: list[str] = []
    for at, understood in reading.answers:
        units = units_for(kb, at, understood)
        most = 1 if len(reading.answers) > 1 else len(units)  # two questions: the sentence that answers each
        quotes.extend(q for q in cite(kb, kb.passages[at], units[:most]) if q not in quotes)
        groups.extend(g.id for g in best_groups(kb, at, understood)[:1])
    first = kb.passages[reading.answers[0][0]]
    seen = tuple(dict.fromkeys([*groups, *state.seen]))[:6]
    after = replace(state, topic=f"{first.article}#{first.anchor}", group=groups[0] if groups else "", seen=seen, offer="")
    offered, actions, after = booking.offer(kb, first, after, tongue, desk)
    words = [_opening(kb, reading, first.language, state, tongue)]
    if reading.left_over:
        words.append(say(kb.wording, "part_unanswered", tongue, kb.clinic))
    words.append(offered)
    suggestions = suggest(kb, tongue, after, tuple(quotes))
    return Reply("answer", " ".join(w for w in words if w), tuple(quotes[:MOST_QUOTES]), suggestions, actions,
                 state=replace(after, told_spanish=state.told_spanish or tongue == "es"))  # fmt: skip


def _opening(kb: KnowledgeBase, reading: Reading, written: Language, state: State, tongue: Language) -> str:
    """The few words above the quote: what the question was taken to mean, and in which language the article is."""
    words = []
    if reading.personal:
        words.append(say(kb.wording, "personal", tongue, kb.clinic))
    elif reading.assumed:
        words.append(say(kb.wording, "about", tongue, kb.clinic, topic=reading.assumed))
    if written != tongue:
        words.append(say(kb.wording, "english_only_again" if state.told_spanish else "english_only", tongue, kb.clinic))
    return " ".join(words)


def _unknown(kb: KnowledgeBase, reading: Reading, state: State, tongue: Language) -> Reply:
    suggestions = near(kb, reading.understood, tongue, state)
    words = [
        say(kb.wording, "no_answer" if kb.passages else "no_knowledge", tongue, kb.clinic),
        _ask_clinic(kb, tongue),
    ]
    if suggestions:
        words.append(say(kb.wording, "near", tongue, kb.clinic))
    return Reply("no_answer", " ".join(words), suggestions=suggestions, actions=contact_actions(kb, tongue),
                 state=replace(state, offer=""))  # fmt: skip


def _matter(kb: KnowledgeBase, reading: Reading, state: State, tongue: Language, desk: Desk) -> Reply:
    """A matter that the clinic has not written about: its reviewed sentence and the way to ask."""
    group = reading.group
    assert group is not None  # noqa: S101  (narrowing; the caller has looked)
    words = [fill(group.say[tongue], kb.clinic), _ask_clinic(kb, tongue)]
    if group.reply == "contact" and (opening := hours.line(kb.wording, kb.clinic, tongue, desk.now)):
        words.append(opening)
    actions = contact_actions(kb, tongue)
    suggestions: tuple[str, ...] = ()
    after = replace(state, group=group.id, offer="")
    if group.reply == "contact":
        actions, after = booking.beside_contact(kb, group, actions, after, tongue, desk)
    else:
        suggestions = near(kb, reading.understood, tongue, state)
        if suggestions:
            words.append(say(kb.wording, "near", tongue, kb.clinic))
    kind: Kind = "contact" if group.reply == "contact" else "no_answer"
    return Reply(kind, " ".join(words), suggestions=suggestions, actions=actions, state=after)


def _ask_clinic(kb: KnowledgeBase, tongue: Language) -> str:
    return say(kb.wording, "ask_clinic" if kb.clinic.phone else "ask_clinic_no_phone", tongue, kb.clinic)


def _with_precaution(kb: KnowledgeBase, verdict: Verdict, given: Reply, reading: Reading, tongue: Language) -> Reply:
    """The precaution first, with the article's own line where it has one; below it the answer to what was asked."""
    own = conversation.precaution_quotes(kb, verdict.quote)
    name = verdict.message or "general"
    if given.kind == "answer" and is_untaught(kb.index, given.quotes[0].article):
        own, name = (), "article"  # what a new article says of its own treatment, and not what another says of needling
    words = fill(message(kb.rules, name, tongue), kb.clinic)
    rest = tuple(q for q in given.quotes if q not in own) if given.kind == "answer" else ()
    below = given.text if rest or given.kind in ("contact", "booking") else ""
    if own and given.kind == "answer":  # the precaution's own words already say that the article speaks, and in which language
        below = say(kb.wording, "part_unanswered", tongue, kb.clinic) if reading.left_over else ""
    actions = given.actions or contact_actions(kb, tongue)
    suggestions = tuple(s for s in given.suggestions) if given.kind == "answer" else ()
    return replace(given, kind="precaution", text=f"{words} {below}".strip(), quotes=(*own, *rest)[:MOST_QUOTES],
                   suggestions=suggestions, actions=actions)  # fmt: skip


def _with_privacy(kb: KnowledgeBase, given: Reply, tongue: Language) -> Reply:
    """The kind word about private details, said once, above whatever was asked."""
    state = given.state
    if state.told_privacy:
        return replace(given, state=state) if given.kind != "no_answer" else given
    words = fill(message(kb.rules, "privacy", tongue), kb.clinic)
    text = f"{words} {given.text}".strip() if given.kind != "no_answer" else words
    return replace(given, kind="privacy", text=text, state=replace(state, told_privacy=True))


def finish(kb: KnowledgeBase) -> KnowledgeBase:
    """A loaded snapshot with its suggestions proved and its own answer tests run, each asked as a first message."""
    proved = replace(kb, proved={"en": prove(kb, "en"), "es": prove(kb, "es")})
    known = frozenset(plain(section.heading) for article in kb.articles for section in article.sections)
    asked = (judged(check, reply(proved, check.question, State(), None, False), known) for check in kb.checks)
    found = remembered(kb.cache, ["answers", kb.version], lambda: [(o.passed, o.got, o.blocks) for o in asked])
    return replace(proved, outcomes=tuple(Outcome(check, *one) for check, one in zip(kb.checks, found, strict=True)))
