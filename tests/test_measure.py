"""The figures: counted as they say."""

from __future__ import annotations

import pytest

from bot.knowledge import KnowledgeBase
from bot.measure import measure

LINES = [
    {"id": "1", "text": "is dry needling safe?", "labels": ["Is Dry Needling Safe?"], "form": "typo"},
    {"id": "2", "text": "is dry needling safe?", "labels": ["Conclusion"], "form": "typo"},
    {"id": "3", "text": "is dry needling safe?", "labels": ["Conclusion"], "ambiguous": True},
    {"id": "4", "text": "how do i bake bread", "labels": ["unanswerable"]},
    {"id": "5", "text": "how much does it cost", "labels": ["contact"]},
    {"id": "6", "text": "i cant feel my legs and i wet myself", "tier": "T1", "kind": "positive"},
    {"id": "7", "text": "is dry needling safe?", "tier": "T0", "kind": "information"},
]


@pytest.fixture(scope="module")
def figures(kb: KnowledgeBase) -> dict[str, float]:
    return {figure.name: figure.value for figure in measure(kb, LINES)}


def test_half_right_is_a_half_and_what_is_ambiguous_does_not_count(figures: dict[str, float]) -> None:
    assert figures["answered_right"] == figures["answered_right/typo"] == 0.5
    assert figures["wrong_given"] == 0.25


def test_declining_counts_and_both_halves_make_the_whole(figures: dict[str, float]) -> None:
    assert (figures["abstained"], figures["e2e"], figures["contact_right"]) == (1.0, 0.75, 1.0)


def test_safety_lines_are_judged_by_their_tier(figures: dict[str, float]) -> None:
    assert (figures["t1/sensitivity"], figures["t1/precision"], figures["false_alarms/information"]) == (1.0, 1.0, 0.0)


def test_every_quote_of_the_clinics_folder_is_its_own(figures: dict[str, float]) -> None:
    assert figures["faithful"] == 1.0
