"""The widget in a real browser, as a visitor uses it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.visit import ask, open_chat


def test_a_visitor_asks_reads_the_quote_and_follows_it_to_the_marked_sentence(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    ask(page, "what are the side effects?")
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
    open_chat(page, base + "/")
    ask(page, "what happens during a session?")
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
    open_chat(page, base + "/")
    ask(page, "is it safe?")
    chips = page.get_by_role("group", name="Next steps").get_by_role("button").filter(has_text="?")
    expect(chips.first).to_be_visible()
    words = chips.first.inner_text()
    chips.first.click()
    expect(page.get_by_role("log").locator(".me").last).to_contain_text(words)
    expect(page.get_by_role("log").locator(".it")).to_have_count(2)


def test_a_price_question_gets_the_phone_as_a_link(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    ask(page, "how much does it cost?")
    expect(page.get_by_role("group").get_by_role("link", name="Call (212) 227-3233")).to_have_attribute(
        "href", "tel:+12122273233"
    )


def test_markup_in_answers_and_questions_stays_text(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    ask(page, "<img src=x onerror=document.title='hacked'> is it safe?")
    expect(page.get_by_role("log").locator(".me")).to_contain_text("<img src=x")
    assert page.title() != "hacked"
    assert page.get_by_role("log").locator("img").count() == 0


def test_a_refused_socket_falls_back_to_post(page: Page, base: str) -> None:
    page.add_init_script(
        "window.WebSocket = class { constructor() { this.readyState = 3; setTimeout(() => this.onclose && this.onclose({code: 1006}), 10); } close() {} };"
    )
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.method) if request.url.endswith("/chat") else None)
    open_chat(page, base + "/")
    ask(page, "is it safe?")
    expect(page.get_by_role("log").locator("blockquote").first).to_contain_text("very safe")
    assert "POST" in posted
