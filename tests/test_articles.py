"""Articles: what is read from a file, what becomes a unit, and what is left out with a reason."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.articles import load_article, sentences, slug
from bot.types import Article, Problem
from tests.knowledge_folder import KNOWLEDGE

ARTICLE = KNOWLEDGE / "dry-needling-neck-back-pain.md"


def _article(tmp_path: Path, text: str, name: str = "a.md") -> Article | Problem:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_article(path, tmp_path)


def _words(text: str) -> list[str]:
    body = text.split("---\n", 2)[2]
    return re.findall(r"[A-Za-z0-9’]+", re.sub(r"(?m)^\d\. ", "", body))


def test_the_clinics_article_stands_word_for_word() -> None:
    """The digest is that of the article as the client supplied it, list numbers and spacing aside."""
    found = hashlib.sha256(" ".join(_words(ARTICLE.read_text(encoding="utf-8"))).encode()).hexdigest()
    assert found == "329209386f57cef2fbb3d9ab9dc7a509d5cef4bbd17ef4f40d30c15a922d1169"


def test_the_article_has_its_nine_sections() -> None:
    article = load_article(ARTICLE, KNOWLEDGE)
    assert isinstance(article, Article)
    assert [s.heading for s in article.sections] == [
        "What Is Dry Needling?",
        "Why Neck and Back Pain Are So Common",
        "How Dry Needling Helps Neck and Back Pain",
        "Benefits of Dry Needling for Neck Pain",
        "Benefits of Dry Needling for Back Pain",
        "Is Dry Needling Safe?",
        "What to Expect During a Session",
        "Combining Dry Needling with Physical Therapy",
        "Conclusion",
    ]
    assert article.reviewed == "2025-09-25"


def test_contact_lines_introduction_and_captions_are_never_units() -> None:
    article = load_article(ARTICLE, KNOWLEDGE)
    assert isinstance(article, Article)
    text = "\n".join(unit.text for section in article.sections for unit in section.units)
    for piece in ("227-3233", "Back to Blog", "most common complaints", "Improved range of motion in neck after"):
        assert piece not in text


def test_a_list_is_one_unit_with_its_lead_in(tmp_path: Path) -> None:
    article = _article(tmp_path, "# T\n\n## H\n\nIt is fine. It is not for:\n\n- Cats\n- Dogs\n")
    assert isinstance(article, Article)
    assert [u.text for u in article.sections[0].units] == ["It is fine.", "It is not for:\n• Cats\n• Dogs"]


def test_items_that_carry_a_paragraph_on_are_sentences(tmp_path: Path) -> None:
    article = _article(tmp_path, "# T\n\n## H\n\nOne thing.\n\n- It does this.\n- It does that.\n")
    assert isinstance(article, Article)
    assert [u.kind for u in article.sections[0].units] == ["sentence"] * 3


def test_plain_text_is_cut_at_its_headings(tmp_path: Path) -> None:
    text = "Cupping\n\nWhat is it?\n\nCups on the skin. They pull.\n\nIt helps with:\n\n  • Knots\n\n  • Stress\n"
    article = _article(tmp_path, text, "a.txt")
    assert isinstance(article, Article)
    assert article.title == "Cupping"
    assert [u.text for u in article.sections[0].units] == ["Cups on the skin.", "They pull.", "It helps with:\n• Knots\n• Stress"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no heading at all", "no title"),
        ("# Only a title\n", "no text"),
        ("---\ndate: soon\n---\n# T\n\n## H\n\nA.\n", "date"),
    ],
)
def test_an_article_that_lacks_something_says_what(tmp_path: Path, text: str, words: str) -> None:
    found = _article(tmp_path, text)
    assert isinstance(found, Problem)
    assert words in found.wrong


def test_a_short_note_needs_no_headings_but_its_title(tmp_path: Path) -> None:
    article = _article(tmp_path, "# Parking\n\nParking is free behind the building.\n")
    assert isinstance(article, Article)
    assert [(s.heading, [u.text for u in s.units]) for s in article.sections] == [
        ("Parking", ["Parking is free behind the building."])
    ]


def test_a_binary_a_wrong_encoding_and_a_large_file_are_left_out(tmp_path: Path) -> None:
    for name, data, words in (
        ("a.md", b"# T\0\n", "not a text file"),
        ("b.md", "# Título".encode("latin-1"), "UTF-8"),
        ("c.md", b"# T\n" + b"x" * 2_000_000, "too large"),
    ):
        (tmp_path / name).write_bytes(data)
        found = load_article(tmp_path / name, tmp_path)
        assert isinstance(found, Problem)
        assert words in found.wrong


def test_a_pipe_a_folder_and_a_link_out_of_the_folder_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("# Secret\n\n## H\n\nA.\n", encoding="utf-8")
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "nowhere.md").symlink_to(tmp_path / "missing.md")
    for name in ("pipe.md", "folder.md", "link.md", "nowhere.md"):
        assert isinstance(load_article(folder / name, folder), Problem)


@given(st.text(max_size=400))
def test_sentences_keep_every_letter(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(st.text())
def test_a_slug_is_fit_for_an_address(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=600))
def test_reading_an_article_never_raises(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("k")
    for name in ("a.md", "a.txt"):
        (folder / name).write_text(text, encoding="utf-8")
        assert isinstance(load_article(folder / name, folder), (Article, Problem))
