"""Whole replies from the clinic's folder: quotes, abstentions, follow-ups; and the laws that hold for every message."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.assistant import Assistant, finish, reply
from bot.knowledge import KnowledgeBase, Library, load
from bot.types import Reply, State
from tests.knowledge_folder import CACHE, KNOWLEDGE, clinic, small_folder

ARTICLE = (
    "---\ndate: 2026-01-02\n---\n# Knees\n\n## Does needling help knee pain?\n\nYes, it can calm the muscles around the knee.\n\n"
    "## Who should wait?\n\nPlease wait if you have:\n\n- A fresh injury\n- A fever\n"
)


def ask(kb: KnowledgeBase, *messages: str) -> Reply:
    """The last reply of a conversation."""
    state, given_reply = State(), None
    for message in messages:
        given_reply = reply(kb, message, state, None, False)
        state = given_reply.state
    assert given_reply is not None
    return given_reply


def headings(given_reply: Reply) -> list[str]:
    return [quote.heading for quote in given_reply.quotes]


def test_an_answer_quotes_the_sentence_not_the_section(kb: KnowledgeBase) -> None:
    found = ask(kb, "What are the side effects?")
    assert [q.text for q in found.quotes] == [
        "Common side effects are mild and temporary, such as slight soreness or bruising at the needle site."
    ]
    assert found.quotes[0].reviewed == "2025-09-25"
    assert "#is-dry-needling-safe:~:text=Common%20side" in found.quotes[0].url


def test_a_session_is_shown_with_all_its_steps(kb: KnowledgeBase) -> None:
    text = ask(kb, "what happens in a session").quotes[0].text
    assert all(word in text for word in ("looks like:", "Assessment:", "Needling:", "Relief:", "Aftercare:"))


def test_the_not_recommended_list_is_never_cut(kb: KnowledgeBase) -> None:
    text = ask(kb, "who should not have dry needling").quotes[0].text
    assert text.startswith("It is not recommended for:")
    assert text.count("•") == 3


def test_two_questions_get_two_quotes(kb: KnowledgeBase) -> None:
    found = ask(kb, "What is dry needling and is it safe?")
    assert set(headings(found)) == {"What Is Dry Needling?", "Is Dry Needling Safe?"}


def test_a_follow_up_keeps_the_topic(kb: KnowledgeBase) -> None:
    found = ask(kb, "does it help with back pain?", "and for my neck?")
    assert headings(found)[0] == "Benefits of Dry Needling for Neck Pain"


def test_a_new_question_that_is_not_understood_does_not_get_the_last_answer_again(kb: KnowledgeBase) -> None:
    assert ask(kb, "is it different from acupuncture?", "wil i glow in da dark after").quotes == ()


def test_the_price_is_a_matter_for_the_clinic(kb: KnowledgeBase) -> None:
    found = ask(kb, "how much does it cost")
    assert found.kind == "contact"
    assert "(212) 227-3233" in found.text
    assert found.actions[0].href == "tel:+12122273233"


def test_what_no_article_covers_is_not_answered(kb: KnowledgeBase) -> None:
    found = ask(kb, "who won the game last night")
    assert (found.kind, found.quotes) == ("no_answer", ())


def test_a_spanish_question_is_answered_around_the_english_quote(kb: KnowledgeBase) -> None:
    found = ask(kb, "¿Qué es la punción seca?")
    assert (found.language, headings(found)[0]) == ("es", "What Is Dry Needling?")
    assert "inglés" in found.text


def test_a_precaution_says_once_in_which_language_the_article_is(kb: KnowledgeBase) -> None:
    found = ask(kb, "me da miedo la aguja")
    assert (found.kind, found.text.count("inglés"), found.text.count("artículo")) == ("precaution", 1, 1)


def test_suggestions_are_answered_and_new(kb: KnowledgeBase) -> None:
    found = ask(kb, "is it safe?")
    assert 2 <= len(found.suggestions) <= 3
    for suggestion in found.suggestions:
        then = reply(kb, suggestion, found.state, None, False)
        assert then.quotes
        assert then.quotes[0].text != found.quotes[0].text


def test_a_new_article_is_found_without_any_phrasing(tmp_path: Path) -> None:
    kb = finish(load(small_folder(tmp_path, knees=ARTICLE), CACHE))
    assert headings(ask(kb, "can needling help my knee pain?")) == ["Does needling help knee pain?"]
    assert ask(kb, "who should wait").quotes[0].text == "Please wait if you have:\n• A fresh injury\n• A fever"


def test_an_article_in_spanish_answers_spanish_first(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    spanish = "---\ndate: 2026-01-02\nlanguage: es\n---\n# Punción seca\n\n## ¿Es segura la punción seca?\n\nSí, es muy segura.\n"
    (folder / "segura.md").write_text(spanish, encoding="utf-8")
    kb = finish(load(folder, CACHE))
    found = ask(kb, "¿es segura la punción seca?")
    assert ([q.text for q in found.quotes], found.language) == (["Sí, es muy segura."], "es")
    assert "inglés" not in found.text
    assert set(headings(ask(kb, "¿qué pasa en una sesión?"))) == {"What to Expect During a Session"}
    assert set(headings(ask(kb, "is dry needling safe?"))) == {"Is Dry Needling Safe?"}


def test_writing_about_knees_makes_the_old_no_about_knees_retire(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    (folder / "knees.md").write_text(ARTICLE, encoding="utf-8")
    kb = finish(load(folder, CACHE))
    assert headings(ask(kb, "does needling help my knee pain?")) == ["Does needling help knee pain?"]
    assert ask(kb, "does needling help my elbow pain?").kind == "no_answer"


def test_an_empty_folder_says_that_it_does_not_know(tmp_path: Path) -> None:
    kb = finish(load(small_folder(tmp_path), CACHE))
    found = ask(kb, "is it safe?")
    assert found.kind == "no_answer"
    assert found.text


def test_whatever_breaks_the_visitor_gets_the_emergency_lines(tmp_path: Path) -> None:
    """The edge that is broken here is the snapshot itself."""

    class Broken:
        def __init__(self, whole: KnowledgeBase) -> None:
            self.wording, self.clinic, self.version = whole.wording, whole.clinic, whole.version

    class Shelf:
        current = Broken(clinic())

    found = Assistant(Shelf()).reply("is it safe?", State())  # type: ignore[arg-type]
    assert "911" in found.text
    assert "988" in found.text


@pytest.mark.parametrize("text", ["", " ", "?", "👍", "\x00\x01", "\ud800", "<b>hi</b>", "a" * 10_000, "((((" * 2000, "9" * 500])
def test_odd_messages_get_an_ordinary_reply(kb: KnowledgeBase, text: str) -> None:
    found = ask(kb, text)
    assert found.kind in ("no_answer", "small_talk", "contact", "privacy")
    assert "<b>" not in found.text


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_every_quote_stands_in_the_snapshot_and_the_same_message_gets_the_same_reply(text: str) -> None:
    kb = clinic()
    found = ask(kb, text)
    units = {unit.text for passage in kb.passages for unit in passage.units}
    assert {quote.text for quote in found.quotes} <= units
    assert ask(kb, text) == found


WORDS = st.sampled_from(
    [
        "is",
        "dry",
        "needling",
        "safe",
        "neck",
        "back",
        "pain",
        "does",
        "it",
        "help",
        "my",
        "knee",
        "price",
        "cost",
        "how",
        "many",
        "sessions",
        "who",
        "should",
        "not",
        "have",
        "sore",
        "bruise",
        "what",
        "happens",
        "session",
        "acupuncture",
        "needles",
        "sterile",
        "work",
        "really",
        "and",
        "but",
        "hola",
        "que",
        "es",
        "me",
        "duele",
        "el",
        "cuello",
        "gracias",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=14))
def test_quotes_of_likely_messages_are_verbatim_too(words: list[str]) -> None:
    kb = clinic()
    units = {unit.text for passage in kb.passages for unit in passage.units}
    assert {quote.text for quote in ask(kb, " ".join(words)).quotes} <= units


def test_a_visitor_is_greeted_in_spanish() -> None:
    assert Assistant(Library(KNOWLEDGE, CACHE, finish)).welcome("es").greeting.startswith("¡Hola!")
