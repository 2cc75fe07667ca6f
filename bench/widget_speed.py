"""The widget's weight and speed against its limits: bytes, the main thread on load, press to focused field with the panel
fetched; each at full speed and with the CPU slowed four times.

What no widget can pass under stands beside the main thread: an empty script (fetched, compiled, run) and a script that adds one
fixed button (one more frame, the first use of the page's nodes, a font). All three are counted over the bare page, which asks for
no script at all. A slowed CPU spins by the clock, so on a busy machine it measures the machine too: the floor shows how much.
"""

from __future__ import annotations

import gzip
import re
import shutil
import statistics
import sys
import urllib.request

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.widget import serving
from tests.browser.conftest import ARGUMENTS
from tests.browser.site import Site

ROUNDS, LOADS, AFTER = 7, 12, 2000
SLOW = 4  # times, as phones are
LOADER, TOTAL, LOAD_MS, FOCUS_MS = 2560, 11264, 8, 100
BUTTON = """const button = document.createElement('button');
button.textContent = 'Ask a question';
button.style.cssText = 'position:fixed;inset:auto 20px 20px auto;padding:15px;border-radius:27px;font:600 1em system-ui';
document.body.append(button)"""
FLOOR = {"an empty script": "", "a script that adds one fixed button": BUTTON}
# From the moment of the press until the field has the focus, which only a listener inside the shadow root hears.
WATCH = """() => {
  const root = document.querySelector('pinpoint-chat').shadowRoot;
  root.addEventListener('focusin', e => { if (e.target.id == 'm') window.focused ??= performance.now() });
  addEventListener('pointerup', e => { window.pressed ??= e.timeStamp }, true);
}"""


def weights(base: str) -> tuple[int, int, int]:
    """(loader, in all, in all in the frame mode) in bytes as gzip -9 packs them, of the heavier language."""
    loader, panels, frames = _get(base + "/widget.js"), [], []
    sizes = {name: _packed(_get(f"{base}/widget/{name.decode()}")) for name in _parts(loader)}
    for language in ("en", "es"):
        page = _get(f"{base}/widget/frame?lang={language}")
        inside = [_packed(_get(f"{base}/widget/{name.decode()}")) for name in _parts(page)]
        frames.append(_packed(page) + sum(inside) + sum(size for name, size in sizes.items() if name.startswith(b"frame.")))
        panels.append(sum(size for name, size in sizes.items() if name.startswith(b"panel-" + language.encode())))
    first = _packed(loader)
    return first, first + max(panels), first + max(frames)


def _parts(text: bytes) -> list[bytes]:
    return re.findall(rb"[a-z-]+\.[0-9a-f]{8}\.js", text)


def _packed(text: bytes) -> int:
    return len(gzip.compress(text, 9))


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        return bytes(answer.read())


def loading(browser: Browser, address: str, rate: int) -> float:
    """Milliseconds of the main thread's CPU from the request until 2 s after a page's load: what is put off counts too."""
    page, session = _page(browser)
    page.add_init_script("window.here = true")
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    page.goto(address, wait_until="load")
    page.wait_for_timeout(AFTER)
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    page.context.close()
    return float(found["TaskDuration"]) * 1000


def on_load(browser: Browser, pages: list[str], rate: int) -> list[float]:
    """What each page but the first, the bare one, costs more than it: the median of rounds, each begun by another page."""
    rounds = []
    for turn in range(LOADS + 1):
        order = [(at + turn) % len(pages) for at in range(len(pages))]
        took = {at: loading(browser, pages[at], rate) for at in order}
        rounds.append([took[at] - took[0] for at in range(1, len(pages))])
    return [statistics.median(costs) for costs in zip(*rounds[1:], strict=True)]  # the first round warms up


def opening(browser: Browser, address: str, rate: int) -> float:
    """Milliseconds from the press of the launcher to the focused field, the panel fetched by then."""
    page, session = _page(browser)
    page.goto(address)
    box = page.locator("pinpoint-chat").get_by_role("button").first.bounding_box()
    assert box is not None
    x, y = box["x"] + 30, box["y"] + 20
    with page.expect_response("**/panel-*"):
        page.mouse.move(x, y)
    page.wait_for_timeout(500)
    page.evaluate(WATCH)
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    page.mouse.click(x, y)
    page.wait_for_function("window.focused")
    took = float(page.evaluate("focused - pressed"))
    page.context.close()
    return took


def _page(browser: Browser) -> tuple[Page, CDPSession]:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    return page, page.context.new_cdp_session(page)


def table() -> bool:
    """One line a figure with its limit; whether all are kept."""
    site = Site()
    with serving() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = site.page(base)
        floor = [site.put(text, Content_Type="text/javascript") for text in FLOOR.values()]
        pages = [site.page(""), *(site.page("", head=f'<script src="{script}" defer></script>') for script in floor), page]
        load = {rate: on_load(browser, pages, rate) for rate in (1, SLOW)}
        focus = {rate: [opening(browser, page, rate) for _ in range(ROUNDS)][1:] for rate in (1, SLOW)}
        loader, total, framed = weights(base)
        browser.close()
    site.close()
    rows: list[tuple[str, float, int | None]] = [
        ("loader, bytes gzip", loader, LOADER),
        ("in all, bytes gzip", total, TOTAL),
        ("in all in the frame mode, bytes gzip", framed, TOTAL),
        ("main thread on load over the bare page, ms", load[1][-1], LOAD_MS),
        *((f"  of {what}", cost, None) for what, cost in zip(FLOOR, load[1], strict=False)),
        (f"the same, CPU slowed {SLOW} times, ms", load[SLOW][-1], LOAD_MS),
        *((f"  of {what}", cost, None) for what, cost in zip(FLOOR, load[SLOW], strict=False)),
        ("press to focused field, panel fetched, median ms", statistics.median(focus[1]), FOCUS_MS),
        ("the same, slowest ms", max(focus[1]), FOCUS_MS),
        (f"the same, CPU slowed {SLOW} times, median ms", statistics.median(focus[SLOW]), FOCUS_MS),
    ]
    sys.stdout.write(f"\nthe widget's weight and speed\n{'':66}{'found':>8}{'limit':>8}\n")
    for name, value, limit in rows:
        verdict = "   floor" if limit is None else f"{limit:8}{'' if value <= limit else '  OVER'}"
        sys.stdout.write(f"{name:66}{value:{'8.0f' if 'bytes' in name else '8.1f'}}{verdict}\n")
    return all(limit is None or value <= limit for _, value, limit in rows)


if __name__ == "__main__":
    sys.exit(0 if table() else 1)
