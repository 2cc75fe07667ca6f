"""Takes the pictures of the README again: python -m bench.pictures (starts a server and Chromium of its own)."""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.conftest import launch, wait_until_ready
from tests.knowledge_folder import give_fit

TARGET = Path(__file__).resolve().parent.parent / "docs" / "pictures"
DESKTOP, PHONE = (1200, 800), (390, 844)


def page(browser: Browser, base: str, size: tuple[int, int], scheme: str = "light", language: str = "en-US") -> Page:
    """The demo page in a browser of that size, colour scheme and language."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale=language,  # type: ignore[arg-type]
    )
    found = context.new_page()
    found.goto(base)
    return found


def spanish(found: Page) -> bool:
    """Whether the browser speaks it."""
    return bool(found.evaluate("navigator.language.startsWith('es')"))


def asked(found: Page, *questions: str) -> bytes:
    """The page with the chat open after some questions."""
    found.locator("pinpoint-chat button").first.click()
    field = found.get_by_role("dialog").get_by_role("textbox")
    field.wait_for()
    if spanish(found):
        found.get_by_role("button", name="Español").click()
        found.get_by_role("button", name="English").wait_for()
    for at, question in enumerate(questions):
        field.fill(question)
        field.press("Enter")
        found.locator("pinpoint-chat .me").nth(at).wait_for()
        found.wait_for_timeout(800)
    found.wait_for_timeout(600)
    return found.screenshot()


def booking(found: Page) -> bytes:
    """The page with the form for an appointment."""
    asked(found, "quiero una cita" if spanish(found) else "I would like an appointment")
    found.locator("pinpoint-chat .next .act").first.click()
    found.get_by_role("form").wait_for()
    found.wait_for_timeout(600)
    return found.screenshot()


def beside(browser: Browser, pictures: list[bytes]) -> bytes:
    """Pictures of phones side by side."""
    tags = "".join(f'<img src="data:image/png;base64,{base64.b64encode(p).decode()}">' for p in pictures)
    sheet = browser.new_page(viewport={"width": (PHONE[0] + 24) * len(pictures) - 24, "height": PHONE[1]})
    sheet.set_content(f"<style>body{{margin:0;display:flex;gap:24px;background:#fff}}</style>{tags}")
    return sheet.screenshot()


def main() -> int:
    """Writes every picture."""
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        give_fit(Path(data))
        server = launch(Path(data))
        wait_until_ready(server)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        base = server.base
        phones = [
            asked(page(browser, base, PHONE)), asked(page(browser, base, PHONE), "is it safe?"),
            asked(page(browser, base, PHONE, "dark"), "how much does it cost?"),
        ]  # fmt: skip
        stops = [
            asked(page(browser, base, PHONE), "my husband hits me and I am afraid"),
            asked(page(browser, base, PHONE, "dark", "es-US"), "me duele el pecho y no puedo respirar"),
        ]
        forms = [booking(page(browser, base, PHONE)), booking(page(browser, base, PHONE, "dark", "es-US"))]
        for name, picture in (
            ("closed", page(browser, base, DESKTOP).screenshot()),
            ("answered", asked(page(browser, base, DESKTOP), "What happens during a session?")),
            ("answered-dark-es", asked(page(browser, base, DESKTOP, "dark", "es-US"), "¿es segura?")),
            ("phone", beside(browser, phones)),
            ("emergency", beside(browser, stops)),
            ("booking", beside(browser, forms)),
        ):
            (TARGET / f"{name}.png").write_bytes(picture)
        browser.close()
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
