"""What is remembered of questions that were asked before, and what never is."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


class Shelf:
    """A library that holds one snapshot."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.current = kb


def test_answers_are_worked_out_one_at_a_time(kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    at_it: list[str] = []
    seen: list[int] = []

    def slow(kb: KnowledgeBase, text: str, *rest: object) -> Turn:
        at_it.append(text)
        seen.append(len(at_it))
        time.sleep(0.01)
        at_it.remove(text)
        return made

    made = turn(kb, "i want to die", State(), None, True)
    monkeypatch.setattr("bot.assistant.turn", slow)
    assistant = Assistant(Shelf(kb))  # type: ignore[arg-type]
    with ThreadPoolExecutor(4) as visitors:
        list(visitors.map(lambda number: assistant.turn(f"question {number}", State()), range(8)))
    assert seen == [1] * 8


def test_who_asks_what_is_remembered_waits_for_nobody(kb: KnowledgeBase) -> None:
    assistant = Assistant(Shelf(kb))  # type: ignore[arg-type]
    first = assistant.turn("is it safe?", State())
    with assistant._thinking, ThreadPoolExecutor(1) as visitor:
        assert visitor.submit(assistant.turn, "is it safe?", State()).result(10) is first


def test_an_assistant_that_remembers_says_what_it_would_have_said(kb: KnowledgeBase) -> None:
    assistant = Assistant(Shelf(kb), takes_requests=True)  # type: ignore[arg-type]
    now = datetime(2026, 3, 2, 15, 30, 20, tzinfo=UTC)
    for text in ("is it safe?", "can i book?", "do you take insurance?", "hello"):
        for _ in range(2):
            assert assistant.turn(text, State(), None, now) == turn(kb, text, State(), None, True, now)
