"""People who are signed in on the staff desk, for tests: a client each, and tabs of a real browser."""

from __future__ import annotations

import re
import secrets
import time
from functools import cache

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import insert
from werkzeug.test import TestResponse

from web.mount import Mount
from web.store_database import Database
from web.store_schema import staff

PASSWORD = "a cup of warm tea"
EMAILS = {"owner": "olga@clinic.example", "staff": "sam@clinic.example"}
NAMES = {"owner": "Olga Owner", "staff": "Sam Staff"}


@cache
def _hashed() -> str:
    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


def employ(database: Database, role: str, email: str = "", name: str = "") -> int:
    """Gives somebody an account; the number of the person."""
    values = {
        "name": name or NAMES[role], "email": email or EMAILS[role], "password": _hashed(), "role": role, "active": True,
        "made_at": time.time(), "fs_uniquifier": secrets.token_hex(16), "fs_webauthn_user_handle": secrets.token_hex(16),
    }  # fmt: skip
    with database.writing() as connection:
        found = connection.scalar(insert(staff).values(values).returning(staff.c.id))
    assert found
    return found


def token(page: str) -> str:
    """The CSRF token of a page's form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """What the desk says to this e-mail and password."""
    page = client.get("/staff/login").text
    return client.post("/staff/login", data={"email": email, "password": password, "csrf_token": token(page)})


def signed_in(app: Flask, role: str) -> FlaskClient:
    """A client of somebody with this role ("owner" or "staff") who has just signed in."""
    employ(app.extensions["pinpoint"].store.database, role)
    client = app.test_client()
    assert sign_in(client, EMAILS[role]).status_code == 302
    return client


def post(client: FlaskClient, path: str, page: str = "/staff/", **fields: str) -> TestResponse:
    """Sends a form with the token of a page of the desk."""
    return client.post(path, data={**fields, "csrf_token": token(client.get(page).text)})


def enter(page: Page, base: str, role: str, path: str = "/staff/") -> None:
    """Signs in with a real browser and opens a page of the desk; `employ` comes first."""
    page.goto(f"{base}/staff/login?next={path}")
    page.get_by_label("E-mail").fill(EMAILS[role])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{base}{path}")


def desk_of(app: Flask) -> Flask:
    """The desk's own application."""
    mount = app.wsgi_app
    assert isinstance(mount, Mount)
    found = mount.desk()
    assert isinstance(found, Flask)
    return found
