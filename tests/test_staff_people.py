"""Accounts: the first owner's link, invitations, roles, lost passwords; and the table that remembers who did what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.staff import EMAILS, employ, post, sign_in, token
from web import staff_cli
from web.__main__ import main
from web.settings import Settings
from web.staff import links
from web.store_database import Database
from web.store_schema import audit, staff

WORDS = "four small green apples"


def _accept(client: FlaskClient, address: str, **typed: str) -> TestResponse:
    page = client.get(address).text
    form = {"name": "Ana Lopez", "email": "Ana@Clinic.example", "password": WORDS, "again": WORDS, **typed}
    return client.post(address, data={**form, "csrf_token": token(page)})


def _link(page: str) -> str:
    found = re.search(r"/staff/welcome/[\w-]+", page)
    assert found
    return found[0]


def _actions(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as connection:
        return [(row.who, row.action, row.what) for row in connection.execute(select(audit).order_by(audit.c.id))]


def test_the_first_start_gives_a_link_that_makes_the_first_owner_once(desk: Flask, database: Database) -> None:
    settings = Settings(data_dir=desk.extensions["pinpoint"].settings.data_dir, port=8123)
    old, printed = staff_cli.first_link(settings), staff_cli.first_link(settings)
    assert printed.startswith("http://localhost:8123/staff/welcome/")
    assert desk.test_client().get(_link(old)).status_code == 410  # a later start makes an earlier link worthless
    client = desk.test_client()
    assert _accept(client, _link(printed)).status_code == 303
    assert client.get("/staff/people").status_code == 200
    assert desk.test_client().get(_link(printed)).status_code == 410
    assert staff_cli.first_link(settings) == ""
    assert sign_in(desk.test_client(), "ana@clinic.example", WORDS).status_code == 302


def test_an_invited_colleague_is_staff_and_no_owner(desk: Flask, owner: FlaskClient) -> None:
    page = post(owner, "/staff/people/invite", name="Ana Lopez", role="staff").text
    client = desk.test_client()
    assert _accept(client, _link(page)).status_code == 303
    assert client.get("/staff/").status_code == 200
    assert client.get("/staff/people").status_code == 403


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"password": "short", "again": "short"}, "12 letters or more"),
        ({"password": "password1234", "again": "password1234"}, "easy to guess"),
        ({"again": "four small red apples"}, "not the same"),
        ({"email": "no address"}, "not an e-mail address"),
        ({"name": " "}, "type your name"),
        ({"email": EMAILS["owner"]}, "an account with this e-mail already"),
    ],
)
def test_a_mistake_is_named_and_the_link_still_works(
    desk: Flask, owner: FlaskClient, database: Database, typed: dict[str, str], words: str
) -> None:
    address = f"/staff/welcome/{links.invite(database, 'Ana', 'staff', 'Olga')}"
    answer = _accept(desk.test_client(), address, **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert _accept(desk.test_client(), address).status_code == 303


def test_a_link_ends_after_three_days_and_when_it_is_taken_back(desk: Flask, owner: FlaskClient, database: Database) -> None:
    late = links.invite(database, "Ana", "staff", "Olga", now=1_000.0)
    assert links.find(database, late, now=1_000.0 + 2 * 86_400)
    assert desk.test_client().get(f"/staff/welcome/{late}").status_code == 410
    page = post(owner, "/staff/people/invite", name="Ana").text
    waiting = links.waiting(database)
    assert [link.name for link in waiting] == ["Ana"]
    post(owner, f"/staff/people/take-back/{waiting[0].id}")
    assert desk.test_client().get(_link(page)).status_code == 410


def test_a_link_for_a_new_password_ends_every_session_and_the_old_password(
    desk: Flask, owner: FlaskClient, colleague: FlaskClient, database: Database
) -> None:
    with database.reading() as connection:
        sam = connection.scalar(select(staff.c.id).where(staff.c.email == EMAILS["staff"]))
    page = post(owner, f"/staff/people/{sam}/link").text
    assert _accept(desk.test_client(), _link(page)).status_code == 303
    assert colleague.get("/staff/").status_code == 303
    assert sign_in(desk.test_client(), EMAILS["staff"]).status_code == 200
    assert sign_in(desk.test_client(), EMAILS["staff"], WORDS).status_code == 302


def test_one_owner_must_stay(desk: Flask, owner: FlaskClient, database: Database) -> None:
    for wanted in ("staff", "off"):
        post(owner, "/staff/people/1/change", to=wanted)
        assert "is the only owner" in owner.get("/staff/people").text
    second = employ(database, "owner", "rosa@clinic.example", "Rosa")
    post(owner, "/staff/people/1/change", to="staff")
    assert owner.get("/staff/people").status_code == 403
    assert second == 2


def test_an_account_that_is_switched_off_is_out_at_once(owner: FlaskClient, colleague: FlaskClient, desk: Flask) -> None:
    post(owner, "/staff/people/2/change", to="off")
    assert colleague.get("/staff/").status_code == 303
    assert sign_in(desk.test_client(), EMAILS["staff"]).status_code == 200
    post(owner, "/staff/people/2/change", to="on")
    assert sign_in(desk.test_client(), EMAILS["staff"]).status_code == 302


def test_owners_read_who_did_what(owner: FlaskClient, desk: Flask, database: Database) -> None:
    sign_in(desk.test_client(), EMAILS["owner"], "not this one at all")
    post(owner, "/staff/people/invite", name="Ana")
    assert _actions(database) == [
        ("Olga Owner", "signed in", ""), ("Olga Owner", "wrong password", ""), ("Olga Owner", "invited", "Ana, staff"),
    ]  # fmt: skip
    page = owner.get("/staff/activity").text
    assert "wrong password" in page
    assert "3 entries" in page
    assert owner.get("/staff/activity?page=nonsense").status_code == 200


def test_the_command_line_lists_invites_and_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], desk: Flask, database: Database
) -> None:
    monkeypatch.setenv("DATA_DIR", str(desk.extensions["pinpoint"].settings.data_dir))
    monkeypatch.setenv("PUBLIC_URL", "https://chat.clinic.example")
    assert main(["staff", "list"]) == 0
    assert main(["staff", "add", "Ana Lopez", "--owner"]) == 0
    said = capsys.readouterr().out
    assert "Nobody yet" in said
    assert "https://chat.clinic.example/staff/welcome/" in said
    assert _accept(desk.test_client(), _link(said)).status_code == 303
    assert main(["staff", "link", "ANA@clinic.example"]) == 0
    assert main(["staff", "link", "nobody@clinic.example"]) == 1
    assert main(["staff", "add", " "]) == 1
    assert main(["staff", "list"]) == 0
    assert "owner  Ana Lopez  ana@clinic.example" in capsys.readouterr().out
