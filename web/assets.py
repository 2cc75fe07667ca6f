"""The widget's files, made ready once at start: minified, compressed, named by their content.

A request is one look-up in a dictionary; nothing that a visitor sends ever touches a path.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import brotli
import rcssmin
import rjsmin

FOLDER = Path(__file__).parent / "static" / "widget"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in the encodings that browsers ask for. `name` changes whenever the content does."""

    name: str
    type: str
    plain: bytes
    gzip: bytes
    brotli: bytes
    etag: str


def asset(file_name: str, text: str) -> Asset:
    """An asset of a file's text."""
    stem, _, ending = file_name.rpartition(".")
    small = rjsmin.jsmin(text) if ending == "js" else rcssmin.cssmin(text) if ending == "css" else text
    plain = str(small).encode()
    digest = hashlib.sha256(plain).hexdigest()[:12]
    return Asset(
        f"{stem}.{digest}.{ending}", _TYPES[f".{ending}"], plain, gzip.compress(plain, 9, mtime=0),
        brotli.compress(plain, quality=11), f'"{digest}"',
    )  # fmt: skip


def read(file_name: str) -> str:
    """The readable source of one of the widget's own files."""
    return (FOLDER / file_name).read_text(encoding="utf-8")
