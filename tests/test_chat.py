"""The one function behind all channels, and its HTTP side."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.knowledge_folder import KNOWLEDGE
from web import create_app, wire
from web.chat import respond
from web.services import Services
from web.settings import Settings


def _post(client: FlaskClient, frame: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    data = frame if isinstance(frame, (str, bytes)) else json.dumps(frame)
    got = client.post("/chat", data=data, headers={"Content-Type": "application/json", **headers})
    return got.status_code, json.loads(got.data)


def _ask(text: str, **more: str) -> dict[str, str]:
    return {"type": "ask", "id": "q1", "text": text, **more}


def test_a_question_is_answered_with_a_quote_and_a_state(client: FlaskClient) -> None:
    status, reply = _post(client, _ask("are the needles sterile?"))
    assert (status, reply["type"], reply["id"], reply["kind"]) == (200, "reply", "q1", "answer")
    assert reply["quotes"][0]["text"].startswith("Thin, sterile needles")
    assert 0 < len(reply["state"]) <= 1024


def test_the_same_ask_twice_gets_the_same_reply(client: FlaskClient) -> None:
    first, second = (_post(client, _ask("is it safe?"))[1] for _ in range(2))
    assert {k: v for k, v in first.items() if k != "state"} == {k: v for k, v in second.items() if k != "state"}


def test_the_state_carries_the_topic(client: FlaskClient) -> None:
    state = _post(client, _ask("does it help with back pain?"))[1]["state"]
    reply = _post(client, _ask("and for my neck?", state=state))[1]
    assert reply["quotes"][0]["heading"] == "Benefits of Dry Needling for Neck Pain"


def test_hello_is_welcomed_with_all_that_a_widget_needs(client: FlaskClient) -> None:
    welcome = _post(client, {"type": "hello", "language": "es"})[1]
    assert welcome["type"] == "welcome"
    assert {"clinic", "greeting", "notice", "suggestions", "languages", "version", "limits"} <= set(welcome)
    assert "automático" in welcome["notice"]
    assert welcome["suggestions"]


@pytest.mark.parametrize(
    "body",
    ["", "nonsense", "[]", '{"type":"ask"}', b"\xff\xfe", "[" * 5000, "x" * 20_000, '{"type":"ask","id":"a","text":"\\u0000"}'],
)
def test_bad_input_gets_a_4xx_with_an_error_object(client: FlaskClient, body: str | bytes) -> None:
    status, error = _post(client, body)
    assert 400 <= status < 500
    assert error["type"] == "error"
    assert error["message"]


def test_a_foreign_site_may_not_post(client: FlaskClient) -> None:
    assert _post(client, _ask("is it safe?"), Origin="https://evil.example")[0] == 403
    assert _post(client, _ask("is it safe?"), Origin="http://localhost")[0] == 200


def test_a_clinic_may_allow_every_site(data_dir: Path) -> None:
    app = create_app(Settings(data_dir=data_dir, knowledge_dir=KNOWLEDGE, rate_limit=0, allowed_origins=("*",)))
    assert _post(app.test_client(), _ask("is it safe?"), Origin="https://any.example")[0] == 200
    assert _post(app.test_client(), _ask("is it safe?"), Origin="null")[0] == 200  # a page builder's preview
    app.extensions["pinpoint"].library.stop()


def test_an_answer_that_is_remembered_goes_to_each_under_their_own_id(app: Flask) -> None:
    shared: Services = app.extensions["pinpoint"]
    frames = [respond({**_ask("is it safe?"), "id": name}, shared, "10.0.0.1") for name in ("first", "second")]
    assert [json.loads(wire.dump(frame)) for frame in frames] == frames
    assert [frame["id"] for frame in frames] == ["first", "second"]
    assert frames[0]["quotes"] == frames[1]["quotes"] != []


def test_a_flood_is_told_when_to_come_back(app: Flask) -> None:
    from dataclasses import replace

    from web.guard import Guard

    shared: Services = app.extensions["pinpoint"]
    slow = replace(shared, guard=Guard(replace(shared.settings, rate_limit=2)))
    frames = [respond(_ask("is it safe?"), slow, "10.0.0.1", "c1") for _ in range(3)]
    assert [f["type"] for f in frames] == ["reply", "reply", "error"]
    assert frames[2]["code"] == "rate_limited"
    assert 0 < frames[2]["retry_after"] <= 60


def test_nothing_that_was_typed_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for text in ("zebra is it safe?", "<zebra>", "zebra" * 500):
        _post(client, _ask(text))
    assert "zebra" not in caplog.text


def test_a_failure_of_ours_is_an_error_frame_without_internals(app: Flask) -> None:
    from dataclasses import replace

    shared: Services = app.extensions["pinpoint"]
    frame = respond(_ask("hi"), replace(shared, assistant=None), "")  # type: ignore[arg-type]
    assert frame["code"] == "internal"
    assert "Traceback" not in frame["message"]
