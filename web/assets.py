"""The widget's files, made ready once: minified, compressed, named by their content.

A request is one look-up in a dictionary; nothing that a visitor sends ever touches a path.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import brotli

FOLDER = Path(__file__).parent / "static" / "widget"
# Of panel.js, in one scope. The minifier moves destructuring before its neighbours: none at the top may need one of them.
PARTS = ("nodes.js", "messages.js", "memory.js", "line.js", "window.js", "thread.js", "talk.js", "words.js")
_SHEETS = {
    "launcher": ("host.css", "launcher.css"),
    "panel": ("place.css", "panel.css", "corner.css", "motion.css"),
    "inside": ("place.css", "panel.css"),
    "frame": ("place.css", "corner.css", "frame.css"),
    "more": ("more.css",),
}
_TYPES = {"js": "text/javascript; charset=utf-8", "json": "application/json"}
_KEY = re.compile(r'"([a-z]\w*)":')  # in JSON a quote inside a text has \ before it: nothing else looks like this
# The minifier is a Go program in a library. In a process of its own it neither meets gunicorn's fork nor keeps its memory.
_MINIFY = "import json, sys, minify; json.dump([minify.string(*one) for one in json.load(sys.stdin)], sys.stdout)"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in the encodings that browsers ask for. `name` changes whenever the content does."""

    stem: str
    name: str
    type: str
    plain: bytes
    gzip: bytes
    brotli: bytes
    etag: str


def asset(stem: str, ending: str, text: str) -> Asset:
    """An asset of a file's text, as it goes out."""
    plain = text.encode()
    digest = hashlib.sha256(plain).hexdigest()[:8]
    return Asset(
        stem, f"{stem}.{digest}.{ending}", _TYPES[ending], plain, gzip.compress(plain, 9, mtime=0),
        brotli.compress(plain, quality=11), f'"{digest}"',
    )  # fmt: skip


@lru_cache(maxsize=1)
def minified() -> tuple[dict[str, str], dict[str, str]]:
    """(scripts, style sheets), minified, by name."""
    panel = _joined("panel.js").replace("__PARTS__", _joined(*PARTS))
    places = {"panel": "outside.js", "inside": "inside.js"}  # a panel within: of the page, of the frame
    scripts = {name: _joined(f"{name}.js") for name in ("loader", "more", "frame")}
    scripts |= {name: _joined(file).replace("__PANEL__", panel) for name, file in places.items()}
    sheets = {name: _joined(*files) for name, files in _SHEETS.items()}
    jobs = [("text/javascript", text) for text in scripts.values()] + [("text/css", text) for text in sheets.values()]
    command = [sys.executable, "-I", "-c", _MINIFY]
    run = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    made = [str(one) for one in json.loads(run.stdout)]
    return dict(zip(scripts, made, strict=False)), dict(zip(sheets, made[len(scripts) :], strict=True))


def _joined(*names: str) -> str:
    return "".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


@lru_cache(maxsize=8)
def strings(name: str) -> dict[str, str]:
    """The fixed words of a file in `strings`."""
    found = json.loads(_joined(f"strings/{name}.json"))
    return {str(key): str(value) for key, value in found.items()}


def baked(script: str, **values: Any) -> str:
    """A minified script with its marks, such as `__FACTS__`, replaced by values."""
    text = minified()[0][script]
    for name, value in values.items():
        text = text.replace(f"__{name}__", _KEY.sub(r"\1:", dense(value)))
    return text


def css(name: str) -> str:
    """A minified style sheet."""
    return minified()[1][name]


def dense(value: Any) -> str:
    """JSON without a blank too many."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
