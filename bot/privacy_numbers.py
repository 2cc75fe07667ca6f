"""Numbers that belong to one person: phones, cards, social security, insurance, records, licences, plates.

Phones are found by `phonenumbers`, cards by their check digit or their groups. Every other code belongs to the nearest word
that says what it is ("member id", "placa"), before it or behind it; without one it must be too long for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from bot.privacy_dates import CARD_WORD, births, expiries
from bot.types import Span

_MOST = 4000  # characters looked at for phones, whose search is the only costly one
_FEWEST = 7  # digits of a phone
_SSN_SIZES = (4, 9)  # digits of the last part of a social security number, and of a whole one
_PUBLIC_NUMBERS = frozenset(
    ("911", "988", "211", "311", "411", "511", "711", "88788", "741741", "8005727233", "8007997233", "8002221222", "8002738255", "8006624357", "8006564673", "8336634673")
)  # fmt: skip
_TOLL_FREE = re.compile(r"1?8(?:00|33|44|55|66|77|88)\d{7}")
_OWN_LINE = re.compile(r"(?:\bmy\b|\bmi\b|call me|text me|reach me|ll[aá]m[ae]n?me|my work)[^\d\n]{0,24}$")

_CARD = re.compile(
    r"(?<![\w-])(?:\d{13,19}(?!\d)|\d{4}(?:[ .-]{1,3}\d{4}){3}(?!\d)|\d{4}[ .-]{1,3}\d{6}[ .-]{1,3}\d{5}(?!\d)|\d(?:[ .-]{0,2}\d){12,18}(?!\d))"
)
_SSN = re.compile(
    r"(?<![\d-])\d{3} ?[-–. ] ?\d{2} ?[-–. ] ?\d{4}(?![\d-])|(?<![\w.-])(?:[x*•#]{3}[- ]?[x*•#]{2}[- ]?)\d{4}(?!\d)"
)
_MBI = re.compile(r"\b[1-9][a-z][a-z0-9]\d-?[a-z][a-z0-9]\d-?[a-z]{2}\d{2}\b")
_NJ_LICENSE = re.compile(r"\b[a-z]\d{4}[ -]?\d{5}[ -]?\d{5}\b")
_PHONE_CUE = re.compile(
    r"\b(?:cell?(?:ular)?|tel(?:[eé]fono)?|phone|ph|mobile|m[oó]vil|whats(?:app)?|call me(?: at| on)?|text me(?: at| on)?|ll[aá]m(?:e|en|a)me(?: al)?|n[uú]mero)\b\.?[^\w\n]{0,3}(?:is |es |at |al )?(\+?\d(?:[ .-]?\d){6,14})(?!\d)"
)
_DIGIT = r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"
_SPELT_PHONE = re.compile(rf"\b(?:{_DIGIT}|\d{{1,4}})(?:[ ,.-]{{1,2}}(?:{_DIGIT}|\d{{1,4}})){{5,12}}\b")
_SPELT = re.compile(rf"\b{_DIGIT}\b")

_THREE = rf"(?:\d{{3,4}}(?![\d/%]| ?(?:dollars|mg|lbs|a[nñ]os|years))|(?:{_DIGIT}[ ,-]?){{3,4}}\b)"
_CVV_WORD = (r"(?:cvv2?|cvc2?|cvn2?|cvs|ccv2?|csv|csc|cid|c\.v\.[vc]\.?|card (?:verification|code)|sec(?:urity)?\.? ?(?:code|number|num|no|digits|pin|#)|verification (?:code|number|value)|"
             r"(?:back|front) ?(?:code|number|digits)|(?:(?:3|three|4|four|last|few|little) )*(?:code|digits?|numbers?|pin)(?: (?:that'?s|thats|are|is|that are))? (?:(?:on|in|at|from) (?:the |its )?(?:back|front|reverse|rear)|behind|inside)(?: the card)?(?: of (?:it|the card|my card))?|"
             r"(?:3|three|4|four)[- ](?:digits?|numbers?|nums?)(?: (?:code|number|pin))?|c[oó]digo(?: de)?(?: la)? ?(?:seguridad|atr[aá]s|verificaci[oó]n|tarjeta|el reverso|tres d[ií]gitos|3 d[ií]gitos)|clave de (?:seguridad|(?:la )?(?:tarjeta|parte de atr[aá]s|atr[aá]s|detr[aá]s))|n[uú]mero de seguridad|"
             r"(?:los |las )?(?:(?:3|tres|4|cuatro|[uú]ltim[oa]s) )+(?:d[ií]gitos|n[uú]mer(?:it)?os|numeritos|cifras|n[uú]ms?)(?: (?:de |por )?(?:la parte de )?(?:atr[aá]s|detr[aá]s|reverso|enfrente|adelante))?|(?:n[uú]mer(?:it)?os?|d[ií]gitos|c[oó]digo) (?:de |por )?(?:atr[aá]s|detr[aá]s|al reverso|del reverso))")  # fmt: skip
_CVV = re.compile(rf"\b{_CVV_WORD}(?![a-z])[^\d\n]{{0,22}}?(?<![\d$/.-])({_THREE})")
_CVV_AFTER = re.compile(
    rf"(?<![\w$/.-])(\d{{3,4}})[ ,=(]{{1,3}}(?:(?:is|are|es|son|was|that's|thats|as) )?(?:(?:the|my|el|los|mi|la) )?(?:{_CVV_WORD}\b|on (?:the )?(?:back|front)\b|(?:por )?(?:de )?(?:atr[aá]s|detr[aá]s)\b)"
)
_CVV_WEAK = re.compile(
    r"\b(?:code|c[oó]digo|clave|pin|sec|back|digits|d[ií]gitos|seg)\b[^\d\n]{0,14}?(?<![\d$/.-])(\d{3,4})(?![\d/%])"
)
_CVV_NEAR = re.compile(r"(?<![\w$/.#-])\d{3,4}(?![\w/%-]|\.\d)")

_ID = r"(?: ?(?:id|identification|identificaci[oó]n|number|numbers|num|nbr|no|nro|n[uú]mero|#|n[º°]|code|c[oó]digo))?"
_PAYERS = (r"medicare|medicaid|mbi|hicn|aetna|cigna|horizon|bcbs|blue ?cross(?: blue ?shield)?|blue ?shield|humana|uhc|united(?: ?health ?(?:care)?)?|tricare|oxford|amerigroup|wellcare|wellpoint|oscar|"
           r"anthem|ambetter|nj ?familycare|family ?care|kaiser|geico|progressive|state farm|allstate|liberty mutual|njm|plymouth rock|travelers|fidelis|emblem|healthfirst|qualcare|amerihealth|magnacare|multiplan|optum")  # fmt: skip
_CUES = re.compile(
    rf"\b(?:(?P<INSURANCE_ID>(?:member(?:ship)?|subscriber|policy(?: ?holder)?|group|grp|insurance|ins|plan|payer|payor|prior auth(?:orization)?|(?:pre)?auth(?:orization)?|rx ?(?:bin|pcn|grp|group|id)|bin|pcn|claim|adjuster|workers'? ?comp|wcb?|(?:my|the) card (?:says|reads|shows)|enrollee|certificate|coverage|benefits?|"
    rf"{_PAYERS}|p[oó]liza|reclamo|reclamaci[oó]n|afiliad[oa]|afiliaci[oó]n|miembro|membres[ií]a|grupo|autorizaci[oó]n|seguro|aseguranza|asegurad[oa]|aseguradora|beneficiari[oa]|suscriptor|socio|soci[oa]|carnet|carn[eé]|cobertura)"
    rf"(?: ?(?:id|card|tarjeta|m[eé]dic[oa]))?{_ID})|"
    rf"(?P<MRN>(?:mrn?|m\.r\.n\.?|(?:medical |health |my )?records?|(?:medical )?chart|patient|pt|paciente|case|caso|file|folder|account|acct|acc|acount|expediente|historia(?: cl[ií]nica| m[eé]dica)?|h\.?c\.?|hist\.?|r[eé]cord|cuenta|routing|iban|ficha|folio|legajo|"
    rf"referral|invoice|bill|factura|recibo|receipt|confirmation|confirmaci[oó]n|reference|referencia|ref|booking|reservation|portal|login|username|usuario|employee|empleado|student|estudiante|badge|order|visit|encounter|(?<!zip )(?<!cpt )(?<!icd )id|identification|identificaci[oó]n)(?: (?:m[eé]dic[oa]|cl[ií]nic[oa]|bancaria|de banco|de ahorros))?{_ID})|"
    rf"(?P<LICENSE>(?:(?:driver'?s? ?)?(?:licen[sc]e|lic)(?: plate)?(?: tag)?|driver'?s? id|licencia(?: de (?:conducir|manejo|manejar|conductor))?|passport|pasaporte|d\.?l\.?|plates?|tags?|placas?|chapa|tablilla|matr[ií]cula(?: consular)?|c[eé]dula|curp|rfc|ine|dui|dpi|dni|nie|"
    rf"green ?card|uscis|alien|a-?number|visa number|ead|work permit|permiso(?: de (?:trabajo|conducir|manejar))?|residencia|vin|state id|id del estado|nj id|license|permit){_ID}(?: de mi carro| del carro)?)|"
    rf"(?P<SSN>ss[n#]?|s\.s\.n?\.?|socials?|soc(?:ial)?\.? ?sec(?:urity)?|seguro social|seg(?:uro)?\.? soc(?:ial)?|itin|tax ?(?:id|payer)|ein){_ID}|"
    rf"(?P<PHONE>phone|cell?|mobile|tel|tel[eé]fono|celular|fax|whatsapp|pager|beeper))(?![a-zà-ÿ])"
)
#: Letters and digits that may be a code: pieces with digits, up to five in a row, with a short run of capital letters before or behind.
_CODE = re.compile(
    r"(?<![\w$@.,/:'’-])(?:[A-Z]{1,4}[ -](?=[A-Z]?\d))?(?=[A-Za-z]{0,6}-?\d|\d)[A-Za-z0-9]{1,24}(?:[-–_/.*][A-Za-z0-9]{1,16}){0,5}(?: ?- ?(?=\w*\d)[A-Za-z0-9]{1,16}| (?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{1,16}(?:-[A-Za-z0-9]{1,12})*){0,4}(?: [A-Z]{1,3}(?![\w]))?"
)
_PLATE = re.compile(r"(?<![\w$@.,-])(?:[a-z]{1,4}[ -]?\d{1,4}[ -]?[a-z]{0,3}|\d{1,4}[ -]?[a-z]{1,4}[ -]?\d{0,4})(?![\w-])")
_PLATE_CUE = re.compile(r"plate|tag|placa|chapa|tablilla")
_UNITS = re.compile(
    r" ?(?:%|°|mg|mcg|ml|mm|cm|kg|lbs?|pounds?|libras|kilos|oz|ft|feet|mi(?:les?|llas)?|km|min(?:ute|uto)?s?|hours?|hrs?|horas?|days?|d[ií]as?|weeks?|wks?|semanas?|months?|mos|mes(?:es)?|years?|yrs?|yo|y/o|a[nñ]os?|sessions?|sesion(?:es)?|visits?|visitas|"
    r"times?|veces|x\b|reps?|sets?|steps?|pasos|people|personas|patients?|pacientes|dollars?|d[oó]lares|bucks|pesos|copay|deductible|am|pm|a\.m|p\.m|o'?clock|percent|por ?ciento|out of|de cada|of \d|de \d+ (?:a|puntos)|points?|puntos|degrees|grados|bus|exit|guagua|needles?|agujas|in network|visits)\b"
)
_NO_CODE = re.compile(
    r"(?:[clts]\d{1,2}(?:[-–/ ]{1,3}[clts]?\d{1,2}){0,4}|[a-z]\d{2}(?:\.\d{1,4})?|(?:19|20)\d\d(?:[-–/ ](?:19|20)?\d\d){0,4}|\d{1,2}(?:[.:h]\d\d)?(?:am|pm|a|p)?|\d+(?:st|nd|rd|th|x|k|mg|ml|lbs?|yo|mm|cm|hrs?|min|%)|\d{1,3}|\d{1,2}[-–/ ]\d{1,3}|\d{3}[-–/ ]\d{1,2}|"
    r"(?:[1-9]|0[1-9]|[12]\d|3[01])[-/. ](?:[1-9]|0[1-9]|[12]\d|3[01])[-/. ](?:19|20)?\d\d|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|24/7|401k|4k|5k|10k|covid-?19|b12|omega-?3|h1n1|w-?[249]|1099|a1c|9-1-1|9-8-8|icd-?10?|q\d|v\d)"
)
_LINKS = frozenset(
    ["is", "es", "was", "era", "fue", "are", "son", "be", "would", "will", "sera", "seria", "of", "the", "it", "its", "s", "my", "mi", "his", "her", "their", "el", "la", "los", "las", "de", "del", "que", "number", "numbers", "num", "no", "nbr", "nro", "numero", "n", "id", "card", "tarjeta", "says", "reads", "dice", "shows", "from", "for", "para", "on", "en", "as", "como", "below", "here", "aqui", "su", "tu", "un", "una", "this", "that", "ending", "starts", "with", "and", "y", "code", "codigo", "please", "por", "favor", "now", "ahora", "still", "just", "should", "medico", "medica", "health", "plan", "policy", "group", "member", "insurance", "company", "compania", "seguro", "from", "mine", "mio", "mia", "in", "account", "aetna", "cigna", "horizon", "humana", "bcbs", "medicare", "medicaid", "nj", "new", "jersey", "ny", "pa", "state", "dominicano", "dominicana", "mexicano", "mexicana", "colombiano", "espanol", "us", "american", "auto", "car", "carro", "coche", "truck", "van", "civic", "corolla", "honda", "toyota", "ford"]
)  # fmt: skip
_AFTER_CUE = re.compile(
    r"[ ,:=(–-]{1,3}(?:(?:is|es|was|that'?s|thats|as|are|era|como) )?(?:(?:on|from|in) )?(?:(?:the|my|mi|el|la|her|his|su|our) )?"
)


def numbers(text: str, low: str, public: tuple[str, ...]) -> Iterator[Span]:
    """Personal numbers and dates of birth, the surest first. `low`: the lowered text."""
    yield from (Span(m.start(), m.end(), "PHONE") for m in _SPELT_PHONE.finditer(low) if len(_SPELT.findall(m[0])) >= 4)
    digits = sum(map(str.isdigit, text))
    if not digits:
        yield from births(low)
        if CARD_WORD.search(low):
            yield from (Span(m.start(1), m.end(1), "CVV") for m in _CVV.finditer(low))
        return
    own = {_digits(p).removeprefix("1") for p in public if p}
    cards = [
        Span(m.start(), m.end(), "CREDIT_CARD")
        for m in _CARD.finditer(low)
        if _is_card(m[0], low[max(0, m.start() - 30) : m.start()])
    ]
    yield from cards
    yield from expiries(low, cards)
    yield from _security(low, cards)
    for pattern, kind in ((_MBI, "INSURANCE_ID"), (_NJ_LICENSE, "LICENSE"), (_SSN, "SSN")):
        yield from (Span(m.start(), m.end(), kind) for m in pattern.finditer(low))
    yield from births(low)
    phones, left = _phones(text, low, own) if digits >= _FEWEST else ([], [])
    yield from phones
    for span in _codes(text, low):
        if not any(span.start < end and start < span.end for start, end in left) and not _is_public(
            text[span.start : span.end], own, ""
        ):
            yield span


def _security(low: str, cards: list[Span]) -> Iterator[Span]:
    """The three or four digits on the back of a card."""
    for pattern in (_CVV, _CVV_AFTER):
        yield from (Span(m.start(1), m.end(1), "CVV") for m in pattern.finditer(low))
    if cards or CARD_WORD.search(low):
        yield from (Span(m.start(1), m.end(1), "CVV") for m in _CVV_WEAK.finditer(low))
    for card in cards:
        yield from (Span(m.start(), m.end(), "CVV") for m in _CVV_NEAR.finditer(low, card.end, card.end + 40))


def _codes(text: str, low: str) -> Iterator[Span]:
    """Letters and digits with the word that says whose number they are."""
    codes = [match for match in _CODE.finditer(text) if _may_be(low, match)]
    if not codes and not _PLATE_CUE.search(low):
        return
    cues = [(m.start(), m.end(), m.lastgroup or "MRN") for m in _CUES.finditer(low)]
    at = 0
    for match in codes:
        digits = (i for i in range(match.start(), match.end()) if text[i].isdigit())
        first = next(digits, match.end())  # the digit may be of another script, and lie behind the code
        while at < len(cues) and cues[at][1] <= first:
            at += 1
        before = cues[at - 1] if at else None
        kind = _kind(low, match, before, cues[at : at + 2])
        if kind:
            yield Span(match.start(), match.end(), kind)
    for start, end, kind in cues:
        if kind == "LICENSE" and _PLATE_CUE.search(low, start, end):
            for plate in _PLATE.finditer(low, end, end + 36):
                if not _UNITS.match(low, plate.end()) and any(c.isalpha() for c in plate[0]) and len(plate[0]) >= 4:
                    yield Span(plate.start(), plate.end(), kind)


def _may_be(low: str, code: re.Match[str]) -> bool:
    """Whether a word beside it can make a code of it: an amount of something is none, an ordinary number only in rare cases."""
    digits = len(_digits(code[0]))
    if digits < 7 and _UNITS.match(low, code.end()):
        return False
    return digits in _SSN_SIZES or not _is_ordinary(low, code)


def _is_ordinary(low: str, code: re.Match[str]) -> bool:
    return _NO_CODE.fullmatch(low[code.start() : code.end()].rstrip(".")) is not None


def _kind(low: str, code: re.Match[str], before: tuple[int, int, str] | None, after: list[tuple[int, int, str]]) -> str:
    """What a code is, or nothing."""
    digits, size = len(_digits(code[0])), sum(map(str.isalnum, code[0]))
    ordinary = _is_ordinary(low, code)
    if before and not ordinary:
        gap = low[before[1] : max(before[1], code.start())]
        far = _far(gap)
        if (far == 0 and ((digits >= 3 and size >= 4) or ("#" in gap and digits >= 2))) or (0 < far <= 5 and digits >= 5):
            return before[2]
    if before and before[2] == "SSN" and digits == 4 and _far(low[before[1] : max(before[1], code.start())]) <= 3:
        return "SSN"
    link = _AFTER_CUE.match(low, code.end())
    for start, _, kind in after:
        if link and start <= link.end() <= start + 8 and not ordinary and (digits >= 4 or (size > digits >= 2 and size >= 4)):
            return kind
        if link and kind == "SSN" and start - code.end() <= 34 and digits in _SSN_SIZES:
            return kind
    if ordinary or "," in code[0]:
        return ""
    solid = " " not in code[0]
    if solid and (digits >= 8 or (digits >= 6 and size > digits and not re.search(r"[/.]", code[0]))):
        return "SSN" if digits == 9 == size else "MRN"
    return ""


def _far(gap: str) -> int:
    """How many words that link nothing stand between a cue and a code; many if a sentence ends between."""
    if len(gap) > 60 or re.search(r"[?!\n;]|\.(?=\s+\w{4})", gap):
        return 99
    return sum(
        word not in _LINKS
        for word in re.findall(
            r"[^\W_]+", gap.replace("ú", "u").replace("ó", "o").replace("é", "e").replace("í", "i").replace("ñ", "n")
        )
    )


def _is_public(number: str, own: set[str], before: str) -> bool:
    digits = _digits(number)
    if digits.removeprefix("1") in own or digits in _PUBLIC_NUMBERS or digits.removeprefix("1") in _PUBLIC_NUMBERS:
        return True
    return _TOLL_FREE.fullmatch(digits) is not None and not _OWN_LINE.search(before[-40:])


def _phones(text: str, low: str, own: set[str]) -> tuple[list[Span], list[tuple[int, int]]]:
    """People's phones, and where public ones stand."""
    phones = [
        Span(m.start(1), m.end(1), "PHONE") for m in _PHONE_CUE.finditer(low) if not _is_public(m[1], own, low[: m.start(1)])
    ]
    left: list[tuple[int, int]] = []
    for match in phonenumbers.PhoneNumberMatcher(text[:_MOST], "US", leniency=phonenumbers.Leniency.POSSIBLE):
        if _is_public(match.raw_string, own, low[max(0, match.start - 40) : match.start]):
            left.append((match.start, match.end))
        elif len(_digits(match.raw_string)) >= 10 or re.fullmatch(r"\d{3}[-. ]?\d{4}", match.raw_string):
            phones.append(Span(match.start, match.end, "PHONE"))
    return phones, left


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _is_card(text: str, before: str) -> bool:
    """13 to 19 digits with a right check digit (Luhn), in the groups of a card, or after a word for one."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    total = sum(d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits)))
    return (
        total % 10 == 0
        or re.fullmatch(r"\d{4}([ .-]+\d{4}){3}|\d{4}[ .-]+\d{6}[ .-]+\d{5}", text) is not None
        or CARD_WORD.search(before) is not None
    )
