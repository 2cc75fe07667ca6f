"""What visitors do."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

SAFE = "is it safe?"
SESSION = "what happens during a session?"
STORED = "JSON.stringify([Object.keys(localStorage), Object.keys(sessionStorage), document.cookie])"


def open_chat(page: Page, address: str) -> None:
    """Goes to a page and opens the chat there."""
    page.goto(address)
    page.get_by_role("button", name="Ask a question").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def ask(page: Page, question: str) -> None:
    """Types a question and sends it."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def answers(page: Page) -> Locator:
    """The answers that are shown."""
    return page.get_by_role("log").locator(":scope > .it")


def questions(page: Page) -> Locator:
    """The questions that are shown."""
    return page.get_by_role("log").locator(":scope > .me")


def expect_each_once(page: Page, *asked: str, seconds: int = 20) -> None:
    """Each question stands there once, with one answer each, and nothing waits."""
    expect(answers(page)).to_have_count(len(asked), timeout=seconds * 1000)
    page.wait_for_timeout(300)  # a second answer would come now
    expect(answers(page)).to_have_count(len(asked))
    assert [words.split("asked: ")[1].strip() for words in questions(page).all_text_contents()] == list(asked)
