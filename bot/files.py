"""Reading one file of the knowledge folder without being harmed by it.

A folder that people and sync programs write to holds anything: binaries, 50 MB of logs, pipes that never end, links to
other places, half-written files. Whatever is wrong becomes a `Problem` in staff's words; nothing here raises.
"""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from bot.types import Problem

MAX_BYTES = 1_000_000  # an article is 5 kB; a megabyte of text is a mistake, not an article


def read_text(path: Path, folder: Path) -> str | Problem:
    """The file's text as written, or why it is left out. `path` must lie in `folder` after links are resolved."""
    name = str(path.relative_to(folder))
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder.resolve()):
            return Problem(name, 0, "It is a link to a place outside the knowledge folder.", "Put the file itself here.")
        found = os.stat(real)
        if not stat.S_ISREG(found.st_mode):
            return Problem(name, 0, f"It is a {_what(found.st_mode)}, not a file.", "Move it out of the knowledge folder.")
        if found.st_size > MAX_BYTES:
            size = f"{found.st_size / 1e6:.1f} MB"
            return Problem(name, 0, f"It is too large ({size}; at most 1 MB).", "Split it, or move it out of the folder.")
        data = _read_regular(real)
    except OSError as error:
        return Problem(name, 0, f"It could not be read ({error.strerror}).", "Check that the file exists and may be read.")
    return _decode(data, name)


def _read_regular(path: Path) -> bytes:
    # O_NONBLOCK: a pipe that took the file's place since the check must not stop us for ever.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is no longer a regular file")
        return file.read(MAX_BYTES + 1)[:MAX_BYTES]


def _decode(data: bytes, name: str) -> str | Problem:
    if b"\0" in data:
        return Problem(name, 0, "It is not a text file.", "Save it as plain text (UTF-8), or move it out of the folder.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Problem(name, line, "It is not saved as UTF-8 text.", 'Save it again with the encoding "UTF-8".')


def _what(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "folder"), (stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"))
    return next((word for test, word in kinds if test(mode)), "device")


def read_toml(path: Path, folder: Path) -> dict[str, Any] | Problem:
    """The file's tables, or why it is left out (with the line of a syntax error)."""
    text = read_text(path, folder)
    if isinstance(text, Problem):
        return text
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        line = int(words.rsplit("line ", 1)[1].split(",")[0]) if "line " in words else 0
        todo = "Look at that line and the one above: a quote, a comma or a bracket is missing."
        return Problem(str(path.relative_to(folder)), line, f"It is not well-formed ({words}).", todo)
    except RecursionError:
        return Problem(str(path.relative_to(folder)), 0, "It is nested too deeply.", "Remove the surplus brackets.")
