"""A real Chromium. A missing browser fails; it is never skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import launch, wait_until_ready

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    path = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium).")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def base(data_dir: Path) -> Iterator[str]:
    """The address of a real server that all these tests share: it keeps nothing of a conversation."""
    server = launch(data_dir)
    wait_until_ready(server)
    yield server.base
    server.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty tab on a desktop, which fails the test if the page throws an error."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="en-US")
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert not errors
