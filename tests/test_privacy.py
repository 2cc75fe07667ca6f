"""Redaction: what is taken out, what stays, and that no secret gets past it anywhere."""

from __future__ import annotations

import logging
import re
import time
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.assistant import Assistant, reply
from bot.knowledge import KnowledgeBase
from bot.privacy import question, redact
from bot.types import State
from tests.knowledge_folder import ROOT

PUBLIC = ("(212) 227-3233", "info@example.org")
SECRETS = ("Ana Perez", "201-555-0147", "ana.perez@example.com", "219-09-9999", "4111 1111 1111 1111", "04/12/1978")


def cases(heading: str) -> list[str]:
    """The lines under a heading of the cases file."""
    text = (ROOT / "tests" / "cases" / "privacy.md").read_text(encoding="utf-8")
    part = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line[2:] for line in part.splitlines() if line.startswith("- ") and "=>" not in line]


@pytest.mark.parametrize("line", cases("Taken out"))
def test_it_is_taken_out(line: str) -> None:
    text = line.replace("[", "").replace("]", "")
    clean = redact(text, PUBLIC)
    wanted = re.findall(r"\[(.+?)\]", line)
    covered = [text[span.start : span.end] for span in clean.spans]
    assert all(any(piece in own for own in covered) for piece in wanted), covered


@pytest.mark.parametrize("line", cases("Stays"))
def test_it_stays(line: str) -> None:
    assert redact(line, PUBLIC).text == line


def test_the_clinics_own_address_stays() -> None:
    assert redact("is info@example.org right", PUBLIC).spans == ()
    assert redact("is info@example.com right", PUBLIC).spans != ()


def test_spans_stand_in_order_and_apart() -> None:
    text = "Ana Perez here, 201-555-0147, ana@example.com, dob 1/2/1980"
    spans = redact(text).spans
    assert len(spans) >= 4
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_what_is_left_of_the_question_is_asked() -> None:
    assert question(redact("my name is Ana Perez, is it safe?")) == "is it safe?"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing_more_and_never_raises(text: str) -> None:
    once = redact(text)
    assert redact(once.text).text.count("[removed]") == once.text.count("[removed]") or once.spans


@pytest.mark.parametrize("unit", ["a", "1 ", "1-", "Ab ", "my name is ", "calle a ", "one ", "(at) a dot ", "dob 1", "plan A1 "])
def test_a_long_odd_message_takes_time_in_proportion(unit: str) -> None:
    def took(size: int) -> float:
        text = (unit * size)[:size]
        runs = []
        for _ in range(3):
            began = time.perf_counter()
            redact(text)
            runs.append(time.perf_counter() - began)
        return min(runs)

    assert took(8_000) < 40 * took(800) + 0.05


# --- through every path -----------------------------------------------------------------------------------------------


def test_the_visitor_is_told_once_and_answered(kb: KnowledgeBase) -> None:
    first = reply(kb, "my name is Ana Perez, is it safe?", State(), None, False)
    assert (first.kind, bool(first.quotes)) == ("privacy", True)
    again = reply(kb, "my phone is 201-555-0147. does it hurt?", first.state, None, False)
    assert again.kind != "privacy"


def test_redaction_comes_after_triage(kb: KnowledgeBase) -> None:
    assert reply(kb, "my name is Ana Perez and i want to die", State(), None, False).kind == "emergency"


@pytest.mark.parametrize("secret", SECRETS)
def test_no_reply_nor_state_holds_a_secret(kb: KnowledgeBase, secret: str) -> None:
    for text in (f"my name is Ana Perez, {secret}, how much", f"{secret}", f"is it safe? {secret}", f"i want to die {secret}"):
        assert secret not in repr(reply(kb, text, State(), None, False))


def test_no_log_nor_metric_nor_error_holds_a_secret(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = " ".join(SECRETS)
    answers = [client.post("/chat", json={"type": "ask", "id": "a1", "text": f"my name is {told}"})]
    answers.append(client.post("/chat", json={"type": "ask", "id": "a2", "text": f"i want to die {told}"}))
    answers.append(client.post("/chat", json={"type": "ask", "id": told, "text": "x"}))
    answers.append(client.post("/chat", data=told))
    answers.append(client.get("/metrics"))
    seen = caplog.text + "".join(answer.get_data(as_text=True) for answer in answers)
    assert not [secret for secret in SECRETS if secret in seen]


def test_triage_is_logged_by_rule_and_language_without_words(kb: KnowledgeBase, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="pinpoint.assistant")

    class Shelf:
        current = kb

    Assistant(Shelf()).reply("quiero morir, me llamo Ana Perez", State())  # type: ignore[arg-type]
    assert "tier=T1 rule=suicide-outright language=es" in caplog.text
    assert "morir" not in caplog.text
