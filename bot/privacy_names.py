"""People's names, found by where they stand: after words that announce one, at the start, or signed at the end.

After "my name is" anything but a word of every day is a name; after "this is" or "soy" it must also look like one (a
known given name, or capital letters); with no such word two parts are needed, the first a given name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from bot.privacy_cues import (
    AFTER,
    AGAIN,
    AROUND,
    DOES,
    ENDS,
    FINE,
    GAP,
    IN_PLACES,
    KIN_CUE,
    LIKELY,
    LOOKED,
    NO_PERSON,
    PAIR,
    PARTICLES,
    PLACE_CUE,
    PLACES,
    SELF,
    SIGN_OFF,
    SPEAKS,
    START,
    STRONG_END,
    SUFFIXES,
    SURE,
    THANKS,
    TITLE,
    TITLES,
    WEAK_CUES,
    WORD,
    WORDLIKE,
)
from bot.privacy_words import Sort, folded, is_public, sort
from bot.types import Span

_PAUSE = re.compile(r"\s*(?:$|[,.;])")
_LAST_FIRST = re.compile(r", ?([a-zà-öø-þ][\w'’-]+)\.?(?=\s*(?:$|[,.;)]| (?:dob|phone|id|and)\b))")
_OR = re.compile(r",? (?:or|and|o|y|aka|alias)(?: for)? ")
_LAST = re.compile(r"[.!]?\s*$")
_HERE = re.compile(r" (?:here|speaking|again|aqu[ií]|al habla)\b")


def names(text: str, low: str) -> Iterator[Span]:
    """Names of people. Public figures, places and the words of every day are left. `low`: the lowered text."""
    loud = len(text) > 12 and sum(map(str.isupper, text)) > 0.6 * sum(map(str.isalpha, text))
    for start, end in _found(low if loud else text, low):
        title = TITLE.search(low, max(0, start - 12), start)
        yield Span(title.start() if title else start, end, "NAME")


def _found(text: str, low: str) -> Iterator[tuple[int, int]]:
    for match in SURE.finditer(low):
        yield from _sure(text, low, match.end())
    for at, cue in _cues(low):
        yield from _likely(text, low, at, cue)
    yield from _at_start(text, low)
    yield from _at_end(text, low)
    if text != low:
        yield from _pairs(text, low)
    yield from _alone(text, low)
    yield from ((m.start(1), m.end(1)) for m in FINE.finditer(text) if m[1][0].isupper() and sort(m[1]) >= Sort.BOTH)


def _cues(low: str) -> Iterator[tuple[int, str]]:
    """Where a name may begin, and the cue before it: one cue may hold the next ("this is for my son")."""
    at = 0
    while match := LIKELY.search(low, at):
        yield match.end(), match[0]
        at = max(match.start() + 1, match.end() - len(match[0]) + len(match[0].split()[0]))


def _is_plain(text: str, at: int) -> bool:
    """Whether no word begins at a place, or one of every day in small letters: most do, and no name begins so."""
    word = WORD.match(text, at)
    return word is None or (not text[at].isupper() and sort(word[0]) == Sort.WORD)


def _parse(text: str, at: int, *, shy: bool = False) -> list[re.Match[str]]:
    """The words from `at` on that can be one name, at most six; the first is taken as it is, the rest must fit to it."""
    first = WORD.match(text, at)
    if first is None:
        return []
    words = [first]
    kept = 1
    while len(words) < 7 and not (words[-1][0].endswith(".") and len(words[-1][0]) > 3):
        gap = GAP.match(text, words[-1].end())
        word = WORD.match(text, gap.end()) if gap else None
        if gap is None or word is None or ("," in gap[0] and folded(word[0]) not in SUFFIXES):
            break
        plain = folded(word[0])
        words.append(word)
        if _goes_on(word, first, shy):
            kept = len(words)
        elif not (plain in PARTICLES or (len(plain) == 1 and plain not in "aeiouy" and len(words) == 2)) or (
            word[0][0].isupper() and plain in AFTER
        ):
            break
    return words[:kept]


def _goes_on(word: re.Match[str], first: re.Match[str], shy: bool) -> bool:
    """Whether a word can follow the first word of a name."""
    plain, what, capital = folded(word[0]), sort(word[0]), word[0][0].isupper()
    if plain in SUFFIXES:
        return True
    if re.fullmatch(r"[^\W\d_]\.?", word[0]):
        return (capital and plain not in ("i", "y")) or (word[0].endswith(".") and plain != "i")
    if plain in AFTER:
        return False
    if first[0][0].isupper() and not first[0].isupper():
        return capital and (what != Sort.WORD or not shy) and (what != Sort.WORD or plain not in PARTICLES)
    return what >= Sort.NEW or (what in (Sort.SURNAME, Sort.BOTH) and (sort(first[0]) != Sort.NEW or capital))


def _sure(text: str, low: str, at: int) -> Iterator[tuple[int, int]]:
    """The names after a sure cue: also "Ana or Ana Ruiz", and "Ruiz, Ana"."""
    at = _past_titles(text, at)
    while words := _parse(text, at):
        first = words[0][0]
        particle = folded(first) in PARTICLES and len(words) > 1
        what = sort(first)
        if not particle and (what == Sort.WORD and (not first[0].isupper() or folded(first) in AFTER or len(folded(first)) < 2)):
            return
        if (
            what in (Sort.SURNAME, Sort.BOTH)
            and not first[0].isupper()
            and len(words) == 1
            and not _PAUSE.match(text, words[-1].end())
        ):
            return
        start, end = _bounds(text, words)
        last_first = _LAST_FIRST.match(low, end)
        if last_first:
            given = text[last_first.start(1) : last_first.end(1)]
            if sort(given) >= Sort.BOTH or (given[0].isupper() and folded(given) not in AFTER and len(words) == 1):
                end = last_first.end(1)
        yield start, end
        more = _OR.match(low, end)
        if more is None or sort(_first_word(text, more.end())) < Sort.BOTH:
            return
        at = more.end()


def _likely(text: str, low: str, at: int, cue: str) -> Iterator[tuple[int, int]]:
    """A name after a cue that is often followed by other things."""
    at = _past_titles(text, at)
    if _is_plain(text, at):
        return
    words = _parse(text, at, shy=True)
    first = words[0][0]
    if folded(first) in PARTICLES and not (first[0].isupper() and len(words) > 1 and sort(words[-1][0]) >= Sort.SURNAME):
        return
    capital = first[0].isupper() and not (first.isupper() and len(first) > 2)
    what = sort(first)
    start, end = _bounds(text, words)
    if _is_other(text, low, words) or folded(first) in AFTER:
        return
    if KIN_CUE.search(cue):
        good = (what >= Sort.NEW and (capital or what == Sort.GIVEN or len(words) > 1)) or (
            what in (Sort.BOTH, Sort.SURNAME) and capital
        )
        good = good or (_odd(first) and DOES.match(low, end) is not None)
    elif WEAK_CUES.fullmatch(cue):
        good = (len(words) > 1 and (capital or what == Sort.GIVEN) and _two(words, capital)) or (
            what == Sort.GIVEN and capital and not PLACE_CUE.fullmatch(cue)
        )
    elif "\n" in cue or THANKS.search(cue):
        good = _LAST.match(text, end) is not None and (what == Sort.GIVEN or (capital and what >= Sort.SURNAME))
    else:
        good = what == Sort.GIVEN or (capital and what >= Sort.BOTH) or (len(words) > 1 and _two(words, capital))
        good = good or (capital and len(words) > 1 and sort(words[-1][0]) >= Sort.NEW and len(words[-1][0]) > 2)
        good = good or (_odd(first) and SELF.search(cue) is not None and ENDS.match(low, end) is not None)
    if good:
        yield start, end


def _odd(word: str) -> bool:
    """Whether a word in no list is more likely a rare name than a slip of a word of every day."""
    return sort(word) == Sort.NEW and len(word) > 2 and not WORDLIKE.search(word)


def _two(words: list[re.Match[str]], capital: bool) -> bool:
    """Whether several words are a name of their own: a given name first, or capital letters and no word of every day."""
    first, last = sort(words[0][0]), sort(words[-1][0])
    if first == Sort.GIVEN:
        return last != Sort.WORD or capital
    if capital:
        return first >= Sort.SURNAME and last >= Sort.SURNAME and len({first, last} & {Sort.NEW, Sort.GIVEN, Sort.BOTH}) > 0
    return (first == Sort.NEW and last >= Sort.NEW) or (first == Sort.BOTH and last == Sort.NEW)


def _at_start(text: str, low: str) -> Iterator[tuple[int, int]]:
    """A name with which the message, a line or what follows a greeting begins."""
    for match in START.finditer(low[:LOOKED]):
        if _is_plain(text, match.end()):
            continue
        words = _parse(text, match.end())
        start, end = _bounds(text, words)
        if _is_other(text, low, words):
            continue
        what, capital = sort(words[0][0]), words[0][0][0].isupper()
        if len(words) == 1:
            good = what >= Sort.NEW and _HERE.match(low, end) is not None
            good = good or (what in (Sort.BOTH, Sort.SURNAME) and capital and re.match(r" here\b", text[end:]) is not None)
        else:
            ends = STRONG_END.match(low, end) is not None or re.match(r"['’]s\b|,", text[end:]) is not None
            known = what >= Sort.BOTH and all(sort(word[0]) >= Sort.SURNAME for word in words)
            good = (_two(words, capital) or (known and ends)) and (
                ends or (sort(words[0][0]) == Sort.GIVEN and sort(words[1][0]) >= Sort.NEW)
            )
        if good:
            yield start, end


def _at_end(text: str, low: str) -> Iterator[tuple[int, int]]:
    """A name signed at the end of a message: "call me back, Denise", "- Maria G."."""
    tail = max(0, len(text) - 60)
    for match in SIGN_OFF.finditer(text, tail):
        if match.start() == 0 or _is_plain(text, match.start(1)):
            continue
        words = _parse(text, match.start(1))
        if re.search(r"\w", text[words[-1].end() :]):
            continue
        start, end = _bounds(text, words)
        what, capital = sort(words[0][0]), words[0][0][0].isupper()
        drawn = match[0][0] in "-–—~\n"
        single = what == Sort.GIVEN or (capital and (what == Sort.BOTH or (what == Sort.NEW and (drawn or match[0][0] == ","))))
        if (
            single if len(words) == 1 else _two(words, capital) or (what >= Sort.BOTH and len(words[-1][0].strip(".")) == 1)
        ) and not is_public(text[start:end]):
            yield start, end


def _pairs(text: str, low: str) -> Iterator[tuple[int, int]]:
    """Two or more parts with capital letters, the first a given name, anywhere."""
    for match in PAIR.finditer(text[:LOOKED]):
        if not match[0][0].isupper() or sort(match[0]) < Sort.BOTH:
            continue
        words = _parse(text, match.start(), shy=sort(match[0]) == Sort.BOTH)
        if len(words) < 2 or not _two(words, True):
            continue
        start, end = _bounds(text, words)
        if (sort(match[0]) == Sort.BOTH and sort(words[-1][0]) < Sort.NEW) or (
            sort(match[0]) == Sort.NEW and not SPEAKS.match(low, end)
        ):
            continue
        if not _is_other(text, low, words) and not NO_PERSON.search(low[max(0, start - 12) : start]):
            yield start, end


def _is_other(text: str, low: str, words: list[re.Match[str]]) -> bool:
    """Whether what looks like a name is somebody known to all, or a place."""
    start, end = _bounds(text, words)
    return _is_known(text, start) or PLACES.match(low, end) is not None or any(folded(w[0]) in IN_PLACES for w in words[1:])


def _alone(text: str, low: str) -> Iterator[tuple[int, int]]:
    """A given name that is nothing else: with a capital, or in lower case before another part of a name."""
    for match in WORD.finditer(text[:LOOKED]):
        word, what = match[0], sort(match[0])
        if what < Sort.NEW or word.isupper():
            continue
        if word[0].isupper() and match.start() > 0 and _odd(word) and AGAIN.match(low, match.end()):
            yield match.span()
        if what != Sort.GIVEN or len(word) < 3:
            continue
        words = _parse(text, match.start(), shy=True)
        if not word[0].isupper() and (len(words) < 2 or sort(words[1][0]) < Sort.NEW or len(words[1][0]) < 3):
            continue
        if not _is_other(text, low, words) and not NO_PERSON.search(low, max(0, match.start() - 12), match.start()):
            yield _bounds(text, words)


def _is_known(text: str, start: int) -> bool:
    """Whether one to three words that begin here, or one word before, name somebody known to all."""
    around = AROUND.search(text, max(0, start - 16), start)
    begins = (start, around.start()) if around else (start,)
    for begin in begins:
        words = " ".join(match[0] for match in islice(WORD.finditer(text, begin, begin + 60), 3)).split(" ")
        if any(is_public(" ".join(words[:count])) for count in (1, 2, 3)):
            return True
    return False


def _bounds(text: str, words: list[re.Match[str]]) -> tuple[int, int]:
    end = words[-1].end()
    last = words[-1][0]
    if last.endswith(".") and len(last) > 2:
        end -= 1
    start = words[0].start()
    possessed = text[max(start, end - 2) : end].lower() in ("'s", "’s")
    return start, end - (2 if possessed else 0)


def _past_titles(text: str, at: int) -> int:
    while (word := WORD.match(text, at)) and folded(word[0]) in TITLES and text[word.end() : word.end() + 1] == " ":
        at = word.end() + 1
    return at


def _first_word(text: str, at: int) -> str:
    word = WORD.match(text, at)
    return word[0] if word else "the"
