"""Knowledge folders for tests: the clinic's own one, and small ones made up for a story."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path

from bot.assistant import finish
from bot.knowledge import KnowledgeBase, load

ROOT = Path(__file__).resolve().parent.parent
KNOWLEDGE = ROOT / "knowledge"
CACHE = ROOT / ".pytest_cache" / "fitted"


@lru_cache(maxsize=1)
def clinic() -> KnowledgeBase:
    """The snapshot of the clinic's real folder, loaded once for all tests."""
    return finish(load(KNOWLEDGE, CACHE))


def give_fit(data: Path) -> None:
    """Lets a data folder begin with the fit that the tests have; where there is none, the environment holds it."""
    if CACHE.exists():
        shutil.copytree(CACHE, data / "fitted", dirs_exist_ok=True)


def small_folder(tmp_path: Path, **articles: str) -> Path:
    """A folder with the real word lists, wording and rules, and only the given articles (name without ending -> text)."""
    folder = tmp_path / "knowledge"
    folder.mkdir()
    for name in ("words.toml", "wording.toml", "clinic.toml"):
        shutil.copy(KNOWLEDGE / name, folder / name)
    shutil.copytree(KNOWLEDGE / "safety", folder / "safety")
    for name, text in articles.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def copied(folder: Path) -> Path:
    """The clinic's real folder once more, to be changed."""
    return Path(shutil.copytree(KNOWLEDGE, folder / "knowledge"))
