"""What is remembered of questions that were asked before, and what never is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.assistant import Assistant, turn
from bot.knowledge import KnowledgeBase
from bot.recall import MOST, Recall
from bot.types import State, Turn


def counted(kb: KnowledgeBase, text: str, calls: list[str]) -> Callable[[], Turn]:
    """What makes a turn and counts that it did."""

    def make() -> Turn:
        calls.append(text)
        return turn(kb, text, State(), None, True)

    return make


def test_a_question_asked_twice_is_worked_out_once(kb: KnowledgeBase) -> None:
    recall, calls = Recall(), []
    first, again = (recall.turn(kb, "is it safe?", (), counted(kb, "is it safe?", calls)) for _ in range(2))
    assert first is again
    assert len(calls) == 1


@pytest.mark.parametrize(
    "text",
    ["i want to die", "my name is Zbigniew Kowal, is it safe?", "is it safe for zbigniew?"],
)
def test_no_emergency_and_nothing_of_a_person_is_remembered(kb: KnowledgeBase, text: str) -> None:
    recall, calls = Recall(), []
    for _ in range(2):
        recall.turn(kb, text, (), counted(kb, text, calls))
    assert len(calls) == 2
    assert not turn(kb, text, State(), None, True).familiar


def test_other_circumstances_and_a_new_snapshot_are_asked_anew(kb: KnowledgeBase) -> None:
    recall, calls = Recall(), []
    for snapshot, circumstances in ((kb, 1), (kb, 2), (replace(kb, version="newer"), 2)):
        recall.turn(snapshot, "is it safe?", circumstances, counted(snapshot, "is it safe?", calls))
    assert len(calls) == 3


def test_what_a_snapshot_said_goes_with_it(kb: KnowledgeBase) -> None:
    recall, calls = Recall(), []
    older = replace(kb, version="older")
    recall.turn(older, "is it safe?", (), counted(kb, "is it safe?", calls))
    assert len(recall) == 1
    del older
    assert len(recall) == 0


def test_memory_has_an_end(kb: KnowledgeBase) -> None:
    recall, calls = Recall(), []
    made = turn(kb, "is it safe?", State(), None, True)
    for number in range(MOST + 1):
        recall.turn(kb, "is it safe?", number, lambda: made)
    recall.turn(kb, "is it safe?", 0, counted(kb, "is it safe?", calls))
    assert len(calls) == 1


def test_an_assistant_that_remembers_says_what_it_would_have_said(kb: KnowledgeBase) -> None:
    class Shelf:
        current = kb

    assistant = Assistant(Shelf(), takes_requests=True)  # type: ignore[arg-type]
    now = datetime(2026, 3, 2, 15, 30, 20, tzinfo=UTC)
    for text in ("is it safe?", "can i book?", "do you take insurance?", "hello"):
        for _ in range(2):
            assert assistant.turn(text, State(), None, now) == turn(kb, text, State(), None, True, now)
