"""Words: folding, contractions, stems."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.text import fold, stem, words


def test_accents_case_and_curly_quotes_do_not_matter() -> None:
    assert words("¿Qué es la PUNCIÓN?") == words("que es la puncion")
    assert words("What’s it like") == words("what's it like")


def test_contractions_are_spelt_out_with_and_without_apostrophe() -> None:
    assert words("can't") == words("cant") == ["can", "not"]
    assert words("doesn't they'll") == ["does", "not", "they", "will"]


def test_a_stretched_word_is_shortened() -> None:
    assert words("soooooo sore") == ["soo", "sore"]


def test_stems_are_of_the_words_language() -> None:
    assert stem("needles") == stem("needle")
    assert stem("agujas", "es") == stem("aguja", "es")


@given(st.text())
def test_any_text_gives_plain_words(text: str) -> None:
    assert all(word.isascii() and word.replace("'", "").isalnum() for word in words(text))


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
