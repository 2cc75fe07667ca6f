"""Importing an article: what comes out of good files, and that a bad one is told in clear words and harms nothing."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from bot.types import Article, Problem
from web.staff.article_text import parsed, split, with_facts
from web.staff.importing import Imported, free_path, imported, pasted

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"""
NUMBERING = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"""


def paragraph(text: str, style: str = "", bold: bool = False, listed: bool = False) -> str:
    inside = f'<w:pStyle w:val="{style}"/>' if style else ""
    inside += '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' if listed else ""
    run = f'<w:r>{"<w:rPr><w:b/></w:rPr>" if bold else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'
    return f"<w:p><w:pPr>{inside}</w:pPr>{run}</w:p>"


def docx(*paragraphs: str, head: str = "", **parts: bytes | str) -> bytes:
    """A Word document of paragraphs; other parts by name, "/" written as "__"."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", TYPES)
        packed.writestr("_rels/.rels", RELS)
        packed.writestr(
            "word/_rels/document.xml.rels",
            RELS.replace("word/document.xml", "numbering.xml").replace('officeDocument"', 'numbering"'),
        )
        packed.writestr("word/numbering.xml", NUMBERING)
        packed.writestr(
            "word/document.xml", f'<?xml version="1.0"?>{head}<w:document {W}><w:body>{"".join(paragraphs)}</w:body></w:document>'
        )
        for name, data in parts.items():
            packed.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return out.getvalue()


def good(name: str, data: bytes) -> Imported:
    found = imported(name, data, {})
    assert isinstance(found, Imported), found
    return found


def bad(name: str, data: bytes) -> Problem:
    found = imported(name, data, {})
    assert isinstance(found, Problem), found
    return found


def test_a_word_document_becomes_an_article_with_its_headings_and_lists() -> None:
    found = good("Parking.docx", docx(
        paragraph("Coming to us", "Heading1"), paragraph("Where can I park?", "Heading2"), paragraph("In the yard. It is free."),
        paragraph("By bus", "Heading2"), paragraph("Take one of:"), paragraph("Bus 12", listed=True), paragraph("Bus 14 &amp; 15", listed=True),
    ))  # fmt: skip
    assert found.path == "coming-to-us.md" and found.notes == ()
    article = parsed(found.path, found.text)
    assert isinstance(article, Article) and article.title == "Coming to us"
    assert [s.heading for s in article.sections] == ["Where can I park?", "By bus"]
    assert article.sections[1].units[0].items == ("Bus 12", "Bus 14 & 15")


def test_bold_lines_of_a_word_document_without_headings_are_taken_for_headings() -> None:
    found = good(
        "a.docx",
        docx(
            paragraph("Where can I park?", bold=True),
            paragraph("In the yard."),
            paragraph("By bus", bold=True),
            paragraph("Take bus 12."),
        ),
    )
    assert "## By bus" in found.text and any("taken for headings" in note for note in found.notes)


def test_a_saved_web_page_becomes_an_article_without_its_menus() -> None:
    page = """<html><head><title>Parking &amp; bus | Our clinic</title><script>var x = "## no"</script></head><body><nav><a href="/">Home</a><a href="/x">Prices</a></nav>
    <article><h1>Parking &amp; bus</h1><p>You can reach us in many ways, and all of them are easy to find for everybody.</p><h2>By bus</h2>
    <p>Take bus 12 to the Market Square.</p><ul><li>One stop</li><li>Two stops</li></ul></article><footer>Copyright 2020</footer></body></html>"""
    found = good("page.html", page.encode())
    article = parsed(found.path, found.text)
    assert isinstance(article, Article) and article.title == "Parking & bus"
    assert [s.heading for s in article.sections] == ["By bus"]
    assert "Prices" not in found.text and "Copyright" not in found.text and "var x" not in found.text


def test_pasted_text_gets_headings_from_its_short_lines() -> None:
    found = pasted(
        "Coming to us\n\nWhere can I park?\nIn the yard. It is free.\n\nWhat to bring\n\n• Your card\n• Loose clothes\n",
        {"coming-to-us.md": 1},
    )
    assert isinstance(found, Imported) and found.path == "coming-to-us-2.md"
    article = parsed(found.path, found.text)
    assert isinstance(article, Article)
    assert [s.heading for s in article.sections] == ["Where can I park?", "What to bring"]


def test_an_article_without_headings_is_taken_with_a_word_about_it() -> None:
    found = pasted("We treat people with care. Our house is old. Come in by the yard.", {})
    assert isinstance(found, Imported) and any("no headings" in note for note in found.notes)
    assert isinstance(parsed(found.path, found.text), Article)


def test_a_spanish_text_is_told_from_an_english_one() -> None:
    found = pasted(
        "Cómo llegar\n\nPuede dejar el coche en el patio. Para los que vienen con el tren, la estación está cerca.", {}
    )
    assert isinstance(found, Imported) and split(found.text)[0].get("language") == "es"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig", "mac_roman"])
