"""Asking for an appointment in the panel."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.cable import Cable
from tests.browser.conftest import NewPage
from tests.browser.visit import SAFE, answers, ask, expect_each_once, open_chat


def _form(page: Page, base: str) -> Locator:
    open_chat(page, base + "/")
    ask(page, "I would like an appointment")
    page.get_by_role("button", name="Ask for an appointment").click()
    form = page.get_by_role("form", name="Ask for an appointment")
    expect(form.get_by_label("Your name")).to_be_focused()
    return form


def _fill(form: Locator) -> None:
    form.get_by_label("Your name").fill("Ana")
    form.get_by_label("Phone").fill("(212) 555-0187")
    form.get_by_label("Days and times").fill("Mondays")
    form.get_by_label("What it is about").select_option("Neck or back pain")
    form.get_by_role("checkbox").check()


def test_a_request_is_confirmed_with_its_reference(page: Page, base: str) -> None:
    form = _form(page, base)
    _fill(form)
    form.get_by_role("button", name="Send the request").click()
    expect(answers(page).last).to_contain_text("reference")
    expect(form).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(page: Page, base: str) -> None:
    form = _form(page, base)
    send = form.get_by_role("button", name="Send the request")
    form.get_by_label("Days and times").fill("Mondays")
    send.click()
    name, phone = form.get_by_label("Your name"), form.get_by_label("Phone")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description("Please write your name.")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_role("checkbox")).to_have_accessible_description("Please tick this box, so that the clinic may call you.")
    name.fill("Ana")
    phone.fill("12")  # only the server knows what a phone number is
    form.get_by_role("checkbox").check()
    send.click()
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(phone).to_be_focused()
    expect(phone).to_have_accessible_description("Please check this number. Write it with its area code, like (212) 555-0100.")
    expect(form.get_by_label("Days and times")).to_have_value("Mondays")
    phone.fill("(212) 555-0187")
    page.keyboard.press("Enter")
    expect(answers(page).last).to_contain_text("reference")


@pytest.mark.parametrize("arrives", [True, False], ids=["after it arrived", "before it arrived"])
def test_a_cut_during_a_booking_books_once(page: Page, cable: Cable, data_dir: Path, arrives: bool) -> None:
    def booked() -> int:
        with sqlite3.connect(data_dir / "pinpoint.db") as store:
            found = int(store.execute("SELECT count(*) FROM requests").fetchone()[0])
        store.close()
        return found

    form = _form(page, cable.base)
    _fill(form)
    before = booked()
    cable.cut_at("up", lambda data: data if arrives else b"")
    form.get_by_role("button", name="Send the request").click()
    expect(answers(page)).to_have_count(2, timeout=20_000)
    assert cable.was_cut()
    assert booked() == before + 1


def test_a_question_can_be_asked_while_the_form_is_open(page: Page, base: str) -> None:
    form = _form(page, base)
    form.get_by_label("Your name").fill("Ana")
    ask(page, SAFE)
    expect_each_once(page, "I would like an appointment", SAFE)
    expect(form.get_by_label("Your name")).to_have_value("Ana")
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_form_and_its_errors(new_page: NewPage, base: str, scheme: str) -> None:
    page = new_page(viewport={"width": 320, "height": 568}, color_scheme=scheme, reduced_motion="reduce")
    form = _form(page, base)
    form.get_by_role("button", name="Send the request").click()
    found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}}).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert form.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert form.get_by_label("Phone").get_attribute("autocomplete") == "tel"


def test_the_form_speaks_spanish(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    page.get_by_role("button", name="Español").click()
    page.get_by_label("Su pregunta").fill("quiero una cita")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Pedir una cita").click()
    form = page.get_by_role("form", name="Pedir una cita")
    expect(form.get_by_label("De qué se trata")).to_contain_text("Dolor de cuello o espalda")
    form.get_by_role("button", name="Enviar la solicitud").click()
    expect(form.get_by_label("Su nombre")).to_have_accessible_description("Por favor, escriba su nombre.")
