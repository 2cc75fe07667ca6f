"""Takes the pictures of the desk's guide: python -m bench.staff_pictures (lives the browser tests' first morning)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.pictures import TARGET
from tests.browser.conftest import ARGUMENTS
from tests.browser.test_staff_story import (
    ask_for_a_call,
    call_somebody_back,
    fix_one_answer,
    make_an_account,
    opened,
    publish,
)


def morning(page: Page, place: Path) -> None:
    """The story, with a picture at each stop."""
    server = opened(place)

    def show(name: str) -> None:
        page.evaluate("document.activeElement.blur()")
        page.screenshot(path=TARGET / f"staff-{name}.png")

    try:
        ask_for_a_call(server)
        ask_for_a_call(server, "Luis Ortega", phone="(212) 555-0142", times="después de las 5", language="es")
        ask_for_a_call(server, "Pat Neil", phone="(732) 555-0188", email="pat@example.com", times="any day but Monday")
        make_an_account(page, server, show)
        fix_one_answer(page, show)
        publish(page, show)
        call_somebody_back(page, show)
    finally:
        server.stop()


def main() -> int:
    """Writes every picture."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        morning(browser.new_page(viewport={"width": 1200, "height": 800}), Path(place))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
