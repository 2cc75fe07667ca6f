"""Privacy: owners choose what is kept, a shorter promise is never broken, and whoever asks is told what the clinic holds."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.staff import post
from web.services import Services
from web.settings import Settings
from web.staff.help import DOCS
from web.store import Contact, Store
from web.store_choices import Choices, Terms
from web.store_keys import Cipher

DAY = 86_400.0


@pytest.fixture
def shared(desk: Flask) -> Services:
    found: Services = desk.extensions["pinpoint"]
    return found


@pytest.fixture
def store(shared: Services) -> Store:
    shared.store.add("ana", Contact("Ana Lopez", "+12125550100", "ana@example.com", times="=1+1"), "en", "v1")
    shared.store.add("luis", Contact("Luis Ortega", email="luis@example.com"), "es", "v1")
    return shared.store


def test_an_owners_choice_counts_at_once_and_for_every_process(owner: FlaskClient, shared: Services, store: Store) -> None:
    store.add("old", Contact("Old", "+12125550100"), "en", "v1", now=time.time() - 10 * DAY)
    post(owner, "/staff/privacy/keep", days="7", questions="all")
    assert store.known("old") is None
    assert store.known("ana") is not None
    other = Choices(store.database)
    other.refresh()
    assert other.of(Settings()) == Terms("all", 7)
    page = owner.get("/staff/privacy/").text
    assert "7 days after the last change" in page


def test_the_visitor_agrees_to_the_days_that_count(owner: FlaskClient, desk: Flask) -> None:
    post(owner, "/staff/privacy/keep", days="9", questions="none")
    assert "9 days" in desk.test_client().get("/book").text


@pytest.mark.parametrize(("days", "questions"), [("0", "all"), ("-1", "all"), ("forever", "all"), ("4000", "all"), ("7", "some")])
def test_a_choice_that_cannot_be_is_named_and_nothing_changes(
    owner: FlaskClient, shared: Services, days: str, questions: str
) -> None:
    assert post(owner, "/staff/privacy/keep", days=days, questions=questions).status_code == 422
    assert shared.store.choices.of(shared.settings) == Terms("unanswered", 30)


def test_who_asked_under_a_shorter_promise_is_not_kept_longer(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'p.db'}", Cipher("", tmp_path / "key"))
    settings, start = Settings(retention_days=30), 1e9
    store.add("before", Contact("Ana"), "en", "v1", now=start)
    store.choices.choose(settings, "none", 365, now=start + 5 * DAY)
    store.add("after", Contact("Ben"), "en", "v2", now=start + 6 * DAY)
    for days, left in ((29, {"before", "after"}), (31, {"after"}), (300, {"after"}), (372, set())):
        now = start + days * DAY
        for came, before in store.choices.of(settings).limits(now):
            store.purge(before, came)
        assert {one.id for one in store.all()} == left, days
    store.database.stop()


@pytest.mark.parametrize("asked", ["(212) 555-0100", "ana@EXAMPLE.com", "ana lop", "REFERENCE"])
def test_a_person_who_asks_is_found_however_they_are_named(colleague: FlaskClient, store: Store, asked: str) -> None:
    found = store.known("ana")
    assert found is not None
    page = post(colleague, "/staff/privacy/find", who=asked.replace("REFERENCE", found.reference.lower())).text
    assert f"{found.reference}</a>" in page
    assert "Luis" not in page


def test_no_name_reaches_the_logs_or_the_table_of_who_did_what(
    colleague: FlaskClient, owner: FlaskClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    found = store.known("ana")
    assert found is not None
    with caplog.at_level("DEBUG"):
        post(colleague, "/staff/privacy/find", who="Ana Lopez")
        colleague.get(f"/staff/requests/{found.reference}")
        post(colleague, f"/staff/requests/{found.reference}/note", text="Ana Lopez calls back")
    assert "Lopez" not in caplog.text + "".join(str(vars(record)) for record in caplog.records)
    page = owner.get("/staff/activity").text
    assert "person looked up" in page
    assert "Lopez" not in page


def test_nobody_is_found_by_too_little(colleague: FlaskClient, store: Store) -> None:
    for asked in ("a", "555", "<script>"):
        page = post(colleague, "/staff/privacy/find", who=asked).text
        assert "Nothing is kept about" in page
        assert "<script>”" not in page


def test_the_export_is_for_owners_and_runs_nothing_in_a_spreadsheet(owner: FlaskClient, store: Store) -> None:
    answer = owner.get("/staff/privacy/requests.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["times"] for row in rows] == ["'=1+1", ""]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert owner.get("/staff/privacy/questions.csv").status_code == 200
    assert "requests exported" in owner.get("/staff/activity").text


def test_nothing_is_deleted_without_the_tick(owner: FlaskClient, store: Store) -> None:
    post(owner, "/staff/privacy/delete", what="requests")
    assert len(store.all()) == 2
    post(owner, "/staff/privacy/delete", what="over", sure="1")
    assert len(store.all()) == 2
    post(owner, "/staff/privacy/delete", what="requests", sure="1")
    assert store.all() == []
    assert post(owner, "/staff/privacy/delete", what="the house", sure="1").status_code == 400


def test_deleting_everything_and_choosing_are_refused_to_staff(colleague: FlaskClient, store: Store) -> None:
    for path, fields in (("delete", {"what": "requests", "sure": "1"}), ("keep", {"days": "1", "questions": "none"})):
        assert post(colleague, f"/staff/privacy/{path}", **fields).status_code == 403
    assert len(store.all()) == 2
    assert "Delete for good" not in colleague.get("/staff/privacy/").text


def test_help_shows_the_guide_with_its_pictures(colleague: FlaskClient) -> None:
    page = colleague.get("/staff/help/").text
    assert "<h1>The staff desk</h1>" in page
    for name in [path.stem for path in (DOCS / "pictures").glob("staff-*.png")]:
        with colleague.get(f"/staff/help/{name}.png") as picture:
            assert picture.status_code == 200
    assert colleague.get("/staff/help/answered.png").status_code == 404
