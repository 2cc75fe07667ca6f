"""On the clinic's page: what the script does there, what it leaves alone, and what the page can ask of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.site import Site
from tests.browser.visit import SAFE, SESSION, STORED, answers, ask, expect_each_once, open_chat

NOTHING = '[[],[],""]'
WATCH = """addEventListener('securitypolicyviolation', e => (window.broken ||= []).push(e.effectiveDirective));
window.heard = []; for (const type of ['ready', 'open', 'close', 'sent', 'answer', 'status', 'booked', 'error'])
document.addEventListener('pinpoint:' + type, e => heard.push([type, e.detail]));"""


def _launcher(page: Page) -> Any:
    return page.locator("pinpoint-chat").get_by_role("button").first


def test_before_the_click_there_is_one_request_and_nothing_else(page: Page, base: str, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    address = site.page(base)
    page.goto(address)
    expect(_launcher(page)).to_be_visible()
    page.wait_for_timeout(300)
    assert [url for url in asked if not url.endswith("favicon.ico")] == [address, f"{base}/widget.js"]
    assert page.evaluate(STORED) == NOTHING


def test_the_tab_remembers_only_after_the_first_message_and_forgets_at_once(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base))
    page.get_by_label("Your question").fill("half a thought")
    page.keyboard.press("Escape")
    assert page.evaluate(STORED) == NOTHING
    page.get_by_role("button", name="Ask a question").click()
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    assert page.evaluate(STORED) == '[[],["pinpoint"],""]'
    page.get_by_role("button", name="End and erase").click()
    expect(answers(page)).to_have_count(0)
    assert page.evaluate(STORED) == NOTHING


def test_at_most_forty_messages_are_remembered(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base))
    for _ in range(22):
        ask(page, "hello")
    expect(answers(page)).to_have_count(22, timeout=20_000)
    assert page.evaluate("JSON.parse(sessionStorage.pinpoint).items.length") == 40


def test_a_clinic_may_have_nothing_remembered(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base, 'data-remember="none"'))
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    assert page.evaluate(STORED) == NOTHING


def test_consent_is_waited_for(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base, 'data-consent="wait"'))
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    assert page.evaluate(STORED) == NOTHING
    page.evaluate("Pinpoint.consent(true)")
    assert page.evaluate(STORED) == '[[],["pinpoint"],""]'
    page.evaluate("Pinpoint.consent(false)")
    assert page.evaluate(STORED) == NOTHING


def test_a_single_page_site_may_swap_its_body(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base))
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    page.evaluate(
        "history.pushState({}, '', '?2'); const b = document.createElement('body'); b.append('New page'); document.body.replaceWith(b)"
    )
    page.evaluate("Pinpoint.open()")
    expect_each_once(page, SAFE)
    page.evaluate("document.body.replaceChildren('Newer page')")
    expect(page.locator("pinpoint-chat")).to_have_count(1)


def test_a_single_page_site_may_change_its_language(page: Page, base: str, site: Site) -> None:
    page.goto(site.page(base))
    page.evaluate("document.documentElement.lang = 'es'")
    page.get_by_role("button", name="Haga una pregunta").click()
    expect(page.get_by_label("Su pregunta")).to_be_visible()
    page.evaluate("document.documentElement.lang = 'en-US'")
    expect(page.get_by_label("Your question")).to_be_visible()


def test_loaded_twice_is_loaded_once_and_destroy_takes_all_away(page: Page, base: str, site: Site) -> None:
    page.goto(site.page(base, body=f'<script src="{base}/widget.js" defer></script>'))
    expect(page.locator("pinpoint-chat")).to_have_count(1)
    page.evaluate("Pinpoint.destroy()")
    expect(page.locator("pinpoint-chat")).to_have_count(0)
    assert page.evaluate("'Pinpoint' in window") is False


def test_a_page_can_ask_before_the_script_is_there(page: Page, base: str, site: Site) -> None:
    page.goto(site.page(base, body="<script>window.Pinpoint = { q: [['open', { text: 'is it safe?', send: true }]] }</script>"))
    expect_each_once(page, SAFE)


def test_events_tell_ids_and_counts_and_never_what_was_said(page: Page, base: str, site: Site) -> None:
    page.add_init_script(WATCH)
    open_chat(page, site.page(base))
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    page.keyboard.press("Escape")
    heard = page.evaluate("heard")
    assert [name for name, _ in heard if name != "status"] == ["ready", "open", "sent", "answer", "close"]
    assert "safe" not in json.dumps(heard)
    assert heard[[name for name, _ in heard].index("answer")][1]["quotes"] == 2


def test_the_pages_own_button_opens_it_and_gets_the_focus_back(page: Page, base: str, site: Site) -> None:
    page.goto(site.page(base, 'data-launcher="none" data-open="#own"'))
    expect(page.locator("pinpoint-chat [part=launcher]")).to_be_hidden()
    page.get_by_role("button", name="Talk to us").click()
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Talk to us")).to_be_focused()


@pytest.mark.parametrize(
    ("more", "head"),
    [
        ('data-label="Chat with us" data-lang="es"', ""),
        ("", "<script>window.PinpointSettings = {label: 'Chat with us', lang: 'es'}</script>"),
    ],
    ids=["attributes", "object"],
)
def test_settings_may_come_from_attributes_or_an_object(page: Page, base: str, site: Site, more: str, head: str) -> None:
    page.goto(site.page(base, more, head=head))
    page.get_by_role("button", name="Chat with us").click()
    expect(page.get_by_label("Su pregunta")).to_be_visible()


def test_a_tag_manager_gives_settings_in_the_address(page: Page, base: str, site: Site) -> None:
    inject = (
        f"const s = document.createElement('script'); s.src = '{base}/widget.js?lang=es&position=start'; document.head.append(s)"
    )
    page.goto(site.page("", body=f"<script>{inject}</script>"))
    launcher = page.get_by_role("button", name="Haga una pregunta")
    expect(launcher).to_be_visible()
    assert launcher.evaluate("e => e.getBoundingClientRect().left") == 20


def test_paths_can_be_left_out(page: Page, base: str, site: Site) -> None:
    address = site.page(base, 'data-hide="/elsewhere /shop/*"')
    page.goto(address)
    expect(_launcher(page)).to_be_visible()
    page.evaluate("history.pushState({}, '', '/shop/basket')")
    expect(page.locator("pinpoint-chat [part=launcher]")).to_be_hidden()
    page.evaluate("history.pushState({}, '', '/shopping')")
    expect(_launcher(page)).to_be_visible()


@pytest.mark.parametrize("accent", ["#ffe14d", "#0b5f5a", "hotpink", "#767676", "not a colour"])
def test_text_on_any_accent_can_be_read(page: Page, base: str, site: Site, accent: str) -> None:
    page.goto(site.page(base, f'data-accent="{accent}"'))
    pair = _launcher(
        page
    ).evaluate("""e => { const s = getComputedStyle(e), c = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
        return [s.color, s.backgroundColor].map(v => { c.fillStyle = v; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data] }) }""")

    def light(pixel: list[int]) -> float:
        parts = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in pixel[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(pair[0]), light(pair[1])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_what_is_typed_sets_off_no_shortcut_of_the_page(page: Page, base: str, site: Site) -> None:
    page.add_init_script("window.keys = []; addEventListener('keydown', e => keys.push(e.key))")
    open_chat(page, site.page(base))
    page.keyboard.type("s/?")
    assert page.evaluate("keys") == []


def test_without_the_panel_there_is_the_phone(page: Page, base: str, site: Site) -> None:
    page.route("**/widget/panel-*", lambda route: route.abort())
    page.goto(site.page(base))
    page.get_by_role("button", name="Ask a question").click()
    expect(page.get_by_role("link", name="(212) 227-3233")).to_have_attribute("href", "tel:+12122273233")


def test_behind_the_wall_the_page_cannot_read_a_word(page: Page, base: str, site: Site) -> None:
    page.add_init_script(WATCH)
    page.goto(site.page(base, 'data-isolate="frame"'))
    page.get_by_role("button", name="Ask a question").click()
    inside = page.frame_locator("pinpoint-chat iframe")
    field = inside.get_by_label("Your question")
    expect(field).to_be_focused()
    field.fill(SAFE)
    page.keyboard.press("Enter")
    expect(inside.get_by_role("log").locator("blockquote").first).to_contain_text("very safe")
    assert page.evaluate("document.querySelector('pinpoint-chat').shadowRoot.querySelector('iframe').contentDocument") is None
    assert page.evaluate(STORED) == NOTHING
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Ask a question")).to_be_focused()
    assert [name for name, _ in page.evaluate("heard") if name != "status"] == ["ready", "open", "sent", "answer", "close"]


def test_behind_the_wall_on_a_phone_it_fills_the_screen(new_page: NewPage, base: str, site: Site) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(site.page(base, 'data-isolate="frame" data-lang="es"'))
    page.get_by_role("button", name="Haga una pregunta").tap()
    expect(page.frame_locator("pinpoint-chat iframe").get_by_label("Su pregunta")).to_be_visible()
    assert page.locator("pinpoint-chat iframe").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}


def test_a_closed_conversation_comes_back_on_the_next_page(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base))
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    open_chat(page, site.page(base))
    expect_each_once(page, SESSION)
    expect(page.get_by_role("status")).to_have_text("Your conversation is back.")
