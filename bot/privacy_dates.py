"""Dates of birth and the end dates of cards, in the ways people write them in English and Spanish.

A date of birth is told by a word beside it ("dob", "born", "nací"), or by being long past with no event beside it: the
date of an accident, a surgery or a visit is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.types import Span

_MONTH = (r"(?:jan(?:uary)?|feb(?:r?uary)?|mar(?:ch|zo)?|apr(?:il)?|may(?:o)?|june?|july?|aug(?:ust)?|sept?(?:ember|iembre)?|oct(?:ober|ubre)?|nov(?:ember|iembre)?|"
          r"dec(?:ember)?|ene(?:ro)?|febrero|abr(?:il)?|jun(?:io)?|jul(?:io)?|ago(?:sto)?|setiembre|dic(?:iembre)?)\b\.?")  # fmt: skip
_SMALL = (r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|"
          r"sixty|seventy|eighty|ninety|hundred|thousand|oh|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|"
          r"fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|"
          r"uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[eé]is|diecisiete|dieciocho|diecinueve|veinte|veinti\w{2,6}|treinta|"
          r"cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|mil|novecientos|primero|primer")  # fmt: skip
_SPELT = rf"(?:\b(?:{_SMALL})\b(?:[ -](?:y |and )?)?){{1,6}}"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?!\d)(?:st|nd|rd|th|ro|er|do|[º°ª])?"
_YEAR = r"(?:(?:19|20)\d\d|['’]?\d\d)(?!\d)"
_LONG_YEAR = r"(?:19|20)\d\d(?!\d)"
_OF = r"(?:,? ?(?:of|de|del|in|the|d[ei]l? a[nñ]o)\b ?|[ ,./-]{1,2})"
_NUMERIC = rf"\d{{1,2}} ?[/.\-– ] ?\d{{1,2}} ?[/.\-– ] ?{_YEAR}"
_ISO = r"(?:19|20)\d\d ?[/.\- ] ?\d{1,2} ?[/.\- ] ?\d{1,2}(?!\d)"
_WORDED_MD = rf"(?:{_LONG_YEAR}[, ]{{1,2}})?{_MONTH}[ ,./-]{{0,2}}(?:the )?{_DAY}(?:{_OF}{{1,2}}{_YEAR})?"
_WORDED_DM = rf"(?:the )?(?:{_DAY}|primero) ?(?:of |de |d[ei]l mes de |[-/.])?{_MONTH}(?:{_OF}{{1,2}}{_YEAR})?"
_SPELT_MD = rf"{_MONTH} (?:the )?{_SPELT}(?:,? ?(?:of |de |del )?(?:{_YEAR}|{_SPELT}))?"
_SPELT_DM = rf"(?:the )?{_SPELT} ?(?:of |de ){_MONTH}(?:,? ?(?:of |de |del )?(?:{_YEAR}|{_SPELT}))?"
_RUN_TOGETHER = r"\d{1,2}[a-z]{3}\d{2,4}\b|(?<!\d)\d{6}(?:\d\d)?(?!\d)"
_YEAR_SPELT = rf"(?:{_WORDED_MD}|{_WORDED_DM}){_OF}{{1,2}}(?:{_SMALL})(?:[ -](?:y |and )?(?:{_SMALL})\b){{1,4}}"
_DAY_LAST = rf"{_MONTH}{_OF}{{0,2}}{_LONG_YEAR},? ?(?:on )?the {_DAY}"
_FULL = rf"(?:{_YEAR_SPELT}|{_DAY_LAST}|{_NUMERIC}|{_ISO}|{_WORDED_MD}|{_WORDED_DM}|{_RUN_TOGETHER}|{_SPELT_MD}|{_SPELT_DM})"
_PART = rf"(?:{_MONTH}{_OF}{{0,2}}{_YEAR}|\d{{1,2}}[/-](?:{_LONG_YEAR}|\d{{1,2}}(?!\d))|(?:19|20)\d\d(?!\d)|['’]?\d\d(?![\d%]| ?(?:years|a[nñ]os|weeks|days|lbs?|pounds)))"
_BORN = (r"(?:d\.? ?o\.? ?b(?:irth)?\b\.?|(?:date|year|day) of (?:my |his |her )?birth|birth ?(?:date|day|year)s?|b[- ]?day|born|fecha (?:de )?nac(?:imiento)?\b\.?|fec\.? ?nac\.?|f\.? ?(?:de )?nac\.?|fdn|"
         r"a[nñ]o de nacimiento|nacimiento|nac(?:[ií]|i[oó]|id[oa]s?|ieron|imos)\b|cumple(?:a[nñ]os)?\b|cumpl[oe](?: a[nñ]os| \d+(?: a[nñ]os)?)?|turn(?:s|ing|ed)? (?:\d\d?|[a-z]+)(?: (?:years|on))?|(?:(?:i|he|she|we)(?:'?ll| will) be|voy a cumplir|va a cumplir) \d\d?(?: a[nñ]os)?(?= (?:on|in|el|en)\b))")  # fmt: skip
_LINK = r"(?:'s|[ :=,.#\-–(]|\b(?:is|was|es|era|son|will|would|be|ser[ií]a|en|on|in|el|the|d[ií]a|un|una|back|way|around|about|sometime|of|de|del|a[nñ]o|year|my|mi|de mi|ella|[eé]l|yo|it'?s|again)\b){1,8}"
_BIRTH = re.compile(rf"\b{_BORN}(?:({_NUMERIC})|[^\d\n]{{0,30}}?(?<![a-z\d])({_FULL})|{_LINK}({_PART}))")
_MINE = r"(?:is |es |was |= ?)?(?:when (?:i|he|she) was born|(?:(?:the |my |mi |la |his |her )?(?:birth ?(?:day|date)|bday|b-day|d\.?o\.?b|date of birth|cumplea[nñ]os|fecha de nacimiento))\b)"
_BIRTH_AFTER = re.compile(rf"(?<![\w/.-])({_FULL})(?!\d)[ ,:(–-]{{0,3}}{_MINE}")
_BORN_ON = re.compile(
    rf"\b(?:(?:es|son|soy) del? ({_NUMERIC}|{_WORDED_DM})|soy del? (?:a[nñ]o )?({_LONG_YEAR}|['’]?\d\d(?![\d%]| ?[a-z])))"
)
_BABY = re.compile(
    r"\b(?:i'?m|i am|he'?s|she'?s|soy) (?:an? |un |una )?((?:19|20)\d\d|['’]\d\d) (?:baby|kid|child|model|vintage|beb[eé])\b"
)
_PAST = re.compile(rf"(?<![\w/.$-])(?:{_NUMERIC}|{_ISO}|{_WORDED_MD}|{_WORDED_DM})(?![\w/-])")
_EVENT = re.compile(
    r"surg|operat|operaci|oper[eéoóa]|accident|crash|chocan|choque|fell|fall|ca[ií]|cai?da|injur|hurt|lesi[oó]n|lastim|fractur|broke|romp|since|desde|mri|x-?ray|scan|resonancia|placa|diagnos|"
    r"appoint|appt|cita|visit|session|sesi[oó]n|came|vine|come in|book|schedul|reserv|last|[uú]ltim|started|empez|began|repair|reconstruct|procedure|inject|shot|vaccin|tear|tore|torn|sprain|pregnan|married|graduat|hired|issued|dated|report|result|biops|stroke|cancer|chemo|desgarr|esguince|infiltra|stent|placed|put in|implant|puesto|pusieron|vacuna|derrame|replace|fusion|implant|therapy|terapia|seen|saw|on file|published|article|"
    r"study|law|ley|open|abr[ei]|closed|holiday|until|hasta|by|before|antes|after|despu[eé]s|between|entre|from|effective|renew|expire|vence|was on|fue el|happened|pas[oó]|incident|wedding|refer"
)
_CENTURY_TURN = 27  # two-digit years from here on are of the last century: no appointment is written so
_YOUNGEST = 2015  # a full date after this year is more often an event than a birth

_EXPIRES = re.compile(
    r"\b(?:exp(?:ir(?:es|y|ing|ation|a|aci[oó]n)|\.)?(?: ?date| day)?|vence|vencimiento|vencer|vto\.?|venc\.?|caduca|caducidad|runs out|ends|(?:good|valid|v[aá]lid[ao])(?: (?:thru|through|until|til|till|to|hasta))?|fecha|hasta|thru|through)(?![a-z])"
    rf"[^\d\n]{{0,24}}?(?<![a-z\d])((?:0?[1-9]|1[0-2]) ?(?:[/.–-]|de |del |of | ) ?(?:20)?\d\d(?![\d/-])|{_MONTH}{_OF}{{0,2}}['’]?(?:20)?\d\d(?!\d)|(?:0[1-9]|1[0-2])[2-4]\d(?!\d)|20[2-4]\d[/-](?:0?[1-9]|1[0-2])(?![\d/-]))"
)
_EXPIRES_AFTER = re.compile(
    r"(?<![\d/.-])((?:0?[1-9]|1[0-2]) ?[/-] ?(?:20)?\d\d)(?![\d/-])[ ,(]{1,3}(?:is |es )?(?:the |la |el )?(?:exp|venc)"
)
_BY_CARD = re.compile(
    rf"(?<![\d/.$-])(?:(?:0?[1-9]|1[0-2]) ?[/–-] ?(?:20)?[2-4]\d|(?:0[1-9]|1[0-2])[2-4]\d|{_MONTH} (?:de |del )?(?:20)?[2-4]\d)(?![\d/-])"
)
_OFFER = re.compile(
    r"coupon|groupon|promo|offer|gift|referral|script|prescription|package|deal\b|authori|cup[oó]n|oferta|receta|paquete|referido|pass\b|voucher|membership|special|vale\b"
)
# Every date has digits or a month in it, and every birthday a word for one: what lacks them is not searched further.
_DATED = re.compile(r"\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|setiembre|dic")
_BIRTHDAY = re.compile(r"was born|birth|bday|b-day|d\.?o\.?b|cumplea[nñ]os|fecha de nacimiento")
CARD_WORD = re.compile(
    r"\b(?:card|visa|master ?card|amex|american express|discover|debit|credit|tarjeta|hsa|fsa|cvv2?|cvc|mc|d[eé]bito|cr[eé]dito)\b"
)


def births(low: str) -> Iterator[Span]:
    """Dates of birth in a lowered text."""
    if not _DATED.search(low):
        return
    for match in _BIRTH.finditer(low):
        group = match.lastindex or 1
        gap = low[match.start() : match.start(group)]
        if not _EVENT.search(gap.replace("birth", "")):
            yield Span(match.start(group), match.end(group), "DOB")
    for pattern in (_BIRTH_AFTER, _BORN_ON, _BABY) if _BIRTHDAY.search(low) else (_BORN_ON, _BABY):
        yield from (Span(m.start(m.lastindex or 1), m.end(m.lastindex or 1), "DOB") for m in pattern.finditer(low))
    for match in _PAST.finditer(low):
        if (
            _long_past(match[0])
            and not _EVENT.search(low[max(0, match.start() - 40) : match.start()])
            and not _EVENT.match(low[match.end() : match.end() + 12].lstrip(" ,"))
        ):
            yield Span(match.start(), match.end(), "DOB")


def _long_past(date: str) -> bool:
    parts = [int(part) for part in re.findall(r"\d+", date)]
    if len(parts) < 2 or (re.search(r"[a-z]", date) and not re.search(r"\d{4}", date)):
        return False
    year = next((part for part in parts if part >= 1900), parts[-1])
    rest = [part for part in parts if part != year] or parts[:-1]
    if not all(1 <= part <= 31 for part in rest) or (" " in date and not re.search(r"[a-z]|\d{4}", date)):
        return False
    return 1900 <= year <= _YOUNGEST or _CENTURY_TURN <= year <= 99


def expiries(low: str, cards: list[Span]) -> Iterator[Span]:
    """When a card ends, in a lowered text: after a word that says so, or beside a card number."""
    near = bool(cards) or CARD_WORD.search(low) is not None
    for match in _EXPIRES.finditer(low):
        weak = re.match(r"fecha(?! de venc)|hasta|thr|ends|runs|good|valid|v[aá]lid", match[0])
        sure = not weak or (weak[0][:3] in ("goo", "val", "vál") and re.search(r"20[2-4]\d|/[2-4]\d$", match[1]) is not None)
        if not _OFFER.search(low[max(0, match.start() - 50) : match.end() + 30]) and (near or sure):
            yield Span(match.start(1), match.end(1), "CARD_EXP")
    yield from (Span(m.start(1), m.end(1), "CARD_EXP") for m in _EXPIRES_AFTER.finditer(low))
    for card in cards:
        for match in _BY_CARD.finditer(low, card.end, card.end + 40):
            yield Span(match.start(), match.end(), "CARD_EXP")
