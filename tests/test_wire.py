"""Frames: bad input gets a clear error in plain words, and nothing of it comes back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web import wire

ASK = {"type": "ask", "id": "a1", "text": "is it safe?"}


def _error(data: str | bytes) -> wire.Bad:
    with pytest.raises(wire.Bad) as caught:
        wire.parse(data)
    return caught.value


def test_an_ask_keeps_its_fields() -> None:
    assert wire.parse(json.dumps({**ASK, "state": "s", "extra": 1})) == {**ASK, "state": "s"}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("nonsense", "bad_frame"), ("[]", "bad_frame"), ("{}", "bad_frame"), ('{"type": 5}', "bad_frame"),
        ('{"type": "shutdown"}', "bad_frame"), (b"\x00\x01", "bad_frame"), ('{"type":"ask","id":"a","text":5}', "bad_field"),
        ('{"type":"ask","id":"a"}', "bad_field"), ('{"type":"ask","id":"a","text":"  "}', "bad_field"),
        ('{"type":"ask","id":"../x","text":"hi"}', "bad_field"), ('{"type":"ask","text":"hi"}', "bad_field"),
        ('{"type":"rate","id":"a","helpful":"yes"}', "bad_field"), ('{"type":"rate","id":"a","helpful":true,"reason":"x"}', "bad_field"),
        (json.dumps({**ASK, "text": "a" * 2001}), "too_long"), (json.dumps({**ASK, "text": "a" * 10_000}), "too_long"),
        ("[" * 3000, "too_deep"), ('{"type":"ask","id":"a","text":' + '{"a":' * 50 + "1" + "}" * 50 + "}", "too_deep"),
    ],
)  # fmt: skip
def test_bad_frames_get_their_code(frame: str | bytes, code: str) -> None:
    assert _error(frame).code == code


def test_an_error_repeats_nothing_that_was_sent() -> None:
    secret = "<script>alert(1)</script>"
    for frame in (secret, json.dumps({"type": secret}), json.dumps({**ASK, "text": 5, "language": secret * 9})):
        assert secret not in wire.dump(wire.error_frame(_error(frame)))


def test_brackets_inside_a_question_are_not_depth() -> None:
    assert wire.parse(json.dumps({**ASK, "text": "[" * 50 + "why"}))["text"].endswith("why")


def test_lone_surrogates_and_control_characters_are_cleaned() -> None:
    assert wire.parse('{"type":"ask","id":"a","text":"is\\ud800 it\\u0000 safe"}')["text"] == "is? it  safe"


@given(st.text() | st.binary())
def test_parsing_raises_nothing_but_its_own_error(data: str | bytes) -> None:
    try:
        wire.parse(data)
    except wire.Bad as bad:
        assert bad.message


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(st.dictionaries(st.sampled_from(["type", "id", "text", "state", "language", "helpful", "name", "consent"]), JSON))
def test_any_object_is_taken_or_refused(frame: dict[str, object]) -> None:
    try:
        assert wire.checked(frame)["type"] in wire.FIELDS
    except wire.Bad as bad:
        assert bad.code in ("bad_frame", "bad_field", "too_long")
