"""Never loses a word: the line is cut at every step, and each answer is there exactly once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from tests.browser.cable import Cable, Way
from tests.browser.conftest import NewPage
from tests.browser.site import Site
from tests.browser.visit import SAFE, SESSION, answers, ask, expect_each_once, open_chat, questions
from tests.conftest import Start

NO_SOCKETS = "window.WebSocket = class { constructor() { throw new Error('not here') } };"


def _all(data: bytes) -> bytes:
    return data


def _none(data: bytes) -> bytes:
    return b""


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize("sockets", [True, False], ids=["socket", "post"])
@pytest.mark.parametrize(
    ("way", "passes", "sign"),
    [("up", _none, b""), ("up", _all, b""), ("down", _none, b'"reply"'), ("down", _half, b'"reply"')],
    ids=["before the ask arrives", "after the ask", "before the reply", "during the reply"],
)
def test_a_cut_at_any_step_loses_nothing(page: Page, cable: Cable, sockets: bool, way: Way, passes: Any, sign: bytes) -> None:
    if not sockets:
        page.add_init_script(NO_SOCKETS)
    open_chat(page, cable.base)
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    cable.cut_at(way, passes, sign)
    ask(page, SAFE)
    expect_each_once(page, SESSION, SAFE)
    assert cable.was_cut()


def test_a_question_asked_while_the_line_is_down_goes_out_when_it_is_back(page: Page, cable: Cable) -> None:
    open_chat(page, cable.base)
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    cable.refuses = True
    cable.cut()
    ask(page, SAFE)
    expect(page.get_by_role("status")).to_contain_text("Still trying", timeout=10_000)
    cable.refuses = False
    expect_each_once(page, SESSION, SAFE)


def test_a_handshake_that_hangs_is_not_waited_for(page: Page, base: str) -> None:
    page.route_web_socket("**/chat", lambda ws: None)  # opens for the page, never answers
    page.add_init_script("window.WebSocket = class { readyState = 0; close() {} };")
    open_chat(page, base)
    ask(page, SAFE)
    expect_each_once(page, SAFE, seconds=4)


def test_questions_wait_their_turn_and_keep_their_order(page: Page, cable: Cable) -> None:
    open_chat(page, cable.base)
    cable.refuses = True
    cable.cut()
    ask(page, SESSION)
    ask(page, SAFE)
    expect(page.get_by_role("log").locator(".me").last).to_contain_text("Waiting its turn")
    cable.refuses = False
    expect_each_once(page, SESSION, SAFE)
    expect(answers(page).last).to_contain_text("very safe")


def test_a_restart_in_mid_conversation_loses_nothing(page: Page, start_server: Start) -> None:
    first = start_server()
    open_chat(page, first.base)
    ask(page, "does it help with back pain?")
    expect(answers(page)).to_have_count(1)
    first.stop()
    ask(page, "and for my neck?")
    start_server(port=first.port)
    expect_each_once(page, "does it help with back pain?", "and for my neck?", seconds=30)
    expect(answers(page).last).to_contain_text("cervical spine")


def test_a_full_house_is_asked_by_post(page: Page, base: str) -> None:
    page.route_web_socket("**/chat", lambda ws: ws.close(code=1013, reason="full"))
    open_chat(page, base)
    ask(page, SAFE)
    expect_each_once(page, SAFE)


def test_too_many_questions_wait_as_long_as_the_server_says(page: Page, base: str) -> None:
    page.add_init_script(NO_SOCKETS)
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            return route.continue_()
        refused.append(route.request.post_data or "")
        error = {"type": "error", "code": "rate_limited", "message": "Please wait.", "retry_after": 1}
        return route.fulfill(status=429, body=json.dumps(error), headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/chat", refuse_once)
    open_chat(page, base)
    ask(page, SAFE)
    expect(page.get_by_role("status")).to_have_text("Trying again in 1 seconds.")
    expect_each_once(page, SAFE)


def ask_offline(page: Page, cable: Cable) -> None:
    """One question that is answered, then one without a network."""
    open_chat(page, cable.base)
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    page.context.set_offline(True)
    cable.cut()
    ask(page, SAFE)


def test_offline_is_said_and_ends_by_itself(page: Page, cable: Cable) -> None:
    ask_offline(page, cable)
    expect(page.get_by_role("status")).to_contain_text("You are offline")
    page.context.set_offline(False)
    expect_each_once(page, SESSION, SAFE)


def test_who_reads_further_up_is_told_of_a_new_answer_and_keeps_the_focus(page: Page, cable: Cable) -> None:
    page.set_viewport_size({"width": 390, "height": 600})
    ask_offline(page, cable)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("Your question")).to_be_focused()
    page.get_by_role("log").evaluate("e => { e.parentNode.scrollTop = 0 }")
    page.context.set_offline(False)
    expect_each_once(page, SESSION, SAFE)
    assert page.get_by_role("log").evaluate("e => e.parentNode.scrollTop") == 0
    page.get_by_role("button", name="New answer").click()
    expect(questions(page).last).to_be_in_viewport()
    expect(page.get_by_label("Your question")).to_be_focused()


def test_the_next_page_goes_on_with_what_was_not_answered(page: Page, cable: Cable, site: Site) -> None:
    open_chat(page, site.page(cable.base))
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    cable.refuses = True
    cable.cut()
    ask(page, SAFE)
    page.get_by_label("Your question").fill("half a thou")
    cable.refuses = False
    cable.cut()
    open_chat(page, site.page(cable.base))
    expect_each_once(page, SESSION, SAFE)
    expect(page.get_by_label("Your question")).to_have_value("half a thou")


def test_a_closed_panel_still_gets_its_answer_and_counts_it(page: Page, cable: Cable) -> None:
    open_chat(page, cable.base)
    cable.refuses = True
    cable.cut()
    ask(page, SAFE)
    page.keyboard.press("Escape")
    cable.refuses = False
    launcher = page.get_by_role("button", name="Ask a question, 1 new")
    expect(launcher).to_be_visible(timeout=15_000)
    launcher.click()
    expect_each_once(page, SAFE)
    assert page.evaluate("Pinpoint.unread") == 0


def test_a_refused_question_is_marked_and_its_text_kept(page: Page, base: str) -> None:
    def refuse(ws: WebSocketRoute) -> None:
        def hear(message: str | bytes) -> None:
            frame = json.loads(message)
            if frame["type"] == "ask":
                ws.send(json.dumps({"type": "error", "id": frame["id"], "code": "too_long", "message": "That is too long."}))

        ws.on_message(hear)

    page.route_web_socket("**/chat", refuse)
    open_chat(page, base)
    ask(page, SAFE)
    expect(page.get_by_role("status")).to_have_text("That is too long.")
    expect(page.get_by_role("log").locator(".me")).to_contain_text("Not sent")
    expect(page.get_by_label("Your question")).to_have_value(SAFE)


def test_a_phone_that_slept_asks_again(new_page: NewPage, cable: Cable) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_chat(page, cable.base)
    cable.hangs = True
    cable.cut()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {configurable: true, value: true}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    ask(page, SAFE)
    page.wait_for_timeout(500)
    cable.hangs = False
    cable.cut()
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect_each_once(page, SAFE)


@pytest.mark.parametrize("code", [1001, 1006, 1013])
def test_a_server_that_closes_at_the_question_is_asked_again(page: Page, base: str, code: int) -> None:
    met: list[WebSocketRoute] = []

    def route(ws: WebSocketRoute) -> None:
        met.append(ws)
        server = ws.connect_to_server()
        if len(met) == 1:
            ws.on_message(lambda message: ws.close(code=code) if '"ask"' in str(message) else server.send(message))

    page.route_web_socket("**/chat", route)
    open_chat(page, base)
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    assert met


def test_too_many_questions_over_the_socket_wait_as_well(page: Page, base: str) -> None:
    refused: list[str] = []

    def route(ws: WebSocketRoute) -> None:
        server = ws.connect_to_server()

        def hear(message: str | bytes) -> None:
            frame = json.loads(message)
            if frame["type"] != "ask" or refused:
                return server.send(message)
            refused.append(frame["id"])
            error = {"type": "error", "id": frame["id"], "code": "rate_limited", "message": "Please wait.", "retry_after": 1}
            return ws.send(json.dumps(error))

        ws.on_message(hear)

    page.route_web_socket("**/chat", route)
    open_chat(page, base)
    ask(page, SAFE)
    expect(page.get_by_role("status")).to_have_text("Trying again in 1 seconds.")
    expect_each_once(page, SAFE)


def test_a_line_that_died_in_a_phones_sleep_is_found_out_on_waking(page: Page, cable: Cable) -> None:
    page.clock.install()
    open_chat(page, cable.base)
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    cable.deafen()  # no close arrives, ever
    page.clock.fast_forward(60_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.fast_forward(3_100)  # how long a pong may take then
    ask(page, SAFE)
    expect_each_once(page, SESSION, SAFE)


def test_an_answer_that_never_comes_is_asked_for_again(page: Page, cable: Cable) -> None:
    page.clock.install()
    open_chat(page, cable.base)
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    cable.deafen()
    ask(page, SAFE)
    page.wait_for_timeout(200)
    page.clock.fast_forward(10_100)
    page.clock.fast_forward(2_000)  # the pause before the next try
    expect_each_once(page, SESSION, SAFE)


def test_the_socket_is_given_back_when_nobody_needs_it(page: Page, base: str) -> None:
    page.clock.install()
    with page.expect_websocket() as opened:
        open_chat(page, base)
    page.keyboard.press("Escape")
    with opened.value.expect_event("close"):
        page.clock.fast_forward(61_000)
    page.get_by_role("button", name="Ask a question").click()
    ask(page, SAFE)
    expect_each_once(page, SAFE)


def test_the_back_button_brings_a_kept_page_with_a_living_chat(kept_pages: Browser, base: str, site: Site) -> None:
    page = kept_pages.new_page()
    page.add_init_script("addEventListener('pageshow', e => { window.kept = e.persisted })")
    open_chat(page, site.page(base))
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    page.get_by_label("Your question").fill("half a thou")
    page.goto(site.page(""))
    page.go_back(wait_until="commit")
    page.wait_for_function("window.kept !== undefined")
    assert page.evaluate("window.kept") is True
    expect(page.get_by_label("Your question")).to_have_value("half a thou")
    ask(page, SAFE)
    expect_each_once(page, SESSION, SAFE)
    page.close()
