"""Pages for people and machines."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.knowledge_folder import KNOWLEDGE
from web import create_app
from web.headers import HEADERS
from web.settings import Settings


def test_the_page_without_scripts_answers_with_the_source(client: FlaskClient) -> None:
    page = client.get("/chat?q=what+are+the+side+effects").text
    assert "slight soreness or bruising at the needle site." in page
    assert "/articles/dry-needling-neck-back-pain?s=10#is-dry-needling-safe" in page
    assert "<script" not in page


def test_the_page_speaks_spanish(client: FlaskClient) -> None:
    page = client.get("/chat?lang=es").text
    assert 'lang="es"' in page
    assert "Su pregunta" in page


def test_markup_in_a_question_is_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/chat", query_string={"q": "<img src=x onerror=alert(1)> is it safe"}).text
    assert "<img" not in page
    assert "&lt;img" in page


def test_a_page_question_that_is_too_long_gets_words(client: FlaskClient) -> None:
    got = client.get("/chat", query_string={"q": "a" * 3000})
    assert got.status_code == 400
    assert "too long" in got.text


def test_the_article_marks_the_quoted_sentence(client: FlaskClient) -> None:
    page = client.get("/articles/dry-needling-neck-back-pain?s=10").text
    assert re.search(r'<mark id="quoted"><p>Common side effects', page)
    assert 'id="is-dry-needling-safe"' in page


@pytest.mark.parametrize(
    "path", ["/articles/..%2fclinic", "/articles/none", "/nothing", "/widget/panel.js", "/articles/x?s=9999999999999"]
)
def test_what_is_not_there_is_a_plain_404(client: FlaskClient, path: str) -> None:
    got = client.get(path, headers={"Accept": "text/html"})
    assert got.status_code == 404
    assert "There is no such page here." in got.text


def test_readiness_tells_version_counts_and_problems(client: FlaskClient) -> None:
    found = json.loads(client.get("/readyz").data)
    assert found["ready"] is True
    assert (found["articles"], found["passages"], found["problems"]) == (1, 9, [])
    assert re.fullmatch(r"[0-9a-f]{12}", found["version"])


def test_health_is_plain(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/chat", "/articles/dry-needling-neck-back-pain", "/healthz", "/widget.js", "/nothing"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    for name in HEADERS:
        assert name in headers
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/chat?q=is+it+safe", "/articles/dry-needling-neck-back-pain"])
def test_no_page_has_inline_script_or_style(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", page)


def _weight(client: FlaskClient, path: str) -> int:
    """Bytes of a file as gzip -9 packs it, which is how the limits are counted."""
    return len(gzip.compress(client.get(path).data, 9, mtime=0))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_widget_stays_small(client: FlaskClient, language: str) -> None:
    loader = client.get("/widget.js").text
    panel = re.search(rf"panel-{language}\.[0-9a-f]{{8}}\.js", loader)
    assert panel
    before = _weight(client, "/widget.js")
    assert before <= 2.5 * 1024, f"the loader weighs {before} bytes"
    in_all = before + _weight(client, f"/widget/{panel[0]}")
    assert in_all <= 11 * 1024, f"loader and panel weigh {in_all} bytes"


def test_the_widget_can_be_loaded_by_other_sites(client: FlaskClient) -> None:
    got = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert got.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert got.headers["Content-Encoding"] == "gzip"
    assert client.get("/widget.js", headers={"Accept-Encoding": "gzip, br"}).headers["Content-Encoding"] == "br"
    for name in re.findall(r"[a-z-]+\.[0-9a-f]{8}\.js", client.get("/widget.js").text):
        part = client.get(f"/widget/{name}")
        assert part.headers["Access-Control-Allow-Origin"] == "*"
        assert "immutable" in part.headers["Cache-Control"]


def test_a_part_of_yesterday_gets_todays_and_is_not_kept(client: FlaskClient) -> None:
    got = client.get("/widget/panel-en.00000000.js")
    assert got.status_code == 200
    assert got.headers["Cache-Control"] == "no-store"


def test_the_page_for_the_frame_may_stand_on_the_clinics_sites_only(data_dir: Path) -> None:
    app = create_app(Settings(data_dir=data_dir, knowledge_dir=KNOWLEDGE, allowed_origins=("https://clinic.example",)))
    headers = app.test_client().get("/widget/frame").headers
    app.extensions["pinpoint"].library.stop()
    assert "frame-ancestors 'self' https://clinic.example;" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


def test_an_unchanged_widget_is_not_sent_again(client: FlaskClient) -> None:
    etag = client.get("/widget.js").headers["ETag"]
    assert client.get("/widget.js", headers={"If-None-Match": etag}).status_code == 304
