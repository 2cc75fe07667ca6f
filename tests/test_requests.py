"""Asking and cancelling on pages without scripts; the requests on the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.knowledge_folder import KNOWLEDGE, ROOT
from web.guard import Guard
from web.requests_cli import main
from web.requests_table import safe_cell
from web.services import Services
from web.store import Contact, Store
from web.store_database import StoreDown
from web.store_keys import Cipher

ANA = {"name": "Ana", "phone": "(212) 555-0100", "times": "mornings", "consent": "1"}


def _open(client: FlaskClient, lang: str = "en") -> dict[str, str]:
    """The hidden fields of a fresh form."""
    page = client.get(f"/book?lang={lang}").text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def _send(client: FlaskClient, hidden: dict[str, str], **typed: str) -> TestResponse:
    return client.post("/book", data={**hidden, **ANA, **typed}, headers={"Origin": "http://localhost"})


def _reference(page: TestResponse) -> str:
    found = re.search(r'class="reference">([^<]+)<', page.text)
    assert found, page.text
    return found[1]


# --- the page ---------------------------------------------------------------------------------------------------------


def test_a_visitor_without_scripts_asks_for_an_appointment(client: FlaskClient, app: Flask) -> None:
    page = _send(client, _open(client))
    assert page.status_code == 200
    assert "calls or writes to you" in page.text
    stored = app.extensions["pinpoint"].store.find(_reference(page))
    assert (stored.contact.name, stored.contact.phone, stored.contact.times) == ("Ana", "+12125550100", "mornings")


def test_a_second_press_of_the_button_is_harmless(client: FlaskClient) -> None:
    hidden = _open(client)
    assert _reference(_send(client, hidden)) == _reference(_send(client, hidden))


def test_what_was_typed_stays_and_the_error_is_tied_to_its_field(client: FlaskClient) -> None:
    page = _send(client, _open(client), phone="12", times='after "five" <b>')
    assert page.status_code == 400
    assert 'id="phone-wrong"' in page.text
    assert re.search(
        r'<input id="phone"[^>]*value="12"[^>]*aria-describedby="phone-hint phone-wrong"[^>]*aria-invalid="true"', page.text
    )
    assert "after &#34;five&#34; &lt;b&gt;" in page.text
    assert 'value="Ana"' in page.text


def test_nothing_is_ticked_beforehand_and_what_was_ticked_stays(client: FlaskClient) -> None:
    assert "checked" not in client.get("/book").text
    page = _send(client, _open(client), phone="12", copy="1", email="ana@example.com").text
    assert page.count(" checked") == 2


def test_a_browser_that_filled_the_hidden_field_in_shows_it_with_the_clinics_number(client: FlaskClient, app: Flask) -> None:
    before = len(app.extensions["pinpoint"].store.all())
    page = _send(client, _open(client), website="https://ana.example")
    assert "hidden" in client.get("/book").text.partition('id="website"')[0].rpartition("<div")[2]
    assert "hidden" not in page.text.partition('id="website"')[0].rpartition("<div")[2]
    assert "(212) 227-3233" in page.text
    assert len(app.extensions["pinpoint"].store.all()) == before


def test_the_form_speaks_spanish(client: FlaskClient) -> None:
    page = _send(client, _open(client, "es"), name="")
    assert "Escriba su nombre" in page.text
    assert "NJ Rehab Experts puede guardar" in page.text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_send_the_form(client: FlaskClient, app: Flask, headers: dict[str, str]) -> None:
    before = len(app.extensions["pinpoint"].store.all())
    for path in ("/book", "/book/cancel"):
        assert client.post(path, data={"id": "x", **ANA}, headers=headers).status_code == 403
    assert len(app.extensions["pinpoint"].store.all()) == before


def test_the_chat_without_scripts_leads_to_the_form(client: FlaskClient) -> None:
    page = client.get("/chat?q=I+want+to+book+an+appointment&lang=en").text
    assert re.search(r'<a class="button" href="/book\?lang=en[^"]*">Ask for an appointment</a>', page)


def test_pages_with_somebodys_details_are_not_kept_by_anybody(client: FlaskClient) -> None:
    assert _send(client, _open(client)).headers["Cache-Control"] == "no-store"


def test_a_visitor_cancels_with_the_reference(client: FlaskClient, app: Flask) -> None:
    reference = _reference(_send(client, _open(client)))
    page = client.post("/book/cancel", data={"reference": reference.lower()}, headers={"Origin": "http://localhost"})
    assert f"Your request {reference} is cancelled" in page.text
    assert app.extensions["pinpoint"].store.find(reference).status == "cancelled"


def test_an_unknown_reference_is_said_to_be_unknown(client: FlaskClient) -> None:
    page = client.post("/book/cancel", data={"reference": "<script>"}, headers={"Origin": "http://localhost"})
    assert page.status_code == 404
    assert "There is no request with this reference" in page.text
    assert "<script>" not in page.text


def test_while_the_database_is_away_answers_go_on_and_the_form_keeps_what_was_typed(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise StoreDown("the database did not answer")

    monkeypatch.setattr("web.store_database.Database._prepare", away)
    page = _send(client, _open(client))
    assert "could not confirm your request" in page.text
    assert "(212) 227-3233" in page.text
    assert 'value="Ana"' in page.text
    answer = client.post("/chat", json={"type": "ask", "id": "q", "text": "is it safe?"})
    assert answer.json is not None
    assert answer.json["kind"] == "answer"


def test_somebody_who_asks_too_often_is_told_to_wait_and_tries_again_with_the_same_id(app: Flask) -> None:
    from web.chat import respond

    shared: Services = app.extensions["pinpoint"]
    limited = replace(shared, guard=Guard(replace(shared.settings, rate_limit=30)))
    frames = [
        respond({"type": "book", "id": f"often-{n}", **ANA, "consent": True}, limited, "10.0.0.9", "tab-1")
        for n in (1, 2, 3, 4, 1)
    ]
    assert [frame["type"] for frame in frames] == ["done", "done", "done", "error", "done"]
    assert (frames[3]["code"], frames[3]["retry_after"] > 60) == ("rate_limited", True)
    assert frames[0]["reference"] == frames[4]["reference"]


def test_references_cannot_be_guessed_by_trying(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    shared: Services = app.extensions["pinpoint"]
    app.extensions["pinpoint"] = replace(shared, guard=Guard(replace(shared.settings, rate_limit=30)))
    answers = [client.post("/book/cancel", data={"reference": f"CCC-CC{n}"}).status_code for n in range(12)]
    assert answers == [404] * 10 + [429] * 2


def test_the_link_of_the_confirmation_opens_the_page_with_the_reference_filled_in(client: FlaskClient) -> None:
    done = client.post("/chat", json={"type": "book", "id": "link-1", **ANA, "consent": True}).json
    assert done is not None
    [link] = done["actions"]
    assert f'value="{done["reference"]}"' in client.get(link["href"]).text


# --- the command line ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A data folder with two requests, and the environment of the clinic's own computer."""
    for name, value in (("DATA_DIR", str(tmp_path)), ("KNOWLEDGE_DIR", str(KNOWLEDGE))):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    store = Store(f"sqlite:///{tmp_path / 'pinpoint.db'}", Cipher("", tmp_path / "contact_key"))
    store.add("a", Contact("Ana", "+12125550100", times="=1+2"), "en", "v1", ("staff",))
    store.add("b", Contact("Luis", email="luis@example.com"), "es", "v1")
    store.keep_consent("v1", "The clinic may call me.")
    store.database.stop()
    return store


