"""A request for an appointment on its way in: checked, stored, and only then confirmed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot.knowledge import KnowledgeBase
from bot.types import Language
from bot.wording import say
from web import wire
from web.services import Services
from web.state import seal, unseal
from web.store import Contact, Request, StoreDown

COUNTRY = "US"  # of a phone number that is written without one
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that cannot be taken, and the name of the sentence that says why."""

    field: str
    words: str


def take(frame: dict[str, Any], shared: Services, address: str, connection: str) -> dict[str, Any]:
    """Stores what a checked `book` frame asks for and confirms it. Raises wire.Bad."""
    kb, tongue = shared.library.current, language_of(frame, shared)
    checked = check(frame, reasons(kb))
    if isinstance(checked, Wrong):
        raise wire.Bad("bad_field", f'"{checked.field}": {say(kb.wording, checked.words, tongue, kb.clinic)}', frame["id"])
    try:
        request = shared.store.known(frame["id"])
        if request is None:
            if seconds := shared.guard.booking_wait(address, connection):
                raise wire.Bad("rate_limited", _with_phone(kb, "book_too_many", tongue), frame["id"], seconds)
            request = shared.store.add(frame["id"], checked, tongue, consent(shared, tongue)[1])
            shared.guard.booked(address, connection)
    except StoreDown:
        raise wire.Bad("busy", _with_phone(kb, "book_not_stored", tongue), frame["id"], RETRY_SECONDS) from None
    return _confirmed(frame, shared, request)


def check(frame: dict[str, Any], known_reasons: dict[str, str]) -> Contact | Wrong:
    """The fields of a request, tidied; or the first that cannot be taken."""
    name, times, phone, email = (" ".join(frame.get(key, "").split()) for key in ("name", "times", "phone", "email"))
    if frame.get("website", "").strip():  # no person sees this field
        return Wrong("website", "book_robot")
    if not any(c.isalpha() for c in name):
        return Wrong("name", "book_need_name")
    if not phone and not email:
        return Wrong("phone", "book_need_contact")
    number = _number(phone) if phone else ""
    if number is None:
        return Wrong("phone", "book_wrong_phone")
    mailbox = _mailbox(email) if email else ""
    if mailbox is None:
        return Wrong("email", "book_wrong_email")
    if not frame.get("consent"):
        return Wrong("consent", "book_need_consent")
    # A reason that is not on the list could be words about somebody's health: it is left out, not kept.
    reason = known_reasons.get(frame.get("reason", "").strip().casefold(), "")
    return Contact(name, number, mailbox, times, reason, bool(frame.get("copy")) and bool(mailbox))


def _number(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    # Possible, not valid: new area codes would be refused, and a wrong digit is not found out by either.
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + (
        f";ext={number.extension}" if number.extension else ""
    )


def shown_number(stored: str) -> str:
    """A stored number as people write it: "(212) 555-0100", numbers of other countries with their code."""
    if not stored:
        return ""
    number = phonenumbers.parse(stored.replace(";ext=", " ext. "), COUNTRY)
    here = number.country_code == phonenumbers.country_code_for_region(COUNTRY)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if here else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def _mailbox(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def reasons(kb: KnowledgeBase) -> dict[str, str]:
    """The clinic's reasons for a visit: how each may be written (either language, any case) -> as it is stored."""
    found: dict[str, str] = {}
    for pair in kb.clinic.reasons:
        english, spanish = pair.split("|")
        found |= {english.casefold(): english, spanish.casefold(): english}
    return found


def consent(shared: Services, tongue: Language) -> tuple[str, str]:
    """(text, version) of what a visitor agrees to; another text is another version."""
    kb = shared.library.current
    text = say(kb.wording, "book_consent", tongue, kb.clinic, days=str(shared.settings.retention_days))
    return text, hashlib.sha256(text.encode()).hexdigest()[:8]


def forms(shared: Services) -> dict[str, Any]:
    """What a form needs to know: the clinic's reasons and the text of consent, in both languages."""
    listed = [dict(zip(("en", "es"), pair.split("|"), strict=True)) for pair in shared.library.current.clinic.reasons]
    return {"reasons": listed, "consent": {tongue: consent(shared, tongue)[0] for tongue in ("en", "es")}}


def language_of(frame: dict[str, Any], shared: Services) -> Language:
    """The language of the form, else that of the conversation."""
    asked = str(frame.get("language", ""))[:2].lower()
    if asked in ("en", "es"):
        return "es" if asked == "es" else "en"
    return unseal(shared.signer, frame.get("state")).language or "en"


def _with_phone(kb: KnowledgeBase, name: str, tongue: Language) -> str:
    ask = "ask_clinic" if kb.clinic.phone else "ask_clinic_no_phone"
    return f"{say(kb.wording, name, tongue, kb.clinic)} {say(kb.wording, ask, tongue, kb.clinic)}"


def _confirmed(frame: dict[str, Any], shared: Services, request: Request) -> dict[str, Any]:
    """The confirmation: the reference, and from now on no offer in this conversation."""
    kb, tongue = shared.library.current, language_of(frame, shared)
    done = {
        "type": "done", "id": frame["id"], "reference": request.reference,
        "text": say(kb.wording, "book_done", tongue, kb.clinic, reference=request.reference),
    }  # fmt: skip
    if frame.get("state"):
        state = unseal(shared.signer, frame["state"])
        done["state"] = seal(shared.signer, replace(state, declined=True, offer=""))
    return done
