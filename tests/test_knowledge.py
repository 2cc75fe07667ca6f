"""Live reload: what changes in the folder is answered from, what is broken is left out and named, nothing crashes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.assistant import finish, reply
from bot.errors import KnowledgeError
from bot.knowledge import MOST_UNREST, KnowledgeBase, Library, fingerprint, load
from bot.types import State
from tests.knowledge_folder import CACHE, KNOWLEDGE, small_folder

KNEES = "# Knees\n\n## Does needling help knee pain?\n\nIt can calm the muscles around the knee.\n"
HIPS = "# Hips\n\n## Does needling help hip pain?\n\nIt can calm the muscles around the hip.\n"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(small_folder(tmp_path, knees=KNEES), CACHE, finish)
    yield made
    made.stop()


def _quotes(library: Library, question: str) -> list[str]:
    return [q.text for q in reply(library.current, question, State(), None, False).quotes]


def test_an_added_article_answers(library: Library) -> None:
    (library.folder / "hips.md").write_text(HIPS, encoding="utf-8")
    assert library.refresh()
    assert _quotes(library, "does needling help hip pain") == ["It can calm the muscles around the hip."]


def test_a_changed_article_answers_with_its_new_words(library: Library) -> None:
    (library.folder / "knees.md").write_text(KNEES.replace("calm", "ease"), encoding="utf-8")
    assert library.refresh()
    assert _quotes(library, "does needling help knee pain") == ["It can ease the muscles around the knee."]


def test_a_deleted_article_is_gone_at_once(library: Library) -> None:
    (library.folder / "knees.md").unlink()
    assert library.refresh()
    assert not _quotes(library, "does needling help knee pain")
    assert library.current.passages == ()


def test_the_watcher_sees_an_edit_by_itself(library: Library) -> None:
    library.start()
    (library.folder / "hips.md").write_text(HIPS, encoding="utf-8")
    end = time.monotonic() + 30
    while len(library.current.articles) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(library.current.articles) == 2


def test_a_folder_that_is_being_copied_is_read_once_it_rests(library: Library) -> None:
    (library.folder / "hips.md").write_text(HIPS[:20], encoding="utf-8")
    assert not library.look()
    (library.folder / "hips.md").write_text(HIPS, encoding="utf-8")
    assert not library.look()
    assert library.look()
    assert _quotes(library, "does needling help hip pain")


def test_a_folder_that_never_rests_is_read_all_the_same(library: Library) -> None:
    went_live = []
    for number in range(MOST_UNREST):
        (library.folder / "hips.md").write_text(HIPS + "\n" * number, encoding="utf-8")
        went_live.append(library.look())
    assert went_live == [*[False] * (MOST_UNREST - 1), True]


def test_what_is_changed_while_it_is_read_is_read_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files are published; the reading has passed the first one already."""
    (library.folder / "hips.md").write_text(HIPS, encoding="utf-8")
    live: list[tuple[str, ...]] = []

    def late(*given: Any) -> KnowledgeBase:
        made = load(*given)
        if not live:
            (library.folder / "hips.md").write_text(HIPS.replace("calm", "ease"), encoding="utf-8")
            (library.folder / "knees.md").write_text(KNEES.replace("calm", "ease"), encoding="utf-8")
        live.append(tuple(article.slug for article in made.articles))
        return made

    monkeypatch.setattr("bot.knowledge.load", late)
    assert library.refresh() and len(live) == 2
    assert "ease" in _quotes(library, "does needling help hip pain")[0]
    assert library.current.version == fingerprint(library.folder)


def test_broken_files_are_named_and_everything_else_goes_on(library: Library) -> None:
    folder = library.folder
    (folder / "binary.md").write_bytes(b"\x00\x01\x02")
    (folder / "latin.md").write_bytes("# Título\n".encode("latin-1"))
    (folder / "huge.md").write_bytes(b"# x\n" * 13_000_000)
    (folder / "folder.md").mkdir()
    os.mkfifo(folder / "pipe.md")
    (folder / "link.md").symlink_to("/etc/passwd")
    (folder / "torn.md").write_text("---\ntitle: T", encoding="utf-8")
    (folder / "clinic.toml").write_text('name = "A', encoding="utf-8")
    assert library.refresh()
    named = {problem.file for problem in library.current.problems}
    assert {"binary.md", "latin.md", "huge.md", "folder.md", "pipe.md", "link.md", "torn.md", "clinic.toml"} <= named
    assert _quotes(library, "does needling help knee pain")


def test_an_edit_that_breaks_an_answer_test_does_not_go_live(library: Library) -> None:
    (library.folder / "checks.md").write_text(
        "- does needling help knee pain -> Does needling help knee pain?\n", encoding="utf-8"
    )
    assert library.refresh()
    before = library.current
    text = KNEES + "\n## Something else\n\nDoes needling help knee pain? Ask elsewhere.\n"
    broken = (library.folder / "checks.md").read_text() + "- what is the price -> Something else\n"
    (library.folder / "knees.md").write_text(text, encoding="utf-8")
    (library.folder / "checks.md").write_text(broken, encoding="utf-8")
    assert not library.refresh()
    assert library.current is before
    assert library.held_back[0].file == "checks.md"


def test_a_test_for_a_section_that_was_taken_out_holds_nothing_back(library: Library) -> None:
    (library.folder / "checks.md").write_text(
        "- does needling help knee pain -> Does needling help knee pain?\n", encoding="utf-8"
    )
    (library.folder / "knees.md").unlink()
    (library.folder / "hips.md").write_text(HIPS, encoding="utf-8")
    assert library.refresh()
    assert [a.slug for a in library.current.articles] == ["hips"]


def test_a_folder_that_vanishes_leaves_the_last_version(library: Library) -> None:
    shutil.rmtree(library.folder)
    assert not library.refresh()
    assert library.held_back
    assert _quotes(library, "does needling help knee pain")


def test_a_folder_that_never_was_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="KNOWLEDGE_DIR"):
        load(tmp_path / "nowhere")


def test_the_clinics_own_folder_has_no_problem_and_passes_its_tests() -> None:
    kb = finish(load(KNOWLEDGE, CACHE))
    assert kb.problems == ()
    assert [o.problem().wrong for o in kb.outcomes if not o.passed and o.check.must] == []
    assert len(kb.outcomes) >= 60


def test_writing_about_what_was_not_covered_holds_nothing_back(library: Library) -> None:
    (library.folder / "checks.md").write_text("- where can I park -> no answer\n", encoding="utf-8")
    assert library.refresh()
    parking = "---\ndate: 2026-01-02\n---\n# Visiting us\n\n## Where can I park?\n\nFree parking is behind the building.\n"
    (library.folder / "visit.md").write_text(parking, encoding="utf-8")
    assert library.refresh()
    assert library.held_back == ()
    assert _quotes(library, "where can I park") == ["Free parking is behind the building."]
