"""The widget's files, made ready once at start: minified, compressed, named by their content.

A request is one look-up in a dictionary; nothing that a visitor sends ever touches a path.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
import rcssmin
import rjsmin

FOLDER = Path(__file__).parent / "static" / "widget"
PANEL = ("nodes.js", "messages.js", "memory.js", "line.js", "panel.js")  # one module in the browser, five files to read
_TYPES = {"js": "text/javascript; charset=utf-8", "json": "application/json"}


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
    plain = (str(rjsmin.jsmin(text)) if ending == "js" else text).encode()
    digest = hashlib.sha256(plain).hexdigest()[:8]
    return Asset(
        stem, f"{stem}.{digest}.{ending}", _TYPES[ending], plain, gzip.compress(plain, 9, mtime=0),
        brotli.compress(plain, quality=11), f'"{digest}"',
    )  # fmt: skip


def read(name: str) -> str:
    """The readable source of one of the widget's own files."""
    return (FOLDER / name).read_text(encoding="utf-8")


def strings(name: str) -> dict[str, str]:
    """The fixed words of a file in `strings`."""
    found = json.loads(read(f"strings/{name}.json"))
    return {str(key): str(value) for key, value in found.items()}


def baked(source: str, **values: Any) -> str:
    """`source` with its marks, such as `/*FACTS*/ {}`, replaced by values, and `"/*CSS*/"` by a style sheet's text."""
    for name, value in values.items():
        mark = f'"/*{name}*/"' if isinstance(value, str) else f"/*{name}*/ {{}}"
        source = source.replace(mark, dense(value))
    return source


def css(name: str) -> str:
    """A style sheet, minified."""
    return str(rcssmin.cssmin(read(name)))


def dense(value: Any) -> str:
    """JSON without a blank too many."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
