"""Try it: the reply that a visitor would get, and the reasons in plain words. Nothing that is typed there is kept."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.assistant import reply
from bot.knowledge import KnowledgeBase
from bot.types import State
from tests.staff import post
from tests.test_asked import _shared
from web.staff.explain import explain
from web.store_schema import turns


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("is it safe?", "“Is Dry Needling Safe?” answers this"),
        ("do you treat tmj", "so it did not guess"),
        ("do you treat tmj", "other body parts"),
        ("how much does it cost", "price"),
        ("I'm pregnant, is it safe?", "t3-pregnancy"),
        ("my name is Maria Lopez, is it safe?", "A name was taken out"),
        ("what is it and do you take aetna?", "more than one thing"),
        ("hello", "small talk"),
        ("crushing chest pain and I can't breathe", "The articles were not searched."),
    ],
)
def test_the_reasons_are_told_in_plain_words(kb: KnowledgeBase, asked: str, told: str) -> None:
    assert told in " ".join(explain(kb, asked).why)


@pytest.mark.parametrize("asked", ["is it safe?", "do you treat tmj", "I want an appointment", "I feel like killing myself"])
def test_it_is_the_very_reply_that_a_visitor_gets(kb: KnowledgeBase, asked: str) -> None:
    given = reply(kb, asked, State(), None, True)
    found = explain(kb, asked).reply
    assert (found.kind, found.text, found.quotes) == (given.kind, given.text, given.quotes)


def test_a_follow_up_is_read_behind_what_was_asked_before(kb: KnowledgeBase) -> None:
    found = explain(kb, "for example?", before="is it safe?")
    assert found.reply.quotes[0].heading == "Is Dry Needling Safe?"
    assert "follow-up on “Is Dry Needling Safe”" in " ".join(found.why)


def test_a_passage_shows_its_score_the_words_and_the_sentence_that_matched(kb: KnowledgeBase) -> None:
    found = explain(kb, "is it safe for pregnant women").matches[0]
    assert found.heading == "Is Dry Needling Safe?"
    assert found.score > 0.5
    assert "pregnant" in found.words
    assert "Pregnant women" in found.nearest
    assert "pregnant" in found.phrasing


def test_words_that_nobody_uses_are_named(kb: KnowledgeBase) -> None:
    assert explain(kb, "is it safe for my zorblax").unknown == ("zorblax",)


def test_the_page_answers_and_keeps_nothing(desk: Flask, colleague: FlaskClient) -> None:
    page = post(colleague, "/staff/try-it/", "/staff/try-it/", asked="is it safe? <b>zebra</b>")
    assert page.status_code == 200
    assert "Why this answer?" in page.text
    assert "&lt;b&gt;zebra" in page.text
    assert _shared(desk).recorder.settle()
    with _shared(desk).store.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(turns)) == 0


def test_an_empty_question_is_asked_for_again(colleague: FlaskClient) -> None:
    page = post(colleague, "/staff/try-it/", "/staff/try-it/", asked="  ?? ", before="is it safe?")
    assert (page.status_code, "Please type a question." in page.text) == (400, True)
