"""The staff desk lets in who belongs there, and nobody else: strangers, staff on owners' pages, other sites, thieves."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from bot.knowledge import Library
from tests import staff
from tests.knowledge_folder import KNOWLEDGE, ROOT
from tests.staff import EMAILS, PASSWORD, desk_of, employ, post, sign_in
from web import create_app
from web.services import stop
from web.settings import Settings
from web.staff import lock
from web.staff.guard import _OPEN
from web.staff.security import config
from web.store import Contact
from web.store_database import Database
from web.store_schema import sessions

HTML = {"Accept": "text/html"}


@pytest.fixture
def app(desk: Flask) -> Flask:
    """The application with a database of this test's own."""
    return desk


def _closed(app: Flask, method: str) -> list[tuple[str, str]]:
    """(address, endpoint) of every page of the desk that takes this method and needs somebody signed in."""
    desk = desk_of(app)
    found = []
    for rule in desk.url_map.iter_rules():
        view = desk.view_functions[rule.endpoint]
        if method in (rule.methods or ()) and rule.endpoint not in _OPEN and not getattr(view, "open_page", False):
            values = dict.fromkeys(rule.arguments, "1")
            found.append(("/staff" + str(desk.url_map.bind("").build(rule.endpoint, values, method)), rule.endpoint))
    return found


def test_a_stranger_is_sent_to_sign_in_from_every_page(app: Flask, client: FlaskClient) -> None:
    for address, _ in _closed(app, "GET"):
        answer = client.get(address, headers=HTML)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/staff/login"), address


def test_staff_see_every_page_that_is_not_for_owners_and_clear_words_on_those(app: Flask, colleague: FlaskClient) -> None:
    desk = desk_of(app)
    for address, endpoint in _closed(app, "GET"):
        if getattr(desk.view_functions[endpoint], "owners_only", False):
            answer = colleague.get(address)
            assert answer.status_code == 403, address
            assert "This page is for owners" in answer.text


def test_no_page_breaks_for_staff(app: Flask, colleague: FlaskClient) -> None:
    for address, endpoint in _closed(app, "GET"):
        with colleague.get(address, headers=HTML) as answer:
            assert answer.status_code in (200, 204, 302, 303, 403, 404), (address, endpoint, answer.status_code)


def test_the_desk_works_on_either_database(address: str, tmp_path: Path, shared_library: Library) -> None:
    settings = Settings(data_dir=tmp_path, knowledge_dir=KNOWLEDGE, database_url=address, rate_limit=0)
    app = create_app(settings, shared_library)
    client = staff.signed_in(app, "owner")
    app.extensions["pinpoint"].store.add("a", Contact("Ana", "+12125550100"), "en", "v1")
    for page in ("/staff/", "/staff/people", "/staff/activity", "/staff/privacy/", "/staff/questions/", "/staff/figures/"):
        assert client.get(page).status_code == 200, page
    database = app.extensions["pinpoint"].store.database
    for change in ("DELETE FROM audit", "UPDATE audit SET who = 'x'"):
        with pytest.raises(DatabaseError, match="only ever added to"), database.engine.begin() as connection:
            connection.execute(text(change))
    stop(app.extensions["pinpoint"])


def test_a_post_without_the_desks_own_token_changes_nothing(app: Flask, owner: FlaskClient) -> None:
    for address, _ in _closed(app, "POST"):
        answer = owner.post(address, headers={**HTML, "Origin": "https://evil.example"})
        assert answer.status_code == 400 or address == "/staff/logout", (address, answer.status_code)
    assert owner.get("/staff/").status_code == 200


def test_a_visitor_gets_no_cookie_and_the_desks_stays_under_its_own_address(client: FlaskClient, app: Flask) -> None:
    for path in ("/", "/chat?q=is+it+safe", "/widget.js"):
        assert "Set-Cookie" not in client.get(path).headers
    cookie = client.get("/staff/login").headers["Set-Cookie"]
    for part in ("Path=/staff", "HttpOnly", "SameSite=Lax"):
        assert part in cookie