def test_staff_list_call_book_and_close(desk: Store, capsys: pytest.CaptureFixture[str]) -> None:
    reference = desk.all()[0].reference
    for verb in ("called", "booked", "closed"):
        assert main([verb, reference]) == 0
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert f"{reference} is closed." in shown
    assert "Luis" in shown
    assert "Ana" not in shown


def test_staff_see_everything_about_one(desk: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", desk.all()[0].reference]) == 0
    shown = capsys.readouterr().out
    assert all(words in shown for words in ("Ana", "(212) 555-0100", "The clinic may call me."))


def test_a_deleted_request_is_gone(desk: Store, capsys: pytest.CaptureFixture[str]) -> None:
    reference = desk.all()[0].reference
    assert main(["delete", reference]) == 0
    assert main(["show", reference]) == 1
    assert "There is no request" in capsys.readouterr().err


def test_an_export_opens_in_a_spreadsheet_without_running_anything(desk: Store, tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    assert main(["export", str(file)]) == 0
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert [row["times"] for row in rows] == ["'=1+2", ""]
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", " =1", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0"])
def test_what_looks_like_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_notices_that_could_not_be_sent_are_shown_with_what_to_do(desk: Store, capsys: pytest.CaptureFixture[str]) -> None:
    notice = desk.outbox.take()
    assert notice is not None
    desk.outbox.failed(notice, "the mail server refuses the recipient (550)", permanent=True)
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "could not be sent by staff: the mail server refuses the recipient (550)" in shown
    assert "requests retry" in shown
    assert main(["retry"]) == 0
    assert desk.outbox.take() is not None


def test_a_new_key_leaves_every_request_readable(desk: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (tmp_path / "contact_key").read_text()
    assert main(["new-key"]) == 0
    assert (tmp_path / "contact_key").read_text() != before
    assert main(["list"]) == 0
    assert "Luis" in capsys.readouterr().out


def test_wrong_usage_is_answered_with_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["lsit"])
    assert caught.value.code == 2
    assert "list" in capsys.readouterr().err


def test_the_module_runs(desk: Store, tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-m", "web", "requests", "list", "--json"], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert [row["name"] for row in json.loads(run.stdout)] == ["Ana", "Luis"]
