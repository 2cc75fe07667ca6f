"""Logs: one JSON object a line, an id to follow a request by, and not a word of a visitor."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from web.logs import JsonFormatter

SECRET = "zebra quagga"


@pytest.fixture
def lines() -> Iterator[Any]:
    """What the server writes, as a function that reads it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_request_is_one_line_with_its_route_and_its_id(client: FlaskClient, lines: Any) -> None:
    got = client.get("/chat?q=" + SECRET, headers={"X-Request-ID": "abc-12345"})
    line = next(one for one in lines() if one["logger"] == "pinpoint.requests")
    assert (line["route"], line["status"], line["request"]) == ("/chat", 200, "abc-12345")
    assert got.headers["X-Request-ID"] == "abc-12345"


def test_a_request_id_that_is_none_is_replaced(client: FlaskClient) -> None:
    got = client.get("/healthz", headers={"X-Request-ID": "a b{}<script>"})
    assert len(got.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize("path", [f"/chat?q={SECRET}", f"/articles/{SECRET}", f"/{SECRET}", f"/widget/{SECRET}.js"])
def test_no_word_of_a_visitor_is_written_whatever_the_page(client: FlaskClient, lines: Any, path: str) -> None:
    client.get(path)
    client.post("/chat", json={"type": "ask", "id": "a", "text": SECRET})
    client.post("/chat", data=SECRET, headers={"User-Agent": SECRET, "Referer": SECRET})
    assert lines()
    assert "zebra" not in json.dumps(lines())


def test_a_failure_is_written_with_its_place_and_without_its_words(app: Flask, lines: Any) -> None:
    class Broken:
        def turn(self, *args: Any) -> None:
            raise ValueError(SECRET)

    app.extensions["pinpoint"] = replace(app.extensions["pinpoint"], assistant=Broken())
    answer = app.test_client().post("/chat", json={"type": "ask", "id": "a", "text": "is it safe?"})
    line = next(one for one in lines() if one["level"] == "error")
    assert (answer.status_code, line["error"]) == (500, "ValueError")
    assert "chat.py" in json.dumps(line["where"])
    assert "zebra" not in json.dumps(lines()) + answer.text


def test_an_error_page_shows_nothing_of_the_inside(app: Flask) -> None:
    app.testing = False
    app.extensions["pinpoint"] = replace(app.extensions["pinpoint"], metrics=None)
    got = app.test_client().get("/metrics", headers={"Accept": "text/html"})
    assert got.status_code == 500
    assert not any(word in got.text for word in ("Traceback", "AttributeError", ".py", "NoneType"))
