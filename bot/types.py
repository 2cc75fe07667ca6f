"""The nouns. Frozen data without behaviour of its own; the verbs live in the modules that are named after them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Language = Literal["en", "es"]
Tier = Literal["T0", "T1", "T2", "T3"]
Kind = Literal["answer", "no_answer", "contact", "booking", "precaution", "urgent", "emergency", "privacy", "small_talk"]
ActionKind = Literal["call", "email", "book", "open", "ask"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the knowledge folder that staff should mend. Never raised: it is shown by `check`, `/readyz`, the log."""

    file: str  #: path inside the knowledge folder
    line: int  #: 1-based; 0 where no line is to blame
    wrong: str  #: what was seen, in staff's words
    todo: str  #: what to do about it
    blocking: bool = False  #: true: the new snapshot must not go live


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing that may be quoted: one sentence, or one whole list with its lead-in.

    `text` is verbatim; the lines of a list are joined with a newline, the lead-in first and items behind "• " or "1. ".
    """

    text: str
    kind: Literal["sentence", "list"]
    lead: str = ""  #: for a list: its lead-in line, as written, or ""
    items: tuple[str, ...] = ()  #: for a list: its items, as written, without their marks
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What stands under one heading of one article: searched and quoted as a whole or in units."""

    article: str  #: slug: the file name without its ending
    title: str
    heading: str
    anchor: str  #: id of the heading on the article's page
    units: tuple[Unit, ...]
    reviewed: str  #: ISO date of the article's last review, or ""
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of an article and what stands under it; `answers` is false for introductions and contact lines."""

    heading: str
    anchor: str
    units: tuple[Unit, ...]
    answers: bool = True


@dataclass(frozen=True, slots=True)
class Article:
    """One file of the knowledge folder as people see it."""

    slug: str
    title: str
    sections: tuple[Section, ...]
    reviewed: str  #: ISO date
    source: str  #: address on the clinic's site, or ""
    language: Language
    digest: str  #: SHA-256 of the file


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its score in 0..1."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Quote:
    """One verbatim piece of a passage with its citation. Built only by `bot.answering.quote`."""

    text: str
    article: str
    title: str
    heading: str
    url: str
    reviewed: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something the visitor can press: a call, a link, a booking."""

    kind: ActionKind
    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What the next message of the conversation needs. Signed by `web`, carried by the visitor; at most 1 KiB signed."""

    language: Language | None = None
    topic: str = ""  #: article#anchor of the last answer
    group: str = ""  #: what the visitor last asked about, as a phrasing group
    offer: str = ""  #: what the assistant offered last ("book", or a suggested question's group)
    pinned: str = ""  #: kind of the emergency message that stays pinned ("medical", "self_harm"...), or ""
    declined: bool = False  #: the visitor refused a booking, or has sent a request
    careful: bool = False  #: something was mentioned that a therapist should know before booking
    offered: tuple[str, ...] = ()  #: anchors for which booking was offered
    seen: tuple[str, ...] = ()  #: ids of the groups answered last, newest first, at most 6
    told_privacy: bool = False
    told_spanish: bool = False  #: has been told that the articles exist in English only
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The only thing that leaves `bot`."""

    kind: Kind
    text: str
    quotes: tuple[Quote, ...] = ()
    suggestions: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    language: Language = "en"
    version: str = ""
    state: State = field(default_factory=State)

    def __post_init__(self) -> None:
        if self.kind == "answer" and not self.quotes:
            raise ValueError("a reply of kind 'answer' was built without a quote; an answer must quote the clinic")
        if self.kind in ("no_answer", "urgent", "emergency") and self.quotes:
            raise ValueError(f"a reply of kind {self.kind!r} was built with a quote; it must not quote anything")
        if self.kind in ("urgent", "emergency") and (self.suggestions or any(a.kind == "book" for a in self.actions)):
            raise ValueError(f"a reply of kind {self.kind!r} may neither suggest nor offer a booking")


@dataclass(frozen=True, slots=True)
class Turn:
    """A reply and, beside it, what the clinic may learn from the message. Only the reply goes to the visitor."""

    reply: Reply
    text: str = ""  #: the message as the assistant read it, without personal data; "" for and after an emergency
    outcome: Kind = "answer"  #: the reply's kind before a precaution or a word about privacy was put above it
    flag: str = ""  #: what triage found: the kind of emergency or precaution
    topic: str = ""  #: id of the phrasing group that was heard
    confidence: float = 0.0  #: 0..1, that the articles answer it
    partly: bool = False  #: one of several questions found no answer
    near: tuple[Hit, ...] = ()  #: for a question without an answer: the passages that came closest, best first
    tier: Tier = "T0"  #: triage's verdict, and the rule that decided
    rule: str = ""
    familiar: bool = False  #: no emergency, nothing removed, and no word that the knowledge does not use
    sent: list[object] = field(
        default_factory=list, compare=False, repr=False
    )  #: what a channel made of it; kept as long as it is


@dataclass(frozen=True, slots=True)
class Clinic:
    """Facts of the clinic, each with a safe default: no text for an emergency depends on a file that may be broken."""

    name: str = "the clinic"
    phone: str = ""
    address: str = ""
    email: str = ""
    website: str = ""
    booking_url: str = ""
    time_zone: str = "America/New_York"
    hours: tuple[tuple[str, str], ...] = ()  #: (day, "09:00-17:00"), empty while unknown
    holidays: tuple[str, ...] = ()  #: ISO dates
    reasons: tuple[str, ...] = ()  #: reasons for a visit that the booking form lists, each "English|Spanish"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What triage found in a message. `rule` is the id of the rule that decided, `message` the fixed text's name."""

    tier: Tier
    flag: str = ""
    rule: str = ""
    message: str = ""  #: medical, after_needling, self_harm, violence, overdose, urgent; or article, general for T3
    quote: str = ""  #: T3: the beginning of the article's item to quote, or ""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of personal data in a text: character offsets, half open."""

    start: int
    end: int
    kind: str  #: NAME, PHONE, EMAIL, SSN, CARD, DOB, ADDRESS, INSURANCE_ID, MRN, LICENSE, HANDLE


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without its personal data, and where they stood in the original."""

    text: str
    spans: tuple[Span, ...]