def test_text_in_another_encoding_is_read_right(encoding: str) -> None:
    text = "Cómo llegar a la clínica\n\nPuede dejar el coche en el patio. Mañana también está abierto según el señor Núñez, el dueño.\n"
    found = good("a.txt", text.encode(encoding))
    assert "Mañana también está abierto según el señor Núñez" in found.text and found.path == "como-llegar-a-la-clinica.md"
    assert any("saved in an older way" in note for note in found.notes) == (encoding in ("cp1252", "mac_roman"))


# --- bad files --------------------------------------------------------------------------------------------------------


def test_a_zip_bomb_is_stopped_in_time() -> None:
    began = time.monotonic()
    bomb = docx(paragraph("x"), word__styles_dot_xml=b"<a>" + b" " * 400_000_000 + b"</a>")
    assert len(bomb) < 1_000_000
    assert "unpacks to far more" in bad("bomb.docx", bomb).wrong
    assert time.monotonic() - began < 30


def test_a_document_of_a_million_nested_elements_is_stopped() -> None:
    deep = docx("<w:tbl><w:tr><w:tc>" * 60_000 + "x" + "</w:tc></w:tr></w:tbl>" * 60_000)
    todo = bad("deep.docx", deep).todo
    assert "Copy its text" in todo or "save it again" in todo


@pytest.mark.parametrize("head", [
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd">',
])  # fmt: skip
def test_entities_are_refused_and_nothing_is_fetched(head: str) -> None:
    found = bad("xxe.docx", docx(paragraph("&e;" if "ENTITY e" in head else "x"), head=head))
    assert "declarations" in found.wrong and "root:" not in found.wrong


def test_macros_are_refused() -> None:
    assert "macros" in bad("m.docx", docx(paragraph("x"), word__vbaProject_dot_bin=b"\xd0\xcf")).wrong
    assert "cannot be read" in bad("m.docm", b"PK").wrong


@pytest.mark.parametrize(("name", "data", "words"), [
    ("old.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Word file"),
    ("a.docx", b"%PDF-1.7 ...", "PDF"),
    ("a.docx", b"PK\x03\x04 not really", "no Word document"),
    ("a.docx", docx(paragraph("x"))[:-200], "no Word document"),
    ("a.txt", b"\0\1\2\3" * 100, "no text"),
    ("a.txt", b"  \n ", "empty"),
    ("a.html", b"<html><body></body></html>", "No article"),
    ("virus.exe", b"MZ", "cannot be read"),
    ("../../etc/passwd", b"x", "cannot be read"),
    ("a.docx", docx(paragraph(" ")), "No text"),
])  # fmt: skip
def test_what_is_no_article_is_told_in_clear_words(name: str, data: bytes, words: str) -> None:
    found = bad(name, data)
    assert words in found.wrong and found.todo


def test_fifty_megabytes_of_html_are_refused_at_once() -> None:
    began = time.monotonic()
    assert "larger than" in bad("big.html", b"<p>word</p>" * 4_600_000).wrong
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("page", ["<div>" * 400_000 + "x", "<p>" + "word " * 900_000, "<table>" * 50_000 + "<td>" * 50_000])
def test_a_page_that_takes_too_much_to_read_ends_in_time(page: str) -> None:
    began = time.monotonic()
    found = imported("big.html", page.encode()[:4_900_000], {})
    assert isinstance(found, Problem) and found.todo
    assert time.monotonic() - began < 45


def test_scripts_and_pictures_do_not_come_along() -> None:
    page = "<article><h1>Title here</h1>" + "<p>Some words that are long enough to be a text of their own.</p>" * 3
    page += '<p onclick="alert(1)">Click <img src="x" onerror="alert(2)"> <a href="javascript:alert(3)">here</a> and read on for more.</p></article>'
    found = good("a.html", page.encode())
    assert "alert" not in found.text and "javascript" not in found.text


# --- the article's file -----------------------------------------------------------------------------------------------


def test_facts_change_without_touching_what_the_desk_does_not_know() -> None:
    text = "---\ntitle: Old\nfoo: bar\nreviewed: 2024-01-01\n---\n\n# Old\n\nText.\n"
    new = with_facts(text, title='New: "a" title', reviewed="2026-02-03", reviewer="Dr. Lee", source="")
    assert new == '---\ntitle: "New: \\"a\\" title"\nfoo: bar\nreviewed: 2026-02-03\nreviewer: Dr. Lee\n---\n\n# Old\n\nText.\n'
    assert split(new)[0].get("title") == 'New: "a" title'
    assert with_facts(new, reviewer="Dr. Lee") == new
    assert with_facts("# Only text\n\nHere.\n", reviewer="Ann").startswith("---\nreviewer: Ann\n---\n\n# Only text")


def test_file_names_are_free_and_plain() -> None:
    assert free_path("¿Duele? ../../x", {}) == "duele-x.md"
    assert free_path("Checks", {"CHECKS-2.txt": ""}) == "checks-3.md"
