"""From a form to a reference: checked, stored, confirmed; over every channel."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.assistant import reply
from bot.clinic import DAYS
from bot.knowledge import KnowledgeBase
from bot.types import Reply, State
from bot.wording import say

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
        turns = tuple((m["said"], m["wanted"], tuple(re.findall(r'"([^"]+)"', m["words"] or ""))) for m in _TURN.finditer(block[2]))
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
