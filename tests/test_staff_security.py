"""Your own account: a forgotten password by mail, another password, a second step; and what a thief cannot do with them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP

from bot.knowledge import Library
from tests.knowledge_folder import KNOWLEDGE
from tests.staff import EMAILS, PASSWORD, employ, post, sign_in, signed_in, token
from web import create_app
from web.settings import Settings
from web.staff import mail

NEW = "four small green apples"
OLGA = EMAILS["owner"]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """What the mail server was given."""
    found: list[EmailMessage] = []
    monkeypatch.setattr(mail, "send_mail", lambda address, message: found.append(message))
    return found


@pytest.fixture
def mailing(tmp_path: Path, shared_library: Library) -> Iterator[Flask]:
    """A desk that can send mail."""
    settings = Settings(data_dir=tmp_path, knowledge_dir=KNOWLEDGE, rate_limit=0, smtp_url="smtp://127.0.0.1:9",
                        notify_email="desk@clinic.example", public_url="https://chat.clinic.example")  # fmt: skip
    made = create_app(settings, shared_library)
    made.testing = True
    employ(made.extensions["pinpoint"].store.database, "owner")
    yield made
    made.extensions["pinpoint"].notifier.stop()
    made.extensions["pinpoint"].store.database.stop()


def _wait(sent: list[EmailMessage], number: int) -> None:
    end = time.monotonic() + 5
    while len(sent) < number and time.monotonic() < end:
        time.sleep(0.01)
    assert len(sent) == number


def test_a_forgotten_password_is_mended_by_a_link_that_works_once(mailing: Flask, sent: list[EmailMessage]) -> None:
    client = mailing.test_client()
    page = client.get("/staff/reset", base_url="https://chat.clinic.example").text
    said = client.post(
        "/staff/reset", data={"email": OLGA, "csrf_token": token(page)}, base_url="https://chat.clinic.example"
    ).text
    assert "a link is on its way" in said
    _wait(sent, 1)
    found = re.search(r"https://chat\.clinic\.example(/staff/reset/\S+)", sent[0].get_content())
    assert found
    page = client.get(found[1], base_url="https://chat.clinic.example").text
    form = {"password": NEW, "password_confirm": NEW, "csrf_token": token(page)}
    answer = client.post(found[1], data=form, base_url="https://chat.clinic.example")
    assert answer.headers["Location"] == "/staff/login"
    _wait(sent, 2)
    assert "was changed just now" in sent[1].get_content()
    again = client.get(found[1], base_url="https://chat.clinic.example")
    assert again.headers["Location"] == "/staff/reset"


def test_nobody_learns_who_has_an_account_and_the_link_never_leads_elsewhere(mailing: Flask, sent: list[EmailMessage]) -> None:
    client = mailing.test_client()
    answers = []
    for email in (OLGA, "nobody@clinic.example"):
        page = client.get("/staff/reset", base_url="https://evil.example").text
        said = client.post("/staff/reset", data={"email": email, "csrf_token": token(page)}, base_url="https://evil.example").text
        answers.append(re.sub(r'name="csrf_token"[^>]*>', "", said))
    assert "a link is on its way" in answers[0]
    assert answers[0] == answers[1]
    _wait(sent, 1)
    assert "evil" not in sent[0].get_content()


def test_asking_again_and_again_sends_only_a_few_mails(mailing: Flask, sent: list[EmailMessage]) -> None:
    client = mailing.test_client()
    for _ in range(8):
        page = client.get("/staff/reset", base_url="https://chat.clinic.example").text
        said = client.post(
            "/staff/reset", data={"email": OLGA, "csrf_token": token(page)}, base_url="https://chat.clinic.example"
        )
        assert "a link is on its way" in said.text
    _wait(sent, 5)


def test_without_a_mail_server_the_page_says_whom_to_ask(client: FlaskClient, desk: Flask) -> None:
    page = desk.test_client().get("/staff/login").text
    assert "This desk cannot send mail yet" in page
    assert desk.test_client().get("/staff/reset").status_code == 404
    assert not mail.can_mail(replace(Settings(), smtp_url="smtp://x", public_url=""))


def test_another_password_ends_all_other_sessions_and_keeps_this_one(desk: Flask) -> None:
    first = signed_in(desk, "owner")
    second = desk.test_client()
    sign_in(second, OLGA)
    form = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    answer = post(first, "/staff/change", "/staff/change", **form)
    assert answer.headers["Location"] == "/staff/account"
    assert "Your password is changed." in first.get("/staff/account").text
    assert second.get("/staff/").status_code == 303
    assert sign_in(desk.test_client(), OLGA, NEW).status_code == 302


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"password": "wrong wrong wrong"}, "This is not your password."),
        ({"new_password": "short", "new_password_confirm": "short"}, "12 letters or more"),
        ({"new_password": "passwordpassword", "new_password_confirm": "passwordpassword"}, "easy to guess"),
        ({"new_password": "olga@clinic.example", "new_password_confirm": "olga@clinic.example"}, "easy to guess"),
        ({"new_password": "NJ Rehab Experts", "new_password_confirm": "NJ Rehab Experts"}, "easy to guess"),
        ({"new_password_confirm": "four small red apples"}, "not the same"),
    ],
)
def test_a_mistake_in_another_password_is_named(owner: FlaskClient, typed: dict[str, str], words: str) -> None:
    form = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW, **typed}
    answer = post(owner, "/staff/change", "/staff/change", **form)
    assert words in answer.text


def _set_up(client: FlaskClient) -> TOTP:
    page = post(client, "/staff/tf-setup", "/staff/tf-setup", setup="authenticator").text
    key, way = re.search(r"<code>([A-Z2-7 -]+)</code>", page), re.search(r'action="(/staff/tf-setup/[^"]+)"', page)
    assert key
    assert way
    assert 'src="data:image/svg+xml' in page
    app = TOTP(key=key[1].replace("-", ""), format="base32")
    answer = client.post(way[1], data={"code": app.generate().token, "csrf_token": token(page)})
    assert answer.headers["Location"] == "/staff/account"
    return app


def test_with_the_second_step_a_password_alone_is_not_enough(owner: FlaskClient, desk: Flask) -> None:
    app = _set_up(owner)
    assert "The second step is on." in owner.get("/staff/account").text
    client = desk.test_client()
    answer = sign_in(client, OLGA)
    assert answer.headers["Location"].startswith("/staff/tf-validate")
    assert client.get("/staff/").status_code == 303
    page = client.get("/staff/tf-validate").text
    wrong = client.post("/staff/tf-validate", data={"code": "000000", "csrf_token": token(page)})
    assert "This code is not right" in wrong.text
    right = app.generate(time=time.time() + 30).token  # a code works once, and one was used to switch it on
    answer = client.post("/staff/tf-validate", data={"code": right, "csrf_token": token(page)})
    assert answer.headers["Location"] == "/staff/"
    assert client.get("/staff/").status_code == 200


def test_a_code_works_once(owner: FlaskClient, desk: Flask) -> None:
    code = _set_up(owner).generate(time=time.time() + 30).token
    said = []
    for client in (desk.test_client(), desk.test_client()):  # the second one looked over the shoulder
        sign_in(client, OLGA)
        page = client.get("/staff/tf-validate").text
        said.append(client.post("/staff/tf-validate", data={"code": code, "csrf_token": token(page)}))
    assert said[0].headers["Location"] == "/staff/"
    assert "This code was used already" in said[1].text


def test_who_forgot_to_sign_out_elsewhere_does_it_from_here(owner: FlaskClient, desk: Flask) -> None:
    assert "Elsewhere" not in owner.get("/staff/account").text
    phone = desk.test_client()
    sign_in(phone, OLGA)
    assert "Elsewhere" in owner.get("/staff/account").text
    post(owner, "/staff/account/elsewhere", "/staff/account")
    assert phone.get("/staff/").status_code == 303
    assert owner.get("/staff/").status_code == 200


def test_guessing_codes_ends_after_five(owner: FlaskClient, desk: Flask) -> None:
    _set_up(owner)
    client = desk.test_client()
    sign_in(client, OLGA)
    page = client.get("/staff/tf-validate").text
    said = [client.post("/staff/tf-validate", data={"code": f"00000{n}", "csrf_token": token(page)}).text for n in range(6)]
    assert "Too many wrong tries" in said[5]
    assert "Too many wrong tries" not in said[3]


def test_the_second_step_can_be_switched_off_by_oneself(owner: FlaskClient, desk: Flask) -> None:
    _set_up(owner)
    post(owner, "/staff/tf-setup", "/staff/tf-setup", setup="disable")
    assert sign_in(desk.test_client(), OLGA).headers["Location"] == "/staff/"
    page = owner.get("/staff/activity").text
    assert "second step on" in page
    assert "second step off" in page
