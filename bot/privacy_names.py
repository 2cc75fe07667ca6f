"""People's names: after words that announce one ("my name is", "soy", "my sister"), or where a message begins with one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from bot.types import Span

_FOLDER = Path(__file__).parent.parent / "knowledge" / "safety"
_UPPER = r"[A-ZÀ-Þ][\wà-ÿ'’]*(?:-[\wà-ÿ'’]+)*"
_PARTICLE = r"(?:(?:de los|de las|de la|del|de|da|di|van der|van|von|la|le|st\.?|y|bin|al) )?"
_INITIAL = r"(?:[A-Z]\. ?)?"
_PARTICLES = ("de", "la", "del", "los", "las")
_TITLE = r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Sr|Sra|Srta|Don|Do[nñ]a)\.? )?"
_NAME = rf"{_TITLE}{_UPPER}(?:,? {_INITIAL}{_PARTICLE}{_UPPER}\.?){{0,4}}"
_LOWER = r"[A-Za-zÀ-ÿ][\wà-ÿ'’-]+"
_KIN = (r"mom|mother|mum|dad|father|son|daughter|wife|husband|brother|sister|friend|boyfriend|girlfriend|partner|aunt|uncle|grandma|grandmother|"
        r"grandpa|grandfather|child|kid|baby|cousin|niece|nephew|neighbor|boss|caregiver|fianc[eé]e?|roommate|emergency contact")  # fmt: skip
_KIN_ES = (r"mam[aá]|madre|pap[aá]|padre|hij[oa]|espos[oa]|marido|mujer|herman[oa]|amig[oa]|abuel[oa]|ti[oa]|t[ií][oa]|prim[oa]|suegr[oa]|cu[nñ]ad[oa]|"
           r"sobrin[oa]|niet[oa]|novi[oa]|jefe|vecin[oa]|se[nñ]ora?")  # fmt: skip
#: After these words stands a name for sure, capital letters or not.
_SURE = re.compile(
    rf"(?i:\b(?:(?:my|full|first|last|patient(?:'?s)?|legal|his|her|maiden|middle|mi|su|el) (?:full |complete |legal )?(?:name|surname|nombre|apellido)(?: completo| legal)?(?:'s| is| es|:)?(?: spelled)?|"
    rf"\bname(?:'s| is|:)|patient(?:'s name)?:|nombre(?: completo)?:|apellidos?:|me llamo|ll[aá]mame|d[ií]ganme|me dicen|se llama(?:ba)?|a nombre de|en el id sale|call me|they call me|put it under|it'?s under|is under|under the name(?: of)?|"
    rf"name on (?:the |my )?(?:card|account|file|insurance)(?: is)?:?|i go by|goes by|signed by|atentamente|firma|firmado),?)\s+({_NAME}(?: (?:or|and|o|y) {_NAME})?|{_LOWER}(?: {_LOWER})?)"
)
#: After these a name may stand: capital letters, and no word of every day.
_LIKELY = re.compile(
    rf"(?i:\b(?:i'?m|i am|this is|it'?s|soy|habla|le habla|aqu[ií]|yo soy la que llam[oó]|yo soy el que llam[oó]|ask(?:ing)? for|speak (?:to|with)|spoke (?:to|with)|scheduled with|appointment (?:for|with)|appt (?:for|with)|cita (?:para|de|con)|calling for|"
    rf"here for|on behalf of|de parte de|my (?:{_KIN})|mi (?:{_KIN_ES})|signed|regards|sincerely|thanks|gracias|saludos|try)),? +({_NAME})(?:['’]s)?"
)
_CALLING = re.compile(
    rf"(?i:\bthis is|\bi'?m|\bhabla|\bsoy) ({_LOWER} {_LOWER})(?= (?i:calling|here|speaking|writing|llamando|escribiendo|texting)\b)"
)
_KEY = re.compile(rf"(?i:\bname) ({_NAME})(?= (?i:phone|email|dob|cell|number)\b)")
_LAST_FIRST = re.compile(rf"\b({_UPPER}, {_UPPER})(?=$|[.;]| (?i:dob|phone|id)\b)")
_TITLED = re.compile(rf"\b((?:Mr|Mrs|Ms|Sra?|Srta)\.? {_UPPER}(?: {_UPPER})?)")
_SIGNS = r"(?i:here\b|calling\b|speaking\b|aqu[ií]\b|al habla\b|otra vez\b)"
_BARE = re.compile(
    rf"\b({_UPPER} {_INITIAL}{_PARTICLE}{_UPPER}(?: {_UPPER}){{0,2}}?)(?=['’]s\b| {_SIGNS}|, ?\d|,? (?i:dob|tel|phone|cell|mrn|age|de \d+ a[nñ]os)\b|\s*$)"
)


@lru_cache(maxsize=2)
def _listed(name: str) -> frozenset[str]:
    """The words of a list beside the safety rules, lower case; none if it is missing."""
    try:
        return frozenset((_FOLDER / name).read_text(encoding="utf-8").split())
    except OSError:
        return frozenset()


def names(text: str) -> Iterator[Span]:
    """Names of people. Public figures and the words of every day are left."""
    for match in _SURE.finditer(text):
        yield from _sure(match)
    yield from (Span(m.start(1), m.end(1), "NAME") for m in _KEY.finditer(text))
    for match in _CALLING.finditer(text):
        if not any(_is_word(part) for part in match[1].split()):
            yield Span(match.start(1), match.end(1), "NAME")
    for match in _LIKELY.finditer(text):
        yield from _likely(match)
    yield from (Span(m.start(1), m.end(1), "NAME") for m in _LAST_FIRST.finditer(text) if not _any_word(m[1]))
    yield from (Span(m.start(1), m.end(1), "NAME") for m in _TITLED.finditer(text))
    for match in _BARE.finditer(text):
        first = match[1].split()[0].lower()
        if first in _listed("given-names.txt") and not _any_word(match[1]) and not match[1].isupper():
            yield Span(match.start(1), match.end(1), "NAME")


def _sure(match: re.Match[str]) -> Iterator[Span]:
    """The names after a sure word, up to the first word of every day: "call me Ana please" holds one name."""
    at = match.start(1)
    for piece in re.split(r"( (?:or|and|o|y) )", match[1]):
        name = _before_words(piece)
        if name:
            yield Span(at, at + len(name), "NAME")
        at += len(piece)
        if name != piece and not re.fullmatch(r" (?:or|and|o|y) ", piece):
            return


def _before_words(piece: str) -> str:
    kept = ""
    for part in re.finditer(r"\S+", piece):
        word = part[0].strip(".,'’").lower()
        inside = kept and (word in _PARTICLES or re.fullmatch(r"[A-Z]\.", part[0]))
        if _is_word(word) and not inside:
            break
        kept = piece[: part.end()]
    return re.sub(r"(?:[ ,.]| (?:de|la|del|los|las))+$", "", kept)


def _likely(match: re.Match[str]) -> Iterator[Span]:
    name = _before_words(match[1])
    parts = [p for p in re.split(r"[ ,]+", name) if p]
    if not parts or (match[1].isupper() and len(match[1]) > 24):
        return
    known = any(p.strip(".'’").lower() in _listed("given-names.txt") for p in parts)
    kin = re.search(rf"(?i:\b(?:my (?:{_KIN})|mi (?:{_KIN_ES})))", match[0]) is not None
    if known or kin or sum(p[:1].isupper() for p in parts) >= 2:
        yield Span(match.start(1), match.start(1) + len(name), "NAME")


def _any_word(name: str) -> bool:
    return any(_is_word(part) for part in re.split(r"[ ,.]+", name) if part not in _PARTICLES)


def _is_word(part: str) -> bool:
    return part.strip(".,'’").lower().removesuffix("'s") in _listed("not-names.txt")
