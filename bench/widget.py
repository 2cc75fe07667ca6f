"""The widget on a strange page: the checker of chat widgets, which knows nothing about ours, in both modes, beside each other.

The checker is `check_widget.py`; where it is not found (`WIDGET_TOOLS`, or `../shared/tools/widget`) the table is left out and
says so. A run takes some four minutes a mode. What of it is no speed is also held by the browser tests.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import axe_playwright_python

from tests.browser.cable import Cable
from tests.conftest import launch, wait_until_ready
from tests.knowledge_folder import ROOT, clinic, give_fit

TOOL = Path(os.environ.get("WIDGET_TOOLS", ROOT.parent / "shared" / "tools" / "widget")) / "check_widget.py"
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
MODES = {"shadow": "", "frame": 'data-isolate="frame"'}
LOADER_KB, TOTAL_KB, LOAD_MS = 2.5, 11, 8


@contextmanager
def serving() -> Iterator[str]:
    """The address of a real server that every site may use."""
    logging.disable(logging.INFO)
    clinic()
    with tempfile.TemporaryDirectory() as name:
        give_fit(Path(name))
        server = launch(Path(name), log=subprocess.DEVNULL, ALLOWED_ORIGINS="*")
        try:
            wait_until_ready(server)
            yield server.base
        finally:
            server.stop()


@contextmanager
def dropping(cable: Cable) -> Iterator[str]:
    """An address; whoever asks there cuts the cable."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cable.cut()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def check(mode: str, base: str, drop: str) -> dict[str, Any]:
    """What the checker found of one mode."""
    with tempfile.TemporaryDirectory() as name:
        found = Path(name) / "found.json"
        snippet = f'<script src="{base}/widget.js" {MODES[mode]} defer></script>'
        options = ["--name", mode, "--snippet", snippet, "--expect", "Answer: ", "--drop-url", drop, "--axe", str(AXE),
                   "--budget-kb", str(LOADER_KB), "--budget-total-kb", str(TOTAL_KB), "--budget-ms", str(LOAD_MS),
                   "--json", str(found), "--quiet"]  # fmt: skip
        run = subprocess.run([sys.executable, str(TOOL), *options], capture_output=True, text=True, check=False)
        if not found.exists():
            raise RuntimeError(f"check_widget.py gave no result: {run.stderr[-500:]}")
        result: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return result


def table() -> bool:
    """One line a check, both modes; whether every MUST passed."""
    if not TOOL.exists():
        sys.stdout.write(
            "\nthe widget on a strange page: left out, check_widget.py was not found (set WIDGET_TOOLS to its folder)\n"
        )
        return True
    with serving() as base:
        cable = Cable(int(base.rpartition(":")[2]))
        with dropping(cable) as drop:
            found = {mode: check(mode, cable.base.replace("127.0.0.1", "localhost"), drop) for mode in MODES}
        cable.close()
    checks = {mode: {one["id"]: one for one in result["checks"]} for mode, result in found.items()}
    sys.stdout.write(f"\nthe widget on a strange page\n{'':34}{'shadow':44}frame\n")
    for name, one in checks["shadow"].items():
        cells = [checks[mode].get(name, {"status": "-", "value": ""}) for mode in MODES]
        first, second = (f"{cell['status']:5}{str(cell['value']).replace(chr(10), ' ')[:37]}" for cell in cells)
        sys.stdout.write(f"{one['level']:7}{name:27}{first:44}{second}\n")
    for mode, result in found.items():
        passed = {level: f"{result[f'{level}_passed']} of {result[level]}" for level in ("must", "should")}
        sys.stdout.write(f"{mode}: MUST {passed['must']}, SHOULD {passed['should']}\n")
    return all(result["must_passed"] == result["must"] for result in found.values())


if __name__ == "__main__":
    sys.exit(0 if table() else 1)
