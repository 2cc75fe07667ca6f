"""A first morning on the staff desk, as somebody who has never seen it lives it; and what every page of it owes everybody."""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.conftest import Running, launch, wait_until_ready
from tests.knowledge_folder import KNOWLEDGE, give_fit
from tests.staff import employ, enter
from web.settings import Settings, default_database
from web.staff_cli import first_link
from web.store_database import Database

WORDS = "four small green apples"
PAGES = ("/staff/", "/staff/requests/{reference}", "/staff/privacy/", "/staff/help/", "/staff/people", "/staff/activity",
         "/staff/account", "/staff/change", "/staff/tf-setup", "/staff/wan-register", "/staff/nothing-here")  # fmt: skip
Show = Callable[[str], None]


def opened(place: Path) -> Running:
    """A clinic's server with a folder of its own."""
    shutil.copytree(KNOWLEDGE, place / "knowledge")
    (place / "data").mkdir()
    give_fit(place / "data")
    server = launch(place / "data", place / "knowledge")
    wait_until_ready(server)
    return server


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Running]:
    server = opened(tmp_path)
    yield server
    server.stop()


def ask_for_a_call(clinic: Running, name: str = "Ana Lopez", **more: str) -> str:
    """A visitor asks for an appointment; the reference."""
    frame = {"type": "book", "id": re.sub(r"\W", "-", name), "name": name, "phone": "(212) 555-0100", "times": "mornings",
             "consent": True, **more}  # fmt: skip
    sent = urllib.request.Request(f"{clinic.base}/chat", json.dumps(frame).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(sent) as answer:
        return str(json.load(answer)["reference"])


# --- the story --------------------------------------------------------------------------------------------------------


def make_an_account(page: Page, clinic: Running, show: Show) -> None:
    """`make run` has printed a link: name, e-mail, password, and one is in."""
    page.goto(first_link(replace(Settings(), data_dir=clinic.data, port=clinic.port)))
    page.get_by_label("Your name").fill("Olga Marin")
    page.get_by_label("E-mail").fill("olga@clinic.example")
    page.get_by_label("Password", exact=True).fill(WORDS)
    page.get_by_label("The same password again").fill(WORDS)
    show("welcome")
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def fix_one_answer(page: Page, show: Show) -> None:
    """A sentence of the article, in plainer words."""
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Knowledge").click()
    page.get_by_role("link", name="Dry Needling for Neck and Back Pain").click()
    text = page.get_by_label("Text", exact=True)
    text.fill(text.input_value().replace("Common side effects are mild", "The usual side effects are mild"))
    expect(page.locator("#cut")).to_contain_text("The usual side effects are mild")
    show("write")


def publish(page: Page, show: Show) -> None:
    """The desk asks everything again, and says that it is safe."""
    page.get_by_role("button", name="Check and publish").click()
    follow = page.get_by_role("button", name="Let them follow")
    expect(page.get_by_text("You can publish this.")).to_be_visible()
    follow.click()
    expect(follow).to_have_count(0)
    show("check")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("heading", name="Published", level=1)).to_be_visible()


def call_somebody_back(page: Page, show: Show) -> None:
    """The one who waits: called, noted, booked."""
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Today").click()
    expect(page.get_by_role("link", name="(212) 555-0100")).to_have_attribute("href", "tel:+12125550100")
    show("today")
    page.get_by_role("link", name="Ana Lopez").click()
    page.get_by_label("New note").fill("Comes on Thursday at nine. Prefers Dr. Lee.")
    page.get_by_role("button", name="Save the note").click()
    page.get_by_role("button", name="Booked").click()
    expect(page.get_by_role("status")).to_contain_text("is booked")
    show("request")


