"""From a form to a reference: checked, stored, confirmed; over every channel."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import hours
from bot.assistant import reply
from bot.booking import confirmation
from bot.clinic import DAYS
from bot.knowledge import KnowledgeBase
from bot.types import Language, Reply, State
from bot.wording import Wording, say
from tests.knowledge_folder import give_fit
from tests.load import kill_bookings
from web.contact import shown_number

ANA = {"type": "book", "id": "ana-1", "name": "Ana", "phone": "(212) 555-0100", "consent": True}


def _post(client: FlaskClient, frame: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.post("/chat", json=frame).data)
    return found


def test_a_request_is_stored_and_confirmed_with_a_reference(client: FlaskClient, app: Flask) -> None:
    done = _post(client, {**ANA, "id": "stored-1", "times": "mornings", "reason": "first visit"})
    assert (done["type"], done["id"]) == ("done", "stored-1")
    stored = app.extensions["pinpoint"].store.find(done["reference"])
    assert (stored.status, stored.contact.phone, stored.contact.reason) == ("new", "+12125550100", "First visit")


def test_the_same_id_gets_the_same_reference_and_stores_nothing_new(client: FlaskClient, app: Flask) -> None:
    first, second = (_post(client, {**ANA, "id": "twice-1"}) for _ in range(2))
    assert first["reference"] == second["reference"]
    assert len([r for r in app.extensions["pinpoint"].store.all() if r.id == "twice-1"]) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"), ({"phone": ""}, "phone"), ({"phone": "555-01"}, "phone"), ({"phone": "call me"}, "phone"),
        ({"email": "ana@"}, "email"), ({"consent": "yes"}, "consent"), ({"website": "http://spam"}, "website"), ({"times": "x" * 201}, "times"),
    ],
)  # fmt: skip
def test_an_error_names_the_field(client: FlaskClient, change: dict[str, Any], field: str) -> None:
    error = _post(client, {**ANA, "id": f"wrong-{field}", **change})
    assert (error["type"], error["code"], error["id"]) == ("error", "bad_field", f"wrong-{field}")
    assert error["message"].startswith(f'"{field}"')


def test_a_phone_or_an_email_is_enough_and_a_number_of_another_country_is_taken(client: FlaskClient, app: Flask) -> None:
    by_mail = _post(client, {**ANA, "id": "mail-1", "phone": "", "email": "Ana@Example.com "})
    abroad = _post(client, {**ANA, "id": "abroad-1", "phone": "+34 612 345 678"})
    store = app.extensions["pinpoint"].store
    assert store.find(by_mail["reference"]).contact.email == "Ana@example.com"
    assert shown_number(store.find(abroad["reference"]).contact.phone) == "+34 612 34 56 78"


def test_words_about_health_are_not_kept_as_a_reason(client: FlaskClient, app: Flask) -> None:
    done = _post(client, {**ANA, "id": "health-1", "reason": "my herniated disc"})
    assert app.extensions["pinpoint"].store.find(done["reference"]).contact.reason == ""


def test_the_confirmation_says_what_happens_next_and_no_offer_follows(client: FlaskClient) -> None:
    asked = _post(client, {"type": "ask", "id": "q1", "text": "is it safe?"})
    done = _post(client, {**ANA, "id": "next-1", "state": asked["state"]})
    assert done["reference"] in done["text"]
    assert "calls or writes to you" in done["text"]
    after = _post(client, {"type": "ask", "id": "q2", "text": "what happens in a session?", "state": done["state"]})
    assert not [action for action in after["actions"] if action["kind"] == "book"]


def test_errors_and_confirmations_speak_the_language_of_the_conversation(client: FlaskClient) -> None:
    asked = _post(client, {"type": "ask", "id": "q1", "text": "¿ayuda con el dolor de cuello?"})
    wrong = _post(client, {**ANA, "id": "es-1", "phone": "12", "state": asked["state"]})
    done = _post(client, {**ANA, "id": "es-1", "state": asked["state"]})
    assert "número" in wrong["message"]
    assert done["text"].startswith("Gracias")


def test_the_welcome_names_the_reasons_and_the_text_of_consent(client: FlaskClient) -> None:
    clinic = _post(client, {"type": "hello"})["clinic"]
    assert clinic["reasons"][0] == {"en": "First visit", "es": "Primera visita"}
    assert "30 days" in clinic["consent"]["en"]


def test_nothing_of_a_request_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _post(client, {**ANA, "id": "log-1", "name": "Zebedee", "times": "zebra o'clock"})
    _post(client, {**ANA, "id": "log-2", "name": "Zebedee", "phone": "zebra"})
    assert "zeb" not in caplog.text.lower()
    assert "5550100" not in caplog.text


def test_no_confirmed_request_is_lost_or_doubled_when_the_server_is_killed_in_mid_booking(tmp_path: Path) -> None:
    """The short form of tests/load/kill_bookings.py."""
    give_fit(tmp_path)
    outcome = kill_bookings.run(tmp_path, bookings=120, kills=3)
    assert (len(outcome.confirmed), outcome.kills) == (120, 3)
    assert outcome.again > 0
    assert (outcome.lost, outcome.doubled, outcome.changed, outcome.untold, outcome.told_under_two_ids) == (0, 0, 0, 0, 0)


# --- when to offer: conversations that a clinician can read ------------------------------------------------------------

CASES = Path(__file__).parent / "cases" / "booking.md"
_TURN = re.compile(r"> (?P<said>.+)\n- (?P<wanted>\w+)(?: (?P<words>\".*))?$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """A conversation of the file."""

    title: str
    line: int
    clinic: str
    turns: tuple[tuple[str, str, tuple[str, ...]], ...]  # what is said, what must happen, words that must be there


def _cases() -> list[Case]:
    text = CASES.read_text(encoding="utf-8")
    found = []
    for block in re.finditer(r"^### (.+)\n((?:(?!^#).*\n?)*)", text, re.MULTILINE):
        clinic = re.search(r"^clinic: (.+)$", block[2], re.MULTILINE)
        turns = tuple(
            (m["said"], m["wanted"], tuple(re.findall(r'"([^"]+)"', m["words"] or ""))) for m in _TURN.finditer(block[2])
        )
        assert len(turns) == block[2].count("\n> ") + block[2].startswith("> "), f"{block[1]}: a line is not understood"
        found.append(Case(block[1], text[: block.start()].count("\n") + 1, clinic[1] if clinic else "", turns))
    return found


def _as_told(kb: KnowledgeBase, told: str) -> tuple[KnowledgeBase, datetime | None]:
    """The snapshot and the time of a `clinic:` line."""
    clinic, now = kb.clinic, None
    if when := re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", told):
        now = datetime.fromisoformat(when[0]).replace(tzinfo=ZoneInfo(clinic.time_zone))
    if hours := re.search(r"monday-friday ([\d: -]+)", told):
        clinic = replace(clinic, hours=tuple((day, hours[1].strip().replace(" ", ", ")) for day in DAYS[:5]))
    if holiday := re.search(r"closed on ([\d-]+)", told):
        clinic = replace(clinic, holidays=(holiday[1],))
    if page := re.search(r"books at (\S+)", told):
        clinic = replace(clinic, booking_url=page[1])
    return replace(kb, clinic=clinic), now


def _seen(reply: Reply, careful_labels: set[str]) -> set[str]:
    """Which of the file's words describe a reply."""
    books = [action for action in reply.actions if action.kind == "book"]
    found = set()
    if not books and "appointment" not in reply.text and "cita" not in reply.text.split():
        found.add("quiet")
    if not books and any(action.kind == "call" for action in reply.actions):
        found |= {"call", "quiet"} if "quiet" in found else {"call"}
    if books and reply.kind == "booking":
        found.add("form")
    if books and reply.kind != "booking":
        found.add("offer")
    if any(action.label in careful_labels for action in books):
        found = {"soft"}
    return found


