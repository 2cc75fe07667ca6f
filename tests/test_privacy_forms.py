"""Redaction: what is taken out of a message, what stays, and that it takes no time."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import REMOVED, redact

_ROOT = Path(__file__).parent.parent
_PUBLIC = ("(212) 227-3233", "hello@njrehabexperts.com")
_LABELLED = ("open-pii.jsonl", "train-pii.jsonl")


def _cases() -> list[tuple[str, str]]:
    lines = (_ROOT / "tests" / "cases" / "privacy-forms.md").read_text(encoding="utf-8").splitlines()
    said = [line[2:] for line in lines if line.startswith("> ")]
    kept = [line[2:] for line in lines if line.startswith("= ")]
    return list(zip(said, kept, strict=True))


def _labelled(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (_ROOT / "bench" / "safety" / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("said", "kept"), _cases())
def test_what_is_kept_of_a_message(said: str, kept: str) -> None:
    assert redact(said, _PUBLIC).text == kept


@pytest.mark.parametrize("name", _LABELLED)
def test_nearly_all_labelled_data_are_taken_and_nothing_else(name: str) -> None:
    taken: dict[str, list[bool]] = defaultdict(list)
    for line in _labelled(name):
        text = str(line["text"])
        found = {at for span in redact(text, _PUBLIC).spans for at in range(span.start, span.end)}
        spans = line["spans"]
        assert isinstance(spans, list)
        for span in spans:
            assert text[span["start"] : span["end"]] == span["text"]
            taken[span["type"]].append(all(at in found or text[at] == " " for at in range(span["start"], span["end"])))
        if not line["has_pii"]:
            assert not found, f"{text!r} holds nothing personal"
    short = {kind: sum(hits) / len(hits) for kind, hits in taken.items() if sum(hits) / len(hits) < 0.97}
    assert not short, f"too much of these kinds is left in {name}"


def test_the_clinics_own_phone_and_mail_stay_but_a_visitors_go() -> None:
    assert redact("is 212.227.3233 yours, mail hello@njrehabexperts.com?", _PUBLIC).spans == ()
    assert redact("is 212.227.3233 yours", ()).text == f"is {REMOVED} yours"


def test_pieces_that_touch_leave_one_mark() -> None:
    assert redact("póliza número MX4471829").text == f"póliza número {REMOVED}"


@given(st.text(alphabet=st.sampled_from("aA1 @.,-/'\nñé#(5Maria4111born")))
def test_all_outside_the_spans_is_left_as_it_was(text: str) -> None:
    done = redact(text, _PUBLIC)
    left, at = "", 0
    for span in done.spans:
        assert at <= span.start < span.end <= len(text), "the spans are in order and apart"
        left, at = left + text[at : span.start], span.end
    assert done.text.replace(REMOVED, "") == left + text[at:]


@pytest.mark.parametrize(
    "piece", ["1", "a", "@", " ", "é", "12/", "a.", "a@", "de ", "Maria ", "1 ", "my name is ", "born ", "st "]
)
def test_the_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        times = []
        for _ in range(3):
            start = time.perf_counter()
            redact(text, _PUBLIC)
            times.append(time.perf_counter() - start)
        return min(times)

    short, long = seconds(1000), seconds(10_000)
    assert long < 40 * max(short, 0.0005), "ten times the text may take some ten times the time"


@pytest.mark.parametrize(
    "text",
    [
        "dob june the 3rd, seventy-one",
        "birthday: 14th march eighty two",
        "born march of 1979 the 3rd",
        "nací el 3 de mayo de ochenta y dos",
    ],
)
def test_a_birth_date_is_found_with_its_year_in_words_or_its_day_last(text: str) -> None:
    assert not set(redact(text, ()).text.split()) & {"3rd", "june", "seventy-one", "14th", "march", "two", "1979", "mayo", "dos"}
