"""Who may import whom: modules stand in a line, each knowing only what stands before it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

BOT = [
    "errors", "types", "text", "files", "articles", "clinic", "wording", "lexicon", "slots", "phrasings", "passages", "terms", "asks",
    "committee", "fitting", "results", "classifier", "retriever", "corpus", "language", "decision", "learning", "likeness", "untaught",
    "understanding", "checks",
    "safety_text", "safety_patterns", "safety_wordings", "safety_context", "safety_rules", "safety_net", "safety", "safety_page",
    "privacy_online", "privacy_places", "privacy_dates", "privacy_numbers", "privacy_words", "privacy_cues", "privacy_names",
    "privacy", "knowledge", "tuning",
    "answering", "conversation", "hours", "booking", "suggesting", "emergency", "safety_output", "recall", "assistant",
    "measure", "__main__",
]  # fmt: skip


def _imports(path: Path, package: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == package:
                found |= {f"{package}.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "bot").glob("*.py")), ids=lambda p: p.stem)
def test_a_module_of_bot_knows_only_what_stands_before_it(path: Path) -> None:
    if path.stem == "__init__":
        return
    before = {f"bot.{name}" for name in BOT[: BOT.index(path.stem)]}
    own = {name for name in _imports(path, "bot") if name.startswith("bot")}
    assert own <= before | {"bot"}, f"{path.name} imports {own - before}"


def test_bot_never_hears_of_the_web_nor_of_databases() -> None:
    forbidden = ("web", "flask", "flask_sock", "sqlalchemy", "gunicorn", "simple_websocket", "socket", "http", "requests")
    for path in (ROOT / "bot").glob("*.py"):
        for name in _imports(path, "bot"):
            assert name.split(".")[0] not in forbidden, f"{path.name} imports {name}"


def test_the_knowledge_folder_holds_no_program() -> None:
    assert not [p for p in (ROOT / "knowledge").rglob("*") if p.suffix in (".py", ".js", ".sh", ".so")]
