"""For everyone: screen readers, keyboards, small screens, zoom, other colours, and emergencies."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.site import Site
from tests.browser.visit import SAFE, SESSION, answers, ask, expect_each_once, open_chat, questions

DESKTOP, PHONE = {"width": 1200, "height": 800}, {"width": 390, "height": 844}
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
RULES = {"rules": {"target-size": {"enabled": True}}}
DIES = "i want to kill myself"
HITS = "my husband hits me and i am afraid"


def _no_violations(page: Page, state: str) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert not found, f"{state}: {[(v['id'], [n['html'] for n in v['nodes']][:3]) for v in found]}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_in_any_state(new_page: NewPage, base: str, scheme: str, size: dict[str, int]) -> None:
    page = new_page(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page.goto(base + "/")
    _no_violations(page, "closed")
    page.get_by_role("button", name="Ask a question").click()
    _no_violations(page, "open")
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    _no_violations(page, "answered")
    page.get_by_role("button", name="Was this helpful? No").click()
    expect(page.get_by_role("button", name="It is unclear")).to_be_visible()
    _no_violations(page, "rating")
    ask(page, "I would like an appointment")
    expect(answers(page)).to_have_count(2)
    _no_violations(page, "booking")
    ask(page, HITS)
    expect(answers(page)).to_have_count(3)
    _no_violations(page, "emergency")
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_label("Su pregunta")).to_be_visible()
    _no_violations(page, "in Spanish")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/chat",
        "/chat?q=is+it+safe",
        "/chat?lang=es",
        "/chat?q=i+want+to+kill+myself",
        "/articles/dry-needling-neck-back-pain?s=10",
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages(new_page: NewPage, base: str, path: str, scheme: str) -> None:
    page = new_page(color_scheme=scheme, viewport={"width": 320, "height": 640})
    page.goto(base + path)
    _no_violations(page, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_page_without_scripts_is_used_by_keyboard_and_lands_on_the_answer(new_page: NewPage, base: str) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(base + "/chat")
    page.get_by_label("Your question").fill("i want to kill myself")
    page.keyboard.press("Enter")
    page.wait_for_url("**#asked")
    expect(page.get_by_role("alert")).to_contain_text("988")
    expect(page.get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")
    expect(page.get_by_role("navigation")).to_have_count(0)  # no suggestions beside an emergency
    page.get_by_label("Your question").fill(SAFE)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("blockquote").first).to_contain_text("very safe")
    expect(page.get_by_role("link", name="911")).to_have_attribute("href", "tel:911")
    page.get_by_role("navigation").get_by_role("link").first.click()
    expect(page.locator("blockquote")).not_to_have_count(0)


def test_the_demo_pages_switches_restyle_the_chat_and_write_the_line(page: Page, base: str) -> None:
    page.goto(base + "/")
    page.get_by_label("Color").fill("#ffe14d")
    page.get_by_label("Language").select_option("Español")
    page.get_by_label("Look").select_option("Dark")
    page.get_by_label("Corner").select_option("Left")
    line = f'<script src="{base}/widget.js" data-accent="#ffe14d" data-lang="es" data-theme="dark" data-position="start" defer></script>'
    expect(page.locator("#snippet")).to_have_text(line)
    launcher = page.get_by_role("button", name="Haga una pregunta")
    expect(launcher).to_have_css("background-color", "rgb(255, 225, 77)")
    assert launcher.evaluate("e => e.getBoundingClientRect().left") == 20
    launcher.click()
    expect(page.get_by_role("dialog")).to_have_css("color-scheme", "dark")


def test_an_answer_is_heard_once_in_the_order_words_quote_source(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    log = page.get_by_role("log", name="Conversation")
    log.evaluate(
        """e => { window.added = []; new MutationObserver(all => all.forEach(m => m.addedNodes.forEach(n => added.push([m.target == e, n.textContent])))).observe(e, {childList: true, subtree: true}) }"""
    )
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    added = [text for direct, text in page.evaluate("added") if direct]
    assert len(added) == 2  # the question, then the answer as one addition
    assert added[0].startswith("You asked: is it safe?")
    positions = [
        added[1].index(part)
        for part in ("Answer: ", "very safe", "slight soreness", "Source:", "Is Dry Needling Safe?", "reviewed")
    ]
    assert positions == sorted(positions)
    offered = page.get_by_role("group", name="Next steps").locator(":scope > button, :scope > a").count()
    assert offered >= 3
    expect(page.get_by_role("status")).to_have_text(f"Next steps: {offered}")
    assert log.get_attribute("aria-live") is None
    assert page.get_by_role("alert").inner_text() == ""


@pytest.mark.parametrize("touch", [False, True], ids=["desktop", "phone"])
def test_opening_moves_the_focus_once_and_an_answer_never(new_page: NewPage, base: str, touch: bool) -> None:
    page = new_page(**(TOUCH if touch else {}))
    page.goto(base + "/")
    launcher = page.get_by_role("button", name="Ask a question")
    with page.expect_response("**/panel-*"):
        launcher.dispatch_event("pointerenter")
    page.wait_for_function("document.querySelector('pinpoint-chat').shadowRoot.querySelector('dialog')")
    page.evaluate(
        """() => { window.moved = []; document.querySelector('pinpoint-chat').shadowRoot.addEventListener('focusin', e => moved.push(e.target.id || e.target.textContent)) }"""
    )
    page.evaluate("Pinpoint.open()")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("moved") == ["t" if touch else "m"]
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    assert page.evaluate("moved").count("Send") == touch  # from the field, so that the keyboard gives way to the answer
    assert page.evaluate("document.querySelector('pinpoint-chat').shadowRoot.activeElement.localName") == (
        "button" if touch else "textarea"
    )


def test_on_a_right_to_left_page_english_still_reads_as_english(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base, lang='ar" dir="rtl'))
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    for text in (page.get_by_role("log").locator("blockquote p").first, page.locator("pinpoint-chat .source")):
        assert text.evaluate("e => getComputedStyle(e).unicodeBidi") == "plaintext"
    box, log = page.get_by_role("log").locator(".me").bounding_box(), page.get_by_role("log").bounding_box()
    assert box is not None and log is not None
    assert box["x"] - log["x"] < 2  # questions stand on the other side


def test_on_a_wide_screen_the_page_stays_reachable(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base))
    dialog = page.get_by_role("dialog", name="Ask NJ Rehab Experts")
    assert dialog.evaluate("e => e.matches(':modal')") is False
    page.get_by_label("Name").click()
    expect(page.get_by_label("Name")).to_be_focused()
    page.evaluate("Pinpoint.open({ text: 'is it safe?', send: true })")
    page.get_by_label("Name").focus()
    expect_each_once(page, SAFE)
    expect(page.get_by_label("Name")).to_be_focused()  # no answer takes it away


def test_on_a_phone_it_is_modal_and_opens_without_the_keyboard(new_page: NewPage, base: str, site: Site) -> None:
    page = new_page(**TOUCH)
    page.goto(site.page(base))
    page.get_by_role("button", name="Ask a question").tap()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("e => e.matches(':modal')") is True
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    expect(page.get_by_role("heading", name="Ask NJ Rehab Experts")).to_be_focused()
    page.get_by_role("button", name="Close chat").tap()
    expect(dialog).to_be_hidden()


def test_the_back_gesture_of_a_phone_closes_it(new_page: NewPage, base: str, site: Site) -> None:
    page = new_page(**TOUCH)
    open_chat(page, site.page(base))
    before = page.evaluate("history.length")
    page.evaluate("document.querySelector('pinpoint-chat').shadowRoot.querySelector('dialog').requestClose()")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Ask a question")).to_be_visible()
    assert page.evaluate("history.length") == before


def test_the_field_stays_above_an_on_screen_keyboard(new_page: NewPage, base: str) -> None:
    page = new_page(**TOUCH)
    open_chat(page, base + "/")
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    page.evaluate("""Object.defineProperties(visualViewport, {height: {value: 420, configurable: true}, offsetTop: {value: 60, configurable: true}});
        visualViewport.dispatchEvent(new Event('resize'))""")
    page.wait_for_timeout(100)
    field, head = (
        page.get_by_label("Your question").bounding_box(),
        page.get_by_role("heading", name="Ask NJ Rehab Experts").bounding_box(),
    )
    assert field is not None and head is not None
    assert head["y"] >= 60
    assert field["y"] + field["height"] <= 480
    assert page.get_by_label("Your question").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 16


@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256), (640, 400), (1280, 200)])
def test_small_and_zoomed_screens_show_all_without_sideways_scrolling(page: Page, base: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_chat(page, base + "/")
    for question in (SESSION, HITS):
        ask(page, question)
    expect(answers(page)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [
        page.get_by_label("Your question"),
        page.get_by_role("button", name="Close chat"),
        page.get_by_role("button", name="Leave this page fast"),
    ]
    for box in (one.bounding_box() for one in boxes):
        assert box is not None
        assert box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
    wide = page.evaluate(
        "[...document.querySelector('pinpoint-chat').shadowRoot.querySelectorAll('*')].filter(e => /auto|scroll/.test(getComputedStyle(e).overflowX) && e.localName != 'textarea' && e.scrollWidth > e.clientWidth + 1).length"
    )
    assert wide == 0


def test_wider_text_spacing_cuts_nothing_off(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    page.evaluate("""const s = new CSSStyleSheet(); s.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }');
        document.querySelector('pinpoint-chat').shadowRoot.adoptedStyleSheets.push(s)""")
    cut = page.evaluate(
        """[...document.querySelector('pinpoint-chat').shadowRoot.querySelectorAll('button, a, p, li, h2, label')].filter(e => e.checkVisibility() && !e.closest('.vh') && e.className != 'vh' && (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != 'inline')).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []


