"""The documentation is held to the code: commands, kinds, frames, error codes, settings."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from bot.__main__ import _parser
from bot.types import ActionKind, Kind
from tests.knowledge_folder import ROOT
from web.settings import NAMES
from web.wire import Code

PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", [*get_args(Kind), *get_args(ActionKind), *get_args(Code)])
def test_the_protocol_names_every_kind_action_and_error(word: str) -> None:
    assert f"`{word}`" in PROTOCOL


def test_the_protocol_names_every_command_but_those_for_development() -> None:
    actions = next(a for a in _parser()._actions if a.choices)
    assert actions.choices is not None
    missing = [name for name in actions.choices if not re.search(rf"^- `{name}\b", PROTOCOL, re.MULTILINE)]
    assert missing == []


@pytest.mark.parametrize("name", [name for name, _, _ in NAMES])
def test_every_setting_is_explained(name: str) -> None:
    assert f"| `{name}` |" in README
    assert f"`{name}`" in PROTOCOL


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^ +make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_stays_short_and_its_files_exist() -> None:
    assert len(README.splitlines()) <= 120
    for path in re.findall(r"(?:docs|knowledge|bench)/[\w/.-]+\.(?:md|png)", README):
        assert (ROOT / path).exists(), path
