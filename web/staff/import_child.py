"""Reads a file that somebody wants to import, in a process of its own with limits on time, memory and disk.

Run by path and isolated (`python -I import_child.py KIND < file`): it imports nothing of ours, has no network code of ours
and nothing to steal. Writes one JSON object: `{"title", "text", "notes"}`, the text as Markdown, or `{"wrong", "todo"}`.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

MOST_IN, MOST_OUT = 5_000_000, 500_000  # bytes of the file, letters of the text
MOST_PART, MOST_PARTS = 30_000_000, 5_000  # bytes of what is unpacked, files in a .docx
MEMORY, SECONDS = 700_000_000, 20
_NEEDED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|word/_rels/document\.xml\.rels|"
    r"word/(?:document|styles|numbering|footnotes|endnotes)\.xml"
)
_AGAIN = "Open it in Word and save it again as a Word document (.docx), or paste its text."


class Wrong(Exception):
    """Why the file cannot be read, and what to do, in staff's words."""

    def __init__(self, wrong: str, todo: str) -> None:
        super().__init__(wrong)
        self.todo = todo


def limit() -> None:
    """What this process may use from now on."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def read(kind: str, data: bytes) -> dict[str, Any]:
    """The file as Markdown. `kind`: docx, html or txt. Raises Wrong."""
    if len(data) > MOST_IN:
        raise Wrong(f"It is larger than {MOST_IN // 1_000_000} MB.", "Take its pictures out, split it, or paste its text.")
    _known_kinds(data)
    title, text, notes = {"docx": _docx, "html": _html, "txt": _txt}[kind](data)
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[^\S\n]+$", "", _plain(text), flags=re.MULTILINE)).strip()
    if not re.search(r"\w", text):
        raise Wrong("No text was found in it.", "Open the file, copy its text, and paste it here.")
    if len(text) > MOST_OUT:
        raise Wrong(f"It holds {len(text):,} letters; an article has a few thousand.", "Import one part of it at a time.")
    return {"title": " ".join(_plain(title).split())[:200], "text": text, "notes": notes}


def _plain(text: str) -> str:
    """Without control characters, and without blanks that only look like one."""
    return re.sub(
        r"[\x00-\x08\x0b-\x1f\x7f\ufeff\ud800-\udfff]", "", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    )


def _known_kinds(data: bytes) -> None:
    if data.startswith(b"%PDF"):
        raise Wrong("This is a PDF.", "Open it, copy its text, and paste it here: a PDF does not say what is a heading.")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Wrong("This is an old Word file (.doc), or one with a password.", _AGAIN)


# --- Word -------------------------------------------------------------------------------------------------------------


def _docx(data: bytes) -> tuple[str, str, list[str]]:
    import mammoth
    from lxml import html

    packed = io.BytesIO(_clean(data))
    pictures = 0

    def no_picture(_: Any) -> list[Any]:
        nonlocal pictures
        pictures += 1
        return []

    try:
        made = mammoth.convert_to_html(
            packed, convert_image=no_picture, include_embedded_style_map=False, external_file_access=False
        )
        tree = html.fragment_fromstring(made.value, create_parent="div")
    except MemoryError:
        raise
    except Exception as error:  # a damaged file may fail anywhere in the library
        raise Wrong("This Word file is damaged.", _AGAIN) from error
    bare = not tree.xpath(".//h1|.//h2|.//h3|.//h4|.//h5|.//h6")
    notes = ["Its pictures were left out: the chat quotes text only."] if pictures else []
    if bare and tree.xpath("./p[strong]"):
        notes.append("It had no headings. Lines all in bold were taken for headings: please check them.")
    text = "\n\n".join(_blocks(tree, bare))
    return "", text, notes


def _clean(data: bytes) -> bytes:
    """The .docx with nothing in it but the parts that hold text, each unpacked within limits and free of declarations."""
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
        entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        raise Wrong("This is no Word document (.docx), or it is damaged.", _AGAIN) from error
    names = {entry.filename for entry in entries}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Wrong(
            "It holds macros, which are small programs.", "Save it in Word as a plain Word document (.docx), without macros."
        )
    if "word/document.xml" not in names or len(entries) > MOST_PARTS:
        raise Wrong("This is no Word document (.docx).", _AGAIN)
    out, left = io.BytesIO(), MOST_PART
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as kept:
        for name in sorted(name for name in names if _NEEDED.fullmatch(name)):
            part = _unpacked(packed, name, left)
            left -= len(part)
            _without_declarations(part)
            kept.writestr(name, part)
    return out.getvalue()


def _unpacked(packed: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        with packed.open(name) as part:
            data = part.read(most + 1)
    except MemoryError:
        raise
    except Exception as error:  # a wrong check sum, a password, an unknown packing
        raise Wrong("This Word file is damaged, or has a password.", _AGAIN) from error
    if len(data) > most:
        raise Wrong("It unpacks to far more than a text.", "Open the file, copy its text, and paste it here.")
    return data


def _without_declarations(part: bytes) -> None:
    """Word never declares entities: a file that does wants something else."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise Wrong("It holds declarations that no Word document has.", "Do not use this file. Ask whoever sent it for the text.")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise Wrong("This Word file is damaged.", _AGAIN) from error


