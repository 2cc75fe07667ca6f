"""Figures: what the database has counted, by day and in sum; no words."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient

from tests.test_asked import _ask, _shared
from web.figures import by_week, read, share, summed
from web.staff.charts import HEIGHT, stacked
from web.staff.words import flag_words, heading_of
from web.store_asked import Booked, Heard, Rated

TODAY = date(2026, 11, 25)


def _event(key: str, ago: int = 0, **more: Any) -> Heard:
    values = {"kind": "answer", "result": "answered", "language": "en", "section": "a#b", "milliseconds": 3.0, **more}
    return Heard(key, key, 1000.0, (TODAY - timedelta(days=ago)).isoformat(), **values)


def test_days_on_which_nothing_happened_are_days_too(desk: Flask) -> None:
    shared = _shared(desk)
    shared.store.questions.keep([_event("a"), _event("b", 2)], shared.library.current)
    spans = read(shared.store.database, TODAY - timedelta(days=3), TODAY)
    assert [span.answered for span in spans] == [0, 1, 0, 1]


def test_the_sum_tells_what_became_of_the_questions_and_how_fast(desk: Flask) -> None:
    shared = _shared(desk)
    events = [_event(f"a{n}", milliseconds=n) for n in range(1, 11)]
    more = [_event("m", kind="no_answer", result="missed", section=""), _event("n", kind="no_answer", result="near", section=""),
            _event("c", kind="contact", result="clinic", section=""), _event("e", kind="emergency", result="other", flag="dvt"),
            Rated("a1", "yes"), Rated("a2", "wrong"), Booked("x", 1000.0, TODAY.isoformat())]  # fmt: skip
    shared.store.questions.keep([*events, *more], shared.library.current)
    total = summed(read(shared.store.database, TODAY - timedelta(days=1), TODAY))
    assert (total.questions, total.answered, total.unanswered, total.clinic, total.emergencies) == (13, 10, 2, 1, 1)
    assert (total.helpful, total.unhelpful, total.sum("request"), total.within(0.5), total.within(0.95)) == (1, 1, 1, "5", "10")
    assert total.labels("section") == [("a#b", 10)]


def test_a_year_is_shown_by_weeks_that_begin_on_monday(desk: Flask) -> None:
    spans = by_week(read(_shared(desk).store.database, TODAY - timedelta(days=20), TODAY))
    assert [span.first.weekday() for span in spans[1:]] == [0] * (len(spans) - 1)
    assert (spans[0].first, spans[-1].last) == (TODAY - timedelta(days=20), TODAY)


def test_bars_of_a_day_stand_upon_each_other_and_reach_the_top() -> None:
    chart = stacked("Questions", ["Nov 24", "Nov 25"], [(1, 1, 0), (2, 0, 2)], ("Answered", "No answer", "For the clinic"))
    assert (chart.top, len(chart.bars)) == (4, 4)
    assert (chart.bars[-1].y, chart.bars[-2].y + chart.bars[-2].height) == (0, HEIGHT)
    assert chart.bars[-1].words == "Nov 25: 2 for the clinic"


def test_a_share_of_nothing_is_no_number() -> None:
    assert (share(0, 0), share(5, 6)) == ("–", "83 %")


def test_sections_and_findings_have_names_for_people(desk: Flask) -> None:
    kb = _shared(desk).library.current
    known = f"{kb.passages[0].article}#{kb.passages[0].anchor}"
    assert heading_of(kb, known) == kb.passages[0].heading
    assert heading_of(kb, "gone#old-name") == "Old name (not there any more)"
    assert (flag_words("dvt"), flag_words("spinal_trauma")) == ("Clot in a leg", "Spinal trauma")


def test_the_page_counts_what_was_asked_and_shows_no_word_of_it(desk: Flask, colleague: FlaskClient) -> None:
    visitor = desk.test_client()
    for n, words in enumerate(("is it safe?", "do you treat tmj", "crushing chest pain and I can't breathe")):
        _ask(visitor, words, f"n{n}")
    assert _shared(desk).recorder.settle()
    page = colleague.get("/staff/figures/").text
    assert "50 %" in page
    assert "Is Dry Needling Safe?" in page
    assert "Emergencies: 1" in page
    assert "tmj" not in page


def test_before_the_first_question_the_page_says_what_will_be_here(colleague: FlaskClient) -> None:
    for days in ("7", "365", "nonsense", "-1", "99999999"):
        page = colleague.get(f"/staff/figures/?days={days}")
        assert (page.status_code, "the numbers appear here" in page.text) == (200, True)


def test_the_table_for_a_spreadsheet_has_a_line_a_day_and_is_written_down(desk: Flask, colleague: FlaskClient) -> None:
    _ask(desk.test_client(), "is it safe?")
    assert _shared(desk).recorder.settle()
    answer = colleague.get("/staff/figures/figures.csv?days=7")
    lines = list(csv.reader(answer.text.splitlines()))
    today = datetime.now(ZoneInfo(_shared(desk).library.current.clinic.time_zone)).date().isoformat()
    assert (len(lines), lines[-1][:3]) == (8, [today, "1", "1"])
    assert "attachment" in answer.headers["Content-Disposition"]
    with _shared(desk).store.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT action, what FROM audit").all()[-1] == ("figures exported", "7 days")
