"""The knowledge on the desk in a real browser: written, checked and published; by keyboard, on a phone, after a session."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.conftest import Running, launch, wait_until_ready
from tests.knowledge_folder import KNOWLEDGE, give_fit
from tests.staff import employ, enter
from web.settings import default_database
from web.store_database import Database

FILE = "dry-needling-neck-back-pain.md"
LIST = "/staff/knowledge/"
EDIT = f"/staff/knowledge/edit?path={FILE}"
PAGES = (LIST, EDIT, "/staff/questions/", "/staff/questions/?view=settled", "/staff/questions/1", "/staff/knowledge/check", "/staff/knowledge/history", "/staff/knowledge/history/1", "/staff/knowledge/words",
         "/staff/knowledge/words/vs-acupuncture", "/staff/knowledge/matters/new", "/staff/knowledge/clinic", "/staff/knowledge/safety",
         "/staff/knowledge/import", "/staff/knowledge/new", "/staff/knowledge/edit?path=checks.md",
         "/staff/knowledge/tests", "/staff/knowledge/wording")  # fmt: skip
Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of its own with a copy of the clinic's folder, for these tests write to it."""
    place = tmp_path_factory.mktemp("desk")
    shutil.copytree(KNOWLEDGE, place / "knowledge")
    (place / "data").mkdir()
    give_fit(place / "data")
    server = launch(place / "data", place / "knowledge")
    wait_until_ready(server)
    database = Database(default_database(place / "data"))
    for role in ("owner", "staff"):
        employ(database, role)
    database.stop()
    yield server
    server.stop()


@pytest.fixture
def signed_in(new_page: NewPage, clinic: Running) -> Enter:
    """Opens a page of the desk as somebody who is signed in."""

    def come(path: str = LIST, role: str = "owner", **options: object) -> Page:
        page = new_page(reduced_motion="reduce", **options)
        enter(page, clinic.base, role)
        page.goto(clinic.base + path)
        return page

    return come


def throw_away(page: Page, clinic: Running) -> None:
    """Leaves no draft behind."""
    page.goto(clinic.base + EDIT)
    if page.get_by_role("button", name="Throw my changes away").count():
        page.get_by_role("button", name="Throw my changes away").click()
        expect(page.get_by_role("heading", name="Knowledge", level=1)).to_be_visible()


def test_a_sentence_is_changed_checked_published_and_brought_back(signed_in: Enter, clinic: Running) -> None:
    page = signed_in()
    page.get_by_role("link", name="Dry Needling for Neck and Back Pain").click()
    text = page.get_by_label("Text", exact=True)
    text.fill(text.input_value().replace("Common side effects are mild", "The usual side effects are mild"))
    expect(page.locator("#cut")).to_contain_text("The usual side effects are mild")  # as it is typed
    expect(page.get_by_text("Visitors do not see it yet.")).to_be_visible()
    page.get_by_role("button", name="Check and publish").click()
    expect(page.get_by_text("You can publish this.")).to_be_visible()
    page.get_by_role("button", name="Let them follow").click()  # the phrasings that named the old sentence
    expect(page.get_by_role("button", name="Let them follow")).to_have_count(0)
    page.get_by_label("What did you change?").fill("Plainer words")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("heading", name="Published", level=1)).to_be_visible()
    page.goto(f"{clinic.base}/chat?q=what+are+the+side+effects")
    expect(page.get_by_text("The usual side effects are mild")).to_be_visible()
    page.goto(f"{clinic.base}/staff/knowledge/history")
    expect(page.get_by_text("Plainer words")).to_be_visible()
    page.get_by_role("listitem").filter(has_text="as the desk found it first").get_by_role("link").click()
    page.get_by_role("button", name="Bring all of it back").click()
    expect(page.get_by_role("heading", name="Published", level=1)).to_be_visible()
    assert (clinic.knowledge / FILE).read_text(encoding="utf-8") == (KNOWLEDGE / FILE).read_text(encoding="utf-8")


