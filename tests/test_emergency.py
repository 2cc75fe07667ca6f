"""The stop: nothing else in the reply, pinned, and safe when something of ours breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.assistant import Assistant, reply
from bot.emergency import failed
from bot.knowledge import KnowledgeBase
from bot.safety import Rules
from bot.safety_output import refused
from bot.types import Action, Quote, Reply, State

STOPS = {
    "i want to die": {"tel:988", "sms:988", "tel:911"},
    "my boyfriend hits me": {"tel:911", "tel:+18005727233", "tel:+18007997233"},
    "i took 20 tylenol": {"tel:911", "tel:+18002221222"},
    "i cant breathe": {"tel:911"},
}


@pytest.mark.parametrize(("text", "numbers"), STOPS.items())
def test_a_stop_holds_its_numbers_as_links_and_nothing_else(kb: KnowledgeBase, text: str, numbers: set[str]) -> None:
    found = reply(kb, text, State(), None, True)
    assert found.kind == "emergency"
    assert {action.href for action in found.actions} == numbers
    assert (found.quotes, found.suggestions) == ((), ())
    assert {action.kind for action in found.actions} == {"call"}


def test_urgent_carries_the_clinics_phone(kb: KnowledgeBase) -> None:
    found = reply(kb, "needle spot is red, hot and full of pus", State(), None, True)
    assert found.kind == "urgent"
    assert "tel:+12122273233" in {action.href for action in found.actions}


def test_an_emergency_stays_pinned_and_the_next_question_is_answered_without_booking(kb: KnowledgeBase) -> None:
    stop = reply(kb, "i cant breathe", State(), None, True)
    then = reply(kb, "ok but how much is it", stop.state, None, True)
    assert (stop.state.pinned, then.state.pinned) == ("medical", "medical")
    assert then.kind == "contact"
    assert not [action for action in then.actions if action.kind == "book"]


def test_something_urgent_does_not_unpin_an_emergency(kb: KnowledgeBase) -> None:
    stop = reply(kb, "i want to die", State(), None, True)
    then = reply(kb, "my calf is swollen and red", stop.state, None, True)
    assert then.state.pinned == "self_harm"


def test_a_spanish_stop_is_in_spanish(kb: KnowledgeBase) -> None:
    found = reply(kb, "no puedo respirar", State(), None, True)
    assert "Llame al 911" in found.text


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("i have hemophilia, can i come", "bleeding disorders"),
        ("im scared of needles", "afraid of needles"),
        ("can i have it while pregnant", "certain areas avoided"),
    ],
)
def test_a_precaution_quotes_the_articles_own_list_whole(kb: KnowledgeBase, text: str, begins: str) -> None:
    found = reply(kb, text, State(), None, True)
    assert found.kind == "precaution"
    assert begins in found.quotes[0].text
    assert found.quotes[0].text.count("•") == 3


def test_a_precaution_that_the_article_lacks_says_so(kb: KnowledgeBase) -> None:
    found = reply(kb, "im on eliquis", State(), None, True)
    assert (found.kind, found.quotes) == ("precaution", ())
    assert "does not cover" in found.text


@pytest.mark.parametrize(
    "text", ["can dry needling collapse a lung", "¿puede perforar el pulmón?", "can needles cause nerve damage"]
)
def test_a_harm_that_the_article_leaves_out_is_not_answered_with_very_safe(kb: KnowledgeBase, text: str) -> None:
    found = reply(kb, text, State(), None, True)
    assert not [quote for quote in found.quotes if "very safe" in quote.text]
    assert found.actions


def test_a_personal_question_gets_the_general_quote_and_no_advice(kb: KnowledgeBase) -> None:
    found = reply(kb, "should i get dry needling for my neck pain?", State(), None, True)
    assert found.quotes
    assert "Only a therapist who sees you" in found.text


def test_the_first_line_says_that_this_is_no_person_and_no_medical_advice(kb: KnowledgeBase) -> None:
    class Shelf:
        current = kb

    welcome = Assistant(Shelf()).welcome()  # type: ignore[arg-type]
    assert "not a person" in welcome.notice
    assert "not medical advice" in welcome.notice
    assert ("911" in welcome.emergency_line, "988" in welcome.emergency_line) == (True, True)


# --- when something of ours breaks ------------------------------------------------------------------------------------


def test_an_error_in_triage_shows_the_emergency_lines_and_the_phone(kb: KnowledgeBase) -> None:
    class Shelf:
        current = replace(kb, rules=None)  # type: ignore[arg-type]

    found = Assistant(Shelf()).reply("is it safe?", State())  # type: ignore[arg-type]
    assert {"tel:911", "tel:988", "tel:+12122273233"} <= {action.href for action in found.actions}


def test_without_rules_the_built_in_text_stands_above_every_reply(kb: KnowledgeBase) -> None:
    found = reply(replace(kb, rules=Rules()), "is it safe?", State(), None, True)
    assert "Call 911" in found.text
    assert found.quotes


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"text": "You probably have a pulled muscle."}, "text"),
        ({"text": "Please ask the clinic. It will cure you."}, "text"),
        ({"actions": (Action("open", "Buy pills here", "https://example.com"),)}, "label"),
        ({"quotes": (Quote("Needling is guaranteed to work.", "a", "t", "h", "u", ""),), "kind": "answer"}, "quote"),
        ({"suggestions": ("Which pills should I take?",)}, "suggestion"),
    ],
)
def test_a_reply_with_anything_unreviewed_is_refused(kb: KnowledgeBase, change: dict[str, object], name: str) -> None:
    good = failed(kb, "en", State())
    assert refused(kb, good) == ""
    assert refused(kb, replace(good, **change)) == name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["is it safe", "how much", "hola, ¿ayuda con el cuello?", "book me", "qwerty", "and for my back?", "thanks"]
)
def test_what_is_reviewed_passes(kb: KnowledgeBase, text: str) -> None:
    found: Reply = reply(kb, text, State(group="neck-benefits"), None, True)
    assert refused(kb, found) == ""
