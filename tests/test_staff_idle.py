"""A session that ends while somebody is typing: nothing typed is lost, and nothing gets in that way."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from tests.staff import EMAILS, PASSWORD, employ, post, token
from web.staff import kept
from web.store import Contact, Store
from web.store_schema import kept as table
from web.store_schema import sessions

LONG = "She asked for a call after four.\nHer knee hurts since Monday."
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def store(desk: Flask) -> Store:
    found: Store = desk.extensions["pinpoint"].store
    return found


@pytest.fixture
def note(store: Store) -> str:
    """The address where a note for a request is sent."""
    return f"/staff/requests/{store.add('a', Contact('Ana', '+12125550100'), 'en', 'v1').reference}/note"


def _end(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute(update(sessions).values(seen_at=time.time() - 16 * 60))


def _again(client: FlaskClient, address: str) -> str:
    """Signs in on the page at this address; where that leads."""
    page = client.get(address).text
    data = {"email": EMAILS["staff"], "password": PASSWORD, "csrf_token": token(page), "next": "/staff/kept"}
    return client.post("/staff/login", data=data).headers["Location"]


def test_what_was_typed_is_there_after_signing_in_again_and_is_sent_once(colleague: FlaskClient, store: Store, note: str) -> None:
    page = colleague.get("/staff/").text
    _end(store)
    answer = colleague.post(note, data={"text": LONG, "csrf_token": token(page)})
    assert answer.headers["Location"] == "/staff/login?next=/staff/kept"
    assert _again(colleague, answer.headers["Location"]) == "/staff/kept"
    page = colleague.get("/staff/kept").text
    assert LONG in page.replace("\r", "")
    assert f'action="{note}"' in page
    assert "was not sent" in colleague.get("/staff/").text
    colleague.post(note, data={"text": LONG, "_kept": "1", "csrf_token": token(page)})
    found = store.find(note.split("/")[3])
    assert found is not None
    assert [one.text for one in store.notes.of(found.id)] == [LONG]
    assert colleague.get("/staff/kept").status_code == 303


def test_the_pages_script_hands_over_what_was_typed_and_signs_out(colleague: FlaskClient, store: Store, note: str) -> None:
    answer = post(colleague, "/staff/rest", _path=note, _fields='[["text", "half a sent"], ["csrf_token", "x"]]')
    assert answer.headers["Location"] == "/staff/login?next=/staff/kept"
    assert colleague.get("/staff/").status_code == 303
    _again(colleague, "/staff/login")
    assert "half a sent" in colleague.get("/staff/kept").text


def test_without_anything_typed_the_script_leads_back_to_the_same_page(colleague: FlaskClient) -> None:
    answer = post(colleague, "/staff/rest", _back="/staff/?show=called", _path="", _fields="nonsense")
    assert answer.headers["Location"] == "/staff/login?next=/staff/?show%3Dcalled"


def test_a_form_of_an_earlier_session_in_another_tab_is_shown_again_and_not_lost(
    colleague: FlaskClient, store: Store, note: str
) -> None:
    old = token(colleague.get("/staff/").text)
    post(colleague, "/staff/logout")
    _again(colleague, "/staff/login")
    answer = colleague.post(note, data={"text": LONG, "csrf_token": old}, headers=HERE)
    assert answer.headers["Location"] == "/staff/kept"
    assert LONG in colleague.get("/staff/kept").text.replace("\r", "")


def test_another_sites_form_is_neither_sent_nor_kept(colleague: FlaskClient, store: Store, note: str) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}):
        assert colleague.post(note, data={"text": "evil"}, headers=headers).status_code == 400
    assert colleague.get("/staff/kept").status_code == 303


def test_it_is_sealed_is_nobody_elses_and_is_gone_after_a_day(desk: Flask, store: Store) -> None:
    sam, olga = employ(store.database, "staff"), employ(store.database, "owner")
    assert kept.keep(store.database, store.cipher, sam, "/staff/x", [("text", LONG)], now=1_000.0)
    assert kept.find(store.database, store.cipher, olga, now=1_000.0) is None
    assert kept.find(store.database, store.cipher, sam, now=1_000.0 + 23 * 3600)
    assert kept.find(store.database, store.cipher, sam, now=1_000.0 + 25 * 3600) is None
    with store.database.reading() as connection:
        assert "knee" not in connection.execute(select(table.c.sealed)).scalar_one()


@pytest.mark.parametrize(("path", "fields"), [
    ("https://evil.example/", [("text", "a")]), ("/elsewhere", [("text", "a")]), ("/staff/x", []),
    ("/staff/x", [("text", "a" * 200_001)]), ("/staff/x", [("csrf_token", "secret")]),
])  # fmt: skip
def test_what_leads_elsewhere_or_is_empty_or_huge_is_not_kept(desk: Flask, store: Store, path: str, fields: kept.Fields) -> None:
    assert not kept.keep(store.database, store.cipher, employ(store.database, "staff"), path, fields)


def test_it_can_be_thrown_away(colleague: FlaskClient, store: Store) -> None:
    kept.keep(store.database, store.cipher, 1, "/staff/x", [("text", LONG)])
    post(colleague, "/staff/kept/drop")
    with store.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kept")) == 0
