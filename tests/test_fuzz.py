"""What fuzzing once found, and a little of it in every run: no bytes break a target."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

FOUND = sorted((Path(__file__).parent / "fuzz" / "found").glob("*-*"))
ODD = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b'{"type":"ask","id":"a","text":"\\ud800"}',
    "٣ naïve ﬁ ½ 🙂".encode(),
    b"---\n- \n# \n",
    b"{a}/b_?~*",
]


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found_is_mended(path: Path) -> None:
    TARGETS[path.name.partition("-")[0]](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("data", ODD)
def test_odd_bytes_break_nothing(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None)
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_break_nothing(name: str, data: bytes) -> None:
    TARGETS[name](data)
