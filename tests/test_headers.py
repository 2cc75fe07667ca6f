"""The headers of every page, scored as the MDN HTTP Observatory scores them, without the network."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient

PAGES = ["/", "/chat", "/chat?q=is+it+safe%3F", "/articles/dry-needling-neck-back-pain", "/nowhere", "/book/cancel"]


def _directives(policy: str) -> dict[str, list[str]]:
    found = {}
    for piece in filter(None, (part.split() for part in policy.split(";"))):
        found[piece[0]] = piece[1:]
    return found


def _policy(csp: dict[str, list[str]]) -> int:
    scripts = csp.get("script-src", csp.get("default-src", ["*"]))
    styles = csp.get("style-src", csp.get("default-src", ["*"]))
    unsafe = {"'unsafe-inline'", "'unsafe-eval'", "data:", "https:", "http:", "*"}
    if not csp:
        return -25
    if unsafe & {*scripts, *csp.get("object-src", csp.get("default-src", ["*"]))}:
        return -20
    if unsafe & set(styles):
        return 0
    sent_here = csp.get("form-action") in (["'none'"], ["'self'"])
    return 10 if csp.get("default-src") == ["'none'"] and sent_here else 5


def _cookies(headers: Mapping[str, str]) -> int:
    cookie = headers.get("Set-Cookie", "").lower()
    return -20 if cookie and not all(word in cookie for word in ("secure", "httponly", "samesite")) else 0


def _scripts(page: str) -> int:
    """External scripts cost; those of our own origin do not."""
    return -5 if re.search(r'<script[^>]*src="(?:https?:)?//', page) else 0


def score(headers: Mapping[str, str], page: str) -> int:
    """What the Observatory would say: 100, penalties, and bonuses only for those who have at least 90 without them. What
    cannot be seen from here (the certificate, the redirection, the preload list) counts nothing."""
    csp = _directives(headers.get("Content-Security-Policy", ""))
    age = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    framed = "frame-ancestors" in csp
    private = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
    parts = [
        _policy(csp),
        _cookies(headers),
        -50 if headers.get("Access-Control-Allow-Credentials") else 0,
        5 if headers.get("Referrer-Policy") in private else -5,
        0 if age and int(age[1]) >= 15_768_000 else -20,
        _scripts(page),
        0 if headers.get("X-Content-Type-Options") == "nosniff" else -5,
        5 if framed else 0 if headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN") else -20,
        10 if headers.get("Cross-Origin-Resource-Policy") in ("same-origin", "same-site") else 0,
    ]
    without = 100 + sum(part for part in parts if part < 0)
    return without + (sum(part for part in parts if part > 0) if without >= 90 else 0)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_scores_at_least_130_of_145(client: FlaskClient, path: str) -> None:
    got = client.get(path, headers={"Accept": "text/html"})
    assert got.mimetype == "text/html"
    assert score(got.headers, got.text) >= 130


@pytest.mark.parametrize(
    "changed",
    [
        {"Content-Security-Policy": "default-src 'none'; script-src 'self' 'unsafe-inline'"}, {"Content-Security-Policy": ""},
        {"Strict-Transport-Security": ""}, {"Referrer-Policy": "unsafe-url"}, {"Cross-Origin-Resource-Policy": "cross-origin"},
        {"X-Content-Type-Options": ""}, {"Set-Cookie": "session=1"},
    ],
)  # fmt: skip
def test_the_score_sees_what_is_missing(client: FlaskClient, changed: dict[str, str]) -> None:
    got = client.get("/")
    assert score({**dict(got.headers), **changed}, got.text) < 130


@pytest.mark.parametrize("path", PAGES)
def test_no_page_sets_a_cookie_or_asks_a_third_party(client: FlaskClient, path: str) -> None:
    got = client.get(path, headers={"Accept": "text/html"})
    assert "Set-Cookie" not in got.headers
    loads = re.findall(r'<(?:script|img|iframe|link rel="(?:stylesheet|icon|preload)")[^>]*(?:src|href)="([^"]*)"', got.text)
    assert all(address.startswith(("/", "data:")) for address in loads)


@pytest.mark.parametrize("path", PAGES)
def test_a_forged_host_is_not_repeated(client: FlaskClient, path: str) -> None:
    got = client.get(path, headers={"Host": "evil.example"})
    assert "evil.example" not in got.text + str(got.headers)