def test_a_first_morning_sign_in_fix_one_answer_publish_call_somebody_back(page: Page, clinic: Running, tmp_path: Path) -> None:
    def show(name: str) -> None:
        """What the pictures of the guide are taken of: python -m bench.staff_pictures."""

    ask_for_a_call(clinic)
    make_an_account(page, clinic, show)
    fix_one_answer(page, show)
    publish(page, show)
    visitor = page.context.browser.new_page()  # type: ignore[union-attr]
    visitor.goto(f"{clinic.base}/chat?q=what+are+the+side+effects")
    expect(visitor.get_by_text("The usual side effects are mild")).to_be_visible()
    visitor.close()
    call_somebody_back(page, show)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()  # nothing of the desk is left on the screen
    expect(page.get_by_text("Ana Lopez")).to_have_count(0)


# --- what every page owes ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """(a clinic with people and a request, the reference)"""
    server = opened(tmp_path_factory.mktemp("house"))
    database = Database(default_database(server.data))
    for role in ("owner", "staff"):
        employ(database, role)
    database.stop()
    yield (
        server,
        ask_for_a_call(server, "Ana Maria Gutierrez-Hernandez y Villanueva", email="a.very.long.address.of.ana@clinic.example"),
    )
    server.stop()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")])
def test_every_page_is_whole_on_a_small_phone_and_axe_finds_nothing(
    new_page: NewPage, house: tuple[Running, str], width: int, scheme: str
) -> None:
    server, reference = house
    page = new_page(viewport={"width": width, "height": 700}, color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{server.base}/staff/login")
    for path in ("", *PAGES):
        if path:
            page.goto(server.base + path.format(reference=reference))
        found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}}).response["violations"]
        assert not found, f"{path}: {[(v['id'], [n['html'] for n in v['nodes']][:3]) for v in found]}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.locator("h1").count() == 1, path
        if not path:
            enter(page, server.base, "owner")


def test_a_request_is_noted_and_booked_with_the_keyboard_alone(new_page: NewPage, house: tuple[Running, str]) -> None:
    server, _ = house
    reference = ask_for_a_call(server, "Keyboard")
    page = new_page()
    enter(page, server.base, "staff", f"/staff/requests/{reference}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "text":
            break
    page.keyboard.type("Left a message.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Left a message.")).to_be_visible()


def test_before_the_end_there_is_a_warning_and_afterwards_the_text_is_back(new_page: NewPage, house: tuple[Running, str]) -> None:
    server, reference = house
    page = new_page()
    page.clock.install()
    enter(page, server.base, "staff", f"/staff/requests/{reference}")
    page.get_by_label("New note").fill("She asked for a call after four, and her knee hurts.")
    page.clock.fast_forward("13:10")
    expect(page.get_by_role("alert")).to_contain_text("signed out in two minutes")
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.clock.fast_forward("15:10")
    expect(page.get_by_text("What you typed is kept.")).to_be_visible()
    page.get_by_label("E-mail").fill("sam@clinic.example")
    page.get_by_label("Password").fill("a cup of warm tea")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Here is what you typed")).to_be_visible()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("her knee hurts")).to_be_visible()


def test_a_passkey_signs_in_without_a_password(new_page: NewPage, house: tuple[Running, str]) -> None:
    server, _ = house
    base = server.base.replace("127.0.0.1", "localhost")  # passkeys need a name
    page = new_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    able = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": able})
    enter(page, base, "staff", "/staff/wan-register")
    page.get_by_label("Name of the device").fill("my phone")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("The passkey works from now on.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    page.goto(f"{base}/staff/wan-register")
    page.get_by_role("button", name="Remove my phone").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("The desk does not know this passkey.")).to_be_visible()


def test_the_desk_works_without_scripts(new_page: NewPage, house: tuple[Running, str]) -> None:
    server, _ = house
    reference = ask_for_a_call(server, "Without Scripts")
    page = new_page(java_script_enabled=False, viewport={"width": 390, "height": 800})
    enter(page, server.base, "staff", f"/staff/requests/{reference}")
    page.get_by_role("button", name="Called").click()
    expect(page.get_by_role("status")).to_contain_text("is called")
    page.get_by_text("Menu").click()
    page.get_by_role("link", name="Help").click()
    expect(page.get_by_role("heading", name="The staff desk", level=1)).to_be_visible()
