"""From a file or a pasted text to the draft of an article. The file itself is read in a child process with limits; what
comes back is text, and nothing else.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.articles import slug
from bot.types import Problem
from web.staff.article_text import Head, joined
from web.staff.import_child import MOST_IN

ENDINGS = {".docx": "docx", ".html": "html", ".htm": "html", ".txt": "txt", ".md": "txt"}
SECONDS = 40  # for the child from start to end
_CHILD = Path(__file__).with_name("import_child.py")
_one = threading.BoundedSemaphore(1)  # one file at a time: ten at once would take the memory of ten


@dataclass(frozen=True, slots=True)
class Imported:
    """An article that was read from a file: the whole text of its own file, and what its author should look at."""

    path: str  #: a name that is free
    text: str
    notes: tuple[str, ...]


def imported(name: str, data: bytes, taken: Mapping[str, object]) -> Imported | Problem:
    """The article in an uploaded file. `taken` are the paths that are in use."""
    kind = ENDINGS.get(Path(name).suffix.lower())
    if kind is None:
        return Problem(
            name[:80], 0, "This kind of file cannot be read.", "Choose a .docx, .html or .txt file, or paste the text."
        )
    if not data.strip():
        return Problem(name[:80], 0, "The file is empty.", "Choose another one, or paste the text.")
    found = _asked(kind, data)
    if "wrong" in found:
        return Problem(name[:80], 0, str(found["wrong"]), str(found["todo"]))
    return _article(str(found["title"]), str(found["text"]), Path(name).stem, [str(n) for n in found["notes"]], taken)


def pasted(text: str, taken: Mapping[str, object]) -> Imported | Problem:
    """The article in a text that was pasted."""
    return imported("pasted.txt", text.encode(errors="replace"), taken)


def _asked(kind: str, data: bytes) -> dict[str, Any]:
    """What the child says."""
    if len(data) > MOST_IN:
        data = data[: MOST_IN + 1]  # enough to be told that it is too much
    if not _one.acquire(timeout=SECONDS):
        return {"wrong": "Another file is being read.", "todo": "Try again in a minute."}
    try:
        run = subprocess.run(  # noqa: S603  (our own interpreter and file)
            [sys.executable, "-I", str(_CHILD), kind], input=data, capture_output=True, timeout=SECONDS, check=False, env={}
        )
        found = json.loads(run.stdout)
    except (subprocess.TimeoutExpired, ValueError, OSError):
        return {"wrong": "It takes too long or too much to read.", "todo": "Copy its text, and paste it here."}
    finally:
        _one.release()
    assert isinstance(found, dict)  # noqa: S101  (our own child)
    return found


def _article(title: str, text: str, stem: str, notes: list[str], taken: Mapping[str, object]) -> Imported:
    first = re.match(r"(#{1,2}) (.+)\n?", text)
    if first and (first[1] == "#" or not title or slug(title) == slug(first[2])):
        title, text = first[2].strip(), text[first.end() :].lstrip()
    title = title or stem.replace("-", " ").replace("_", " ").strip().capitalize()
    text = _lowered(text)
    if not re.search(r"^## ", text, re.MULTILINE):
        notes.append('It has no headings. Put one such as "## Is it safe?" above each part: a question finds its heading.')
    spanish = len(re.findall(r"\b(?:el|la|los|las|que|para|con|una|por)\b", text.lower()))
    english = len(re.findall(r"\b(?:the|and|of|to|with|for|is|you|that)\b", text.lower()))
    head = Head({"title": title, "reviewed": "", "language": "es" if spanish > english else "en"})
    return Imported(free_path(title, taken), joined(head, f"# {title}\n\n{text.strip()}\n"), tuple(notes))


def _lowered(text: str) -> str:
    """Headings below the title's: the highest ones of the text become "##"."""
    levels = sorted({len(marks) for marks in re.findall(r"^(#{1,6}) ", text, re.MULTILINE)})
    down = 2 - levels[0] if levels else 0
    return re.sub(r"^(#{1,6}) ", lambda m: "#" * min(6, max(2, len(m[1]) + down)) + " ", text, flags=re.MULTILINE)


def free_path(title: str, taken: Mapping[str, object]) -> str:
    """A file name for a title that no file has."""
    stem = slug(title)[:60].strip("-")
    names = (f"{stem}.md", *(f"{stem}-{number}.md" for number in range(2, 1000)))
    used = {"checks", *(Path(path).stem.lower() for path in taken if "/" not in path)}
    return next(name for name in names if Path(name).stem not in used)
