"""A request for an appointment on its way in: checked, stored, and only then confirmed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from bot.booking import confirmation
from bot.knowledge import KnowledgeBase
from bot.types import Language
from bot.wording import say
from web import wire
from web.contact import Wrong, check, reasons
from web.notify import channels
from web.services import Services
from web.state import seal, unseal
from web.store import Request
from web.store_database import StoreDown

RETRY_SECONDS = 5


def take(frame: dict[str, Any], shared: Services, address: str, connection: str) -> dict[str, Any]:
    """Stores what a checked `book` frame asks for and confirms it. Raises wire.Bad."""
    kb, tongue = shared.library.current, language_of(frame, shared)
    checked = check(frame, reasons(kb.clinic))
    if isinstance(checked, Wrong) and checked.field == "website":  # hidden: whoever is no program needs another way
        raise wire.Bad("bad_field", f'"website": {_with_phone(kb, checked.words, tongue)}', frame["id"])
    if isinstance(checked, Wrong):
        raise wire.Bad("bad_field", f'"{checked.field}": {say(kb.wording, checked.words, tongue, kb.clinic)}', frame["id"])
    try:
        request = shared.store.known(frame["id"])
        if request is None:
            if seconds := shared.guard.booking_wait(address, connection):
                raise wire.Bad("rate_limited", _with_phone(kb, "book_too_many", tongue), frame["id"], seconds)
            text, version = consent(shared, tongue)
            shared.store.keep_consent(version, text)
            told = channels(shared.settings, "created", checked)
            request = shared.store.add(frame["id"], checked, tongue, version, told)
            shared.guard.booked(address, connection)
            shared.recorder.booked(frame["id"])
            shared.notifier.wake()
    except StoreDown:
        raise wire.Bad("busy", _with_phone(kb, "book_not_stored", tongue), frame["id"], RETRY_SECONDS) from None
    return _confirmed(frame, shared, request)


def consent(shared: Services, tongue: Language) -> tuple[str, str]:
    """(text, version) of what a visitor agrees to; another text is another version."""
    kb = shared.library.current
    text = say(kb.wording, "book_consent", tongue, kb.clinic, days=str(shared.store.choices.of(shared.settings).days))
    return text, hashlib.sha256(text.encode()).hexdigest()[:8]


def cancel(reference: str, shared: Services, tongue: Language) -> tuple[bool, str]:
    """(whether it is cancelled now, what to say). Raises StoreDown."""
    kb = shared.library.current
    request = shared.store.cancel(reference, channels(shared.settings, "cancelled", None))
    if request is None:
        return False, _with_phone(kb, "book_unknown", tongue)
    shared.notifier.wake()
    done = request.status == "cancelled"
    return done, say(kb.wording, "book_cancelled" if done else "book_closed", tongue, kb.clinic, reference=request.reference)


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
    """The confirmation: the reference, what happens next and when; and from now on no offer in this conversation."""
    kb, tongue = shared.library.current, language_of(frame, shared)
    link = f"/book/cancel?{urlencode({'lang': tongue, 'reference': request.reference})}"
    done: dict[str, Any] = {
        "type": "done", "id": frame["id"], "reference": request.reference,
        "text": confirmation(kb, request.reference, tongue, datetime.now(UTC)),
        "actions": [{"kind": "open", "label": say(kb.wording, "book_cancel_link", tongue, kb.clinic), "href": link}],
    }  # fmt: skip
    if frame.get("state"):
        state = unseal(shared.signer, frame["state"])
        done["state"] = seal(shared.signer, replace(state, declined=True, offer=""))
    return done
