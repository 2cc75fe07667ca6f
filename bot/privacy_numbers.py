"""Numbers that belong to one person: phones, cards, social security, birth dates, addresses, insurance, records, licences.

Phones are found by `phonenumbers`, cards by their check digit, the rest by the words before or after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from bot.types import Span

_MOST = 4000  # characters looked at for phones, whose search is the only costly one
_PUBLIC_NUMBERS = frozenset(
    {"911", "988", "18005727233", "18007997233", "18002221222", "8005727233", "8007997233", "8002221222", "88788", "211", "311"}
)
_MONTHS = (r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|"
           r"dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)\b")  # fmt: skip
_TH = r"(?:st|nd|rd|th)?"
_DATE = (rf"(?:\d{{1,2}}[/.\- ]\d{{1,2}}[/.\- ](?:19|20)?\d{{2}}|(?:19|20)\d{{2}}[/.-]\d{{1,2}}[/.-]\d{{1,2}}|{_MONTHS}\.? \d{{1,2}}{_TH},? (?:(?:of|del?) )?(?:19|20)?\d{{2}}|"
         rf"\d{{1,2}}{_TH} ?(?:of |de )?{_MONTHS},?(?: (?:of |del? )?(?:19|20)?\d{{2}})?|{_MONTHS} \d{{1,2}}{_TH}|\d{{6,8}})")  # fmt: skip
_BORN = (r"(?:d\.?o\.?b\.?|date of birth|birth ?dates?|birthday is|b-?day|born(?: on| in)?|fecha (?:de )?nac(?:imiento)?\.?|f\.? ?nac(?:imiento)?\.?|"
         r"nac(?:[ií]|i[oó]|id[oa]|ieron|imos)(?: un| el| en)*|cumplea[nñ]os(?: es)?(?: el)?|cumplo(?: el)?)")  # fmt: skip
_BIRTH = re.compile(rf"\b{_BORN}[^\d\n]{{0,16}}?({_DATE}|(?:19|20)\d{{2}})(?!\d)", re.I)
_BIRTH_AFTER = re.compile(
    rf"(?<!\d)({_DATE})(?!\d),? (?:is|es|was) (?:when i was born|my (?:birthday|dob|birth ?date)|mi (?:cumplea[nñ]os|fecha))",
    re.I,
)
_BORN_ON = re.compile(rf"\b(?:es|son) del ({_DATE})(?!\d)", re.I)
_FULL_DATE = re.compile(r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])([/-])(?:0?[1-9]|[12]\d|3[01])\1(?:19[1-9]\d|200\d|201\d)(?!\d)")
_SSN = re.compile(r"(?<![\d-])\d{3}[- .]\d{2}[- .]\d{4}(?![\d-])")
_SOCIAL = r"(?:ssn|soc(?:ial)?\.? ?sec(?:urity)?(?: n(?:umber|um|o)\.?)?|social|seguro social|itin|tax id)"
_SSN_CUE = re.compile(rf"\b{_SOCIAL}\b[^\d\n]{{0,30}}?((?:[x*]{{3}}[- ]?[x*]{{2}}[- ]?)?\d[\d -]{{2,12}}\d)(?!\d)", re.I)
_SSN_AFTER = re.compile(
    rf"(?<!\d)(\d{{9}}|\d{{4}})(?!\d),? (?:that'?s |thats |is |es )?(?:my |mi |the last (?:four|4) of my )?{_SOCIAL}\b", re.I
)
_CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d])")
_EXPIRES = re.compile(
    rf"\b(?:exp(?:ires|iry|iration|\.)?(?: date)?|vence(?: en| el)?|good (?:thru|through)|valid (?:thru|through)|vencimiento|fecha|expira)\b[^\w\n]{{0,3}}((?:0?[1-9]|1[0-2]) ?[/-] ?\d{{2,4}}|{_MONTHS} (?:de |del )?(?:20)?\d{{2}})(?!\d)",
    re.I,
)
_CVV = re.compile(
    r"\b(?:cvv2?|cvc2?|csc|sec(?:urity)? code|code on (?:the )?(?:front|back)|c[oó]digo(?: de seguridad)?|\d digits? on the back)\b[^\d\n]{0,8}(\d{3,4})(?!\d)",
    re.I,
)
_STREET = (r"(?:st(?:reet)?|ave(?:nue)?|r(?:oa)?d|dr(?:ive)?|l(?:a)?ne?|ct|court|blvd|boulevard|pl(?:ace)?|ter(?:race)?|way|cir(?:cle)?|pkwy|parkway|hwy|highway|"
           r"turnpike|tpke|plaza|sq(?:uare)?|broadway|trail|trl|loop|run|ridge|path|(?:route|rt) \d+(?: [nsew])?)")  # fmt: skip
_UNIT = r"(?:apt|apartment|unit|suite|ste|floor|fl|apto|apartamento|piso|#|room|rm|bldg)\.? ?#?\w{1,5}"
_PLACE = r"(?:, ?[A-Za-zÀ-ÿ]{3,20}(?: [A-ZÀ-Þ][a-zà-ÿ]{2,20}){0,2})?(?:,? (?:NJ|NY|PA|CT|New Jersey|New York)\b)?(?:,? \d{5}(?:-\d{4})?(?!\d))?"
_ADDRESS = re.compile(
    rf"(?:\b(?:{_UNIT}|\d+(?:st|nd|rd|th) floor),? )?(?<![\w.$])\d{{1,5}}(?:-\d+)?[a-z]? (?:[NSEW]\.? |(?:north|south|east|west) )?(?:[A-Za-zÀ-ÿ'’.]{{2,20}} |\d{{1,3}}(?:st|nd|rd|th) ){{0,4}}?{_STREET}\b\.?(?: hotel)?(?:,? ?{_UNIT})?{_PLACE}",
    re.I,
)
_ADDRESS_ES = re.compile(
    rf"\b(?:\d{{1,5}} )?(?:calle|avenida|av\.|carretera|callej[oó]n|urbanizaci[oó]n|urb\.) (?:[A-Za-zÀ-ÿ.'\d]{{1,20}} ?){{1,4}}?(?:(?:#|n[uú]mero|num\.?|no\.)? ?\d{{1,5}}\b)?(?:,? ?{_UNIT})?{_PLACE}",
    re.I,
)
_PO_BOX = re.compile(rf"\b(?:p\.? ?o\.? ?box|apartado(?: postal)?) #?\d{{1,7}}\b{_PLACE}", re.I)
_CODE = r"([A-Z0-9](?:[A-Z0-9]|[- ](?=[A-Z0-9-]{0,20}\d)|-(?=[A-Z]{1,4}(?![A-Z0-9]))){3,22})(?![A-Z0-9])"
_IS = r"\s*(?:number|num\.?|no\.|n[uú]mero|id)?\s*(?:is|es|was|fue|:|#|=)*\s*"
_PAYERS = (r"medicare|medicaid|mbi|hicn|aetna|cigna|horizon|bcbs|blue ?cross|humana|uhc|united ?health(?:care)?|tricare|oxford|amerigroup|wellcare|oscar|"
           r"anthem|ambetter|nj ?familycare|familycare|kaiser|geico|progressive|state farm|allstate")  # fmt: skip
_INSURANCE = re.compile(
    rf"\b(?:member|subscriber|policy|group|insurance|plan|claim|payer|prior auth(?:orization)?|auth(?:orization)?|rx ?bin|{_PAYERS}|p[oó]liza|reclamo|afiliado|miembro|grupo|autorizaci[oó]n|seguro(?: m[eé]dico)?|aseguranza)"
    rf"(?: (?:id|card|policy|member|group|health|insurance|plan|account|claim|de seguro|del seguro|m[eé]dico))*{_IS}{_CODE}",
    re.I,
)
_MBI = re.compile(r"\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}\b", re.I)
_RECORD = re.compile(
    rf"\b(?:mrn|(?:medical )?record|chart|patient|case|account|acct|expediente|historia cl[ií]nica|r[eé]cord(?: m[eé]dico)?|cuenta(?: en la cl[ií]nica| de ahorros| de banco| bancaria)?|routing|paciente|ficha|folio)(?: (?:id|number|no\.?|num|n[uú]mero))?{_IS}{_CODE}",
    re.I,
)
_LICENSE = re.compile(
    rf"\b(?:(?:driver'?s? ?)?licen[sc]e(?: plate)?|licencia(?: de conducir| de manejo)?|passport|pasaporte|dl|plates?|placas?|c[eé]dula|curp|green ?card|state id|matr[ií]cula(?: consular)?|dni|alien)(?: de mi carro| del carro)?{_IS}{_CODE}",
    re.I,
)
_PHONE_CUE = re.compile(
    r"\b(?:cell?(?:ular)?|tel(?:[eé]fono)?|phone|ph|mobile|m[oó]vil|whats(?:app)?|call me(?: at| on)?|text me(?: at| on)?|ll[aá]m(?:e|en|a)me(?: al)?|n[uú]mero)\b\.?[^\w\n]{0,3}(?:is |es |at |al )?(\+?\d(?:[ .-]?\d){6,14})(?!\d)",
    re.I,
)
_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"
_SPELT_PHONE = re.compile(rf"\b{_DIGIT}(?:[ ,.-]{{1,2}}{_DIGIT}){{6,12}}\b", re.I)

#: (expression, kind), the surest first; a group in an expression is what is taken of it.
_KINDS = (
    (_EXPIRES, "CARD_EXP"), (_CVV, "CVV"), (_SSN_CUE, "SSN"), (_SSN_AFTER, "SSN"), (_SSN, "SSN"), (_MBI, "INSURANCE_ID"),
    (_BIRTH, "DOB"), (_BIRTH_AFTER, "DOB"), (_BORN_ON, "DOB"), (_PHONE_CUE, "PHONE"), (_INSURANCE, "INSURANCE_ID"), (_RECORD, "MRN"),
    (_LICENSE, "LICENSE"), (_FULL_DATE, "DOB"), (_ADDRESS, "ADDRESS"), (_ADDRESS_ES, "ADDRESS"), (_PO_BOX, "ADDRESS"),
)  # fmt: skip
_WHOLE = (_FULL_DATE, _RECORD)  # here the cue word or the mark inside a group is no piece of its own
_CODED = frozenset(("INSURANCE_ID", "MRN", "LICENSE"))


def numbers(text: str, public: tuple[str, ...]) -> Iterator[Span]:
    """Personal numbers and addresses."""
    yield from (Span(m.start(), m.end(), "PHONE") for m in _SPELT_PHONE.finditer(text))
    if not any(c.isdigit() for c in text):
        return
    own = {_digits(p).removeprefix("1") for p in public if p}
    yield from (Span(m.start(), m.end(), "CREDIT_CARD") for m in _CARD.finditer(text) if _is_card(m[0]))
    for pattern, kind in _KINDS:
        for match in pattern.finditer(text):
            group = 1 if pattern.groups and pattern not in _WHOLE else 0
            if kind in _CODED and pattern.groups and not _is_code(match[1]):
                continue
            if kind != "PHONE" or not _is_public(match[group], own):
                yield Span(match.start(group), match.end(group), kind)
    yield from _phones(text, own)


def _is_code(code: str) -> bool:
    """Whether letters and digits after a cue are a number of its own: no year, no count, no word before a number."""
    first = re.split(r"[- ]", code)[0]
    return len(_digits(code)) >= 2 and not re.fullmatch(r"(?:19|20)\d\d", code) and (not first.isalpha() or first.isupper())


def _is_public(number: str, own: set[str]) -> bool:
    digits = _digits(number)
    return digits.removeprefix("1") in own or digits in _PUBLIC_NUMBERS


def _phones(text: str, own: set[str]) -> Iterator[Span]:
    for match in phonenumbers.PhoneNumberMatcher(text[:_MOST], "US", leniency=phonenumbers.Leniency.POSSIBLE):
        if _is_public(match.raw_string, own):
            continue
        if len(_digits(match.raw_string)) >= 10 or re.fullmatch(r"\d{3}[-. ]?\d{4}", match.raw_string):
            yield Span(match.start, match.end, "PHONE")


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _is_card(text: str) -> bool:
    """13 to 19 digits with a right check digit (Luhn)."""
    digits = [int(c) for c in text if c.isdigit()]
    total = sum(d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits)))
    return 13 <= len(digits) <= 19 and total % 10 == 0