def test_every_control_is_big_enough_for_a_thumb(new_page: NewPage, base: str) -> None:
    page = new_page(**TOUCH)
    open_chat(page, base + "/")
    ask(page, SESSION)
    expect_each_once(page, SESSION)
    small = page.evaluate(
        """[...document.querySelector('pinpoint-chat').shadowRoot.querySelectorAll('button, a.act, .foot a, textarea')].filter(e => e.checkVisibility()).map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, r]) => r.width < 44 || r.height < 44).map(([t]) => t)"""
    )
    assert small == []


def test_an_emergency_is_an_alert_that_stays_with_no_offers(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    ask(page, DIES)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("988")
    expect(alert.get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")
    expect(page.get_by_role("group", name="Next steps").get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("")  # nothing talks over it
    expect(page.get_by_role("button", name="New answer")).to_be_hidden()  # it is in view
    ask(page, SAFE)
    expect(answers(page)).to_have_count(2)
    expect(alert).to_contain_text("988")
    expect(page.get_by_text("Emergency: 911. Crisis: 988.")).to_be_visible()


def test_somebody_who_is_hurt_at_home_can_leave_fast_and_leaves_nothing(page: Page, base: str, site: Site) -> None:
    page.route("https://www.weather.gov/", lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html"))
    address = site.page(base)
    open_chat(page, address)
    ask(page, HITS)
    page.get_by_role("button", name="Leave this page fast").click()
    page.wait_for_url("https://www.weather.gov/")
    page.goto(address)
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("width", [320, 344, 390, 1200])
def test_a_phone_number_never_breaks_in_two_and_is_a_link(page: Page, base: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_chat(page, base + "/")
    ask(page, HITS)
    alert = page.get_by_role("alert")
    expect(alert.locator("p .tel")).to_have_text(["911", "1-800-572-7233", "1-800-799-7233"])
    assert alert.locator("p .tel").last.get_attribute("href") == "tel:18007997233"
    numbers = page.get_by_role("dialog").locator(".tel")
    assert numbers.count() >= 6  # those of the buttons too, and of the foot
    lines = numbers.evaluate_all("all => all.map(e => [e.textContent, e.getClientRects().length])")
    assert {rows for _, rows in lines} == {1}, lines


def test_the_launcher_steps_aside_for_what_has_the_focus(page: Page, base: str, site: Site) -> None:
    link = '<p style="position:fixed;right:30px;bottom:30px;margin:0"><a href="/next" id="low">Imprint</a></p>'
    page.goto(site.page(base, body=link))
    page.locator("#low").focus()
    assert (
        page.evaluate(
            "(() => { const r = document.getElementById('low').getBoundingClientRect(); return document.elementFromPoint(r.x + 3, r.y + 3).id })()"
        )
        == "low"
    )


def test_forced_colours_and_print(new_page: NewPage, base: str) -> None:
    page = new_page(forced_colors="active")
    open_chat(page, base + "/")
    ask(page, SAFE)
    expect_each_once(page, SAFE)
    assert page.get_by_role("log").locator(".me").evaluate("e => getComputedStyle(e).borderTopWidth") == "1px"
    page.emulate_media(media="print")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_languages_are_marked_for_screen_readers(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    page.get_by_role("button", name="Español").click()
    page.get_by_label("Su pregunta").fill("¿es segura?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("log").locator(".it").last
    expect(answer).to_contain_text("inglés")
    expect(answer).to_have_attribute("lang", "es")
    expect(answer.locator("blockquote").first).to_have_attribute("lang", "en")
    expect(page.get_by_role("dialog")).to_have_attribute("lang", "es")
    expect(page.get_by_role("button", name="English")).to_have_attribute("lang", "en")


def test_the_way_in_spanish_is_kept_on_the_next_page(page: Page, base: str, site: Site) -> None:
    open_chat(page, site.page(base))
    page.get_by_role("button", name="Español").click()
    page.get_by_label("Su pregunta").fill("¿es segura?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").locator(".it")).to_have_count(1)
    page.goto(site.page(base))
    page.get_by_role("button", name="Ask a question").click()
    expect(page.get_by_label("Su pregunta")).to_be_visible()


def test_who_writes_spanish_is_shown_spanish(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    ask(page, "quiero una cita")
    expect(page.get_by_label("Su pregunta")).to_be_visible()
    page.get_by_role("button", name="Pedir una cita").click()
    form = page.get_by_role("form", name="Pedir una cita")
    form.get_by_label("Su nombre").fill("Ana")
    page.get_by_label("Su pregunta").fill("what happens during a session?")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your question")).to_be_visible()
    expect(form.get_by_label("Su nombre")).to_have_value("Ana")  # nothing typed is lost


def test_the_first_answer_in_another_language_stands_under_words_of_its_own(page: Page, base: str) -> None:
    open_chat(page, base + "/")
    ask(page, "¿es segura?")
    answer = answers(page).first
    expect(answer).to_contain_text("Fuente:")
    expect(answer).to_contain_text("revisado el")
    expect(answer).not_to_contain_text("Answer:")
    expect(questions(page).first).to_contain_text("Usted preguntó: ¿es segura?")
    expect(page.get_by_role("status")).to_contain_text("Siguientes pasos:")


def test_an_answer_comes_also_when_the_words_of_its_language_do_not(page: Page, base: str) -> None:
    page.route("**/widget/es.*.json", lambda route: route.abort())
    open_chat(page, base + "/")
    ask(page, "¿es segura?")
    expect(answers(page)).to_contain_text("inglés")
    expect(answers(page)).to_have_attribute("lang", "es")
    expect(page.get_by_role("status")).to_contain_text("Next steps:")
    ask(page, SAFE)
    expect(answers(page)).to_have_count(2)
