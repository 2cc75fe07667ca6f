"""On hostile, strict and strange pages, in both modes: the chat works, and leaves the page alone."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, FrameLocator, Locator, Page, Response, expect

from tests.browser.conftest import NewPage
from tests.browser.site import Site
from tests.browser.visit import SAFE, STORED

MODES = pytest.mark.parametrize("mode", ["", 'data-isolate="frame"'], ids=["shadow", "frame"])
WORST = """<style>* { all: unset !important }
body > *:not(main) { display: none !important; position: static !important; width: 0 !important; height: 0 !important; pointer-events: none !important }
</style>"""
BROKEN = "addEventListener('securitypolicyviolation', e => (window.broken ||= []).push(e.effectiveDirective))"


def _inside(page: Page | FrameLocator, mode: str) -> Page | FrameLocator:
    return page.frame_locator("pinpoint-chat iframe") if mode else page


def _ask(page: Page | FrameLocator, mode: str) -> Locator:
    """Opens the chat, asks, and gives the first quote once it is there."""
    page.get_by_role("button", name="Ask a question").click()
    inside = _inside(page, mode)
    inside.get_by_label("Your question").fill(SAFE)
    inside.get_by_role("button", name="Send").click()
    quote = inside.get_by_role("log").locator("blockquote").first
    expect(quote).to_contain_text("very safe")
    return quote


@MODES
def test_the_worst_style_sheet_of_a_page_changes_nothing(page: Page, base: str, site: Site, mode: str) -> None:
    page.goto(site.page(base, mode, head=WORST))
    quote = _ask(page, mode)
    expect(quote).to_be_in_viewport()
    assert quote.evaluate("e => getComputedStyle(e).borderInlineStartWidth") == "4px"


@MODES
def test_the_strictest_policy_is_kept(page: Page, base: str, site: Site, mode: str) -> None:
    page.add_init_script(BROKEN)
    sources = f"script-src {base}; connect-src {base} {base.replace('http', 'ws')}; frame-src {base}"
    policy = f"default-src 'none'; {sources}; require-trusted-types-for 'script'"
    page.goto(site.page(base, mode, Content_Security_Policy=policy))
    _ask(page, mode)
    assert [broken for frame in page.frames if (broken := frame.evaluate("window.broken"))] == []


@MODES
def test_a_page_builders_preview_without_storage_works(page: Page, base: str, site: Site, mode: str) -> None:
    preview = f'<iframe sandbox="allow-scripts" width="900" height="700" src="{site.page(base, mode)}"></iframe>'
    page.goto(site.put(f"<!doctype html><title>Builder</title>{preview}"))
    _ask(page.frame_locator("iframe"), mode)


@MODES
def test_nothing_is_stored_or_opened_before_the_click_and_no_third_party_ever(
    page: Page, base: str, site: Site, mode: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(site.page(base, mode))
    launcher = page.get_by_role("button", name="Ask a question")
    launcher.hover()  # even what shows intent opens no socket
    page.wait_for_timeout(300)
    assert not [url for url in asked if url.startswith("ws")]
    assert page.evaluate(STORED) == '[[],[],""]'
    _ask(page, mode)
    own = {urlsplit(base).netloc, urlsplit(page.url).netloc}
    assert {urlsplit(url).netloc for url in asked} == own


@MODES
def test_a_visit_with_a_question_keeps_the_budget(page: Page, base: str, site: Site, mode: str) -> None:
    got: list[Response] = []
    page.on("response", lambda response: got.append(response) if response.url.startswith(base) else None)
    page.goto(site.page(base, mode))
    expect(page.get_by_role("button", name="Ask a question")).to_be_visible()
    weigh: Callable[[Response], int] = lambda response: len(gzip.compress(response.body(), 9))  # noqa: E731
    assert sum(map(weigh, got)) <= 2.5 * 1024
    _ask(page, mode)
    assert sum(weigh(one) for one in got if one.request.method == "GET") <= 11 * 1024


@MODES
@pytest.mark.parametrize(("lang", "side"), [("ar", "rtl"), ("en", "ltr")])
def test_the_chat_reads_in_the_pages_direction(page: Page, base: str, site: Site, mode: str, lang: str, side: str) -> None:
    page.goto(site.page(base, mode, lang=f'{lang}" dir="{side}'))
    launcher = page.get_by_role("button", name="Ask a question")
    box = launcher.bounding_box()
    assert box is not None
    assert (box["x"] < 600) == (side == "rtl")
    launcher.click()
    field = _inside(page, mode).get_by_label("Your question")
    expect(field).to_be_visible()
    assert field.evaluate("e => getComputedStyle(e).direction") == side


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_behind_the_wall(new_page: NewPage, base: str, site: Site, scheme: str) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(site.page(base, 'data-isolate="frame" data-accent="#ffe14d"'))
    _ask(page, "frame")
    frame: Frame = page.frames[1]
    for place in (page, frame):
        found = Axe().run(place, options={"rules": {"target-size": {"enabled": True}}}).response["violations"]  # type: ignore[arg-type]
        assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]


def test_the_frame_takes_the_looks_of_the_page(page: Page, base: str, site: Site) -> None:
    looks = "<style>pinpoint-chat { --pinpoint-accent: #ffe14d; --pinpoint-font: serif }</style>"
    page.goto(site.page(base, 'data-isolate="frame"', head=looks))
    page.get_by_role("button", name="Ask a question").click()
    head = page.frame_locator("pinpoint-chat iframe").locator(".head")
    expect(head).to_have_css("background-color", "rgb(255, 225, 77)")
    assert head.evaluate("e => getComputedStyle(e.closest('dialog')).fontFamily") == "serif"


def test_a_frame_that_is_refused_gives_way_to_the_phone(page: Page, base: str, site: Site) -> None:
    page.clock.install()
    page.route("**/widget/frame*", lambda route: route.abort())
    page.goto(site.page(base, 'data-isolate="frame"'))
    with page.expect_request("**/widget/frame*"):
        page.get_by_role("button", name="Ask a question").click()
    page.clock.fast_forward(10_000)
    expect(page.get_by_role("link", name="(212) 227-3233")).to_be_visible()