def test_there_are_sixty_conversations() -> None:
    assert len(_cases()) >= 60


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"line {case.line}: {case.title}")
def test_an_appointment_is_offered_where_it_should_be_and_nowhere_else(kb: KnowledgeBase, case: Case) -> None:
    told, now = _as_told(kb, case.clinic)
    careful = {say(kb.wording, "action_book_care", tongue, kb.clinic) for tongue in ("en", "es")}  # type: ignore[arg-type]
    state = State()
    for said, wanted, words in case.turns:
        given = reply(told, said, state, None, True, now)
        state = given.state
        shown = " ".join([given.text, *(f"{a.label} {a.href}" for a in given.actions)])
        assert wanted in _seen(given, careful), f"{said!r}: {given.kind} {shown!r}"
        assert all(word in shown for word in words), f"{said!r}: {shown!r}"


# --- the clinic's hours -------------------------------------------------------------------------------------------------


def _line(kb: KnowledgeBase, told: str, tongue: Language = "en") -> str:
    snapshot, now = _as_told(kb, told)
    return hours.line(kb.wording, snapshot.clinic, tongue, now)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ("2026-11-25 08:00, monday-friday 08:00-18:00", "The clinic is open now, until 6:00 pm."),
        ("2026-11-25 18:00, monday-friday 08:00-18:00", "The clinic opens tomorrow at 8:00 am."),
        ("2026-11-25 00:05, monday-friday 08:00-18:00", "The clinic opens today at 8:00 am."),
        ("2026-11-27 18:30, monday-friday 08:00-18:00", "The clinic opens Monday at 8:00 am."),
        ("2026-11-25 12:00, monday-friday 08:00-12:00 13:00-18:00", "The clinic opens today at 1:00 pm."),
        ("2026-12-31 20:00, monday-friday 08:00-18:00, closed on 2027-01-01", "The clinic opens Monday at 8:00 am."),
        ("2026-11-25 20:00, monday-friday 18:00-24:00", "The clinic is open now, until 12:00 am."),
        ("2026-11-25 10:00", ""),
        ("monday-friday 08:00-18:00", ""),
    ],
)
def test_it_says_when_the_clinic_opens(kb: KnowledgeBase, told: str, line: str) -> None:
    assert _line(kb, told) == line


