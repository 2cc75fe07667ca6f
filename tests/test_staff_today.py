"""Today: whom to call back. Nobody's work is overwritten, every look at personal data is written down, deleted is gone."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.staff import post
from web.requests_cli import main
from web.store import Contact, Store
from web.store_schema import audit, notes

ANA = Contact("Ana <b>Lopez</b>", "+12125550100", "ana@example.com", "mornings", "First visit")


@pytest.fixture
def store(desk: Flask) -> Store:
    found: Store = desk.extensions["pinpoint"].store
    return found


@pytest.fixture
def reference(store: Store) -> str:
    store.keep_consent("v1", "The clinic may call me.")
    return store.add("a", ANA, "es", "v1").reference


def _log(store: Store) -> list[tuple[str, str]]:
    with store.database.reading() as connection:
        rows = connection.execute(select(audit.c.action, audit.c.what).order_by(audit.c.id)).all()
    return [(row.action, row.what) for row in rows if row.action != "signed in"]


def test_a_request_waits_on_today_with_everything_one_needs_to_call(colleague: FlaskClient, reference: str) -> None:
    page = colleague.get("/staff/").text
    for words in ("(212) 555-0100", 'href="tel:+12125550100"', "mornings", "speaks Spanish", reference, "Ana &lt;b&gt;Lopez"):
        assert words in page
    assert "<b>Lopez" not in page


def test_called_booked_closed_each_with_one_press(colleague: FlaskClient, store: Store, reference: str) -> None:
    was = "new"
    for to in ("called", "booked", "closed"):
        answer = post(colleague, f"/staff/requests/{reference}/mark", to=to, was=was, back=f"?show={was}")
        assert answer.headers["Location"] == f"/staff/?show={was}"
        assert reference in colleague.get(f"/staff/?show={to}").text
        was = to
    found = store.find(reference)
    assert found is not None
    assert [note.text for note in store.notes.of(found.id)] == ["To be called → called", "Called → booked", "Booked → closed"]


def test_who_was_slower_than_a_colleague_changes_nothing_and_is_told(
    owner: FlaskClient, colleague: FlaskClient, store: Store, reference: str
) -> None:
    post(owner, f"/staff/requests/{reference}/mark", to="booked", was="new")
    post(colleague, f"/staff/requests/{reference}/mark", to="closed", was="new")
    assert "A colleague was faster" in colleague.get(f"/staff/requests/{reference}").text
    found = store.find(reference)
    assert found is not None
    assert found.status == "booked"


def test_two_notes_at_once_are_both_kept_and_neither_is_readable_in_the_file(
    owner: FlaskClient, colleague: FlaskClient, store: Store, reference: str
) -> None:
    post(owner, f"/staff/requests/{reference}/note", text="left a message\nshe calls back")
    post(colleague, f"/staff/requests/{reference}/note", text="prefers <i>Dr. Lee</i>")
    page = colleague.get(f"/staff/requests/{reference}").text
    assert "she calls back" in page
    assert "prefers &lt;i&gt;Dr. Lee" in page
    with store.database.reading() as connection:
        assert not [row for row in connection.execute(select(notes.c.sealed)) if "message" in row.sealed]


def test_an_empty_note_is_not_kept(colleague: FlaskClient, reference: str) -> None:
    post(colleague, f"/staff/requests/{reference}/note", text="  ")
    assert "The note is empty" in colleague.get(f"/staff/requests/{reference}").text


def test_a_request_is_handed_to_a_colleague_and_to_nobody_else(
    colleague: FlaskClient, owner: FlaskClient, reference: str
) -> None:
    post(owner, f"/staff/requests/{reference}/assign", name="Sam Staff")
    assert "with Sam Staff" in colleague.get("/staff/").text
    assert post(owner, f"/staff/requests/{reference}/assign", name="Somebody Else").status_code == 400


def test_deleted_is_gone_with_its_notes(colleague: FlaskClient, store: Store, reference: str) -> None:
    post(colleague, f"/staff/requests/{reference}/note", text="left a message")
    post(colleague, f"/staff/requests/{reference}/delete")
    assert colleague.get(f"/staff/requests/{reference}").status_code == 404
    with store.database.reading() as connection:
        assert connection.execute(select(notes)).all() == []


def test_every_read_and_change_of_personal_data_is_written_down_without_a_visitors_word(
    colleague: FlaskClient, store: Store, reference: str
) -> None:
    colleague.get(f"/staff/requests/{reference}")
    colleague.get("/staff/")
    post(colleague, f"/staff/requests/{reference}/mark", "/staff/account", to="called", was="new")
    post(colleague, f"/staff/requests/{reference}/note", "/staff/account", text="left a message")
    post(colleague, f"/staff/requests/{reference}/delete", "/staff/account")
    assert _log(store) == [
        ("request read", reference), ("requests read", "1 new"), ("request called", reference), ("note added", reference),
        ("request deleted", reference),
    ]  # fmt: skip


def test_an_empty_day_says_what_will_appear(colleague: FlaskClient) -> None:
    assert "Nobody waits for a call" in colleague.get("/staff/").text


@pytest.mark.parametrize("query", ["show=nonsense", "page=99", "page=-1", "show=closed&page=x"])
def test_a_strange_address_shows_the_nearest_page(colleague: FlaskClient, reference: str, query: str) -> None:
    assert colleague.get(f"/staff/?{query}").status_code == 200


def test_more_than_a_page_is_turned(colleague: FlaskClient, store: Store) -> None:
    for number in range(30):
        store.add(f"r{number}", Contact(f"Visitor {number}", "+12125550100"), "en", "v1", now=1e9 + number)
    first, second = colleague.get("/staff/").text, colleague.get("/staff/?page=2").text
    assert "Visitor 24<" in first
    assert "Visitor 25<" not in first
    assert "Visitor 29<" in second


def test_sealed_with_a_key_that_is_gone_says_so_and_breaks_nothing(
    colleague: FlaskClient, store: Store, reference: str, desk: Flask
) -> None:
    (desk.extensions["pinpoint"].settings.data_dir / "contact_key").write_text("xkFbBqOc4cQm2vPYhVbZ8xg8uHk4i0l6xv8mJvBqN2s=\n")
    assert "Sealed with another key" in colleague.get("/staff/").text
    assert "see CONTACT_KEY" in colleague.get(f"/staff/requests/{reference}").text


def test_the_command_line_notes_and_hands_over_too(
    desk: Flask, store: Store, reference: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(desk.extensions["pinpoint"].settings.data_dir))
    assert main(["note", reference.lower(), "left a message"]) == 0
    assert main(["assign", reference, "Sam"]) == 0
    assert main(["show", reference]) == 0
    said = capsys.readouterr().out
    assert f"{reference} is with Sam." in said
    assert "the command line: left a message" in said
    assert main(["note", "KKK-KKK", "x"]) == main(["assign", "KKK-KKK", "x"]) == 1
    assert main(["new-key"]) == 0
    found = store.find(reference)
    assert found is not None
    assert [note.text for note in store.notes.of(found.id)] == ["left a message"]