def _blocks(parent: Any, bare: bool) -> Iterator[str]:
    """The blocks of mammoth's HTML as Markdown."""
    for node in parent:
        tag = node.tag if isinstance(node.tag, str) else ""
        if re.fullmatch(r"h[1-6]", tag) and _words(node):
            yield f"{'#' * int(tag[1])} {_words(node)}"
        elif tag == "p" and _words(node):
            yield f"## {_words(node)}" if bare and _is_heading(node) else _words(node)
        elif tag in ("ul", "ol"):
            yield "\n".join(_items(node, ""))
        elif tag == "table":
            yield from (_row(row) for row in node.iter("tr") if _row(row))
        elif tag in ("div", "blockquote", "section"):
            yield from _blocks(node, bare)


def _is_heading(node: Any) -> bool:
    """Whether a paragraph is a short line all in bold."""
    bold = "".join("".join(strong.itertext()) for strong in node.findall("strong"))
    words = _words(node)
    return bool(words) and bold.split() == words.split() and len(words) <= 90 and words[-1] not in ".,;"


def _items(node: Any, indent: str) -> Iterator[str]:
    for number, item in enumerate(node.findall("li"), 1):
        mark = f"{number}. " if node.tag == "ol" else "- "
        own = " ".join(
            [item.text or "", *(_words(child) + " " + (child.tail or "") for child in item if child.tag not in ("ul", "ol"))]
        )
        yield f"{indent}{mark}{' '.join(own.split())}"
        for inner in (child for child in item if child.tag in ("ul", "ol")):
            yield from _items(inner, indent + " " * len(mark))


def _row(row: Any) -> str:
    return ": ".join(filter(None, (_words(cell) for cell in row.iter("td", "th"))))


def _words(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())


# --- web pages and plain text -----------------------------------------------------------------------------------------


def _html(data: bytes) -> tuple[str, str, list[str]]:
    import trafilatura

    page, notes = _decoded(data)
    try:
        text = trafilatura.extract(
            page, output_format="markdown", include_formatting=True, include_links=False, include_images=False,
            include_tables=True, include_comments=False, favor_recall=True,
        )  # fmt: skip
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # a broken page may fail anywhere in the library
        raise Wrong("This page could not be read.", "Open it in a browser, copy its text, and paste it here.") from error
    if not text:
        raise Wrong("No article was found in this page.", "Open it in a browser, copy the text, and paste it here.")
    found = re.search(r"<title[^>]*>(.*?)</title>", page[:200_000], re.IGNORECASE | re.DOTALL)
    title = _unescaped(found[1]) if found else ""
    notes.append("Menus, pictures and links of the page were left out: please check that nothing else is missing.")
    return re.split(r"\s[|–—·-]\s", title.strip())[0], text, notes


def _unescaped(text: str) -> str:
    import html

    return html.unescape(re.sub(r"<[^>]*>", "", text))


def _txt(data: bytes) -> tuple[str, str, list[str]]:
    text, notes = _decoded(data)
    if re.search(r"^#{1,6} ", text, re.MULTILINE):
        return "", text, notes  # it is Markdown already
    return "", "\n\n".join(_paragraphs(text.replace("\r\n", "\n").replace("\r", "\n"))), notes


def _paragraphs(text: str) -> Iterator[str]:
    """Plain text as Markdown: a short line alone without a full stop is a heading, lines with marks are a list."""
    for chunk in re.split(r"\n\s*\n", text):
        lines = [" ".join(line.split()) for line in chunk.split("\n") if line.strip()]
        if lines and len(lines) > 1 and _short(lines[0]) and not _MARK.match(lines[0]) and not _short(lines[1]):
            yield f"## {lines.pop(0)}"
        run: list[str] = []
        for line in lines:
            if run and _MARK.match(line) and not _MARK.match(run[-1]):
                yield " ".join(run)
                run = []
            run.append(line)
        if run and _MARK.match(run[0]):
            yield "\n".join(_MARK.sub(lambda mark: f"{mark[1]}. " if mark[1] else "- ", line, count=1) for line in run)
        elif len(run) == 1 and _short(run[0]):
            yield f"## {run[0]}"
        elif run:
            yield " ".join(run)


_MARK = re.compile(r"(?:[•*–·-]|(\d+)[.)])\s+")


def _short(line: str) -> bool:
    return len(line) <= 90 and line[-1] not in ".!:;," and bool(re.search(r"\w", line))


def _decoded(data: bytes) -> tuple[str, list[str]]:
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, errors="replace"), []
    if b"\0" in data[:100_000]:
        raise Wrong("This is no text.", "Choose a Word document (.docx), a saved web page (.html) or a text file (.txt).")
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    best = from_bytes(data[:1_000_000], cp_isolation=["cp1252", "iso8859_15", "mac_roman", "cp850"]).best()
    name = best.encoding if best else "cp1252"
    note = f"It was saved in an older way ({name}): please check letters such as é, ñ and quotation marks."
    return data.decode(name, errors="replace"), [note]


def main() -> int:
    """Reads standard input, writes what was found, or why not."""
    kind = sys.argv[1]
    limit()
    try:
        out: dict[str, Any] = read(kind, sys.stdin.buffer.read(MOST_IN + 1))
    except Wrong as wrong:
        out = {"wrong": str(wrong), "todo": wrong.todo}
    except (MemoryError, RecursionError):
        out = {"wrong": "It is built in a way that takes far too much to read.", "todo": "Copy its text, and paste it here."}
    sys.stdout.write(json.dumps(out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
