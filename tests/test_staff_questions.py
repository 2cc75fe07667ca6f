"""Questions on the desk: from what a visitor asked in vain to its published answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.knowledge import KnowledgeBase
from bot.types import Article, Problem
from tests import staff
from tests.staff import desk_of, signed_in
from tests.workshop import PARKING, workshop_in
from web import create_app
from web.asked_read import listed
from web.services import stop
from web.settings import Settings
from web.staff import edits
from web.staff.article_text import parsed
from web.staff.publishing import Workshop
from web.staff.questions import heading_for

FILE = "coming-to-us.md"
MURAL = "who painted the mural"


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fitted-questions")


@pytest.fixture
def app(tmp_path: Path, small_cache: Path) -> Iterator[Flask]:
    """The application of a small clinic with a folder and a database of its own."""
    shop = workshop_in(tmp_path, small_cache)
    made = create_app(Settings(data_dir=tmp_path / "data", knowledge_dir=shop.library.folder, rate_limit=0), shop.library)
    made.testing = True
    desk_of(made).extensions["workshop"] = Workshop(shop.library, made.extensions["pinpoint"].store.database, small_cache)
    yield made
    stop(made.extensions["pinpoint"])


@pytest.fixture
def sam(app: Flask) -> FlaskClient:
    return signed_in(app, "staff")


def ask(app: Flask, *texts: str) -> list[str]:
    """What visitors get; stored when this returns."""
    kinds = [
        app.test_client().post("/chat", json={"type": "ask", "id": f"q{at}-{len(t)}", "text": t}).get_json()["kind"]
        for at, t in enumerate(texts)
    ]
    assert app.extensions["pinpoint"].recorder.settle()
    return kinds


def post(client: FlaskClient, path: str, page: str = "/staff/questions/", /, **fields: Any) -> TestResponse:
    return client.post(f"/staff/{path}", data={**fields, "csrf_token": staff.token(client.get(page).text)})


def number(app: Flask, words: str) -> int:
    found = app.extensions["pinpoint"].store.questions
    groups = [g for view in ("missed", "near", "clinic", "unhelpful", "settled") for g in listed(found, view)[0]]  # type: ignore[arg-type]
    return next(g.id for g in groups if g.words == words)


def publish(client: FlaskClient, address: str) -> TestResponse:
    page = client.get(address).text
    return post(client, "knowledge/publish", address, draft=re.findall(r'name="draft" value="([^"]+)"', page))


def test_a_section_answers_it_with_one_click_and_the_question_is_asked_again(app: Flask, sam: FlaskClient) -> None:
    assert ask(app, MURAL, MURAL + "?") == ["no_answer", "no_answer"]
    page = sam.get("/staff/questions/").text
    assert MURAL in page and "Without an answer" in page
    section = "coming-to-us#how-do-i-get-to-you-by-bus"
    done = post(sam, f"questions/{number(app, MURAL)}/answer", section=section)
    assert done.status_code == 303 and "/staff/knowledge/check" in done.headers["Location"]
    assert "waits to be published" in sam.get("/staff/questions/?view=settled").text
    published = publish(sam, done.headers["Location"])
    assert published.status_code == 200 and "The questions that you worked on, asked again" in published.text
    assert "not yet as meant" not in published.text
    assert "answered now" in sam.get("/staff/questions/?view=settled").text
    assert ask(app, MURAL)[0] == "answer"


def test_a_section_is_written_for_it_and_the_words_lead_there_though_the_heading_is_changed(app: Flask, sam: FlaskClient) -> None:
    ask(app, MURAL)
    done = post(sam, f"questions/{number(app, MURAL)}/write", article=FILE)
    assert done.headers["Location"].endswith(f"edit?path={FILE}&at=end")
    page = sam.get(done.headers["Location"]).text
    assert "## Who painted the mural?" in page
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    text = PARKING.partition("---\n\n")[2] + "\n## The mural\n\nIt was painted by Nina Sol.\n"
    post(sam, "knowledge/edit", "/staff/knowledge/", path=FILE, revision=revision[1], text=text)
    check = sam.get("/staff/knowledge/check").text
    assert "You changed words that other things point to" in check
    post(sam, "knowledge/carry", "/staff/knowledge/")
    published = publish(sam, "/staff/knowledge/check")
    assert published.status_code == 200 and "It was painted by Nina Sol." in published.text
    assert ask(app, MURAL)[0] == "answer"


def test_it_is_not_for_us_and_the_chat_says_so(app: Flask, sam: FlaskClient) -> None:
    made = post(sam, "knowledge/matters/new", "/staff/knowledge/matters/new", about="art", en="Our articles do not speak of art.",
                es="Nuestros artículos no hablan de arte.", reply="no_answer", lines="paintings")  # fmt: skip
    publish(sam, "/staff/knowledge/check")
    assert made.status_code == 303
    ask(app, MURAL)
    done = post(sam, f"questions/{number(app, MURAL)}/not-ours", matter="art")
    assert publish(sam, done.headers["Location"]).status_code == 200
    assert "not in our articles" in sam.get("/staff/questions/?view=settled").text
    given = app.test_client().post("/chat", json={"type": "ask", "id": "z", "text": MURAL}).get_json()
    assert "Our articles do not speak of art." in given["text"]


def test_it_is_ignored_and_taken_up_again(app: Flask, sam: FlaskClient) -> None:
    ask(app, MURAL)
    which = number(app, MURAL)
    post(sam, f"questions/{which}/state", state="ignored")
    assert MURAL not in sam.get("/staff/questions/").text and "ignored" in sam.get("/staff/questions/?view=settled").text
    post(sam, f"questions/{which}/state", state="open", view="settled")
    assert MURAL in sam.get("/staff/questions/").text


def test_all_wordings_of_a_group_are_shown_and_what_is_gone_is_told(app: Flask, sam: FlaskClient) -> None:
    ask(app, MURAL, "who painted that mural of yours")
    page = sam.get(f"/staff/questions/{number(app, MURAL)}").text
    assert MURAL in page and "This section answers it" in page
    assert sam.get("/staff/questions/99999").status_code == 404
    assert post(sam, "questions/99999/answer", section="x").status_code == 404
    assert "Please choose a section" in sam.post(
        f"/staff/questions/{number(app, MURAL)}/answer", data={"csrf_token": staff.token(page), "section": "no#thing"}, follow_redirects=True
    ).text  # fmt: skip
    assert "There is no matter" in sam.post(
        f"/staff/questions/{number(app, MURAL)}/not-ours", data={"csrf_token": staff.token(page), "matter": "nothing"}, follow_redirects=True
    ).text  # fmt: skip


@pytest.mark.parametrize(
    "address", ["/staff/questions/?view=evil&page=-1", "/staff/questions/?page=99999999", "/staff/questions/?view=settled&page=3"]
)
def test_an_empty_page_teaches(sam: FlaskClient, address: str) -> None:
    assert 'class="empty"' in sam.get(address).text


def test_a_hostile_question_is_shown_as_text(app: Flask, sam: FlaskClient) -> None:
    ask(app, "who painted <script>alert(1)</script> the mural")
    for path in ("", f"{number(app, 'who painted <script>alert(1)</script> the mural')}"):
        assert "<script>alert" not in sam.get(f"/staff/questions/{path}").text


def test_a_question_that_another_group_has_is_moved_and_not_doubled(kb: KnowledgeBase) -> None:
    from tests.knowledge_folder import KNOWLEDGE

    texts = {
        p.relative_to(KNOWLEDGE).as_posix(): p.read_text(encoding="utf-8")
        for p in KNOWLEDGE.rglob("*")
        if p.suffix in (".md", ".toml")
    }
    group = next(g for g in kb.groups if g.id == "price")
    line = group.lines["en"][7]
    new = edits.answered_by(texts, kb.groups, "dry-needling-neck-back-pain", "Conclusion", line, "en")
    assert isinstance(new, dict) and set(new) == {group.file, "phrasings/conclusion.toml", "checks.md"}
    assert f'  "{line}",\n' not in new[group.file] and f'  "{line}",\n' in new["phrasings/conclusion.toml"]


def test_a_new_part_stands_above_the_closing_lines_of_an_article() -> None:
    text = "# T\n\n## One\n\nA.\n\n---\n\nCall us.\n"
    new = edits.with_section(text, "Two?")
    assert new.index("## Two?") < new.index("---\n\nCall us.")
    filled = new.replace("## Two?\n", "## Two?\n\nB.\n")
    article = parsed("t.md", filled)
    assert isinstance(article, Article) and [s.heading for s in article.sections] == ["One", "Two?"]
    assert edits.with_section("# T\n\n## One\n\nA.\n", "Two?").endswith("## Two?\n\n")
    assert edits.with_section(filled, "Two?") == filled


def test_a_question_becomes_a_heading() -> None:
    assert heading_for("do you have  wifi ???") == "Do you have wifi?"
    assert isinstance(edits.with_check("", "", "contact"), Problem)