def test_the_cookie_needs_https_where_the_clinic_has_it(app: Flask) -> None:
    encrypted = config(Settings(public_url="https://chat.example", secret_key="k"))
    assert encrypted["SESSION_COOKIE_SECURE"]
    assert encrypted["SESSION_COOKIE_NAME"].startswith("__Secure-")


def test_a_server_whose_desk_nobody_opens_does_not_load_it() -> None:
    program = "import sys, web; sys.exit('flask_security' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_nothing_of_the_desk_stays_in_a_cache_or_runs_inline(owner: FlaskClient) -> None:
    answer = owner.get("/staff/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_signing_out_ends_the_session_for_a_stolen_cookie_too(app: Flask, owner: FlaskClient) -> None:
    cookie = owner.get_cookie("pinpoint_staff", path="/staff")
    assert cookie
    thief = app.test_client()
    thief.set_cookie("pinpoint_staff", cookie.value, path="/staff")
    assert thief.get("/staff/").status_code == 200
    post(owner, "/staff/logout")
    assert thief.get("/staff/").status_code == 303


def test_fifteen_quiet_minutes_sign_off(owner: FlaskClient, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(update(sessions).values(seen_at=time.time() - 14 * 60))
    assert owner.get("/staff/").status_code == 200
    with database.writing() as connection:
        connection.execute(update(sessions).values(seen_at=time.time() - 16 * 60))
    assert owner.get("/staff/").status_code == 303
    assert owner.get("/staff/login").status_code == 200  # and not round in circles


def test_wrong_words_are_the_same_for_a_known_and_an_unknown_address(app: Flask, database: Database) -> None:
    employ(database, "owner")
    known = sign_in(app.test_client(), EMAILS["owner"], "wrong wrong wrong").text
    unknown = sign_in(app.test_client(), "nobody@clinic.example", "wrong wrong wrong").text
    assert "do not go together" in known
    assert "do not go together" in unknown


@pytest.mark.parametrize("email", [EMAILS["owner"], "nobody@clinic.example"])
def test_after_five_wrong_passwords_an_account_rests_even_for_the_right_one(app: Flask, database: Database, email: str) -> None:
    employ(database, "owner")
    client = app.test_client()
    for _ in range(5):
        assert "do not go together" in sign_in(client, email, "wrong wrong wrong").text
    answer = sign_in(client, email, PASSWORD)
    assert answer.status_code == 200
    assert "Too many wrong tries" in answer.text
    assert "15 more minutes" in answer.text


def test_signing_in_leads_back_to_the_page_but_never_to_another_site(app: Flask, database: Database) -> None:
    employ(database, "owner")
    for wanted, got in (("/staff/?a=1", "/staff/?a=1"), ("https://evil.example/", "/staff/"), ("//evil.example", "/staff/")):
        client = app.test_client()
        page = client.get("/staff/login", query_string={"next": wanted}).text
        data = {"email": EMAILS["owner"], "password": PASSWORD, "csrf_token": staff.token(page), "next": wanted}
        assert client.post("/staff/login", data=data).headers["Location"] == got


def test_who_was_made_inactive_is_out_at_once(owner: FlaskClient, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE staff SET active = false"))
    assert owner.get("/staff/").status_code == 303


def test_the_audit_table_can_only_grow(owner: FlaskClient, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("INSERT INTO audit (at, who, action, what) VALUES (1, 'a', 'b', 'c')"))
    for change in ("DELETE FROM audit", "UPDATE audit SET who = 'x'"):
        with pytest.raises(DatabaseError, match="only ever added to"), database.engine.begin() as connection:
            connection.execute(text(change))


def test_errors_are_told_in_words_of_people(owner: FlaskClient, app: Flask) -> None:
    assert "There is no such page on the desk." in owner.get("/staff/nothing-here").text
    with app.app_context():
        assert lock._WORDS.startswith("Too many")
