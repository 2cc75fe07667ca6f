"""Phrasings with a slot speak for every word of a kind, and for words that nobody has thought of."""

from __future__ import annotations

from bot.lexicon import Lexicon
from bot.slots import DRAWS, SOMETHING, bare, filled, slots

LEXICON = Lexicon(concepts={("knee",): "body", ("lower", "back"): "body", ("gout",): "illness"})


def test_a_line_names_its_slots_in_order() -> None:
    assert slots("does it help {illness} in my {body}") == ["illness", "body"]
    assert slots("does it hurt") == []


def test_a_bare_line_keeps_its_words_and_parts_what_stood_around_a_slot() -> None:
    assert bare("good for {illness}, doctor?").split() == ["good", "for", ",", "doctor?"]
    assert bare("pre{body}post").split() == ["pre", "post"]


def test_a_slot_is_filled_with_words_of_its_kind_only() -> None:
    lines = set(filled("does it help my {body}?", LEXICON))
    assert lines == {"does it help my knee?", "does it help my lower back?"}


def test_every_slot_of_a_line_is_filled_from_its_own_list() -> None:
    for line in filled("{illness} in my {body}", LEXICON):
        illness, _, body = line.partition(" in my ")
        assert illness == "gout"
        assert body in {"knee", "lower back"}


def test_something_becomes_words_that_nobody_knows_and_mostly_others_each_time() -> None:
    made = [line.removeprefix("safe with ") for line in filled(f"safe with {{{SOMETHING}}}", LEXICON)]
    assert len(made) == DRAWS
    assert len(set(made)) > DRAWS / 2
    assert all(word.isalpha() and (word,) not in LEXICON.concepts for word in made)


def test_a_kind_without_a_list_is_filled_like_something() -> None:
    assert all("{" not in line for line in filled("safe with {magic}", LEXICON))


def test_the_same_lines_come_out_at_every_run_and_others_for_another_line() -> None:
    one = list(filled("about {something} here", LEXICON))
    assert one == list(filled("about {something} here", LEXICON))
    assert one != list(filled("about {something} there", LEXICON))
    assert [line.split()[1] for line in one] != [line.split()[1] for line in filled("about {something} there", LEXICON)]


def test_a_line_without_a_slot_comes_out_once_as_it_is() -> None:
    assert list(filled("does it hurt", LEXICON)) == ["does it hurt"]
