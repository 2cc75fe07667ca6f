"""Taking personal data out of a message, before anything else than triage looks at it.

Phones are found by `phonenumbers`, cards by their check digit, the rest by cue words: "my name is", "dob", "member id".
Never taken: session counts, spine levels, years, prices, 911, 988, the hotlines, the clinic's own phone and e-mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import phonenumbers

from bot.types import Redaction, Span

_PUBLIC_NUMBERS = frozenset(
    {"911", "988", "18005727233", "18007997233", "18002221222", "8005727233", "8007997233", "8002221222", "88788"}
)
_MOST = 4000  # characters looked at for phones, whose search is the only costly one
_NAMES_FILE = Path(__file__).parent.parent / "knowledge" / "safety" / "given-names.txt"

_EMAIL = re.compile(
    r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}|[\w.+-]{1,64} ?(?:\(at\)|\[at\]| at ) ?[\w-]{1,63} ?(?:\(dot\)|\[dot\]| dot ) ?(?:com|net|org|edu)\b",
    re.I,
)
_SSN = re.compile(r"\b\d{3}[- .]\d{2}[- .]\d{4}\b")
_SSN_CUE = re.compile(
    r"\b(?:ssn|social(?: security)?|seguro social|itin)\b[^\d\n]{0,30}?((?:x{3}[- ]?x{2}[- ]?)?\d[\d -]{2,12}\d)\b", re.I
)
_CARD = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")
_CARD_EXTRA = re.compile(
    r"\b(?:exp(?:ires|iry|iration)?|vence|cvv2?|cvc|security code)\b\W{0,3}((?:0[1-9]|1[0-2])\s?/\s?\d{2,4}|\d{3,4})\b", re.I
)
_MONTHS = (r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|"
           r"dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)")  # fmt: skip
_DATE = (rf"(?:\d{{1,2}}[/.\- ]\d{{1,2}}[/.\- ](?:19|20)?\d{{2}}|(?:19|20)\d{{2}}[/.-]\d{{1,2}}[/.-]\d{{1,2}}|{_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:of )?(?:19|20)?\d{{2}}|"
         rf"\d{{1,2}}(?:st|nd|rd|th)? (?:of |de )?{_MONTHS},?(?: (?:of |de |del )?(?:19|20)?\d{{2}})?|{_MONTHS} \d{{1,2}}(?:st|nd|rd|th)?)")  # fmt: skip
_BIRTH = re.compile(
    rf"\b(?:d\.?o\.?b\.?|date of birth|birth ?date|birthday|b-?day|born(?: on| in)?|fecha de nacimiento|f\.? ?nac(?:imiento)?|nac[ií](?:d[oa])?(?: el| en)?|cumplea[nñ]os)\b[^\d\n]{{0,16}}?({_DATE}|(?:19|20)\d{{2}})(?!\d)",
    re.I,
)
_FULL_DATE = re.compile(r"\b(?:0?[1-9]|1[0-2])([/-])(?:0?[1-9]|[12]\d|3[01])\1(?:19[1-9]\d|200\d|201\d)\b")
_STREET = (r"(?:st(?:reet)?|ave(?:nue)?|r(?:oa)?d|dr(?:ive)?|l(?:a)?ne?|ct|court|blvd|boulevard|pl(?:ace)?|ter(?:race)?|way|cir(?:cle)?|pkwy|parkway|hwy|highway|"
           r"turnpike|tpke|plaza|sq(?:uare)?|broadway|route \d+(?: [nsew])?|rt \d+)")  # fmt: skip
_ADDRESS = re.compile(
    rf"(?:\b(?:(?:apt|apartment|unit|suite|ste|floor|fl|\d+(?:st|nd|rd|th) floor)\.? ?#?\w{{0,5}},? )?)\b\d{{1,5}}(?:-\d+)? (?:[NSEW]\.? )?(?:[A-Za-z'’.]{{2,20}} ){{0,4}}?{_STREET}\b\.?"
    rf"(?: hotel)?(?:,? ?(?:apt|apartment|unit|suite|ste|floor|fl|#)\.? ?#?\w{{1,5}})?(?:, ?[A-Za-z]{{3,20}}(?: [A-Z][a-z]{{2,20}})?)?(?:,? (?:NJ|NY|PA|CT|New Jersey|New York))?(?:,? \d{{5}}(?:-\d{{4}})?)?",
    re.I,
)
_ADDRESS_ES = re.compile(
    r"\b(?:calle|avenida|av\.|carretera) [A-Za-zÁ-ú.' ]{2,30}? ?(?:#|n[uú]mero|no\.)? ?\d{1,5}\b(?:,? (?:apto|apartamento|piso)\.? ?\w{1,4})?",
    re.I,
)
_PO_BOX = re.compile(r"\bp\.? ?o\.? box \d{1,7}\b", re.I)
_CODE = r"[A-Z0-9](?:[A-Z0-9]|[- ](?=[A-Z0-9]*\d)){3,22}"
_INSURANCE = re.compile(
    rf"\b(?:(?:member|subscriber|policy|group|insurance|plan|claim|payer|medicare|medicaid|mbi|hicn|aetna|cigna|horizon|bcbs|humana|uhc|united ?healthcare|tricare)(?: (?:id|card|policy|member|group|health))?(?: ?(?:id|number|no\.?|num|#))*|p[oó]liza(?: n[uú]mero)?|n[uú]mero de (?:seguro(?: m[eé]dico)?|p[oó]liza|miembro|afiliado)|seguro m[eé]dico(?: n[uú]mero)?)"
    rf"\s*(?:is|es|:|#|=)?\s*((?=[A-Z0-9 -]*\d[A-Z0-9 -]*\d[A-Z0-9 -]*\d){_CODE})",
    re.I,
)
_MBI = re.compile(r"\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}\b", re.I)
_RECORD = re.compile(
    r"\b(?:mrn|medical record|chart|patient|record|case|account|expediente|historia cl[ií]nica)(?: (?:id|number|no\.?|num|n[uú]mero))?\s*(?:is|es|:|#|=)*\s*((?=[A-Z0-9-]*\d[A-Z0-9-]*\d[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{3,20})\b",
    re.I,
)
_LICENSE = re.compile(
    rf"\b(?:driver'?s? )?(?:licen[sc]e|licencia(?: de conducir)?|passport|pasaporte)(?: (?:number|no\.?|num|n[uú]mero|#))*\s*(?:is|es|:|#)?\s*((?=[A-Z0-9 -]*\d[A-Z0-9 -]*\d[A-Z0-9 -]*\d){_CODE})",
    re.I,
)
_HANDLE = re.compile(
    r"(?<![\w@])@[A-Za-z_][\w.]{2,29}\b|\b(?:insta(?:gram)?|ig|facebook|fb|twitter|tiktok|snap(?:chat)?|telegram|venmo|whatsapp|skype|discord)\b(?:[^.\n]{0,24}?\b(?:under|as|handle|user(?:name)?|is|:))\s*:?\s*(@?[A-Za-z_][\w.-]{2,29}(?: [A-Z][\w-]{2,29})?)",
    re.I,
)
_WORD = r"[A-ZÀ-Þ][\wà-ÿ'’-]*\.?"
_LOWER = r"[A-Za-zÀ-ÿ][\wà-ÿ'’-]+"
_NAME = rf"(?:(?:Mr|Mrs|Ms|Dr|Sr|Sra|Don|Do[nñ]a)\.? )?{_WORD}(?:,? {_WORD}){{0,3}}"
_NAME_SURE = re.compile(
    rf"(?i:\b(?:(?:my|full|first|last|patient|patient'?s|legal|his|her) name(?:'s| is|:)?|name(?:'s| is|:)|patient(?:'s name)?:|me llamo|mi nombre(?: completo)? es|nombre:|a nombre de|se llama|call me|they call me|put it under|it'?s under|is under|under the name(?: of)?|name on (?:the )?(?:card|account|file)(?: is)?:?|i go by))\s+({_NAME}(?: (?:or|and|o|y) {_NAME})?|{_LOWER}(?: {_LOWER})?)"
)
_NAME_LEAD = re.compile(
    rf"(?i:\b(?:i'?m|i am|this is|it'?s|soy|habla|ask for|asking for|speak (?:to|with)|scheduled with|appointment for|appt for|cita para|calling for|here for|on behalf of|my (?:mom|mother|dad|father|son|daughter|wife|husband|brother|sister|friend|boyfriend|girlfriend|partner|aunt|uncle|grandma|grandmother|grandpa|child|kid)|mi (?:mam[aá]|madre|pap[aá]|padre|hij[oa]|espos[oa]|herman[oa]|amig[oa]|abuel[oa])|signed|regards|sincerely|thanks)),? +({_NAME})(?:'s)?"
)
_NAME_KEY = re.compile(rf"(?i:\bname) ({_NAME})(?= (?i:phone|email|dob|cell|number)\b)")
_LAST_FIRST = re.compile(rf"\b({_WORD}, {_WORD})(?=$|[ .,;])")
_TITLED = re.compile(rf"\b((?:Mr|Mrs|Ms|Sra?)\.? {_WORD}(?: {_WORD})?)")
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "i",
        "im",
        "ok",
        "okay",
        "yes",
        "no",
        "not",
        "is",
        "are",
        "was",
        "in",
        "on",
        "at",
        "from",
        "for",
        "with",
        "and",
        "or",
        "but",
        "to",
        "of",
        "my",
        "your",
        "so",
        "very",
        "really",
        "just",
        "here",
        "there",
        "still",
        "also",
        "looking",
        "trying",
        "having",
        "getting",
        "going",
        "feeling",
        "worried",
        "scared",
        "afraid",
        "pregnant",
        "tired",
        "sore",
        "new",
        "interested",
        "calling",
        "asking",
        "wondering",
        "hoping",
        "curious",
        "allergic",
        "diabetic",
        "nervous",
        "sorry",
        "good",
        "fine",
        "great",
        "terrified",
        "unsure",
        "stuck",
        "stiff",
        "hurt",
        "injured",
        "older",
        "younger",
        "male",
        "female",
        "un",
        "una",
        "el",
        "la",
        "de",
        "del",
        "en",
        "con",
        "muy",
        "nueva",
        "nuevo",
        "embarazada",
        "mayor",
        "diabetica",
        "diabetico",
        "alergica",
        "alergico",
        "paciente",
        "medicare",
        "medicaid",
        "spanish",
        "english",
        "dry",
        "needling",
        "neck",
        "back",
        "pain",
        "clinic",
        "private",
        "safe",
        "taking",
        "under",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "dr",
        "doctor",
        "nj",
        "ny",
        "new",
        "jersey",
        "york",
        "manhattan",
        "newark",
        "hoboken",
        "l4",
        "l5",
        "t12",
        "c5",
        "c6",
        "mri",
        "pt",
        "er",
        "asap",
        "this",
        "that",
        "what",
        "who",
        "how",
        "why",
        "when",
    ]
)


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Common given names, lower case; an empty set if the list is missing."""
    try:
        return frozenset(_NAMES_FILE.read_text(encoding="utf-8").split())
    except OSError:
        return frozenset()


