"""What a visitor typed into the form: each field tidied, or named with what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot.types import Clinic
from web.store import Contact

COUNTRY = "US"  # of a phone number that is written without one


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that cannot be taken, and the name of the sentence that says why."""

    field: str
    words: str


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
    address = mailbox(email) if email else ""
    if address is None or (frame.get("copy") and not address):
        return Wrong("email", "book_wrong_email")
    if not frame.get("consent"):
        return Wrong("consent", "book_need_consent")
    # A reason that is not on the list could be words about somebody's health: it is left out, not kept.
    reason = known_reasons.get(frame.get("reason", "").strip().casefold(), "")
    return Contact(name, number, address, times, reason, bool(frame.get("copy")))


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


def mailbox(text: str) -> str | None:
    """The address in its usual form, or None if it is none."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def reasons(clinic: Clinic) -> dict[str, str]:
    """The clinic's reasons for a visit: how each may be written (either language, any case) -> as it is stored."""
    found: dict[str, str] = {}
    for pair in clinic.reasons:
        english, spanish = pair.split("|")
        found |= {english.casefold(): english, spanish.casefold(): english}
    return found