def test_it_says_so_in_spanish(kb: KnowledgeBase) -> None:
    assert _line(kb, "2026-11-27 18:30, monday-friday 13:00-18:00", "es") == "La clínica abre el lunes a la 1:00 pm."


def test_a_long_holiday_names_the_date(kb: KnowledgeBase) -> None:
    snapshot, now = _as_told(kb, "2026-12-18 19:00, monday-friday 08:00-18:00")
    away = tuple(f"2026-12-{day}" for day in range(19, 32))
    clinic = replace(snapshot.clinic, holidays=(*away, "2027-01-01"))
    assert hours.line(kb.wording, clinic, "en", now) == "The clinic opens Monday, January 4, at 8:00 am."


def test_the_clinics_clock_counts_not_the_servers(kb: KnowledgeBase) -> None:
    snapshot, _ = _as_told(kb, "monday-friday 08:00-18:00")
    found = hours.opening(snapshot.clinic, datetime(2026, 11, 25, 22, 30, tzinfo=UTC))  # 17:30 in New York
    assert found is not None
    assert found.open


def test_a_clinic_that_never_opens_says_nothing(kb: KnowledgeBase) -> None:
    clinic = replace(kb.clinic, hours=(("monday", "18:00-08:00"),))
    assert hours.line(kb.wording, clinic, "en", datetime(2026, 11, 25, 12, tzinfo=UTC)) == ""


def test_broken_wording_breaks_no_confirmation(kb: KnowledgeBase) -> None:
    snapshot, now = _as_told(kb, "2026-11-27 18:30, monday-friday 08:00-18:00")
    texts = {**kb.wording.texts, "hours_weekdays": {"en": "Monday", "es": "lunes"}}
    said = confirmation(replace(snapshot, wording=Wording(texts)), "K7M-4XR", "en", now)
    assert "K7M-4XR" in said
