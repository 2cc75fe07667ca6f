"""The widget in a real browser, as a visitor uses it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Start


def _open(page: Page, base: str) -> None:
    page.goto(base + "/")
    page.get_by_role("button", name="Ask a question").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def test_a_visitor_asks_reads_the_quote_and_follows_it_to_the_marked_sentence(page: Page, base: str) -> None:
    _open(page, base)
    _ask(page, "what are the side effects?")
    quote = page.get_by_role("log").locator("blockquote")
    expect(quote).to_have_text(
        "Common side effects are mild and temporary, such as slight soreness or bruising at the needle site."
    )
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Is Dry Needling Safe?").click()
    article = opened.value
    expect(article.locator("mark")).to_contain_text("Common side effects are mild")
    expect(article.get_by_role("heading", name="Is Dry Needling Safe?")).to_be_visible()


def test_a_list_is_shown_whole_as_a_list(page: Page, base: str) -> None:
    _open(page, base)
    _ask(page, "what happens during a session?")
    expect(page.get_by_role("log").locator("blockquote ol > li")).to_have_count(4)


def test_the_whole_conversation_works_by_keyboard(page: Page, base: str) -> None:
    page.goto(base + "/")
    launcher = page.get_by_role("button", name="Ask a question")
    launcher.focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Your question")
    expect(field).to_be_focused()
    page.keyboard.type("is it safe?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").locator("blockquote").first).to_contain_text("very safe")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_be_focused()


def test_a_suggestion_is_asked_with_one_press(page: Page, base: str) -> None:
    _open(page, base)
    _ask(page, "is it safe?")
    chips = page.get_by_role("group", name="Next steps").get_by_role("button").filter(has_text="?")
    expect(chips.first).to_be_visible()
    words = chips.first.inner_text()
    chips.first.click()
    expect(page.get_by_role("log").locator(".me").last).to_contain_text(words)
    expect(page.get_by_role("log").locator(".it")).to_have_count(2)


def test_an_answer_is_one_addition_to_a_live_log(page: Page, base: str) -> None:
    _open(page, base)
    log = page.get_by_role("log")
    _ask(page, "is it safe?")
    expect(log.locator("blockquote").first).to_be_visible()
    assert log.locator(":scope > .it").count() == 1
    assert log.locator(":scope > *").count() == 2  # the question and the answer


def test_a_price_question_gets_the_phone_as_a_link(page: Page, base: str) -> None:
    _open(page, base)
    _ask(page, "how much does it cost?")
    expect(page.get_by_role("group").get_by_role("link", name="Call (212) 227-3233")).to_have_attribute(
        "href", "tel:+12122273233"
    )


def test_markup_in_answers_and_questions_stays_text(page: Page, base: str) -> None:
    _open(page, base)
    _ask(page, "<img src=x onerror=document.title='hacked'> is it safe?")
    expect(page.get_by_role("log").locator(".me")).to_contain_text("<img src=x")
    assert page.title() != "hacked"
    assert page.get_by_role("log").locator("img").count() == 0


def test_a_refused_socket_falls_back_to_post(page: Page, base: str) -> None:
    page.add_init_script(
        "window.WebSocket = class { constructor() { this.readyState = 3; setTimeout(() => this.onclose && this.onclose({code: 1006}), 10); } close() {} };"
    )
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.method) if request.url.endswith("/chat") else None)
    _open(page, base)
    _ask(page, "is it safe?")
    expect(page.get_by_role("log").locator("blockquote").first).to_contain_text("very safe")
    assert "POST" in posted


def test_a_restart_in_mid_conversation_loses_nothing(page: Page, start_server: Start) -> None:
    first = start_server()
    _open(page, first.base)
    _ask(page, "does it help with back pain?")
    expect(page.get_by_role("log").locator("blockquote")).to_have_count(1)
    first.stop()
    _ask(page, "and for my neck?")
    start_server(port=first.port)
    expect(page.get_by_role("log").locator("blockquote")).to_have_count(2, timeout=30_000)
    expect(page.get_by_role("log").locator("blockquote").last).to_contain_text("cervical spine")


def test_nothing_is_stored_or_opened_before_the_click(page: Page, base: str) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda ws: sockets.append(ws.url))
    page.goto(base + "/")
    expect(page.get_by_role("button", name="Ask a question")).to_be_visible()
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert sockets == []


def test_end_and_erase_leaves_nothing(page: Page, base: str) -> None:
    _open(page, base)
    _ask(page, "is it safe?")
    expect(page.get_by_role("log").locator("blockquote").first).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 1
    page.get_by_role("button", name="End and erase").click()
    expect(page.get_by_role("log").locator("blockquote")).to_have_count(0)
    assert page.evaluate("sessionStorage.length") == 0


def test_a_reload_brings_the_conversation_back(page: Page, base: str) -> None:
    _open(page, base)
    _ask(page, "is it safe?")
    expect(page.get_by_role("log").locator("blockquote").first).to_be_visible()
    _open(page, base)
    expect(page.get_by_role("log").locator("blockquote").first).to_contain_text("very safe")


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844)])
def test_nothing_is_wider_than_a_phone(page: Page, base: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    _open(page, base)
    _ask(page, "what happens during a session?")
    expect(page.get_by_role("log").locator("blockquote").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("log").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_the_panel_switches_to_spanish(page: Page, base: str) -> None:
    _open(page, base)
    page.get_by_role("button", name="Español").click()
    page.get_by_label("Su pregunta").fill("¿es segura?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").locator(".it").last).to_contain_text("inglés")