def redact(text: str, public: tuple[str, ...] = ()) -> Redaction:
    """The text with "[removed]" for each piece of personal data, and where they stood. `public`: the clinic's own phone
    and e-mail, which stay."""
    spans = _merged([*_found(text, public)])
    clean, at = [], 0
    for span in spans:
        clean.extend([text[at : span.start], "[removed]"])
        at = span.end
    return Redaction("".join([*clean, text[at:]]), tuple(spans))


def _found(text: str, public: tuple[str, ...]) -> Iterator[Span]:
    """Candidates, the surest first: where two overlap, the first one names the kind."""
    if not any(c.isdigit() for c in text):
        yield from _wordy(text, public)
        return
    for match in _CARD.finditer(text):
        if _is_card(match[0]):
            yield Span(match.start(), match.end(), "CREDIT_CARD")
    yield from _grouped(_CARD_EXTRA, text, "CARD_EXP")
    yield from _grouped(_SSN_CUE, text, "SSN")
    yield from _whole(_SSN, text, "SSN")
    yield from _whole(_MBI, text, "INSURANCE_ID")
    yield from _grouped(_INSURANCE, text, "INSURANCE_ID")
    yield from (Span(m.start(), m.end(), "MRN") for m in _RECORD.finditer(text))
    yield from _grouped(_LICENSE, text, "LICENSE")
    yield from _grouped(_BIRTH, text, "DOB")
    yield from _whole(_FULL_DATE, text, "DOB")
    yield from _whole(_ADDRESS, text, "ADDRESS")
    yield from _whole(_ADDRESS_ES, text, "ADDRESS")
    yield from _whole(_PO_BOX, text, "ADDRESS")
    yield from _phones(text, public)
    yield from _wordy(text, public)


