"""From a form to a reference: checked, stored, confirmed; over every channel."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

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