def test_from_an_unanswered_question_to_its_answer_in_four_clicks_and_one_sentence(signed_in: Enter, clinic: Running) -> None:
    ask = {"type": "ask", "id": "mural", "text": "who painted the mural"}
    page = signed_in("/staff/", "staff")
    page.set_default_timeout(60_000)  # new words are fitted: seconds, more on a busy machine
    assert page.request.post(f"{clinic.base}/chat", data=ask).json()["kind"] == "no_answer"
    page.wait_for_timeout(1000)  # the question is stored a moment after it was answered
    page.get_by_role("link", name="Questions", exact=True).click()
    page.get_by_role("button", name="Write a section for: who painted the mural").click()
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.keyboard.type("Nina Sol painted it in spring.")
    page.get_by_role("button", name="Check and publish").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("heading", name="The questions that you worked on, asked again")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Nina Sol painted it in spring.").first).to_be_visible()
    assert page.request.post(f"{clinic.base}/chat", data={**ask, "id": "again"}).json()["kind"] == "answer"


def test_a_session_that_ends_while_typing_loses_no_word(signed_in: Enter, clinic: Running) -> None:
    page = signed_in(EDIT, "staff")
    text = page.get_by_label("Text", exact=True)
    text.fill(text.input_value() + "\n\nBefore the end.")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    other = page.context.new_page()  # somebody signs out, in another tab
    other.goto(clinic.base + LIST)
    other.get_by_role("button", name="Sign out").click()
    text.fill(text.input_value() + " After the end.")
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    enter(other, clinic.base, "staff")
    text.press_sequentially(" And on.")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Text", exact=True)).to_have_value(_ending("Before the end. After the end. And on."))
    throw_away(page, clinic)


def _ending(words: str) -> re.Pattern[str]:
    return re.compile(re.escape(words) + r"\s*$")


def test_two_tabs_are_told_of_each_other(signed_in: Enter, clinic: Running) -> None:
    page = signed_in(EDIT, "staff")
    other = page.context.new_page()
    other.goto(clinic.base + EDIT)
    for tab, words in ((page, "From the first."), (other, "From the second.")):
        text = tab.get_by_label("Text", exact=True)
        text.fill(text.input_value() + f"\n\n{words}")
        expect(tab.locator("#kept")).to_contain_text("Draft kept" if tab is page else "changed in another tab")
    other.get_by_role("button", name="Keep as a draft").click()
    expect(other.get_by_text("Not saved yet: this draft was changed in another tab.")).to_be_visible()
    expect(other.get_by_label("Text", exact=True)).to_have_value(_ending("From the second."))
    other.get_by_role("button", name="Keep as a draft").click()
    expect(other.get_by_text("Your draft is kept.")).to_be_visible()
    other.close()
    throw_away(page, clinic)


def test_a_file_that_is_too_large_is_told_before_it_is_sent(signed_in: Enter, tmp_path: Path) -> None:
    page = signed_in("/staff/knowledge/import", "staff")
    large = tmp_path / "large.html"
    large.write_bytes(b"<p>word</p>" * 4_600_000)
    page.get_by_label("File").set_input_files(large)
    expect(page.get_by_text("This file is larger than 5 MB.")).to_be_visible()


def test_everything_can_be_done_by_keyboard(signed_in: Enter, clinic: Running) -> None:
    page = signed_in(EDIT, "staff")
    page.get_by_label("Text", exact=True).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n\nTyped.")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Check and publish")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You can publish this.")).to_be_visible()
    page.get_by_label("What did you change?").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_focused()
    throw_away(page, clinic)


def test_without_scripts_an_article_is_still_written_and_checked(signed_in: Enter, clinic: Running) -> None:
    page = signed_in(EDIT, "staff", java_script_enabled=False)
    text = page.get_by_label("Text", exact=True)
    text.fill(text.input_value() + "\n\n## Parking\n\nIn the yard.\n")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_text("Your draft is kept.")).to_be_visible()
    page.get_by_role("button", name="Check and publish").click()
    expect(page.get_by_text("You can publish this.")).to_be_visible()
    throw_away(page, clinic)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(
    signed_in: Enter, clinic: Running, scheme: str, width: int
) -> None:
    page = signed_in(EDIT, viewport={"width": width, "height": 800}, color_scheme=scheme)
    text = page.get_by_label("Text", exact=True)
    text.fill(text.input_value().replace("Common side effects are mild", "The usual side effects are mild"))
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.request.post(f"{clinic.base}/chat", data={"type": "ask", "id": "snacks", "text": "what is your wifi password"})
    page.wait_for_timeout(1000)
    for path in PAGES:
        page.goto(clinic.base + path)
        found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}}).response["violations"]
        assert not found, f"{path}: {[(v['id'], [n['html'] for n in v['nodes']][:3]) for v in found]}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    throw_away(page, clinic)