def _wordy(text: str, public: tuple[str, ...]) -> Iterator[Span]:
    """What may stand without a digit: e-mail addresses, handles, names."""
    known = {p.lower() for p in public if p}
    if "@" in text or " at " in text.lower() or "(at)" in text:
        yield from (Span(m.start(), m.end(), "EMAIL") for m in _EMAIL.finditer(text) if m[0].lower() not in known)
    for match in _HANDLE.finditer(text):
        begin, end = match.span(1) if match[1] else match.span()
        yield Span(begin, end, "HANDLE")
    yield from _names(text)


def _names(text: str) -> Iterator[Span]:
    for match in _NAME_SURE.finditer(text):
        if _plausible(match[1], sure=True):
            yield from _parts(match)
    for match in _NAME_KEY.finditer(text):
        yield Span(match.start(1), match.end(1), "NAME")
    for match in (*_NAME_LEAD.finditer(text), *_LAST_FIRST.finditer(text)):
        if _plausible(match[1], sure=False):
            yield Span(match.start(1), match.end(1), "NAME")
    yield from _grouped(_TITLED, text, "NAME")
    yield from _bare_names(text)


def _parts(match: re.Match[str]) -> Iterator[Span]:
    at = match.start(1)
    for piece in re.split(r"( (?:or|and|o|y) )", match[1]):
        if not re.fullmatch(r" (?:or|and|o|y) ", piece):
            yield Span(at, at + len(piece), "NAME")
        at += len(piece)


