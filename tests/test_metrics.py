"""What Prometheus sees: how many, how fast, how things stand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.knowledge_folder import ROOT
from web.store_database import StoreDown


def _metrics(client: FlaskClient) -> dict[str, float]:
    got = client.get("/metrics")
    assert got.status_code == 200
    return {m[1]: float(m[2]) for m in re.finditer(r"^(pinpoint_\S+) (\S+)$", got.text, re.M)}


def _ask(client: FlaskClient, text: str) -> None:
    client.post("/chat", json={"type": "ask", "id": "a", "text": text})


def test_replies_are_counted_by_kind_tier_and_language(client: FlaskClient) -> None:
    _ask(client, "is it safe?")
    _ask(client, "me duele el pecho y no puedo respirar")
    found = _metrics(client)
    assert found['pinpoint_replies_total{kind="answer",language="en",tier="none"}'] == 1
    assert found['pinpoint_replies_total{kind="emergency",language="es",tier="T1"}'] == 1
    assert found['pinpoint_answer_seconds_count{type="ask"}'] == 2


def test_what_could_not_be_taken_is_counted_by_its_reason(client: FlaskClient) -> None:
    client.post("/chat", data="nonsense")
    client.get("/chat", headers={"Upgrade": "websocket"})
    found = _metrics(client)
    assert found['pinpoint_messages_total{outcome="bad_frame",type="unknown"}'] == 1
    assert found['pinpoint_refused_total{reason="handshake"}'] == 1


def test_how_things_stand_is_told(app: Flask, client: FlaskClient) -> None:
    version = app.extensions["pinpoint"].library.current.version
    found = _metrics(client)
    assert found[f'pinpoint_knowledge{{version="{version}"}}'] == 1
    assert found["pinpoint_knowledge_age_seconds"] >= 0
    assert found['pinpoint_notices{state="waiting"}'] == 0
    assert (found["pinpoint_sockets"], found["pinpoint_store_up"], found["pinpoint_limits_alone"]) == (0, 1, 0)


def test_a_database_that_is_away_is_a_figure_and_no_error(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(state: str) -> None:
        raise StoreDown("the database did not answer")

    monkeypatch.setattr(app.extensions["pinpoint"].store.outbox, "in_state", away)
    assert _metrics(client)["pinpoint_store_up"] == 0


@pytest.mark.parametrize(
    ("remote", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),  # through a proxy on this machine
        ("203.0.113.9", {"Authorization": "Bearer let-me-read-them"}, 200),
        ("203.0.113.9", {"Authorization": "Bearer "}, 403),
        ("203.0.113.9", {"Authorization": "Bearer lét"}, 403),
    ],
)
def test_only_this_machine_or_the_token_reads_them(app: Flask, remote: str, headers: dict[str, str], status: int) -> None:
    shared = app.extensions["pinpoint"]
    app.extensions["pinpoint"] = replace(shared, settings=replace(shared.settings, metrics_token="let-me-read-them"))
    got = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": remote})
    assert got.status_code == status


def test_no_token_set_means_no_token_works(client: FlaskClient) -> None:
    got = client.get("/metrics", headers={"Authorization": "Bearer "}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert got.status_code == 403


@pytest.mark.parametrize("name", ["alerts.yml", "dashboard.json"])
def test_dashboard_and_alerts_use_figures_that_there_are(client: FlaskClient, name: str) -> None:
    client.get("/chat", headers={"Upgrade": "websocket"})
    _ask(client, "is it safe?")
    given = set(re.findall(r"^(\w+)", client.get("/metrics").text, re.M))
    used = set(re.findall(r"\b((?:pinpoint|process)_\w+)", (ROOT / "docs" / "operations" / name).read_text(encoding="utf-8")))
    assert len(used) > 8
    assert used <= given
