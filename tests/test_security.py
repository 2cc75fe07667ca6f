"""The threat model holds what it says: every test that it names exists; and the threats that had no test elsewhere."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from bot.asks import asks
from tests.knowledge_folder import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
THREATS = {line.split("|")[1].strip(): line for line in PAGE.splitlines() if re.match(r"\| T\d+ \|", line)}


def test_all_twenty_threats_have_a_test() -> None:
    assert set(THREATS) == {f"T{number}" for number in range(1, 21)}
    assert all("::test_" in line for line in THREATS.values())


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE))
    missing = [f"{path}::{name}" for path, name in named if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")]
    assert named
    assert not missing


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_every_package_is_pinned_with_its_hash(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert packages
    assert all(re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line) for line in packages)


@pytest.mark.parametrize(
    "text", [" " * 40_000 + "x", "\n \t" * 20_000, "but " * 10_000, ", and " * 8_000], ids=["blanks", "lines", "but", "and"]
)
def test_no_text_takes_long_to_cut(text: str) -> None:
    """Twenty times what a visitor can send: with time that grows with the square it would take minutes."""
    began = time.process_time()
    asks(text)
    assert time.process_time() - began < 5