def _plausible(name: str, sure: bool) -> bool:
    """Whether words after a cue are a name: none of them an everyday word; without a sure cue, a known given name or
    two capitalised words."""
    parts = [p.strip(".,'’").lower() for p in name.replace(",", " ").split()]
    if any(p in _STOP for p in parts[:1]) or (name.isupper() and len(name) > 24):
        return False
    if sure:
        return not any(p in _STOP for p in parts)
    capitals = sum(p[:1].isupper() for p in name.split())
    return any(p in given_names() for p in parts) or (capitals >= 2 and not any(p in _STOP for p in parts))


_PAIR = re.compile(rf"\b({_WORD}) (?:[A-Z]\. ?)?({_WORD})(?: ({_WORD}))?(?:'s)?\b")


def _bare_names(text: str) -> Iterator[Span]:
    """A known given name followed by another capitalised word: "Wei Zhang's chart"."""
    for match in _PAIR.finditer(text):
        first, second = match[1].lower(), match[2].lower().removesuffix("'s")
        if first in given_names() and second not in _STOP and not match[1].isupper():
            end = match.end() - 2 if match[0].endswith("'s") else match.end()
            yield Span(match.start(), end, "NAME")


def _phones(text: str, public: tuple[str, ...]) -> Iterator[Span]:
    own = {_digits(p) for p in public if p}
    for match in phonenumbers.PhoneNumberMatcher(text[:_MOST], "US", leniency=phonenumbers.Leniency.POSSIBLE):
        digits = _digits(match.raw_string)
        if digits.removeprefix("1") in {o.removeprefix("1") for o in own} or digits in _PUBLIC_NUMBERS:
            continue
        if len(digits) >= 10 or re.fullmatch(r"\d{3}[-. ]?\d{4}", match.raw_string):
            yield Span(match.start, match.end, "PHONE")


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _is_card(text: str) -> bool:
    """13 to 19 digits with a right check digit (Luhn)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    total = sum(d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0


def _whole(pattern: re.Pattern[str], text: str, kind: str) -> Iterator[Span]:
    return (Span(m.start(), m.end(), kind) for m in pattern.finditer(text))


def _grouped(pattern: re.Pattern[str], text: str, kind: str) -> Iterator[Span]:
    return (Span(m.start(1), m.end(1), kind) for m in pattern.finditer(text))


def _merged(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in spans:
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)
