"""What OWASP ASVS 5.0 asks at levels 1 and 2: each item has its line in docs/asvs.md; and the items that no other test shows."""

from __future__ import annotations

import re
import time

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.knowledge_folder import ROOT
from tests.staff import EMAILS, PASSWORD, desk_of, post, sign_in, token
from web.staff import links
from web.staff.guard import _OPEN
from web.store_database import Database
from web.store_schema import sessions, staff

PAGE = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
# The items of levels 1 and 2 by section, of version 5.0.0: the last number, without those of level 3.
LAST = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6,
    "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12,
    "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2,
    "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1,
    "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5,
    "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip


def _items() -> list[str]:
    found = []
    for line in re.findall(r"^\| (\d.*?) \|", PAGE, re.MULTILINE):
        for part in line.split(", "):
            first, _, last = part.partition(" to ")
            section, number = first.rsplit(".", 1)
            found += [f"{section}.{n}" for n in range(int(number), int((last or first).rsplit(".", 1)[1]) + 1)]
    return found


def test_every_item_has_its_line() -> None:
    assert sorted(_items()) == sorted(f"{section}.{n}" for section, last in LAST.items() for n in range(1, last + 1))


def test_every_line_has_its_test_or_its_reason() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", PAGE))
    missing = [n for n in named if f"def {n[1]}" not in (ROOT / n[0]).read_text(encoding="utf-8")]
    assert not missing
    for line in PAGE.splitlines():
        if line.startswith("| ") and line[2].isdigit():
            assert len([cell for cell in line.split("|") if cell.strip()]) >= 2, line


def test_every_page_names_its_type_and_its_charset(client: FlaskClient) -> None:
    for path in ("/", "/chat", "/widget.js", "/healthz", "/nowhere", "/staff/login", "/static/icon.svg"):
        with client.get(path) as answer:
            kind = answer.headers["Content-Type"]
        assert "charset=utf-8" in kind.lower() or kind == "application/json", (path, kind)


def test_nothing_of_the_project_is_served_and_no_folder_listed(client: FlaskClient) -> None:
    for path in ("/.git/config", "/knowledge/", "/static/", "/static/../settings.py", "/requirements.txt", "/data/secret_key"):
        assert client.get(path).status_code == 404, path
    for method in ("TRACE", "PUT", "DELETE"):
        assert client.open("/chat", method=method).status_code in (405, 501), method


def test_a_long_password_of_any_letters_is_taken_as_it_is(desk: Flask, database: Database) -> None:
    long = "  ñandú 雪 only small letters and blanks, sixty-four of them or more, Straße  "
    assert len(long) > 64
    address = f"/staff/welcome/{links.invite(database, 'Ana', 'staff', 'Olga')}"
    client = desk.test_client()
    assert post(client, address, address, name="Ana", email="a@b.example", password=long, again=long).status_code == 303
    assert sign_in(desk.test_client(), "a@b.example", long).status_code == 302
    for near in (long.strip(), long.lower(), long[:64]):
        assert sign_in(desk.test_client(), "a@b.example", near).status_code == 200


def test_passwords_are_hidden_and_password_managers_helped(desk: Flask, owner: FlaskClient, database: Database) -> None:
    welcome = f"/staff/welcome/{links.invite(database, 'Ana', 'staff', 'Olga')}"
    for client, path, kind in (
        (desk.test_client(), "/staff/login", "current-password"), (desk.test_client(), welcome, "new-password"),
        (owner, "/staff/change", "current-password"),
    ):  # fmt: skip
        fields = re.findall(r'<input[^>]*name="[^"]*(?:password|again)[^"]*"[^>]*>', client.get(path).text)
        assert fields
        assert all('type="password"' in field for field in fields)
        assert any(f'autocomplete="{kind}"' in field for field in fields)
        assert not any("onpaste" in field for field in fields)


def test_signing_in_begins_a_new_session(owner: FlaskClient, desk: Flask, database: Database) -> None:
    def kept() -> set[str]:
        with database.reading() as connection:
            return set(connection.scalars(select(sessions.c.id)))

    first = kept()
    sign_in(desk.test_client(), EMAILS["owner"])
    assert len(kept() - first) == 1
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in kept())


def test_every_page_of_the_desk_has_sign_out(owner: FlaskClient, desk: Flask) -> None:
    rules = [rule for rule in desk_of(desk).url_map.iter_rules() if rule.endpoint not in _OPEN and not rule.arguments]
    pages = [rule.rule for rule in rules if "GET" in (rule.methods or ())]
    seen = 0
    for path in pages:
        with owner.get(f"/staff{path}", headers={"Accept": "text/html"}) as answer:
            if answer.status_code == 200 and answer.mimetype == "text/html":
                seen += 1
                assert "Sign out" in answer.text, path
    assert seen > 15


def _older(client: FlaskClient, desk: Flask, seconds: float) -> None:
    """Signs the cookie as if everything in it had happened so much earlier."""
    signed_by = desk.session_interface.get_signing_serializer(desk)  # type: ignore[attr-defined]
    cookie = client.get_cookie("pinpoint_staff", path="/staff")
    assert cookie
    held = signed_by.loads(cookie.value)
    moved = {name: value - seconds if name in ("fs_paa", "fs_gexp") else value for name, value in held.items()}
    assert moved != held
    client.set_cookie("pinpoint_staff", signed_by.dumps(moved), path="/staff")


def test_the_second_step_asks_for_the_password_again_after_a_while(desk: Flask, owner: FlaskClient) -> None:
    assert owner.get("/staff/tf-setup").status_code == 200
    _older(owner, desk_of(desk), 30 * 60)
    asked = owner.get("/staff/tf-setup")
    assert asked.headers["Location"].startswith("/staff/verify")
    page = owner.get(asked.headers["Location"]).text
    owner.post(asked.headers["Location"], data={"password": PASSWORD, "csrf_token": token(page)})
    assert owner.get("/staff/tf-setup").status_code == 200


def test_passwords_are_kept_as_argon2id(desk: Flask, database: Database) -> None:
    address = f"/staff/welcome/{links.invite(database, 'Ana', 'staff', 'Olga')}"
    password = "three quiet green boats"
    post(desk.test_client(), address, address, name="Ana", email="a@b.example", password=password, again=password)
    with database.reading() as connection:
        assert str(connection.scalar(select(staff.c.password))).startswith("$argon2id$")


def test_fields_that_a_form_does_not_have_change_nothing(desk: Flask, database: Database) -> None:
    address = f"/staff/welcome/{links.invite(database, 'Ana', 'staff', 'Olga')}"
    password = "three quiet green boats"
    more = {"role": "owner", "active": "0", "id": "77", "made_at": str(time.time() + 9e9)}
    client = desk.test_client()
    form = {"name": ["Ana", "Eve"], "email": "a@b.example", "password": password, "again": password}
    page = client.get(address).text
    assert client.post(address, data={**form, **more, "csrf_token": token(page)}).status_code == 303
    with database.reading() as connection:
        made = connection.execute(select(staff)).one()
    assert (made.name, made.role, made.active, made.id) == ("Ana", "staff", True, 1)
