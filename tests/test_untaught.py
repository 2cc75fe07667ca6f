"""A new article, about which nobody has written down how visitors ask: what it answers, and what it leaves alone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.assistant import finish, reply
from bot.knowledge import KnowledgeBase, load
from bot.types import Reply, State
from bot.untaught import NAMES
from tests.knowledge_folder import CACHE, clinic, copied

TAPING = """---
title: Kinesio Taping at Our Clinic
---
# Kinesio Taping at Our Clinic

## How Kinesio Taping Works

The tape lifts the skin a little and reminds the muscle to relax. It moves with you.

## How Long the Tape Stays On

The tape stays on for three to five days. You may shower with it.

## Who Should Not Be Taped

Do not have taping over broken skin or a rash. Tell us if you are pregnant or allergic to glue.

## What Taping Costs

Taping costs 20 dollars without insurance.
"""


@lru_cache(maxsize=1)
def with_taping() -> KnowledgeBase:
    with TemporaryDirectory() as name:
        folder = copied(Path(name))
        (folder / "taping.md").write_text(TAPING, encoding="utf-8")
        return finish(load(folder, CACHE))


def _asked(text: str, kb: KnowledgeBase | None = None) -> Reply:
    return reply(kb or with_taping(), text, State(), None, False)


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("how does kinesio tape work", "How Kinesio Taping Works"),
        ("how long do i leave the tape on", "How Long the Tape Stays On"),
        ("how much is the kinesio taping", "What Taping Costs"),
        ("is the taping expensive", "What Taping Costs"),
        ("who shouldnt get kinesio taping", "Who Should Not Be Taped"),
    ],
)
def test_it_answers_on_its_first_day(question: str, heading: str) -> None:
    assert [q.heading for q in _asked(question).quotes][:1] == [heading]


@pytest.mark.parametrize(
    "question",
    [
        "does dry needling hurt",
        "is dry needling safe",
        "what happens in a session",
        "why is my neck always stiff",
        "what is a trigger point",
    ],
)
def test_it_leaves_questions_about_the_older_article_alone(question: str) -> None:
    assert _asked(question).quotes == _asked(question, clinic()).quotes != ()


@pytest.mark.parametrize(
    "question", ["who invented kinesio tape", "how do i tape a leaking pipe to the wall", "what is the capital of mongolia"]
)
def test_what_it_does_not_say_stays_unanswered(question: str) -> None:
    assert not _asked(question).quotes


def test_a_word_that_only_the_new_article_has_finds_it_whatever_else_is_little() -> None:
    with TemporaryDirectory() as name:
        folder = copied(Path(name))
        (folder / "facts.md").write_text("# Facts\n\nZebrafish quantumlaces cost 5150 dollars at our clinic.\n", encoding="utf-8")
        found = _asked("what about zebrafish quantumlaces", finish(load(folder, CACHE)))
    assert [q.text for q in found.quotes] == ["Zebrafish quantumlaces cost 5150 dollars at our clinic."]


def test_its_price_is_not_given_for_everything_else() -> None:
    assert _asked("how much does it cost").kind == "contact"
    assert not [o.check.question for o in with_taping().outcomes if o.blocks]


def test_a_precaution_about_it_is_quoted_from_it_and_not_from_what_is_said_of_needling() -> None:
    found = _asked("i am pregnant, can i have the kinesio taping")
    assert found.kind == "precaution"
    assert {q.article for q in found.quotes} == {"taping"}
    assert "does not cover" not in found.text


def test_a_word_of_an_older_title_is_not_taken_for_the_new_article() -> None:
    with TemporaryDirectory() as name:
        folder = copied(Path(name))
        (folder / "cups.md").write_text("# Cupping\n\n## How cupping works\n\nThe cup lifts the skin.\n", encoding="utf-8")
        taken = load(folder, CACHE).index.taken
    assert "cup" in taken
    assert "dri" not in taken  # "dry cupping" is a treatment, but "dry" stands in the title on dry needling


def test_without_such_an_article_nothing_is_looked_for() -> None:
    assert not len(clinic().index.untaught.places)


def test_each_thing_that_speaks_for_a_passage_has_its_weight() -> None:
    assert tuple(clinic().index.decision.untaught) == NAMES


def test_weights_that_are_no_numbers_are_named_and_the_article_waits_for_phrasings(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "taping.md").write_text(TAPING, encoding="utf-8")
    (folder / "untaught.toml").write_text('[weights]\nconstant = "much"\n', encoding="utf-8")
    kb = load(folder, CACHE)
    assert [p.file for p in kb.problems] == ["untaught.toml"]
    assert not _asked("is the taping expensive", kb).quotes
