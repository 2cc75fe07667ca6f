"""A real Chromium, a real server, a clinic's site of another origin. A missing browser fails; it is never skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.cable import Cable
from tests.browser.site import Site
from tests.conftest import launch, wait_until_ready

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Callable[..., Browser]]:
    """Starts the system's Chromium, without a window."""
    path = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium).")
    with sync_playwright() as playwright:
        yield partial(playwright.chromium.launch, executable_path=path, args=ARGUMENTS)


@pytest.fixture(scope="session")
def browser(chromium: Callable[..., Browser]) -> Iterator[Browser]:
    """The browser that these tests share."""
    started = chromium()
    yield started
    started.close()


@pytest.fixture
def kept_pages(chromium: Callable[..., Browser]) -> Iterator[Browser]:
    """A browser that keeps the pages behind the back button, as all do at home; Playwright's do not."""
    started = chromium(ignore_default_args=["--disable-back-forward-cache"])
    yield started
    started.close()


@pytest.fixture(scope="session")
def base(data_dir: Path) -> Iterator[str]:
    """The address of a real server that all these tests share: it keeps nothing of a conversation."""
    server = launch(data_dir, ALLOWED_ORIGINS="*")
    wait_until_ready(server)
    yield server.base
    server.stop()


@pytest.fixture
def cable(base: str) -> Iterator[Cable]:
    """The shared server behind a cable that can be cut."""
    made = Cable(int(base.rpartition(":")[2]))
    yield made
    made.close()


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A clinic's own site, of another origin than the chat."""
    made = Site()
    yield made
    made.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Opens tabs (options are those of a browser context); a page that throws an error fails the test."""
    contexts, errors = [], []

    def make(**options: object) -> Page:
        options = {"viewport": {"width": 1200, "height": 800}, "locale": "en-US", **options}
        context = browser.new_context(**options)  # type: ignore[arg-type]  # what Playwright takes
        context.set_default_timeout(8000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        return tab

    yield make
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """An empty tab on a desktop."""
    return new_page()
