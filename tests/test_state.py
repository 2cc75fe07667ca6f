"""The signed state: it comes back as it was; anything wrong with it starts a new conversation."""

from __future__ import annotations

import pytest

from bot.types import State
from web.state import MAX_BYTES, seal, signer, unseal

KEY = signer("k" * 32)
STATE = State(language="es", topic="a#b", group="safe", pinned="medical", declined=True, offered=("a", "b"), seen=("x",), turns=7)


def test_a_state_comes_back_as_it_was() -> None:
    assert unseal(KEY, seal(KEY, STATE)) == STATE


@pytest.mark.parametrize("text", [None, "", "garbage", "a.b.c", "x" * 3000])
def test_what_is_no_state_starts_a_new_conversation(text: str | None) -> None:
    assert unseal(KEY, text) == State()


def test_a_forged_state_starts_a_new_conversation() -> None:
    sealed = seal(KEY, STATE)
    at = len(sealed) // 3
    forged = sealed[:at] + ("B" if sealed[at] != "B" else "A") + sealed[at + 1 :]
    assert unseal(KEY, forged) == State()


def test_a_state_of_another_installation_is_not_believed() -> None:
    assert unseal(signer("o" * 32), seal(KEY, STATE)) == State()


def test_a_state_never_passes_its_size() -> None:
    huge = State(language="en", pinned="medical", offered=tuple(f"{n:0400x}" for n in range(12)), topic="t" * 900)
    sealed = seal(KEY, huge)
    assert len(sealed) <= MAX_BYTES
    assert unseal(KEY, sealed).pinned in ("medical", "")
