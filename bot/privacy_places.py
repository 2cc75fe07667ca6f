"""Where somebody lives: a house number with a street, a post box, a corner or a flat, in English and Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.text import lowered
from bot.types import Span

_STREET = (r"(?:st(?:reet|r)?|ave?(?:nue)?|r(?:oa)?d|dr(?:ive)?|l(?:a)?ne?|ct|court|blvd|boulevard|pl(?:ace)?|ter(?:r(?:ace)?)?|way|cir(?:cle)?|pkwy|parkway|hwy|highway|"
           r"turnpike|tpke|tpk|pike|plz|plaza|sq(?:uare)?|broadway|trail|trl|loop|run|ridge|path|row|walk|alley|mews|crescent|cres|hollow|commons?|point|landing)")  # fmt: skip
_UNIT = r"(?:(?:apt|apart(?:a?ment)?|unit|suite|ste|fl(?:oor)?|apto|apartamento|departamento|depto|piso|room|rm|bldg|building|edificio|edif|casa|basement|ph)\b\.? ?(?:#|no\.?|n[uú]mero)? ?[\w-]{1,5}|# ?\w{1,5}|(?:\d{1,2}(?:st|nd|rd|th|er|do|ro)?|first|second|third|fourth|top|ground|primer|segundo|tercer|cuarto) (?:fl(?:oor)?|piso)\b)"
_STATE = r"(?:n\.?j\.?|n\.?y\.?|p\.?a\.?|ct|de|fl|new jersey|nueva jersey|new york|nueva york|pennsylvania)\b"
_CITY = r"[A-Za-zÀ-ÿ.'’-]{3,20}(?: [A-ZÀ-Þ][a-zà-ÿ.'’]{2,20}){0,2}"
_TOWN = r"(?:(?:in|en) )?(?:[a-zà-ÿ.'’-]{3,20} ){0,3}?(?:[a-zà-ÿ.'’-]{3,20},? )?"
_PLACE = rf"(?:(?:,? ?{_UNIT}){{0,2}}(?:,? (?:{_TOWN}{_STATE}(?:,? {_STATE})?(?:,? \d{{5}}(?:-\d{{4}})?(?!\d))?|{_TOWN}\d{{5}}(?:-\d{{4}})?(?![\d-]))|, ?(?-i:{_CITY})|, (?-i:[A-Z]{{2}})\b| (?!(?:I|My|Is|Can|Phone|DOB|Tel|Cell|Email|And|The|Mi)\b)(?-i:[A-ZÀ-Þ][a-zà-ÿ.'’]{{2,20}}(?: [A-ZÀ-Þ][a-zà-ÿ.'’]{{2,20}}){{0,2}}))?)"
_NUMBER = r"(?<![\w.$/-])(?<!exit )(?<!salida )(?:\d{1,5}(?:-\d{1,4})?(?: ?[a-d])?|\d{1,5} 1/2|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)(?= (?-i:[A-Z])))"
_SIDE = r"(?:(?:[nsew]|north|south|east|west|norte|sur|este|oeste)\b\.? )?"
_NAME = r"(?:[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’.-]{0,19}|\d{1,3}(?:st|nd|rd|th))"
_ROUTE = r"(?:(?:us|state|county|nj)[ -])?(?:route|rte?|hwy|highway|ruta|us)[ -]\d{1,3}(?: ?[nsew]\b| north| south| east| west)?"
_NUMBERED = re.compile(
    rf"(?:\b{_UNIT},? (?:at |de |en )?)?{_NUMBER}(?P<unit>,? {_UNIT})?,? {_SIDE}(?:(?P<name>(?:{_NAME} ){{0,4}}?)(?P<type>{_STREET})\b\.?(?: {_SIDE[:-1]})?(?: (?:extension|ext)\b)?|{_ROUTE})(?: hotel)?{_PLACE}",
    re.I,
)
#: Words between a number and a word like "run" or "way" that make it no address.
_MEASURED = re.compile(
    r"\b(?:min(?:ute|uto)?s?|hours?|hrs?|days?|weeks?|months?|years?|yrs?|sessions?|visits?|times?|miles?|mi|km|blocks?|steps?|feet|ft|lbs?|pounds?|kids?|people|reps?|sets?|percent|dollars?|bucks|"
    r"pm|am|mg|x|per|of|on|to|in|at|the|is|it|and|or|for|from|my|me|i|a|an|you|they|was|were|can|do|then|past|after|before|half|more|less|out|off|down|up|away|lane|mile|hour|minute|day|"
    r"horas?|d[ií]as?|semanas?|meses|a[nñ]os?|veces|cuadras?|millas?|personas?|pesos|d[oó]lares|que|por|para|y|o|es|mi|una?)\b"
)
_CALLE = r"(?:calle|c/|avenida|ave\b\.?|av\b\.?|avda\b\.?|carretera|carr\b\.?|callej[oó]n|camino|paseo|bulevar|boulevard|urbanizaci[oó]n|urb\b\.?|residencial|barrio|colonia|col\.)"
_SPANISH = re.compile(
    rf"(?P<before>(?<![\w$.])\d{{1,5}}(?: (?:de|en) la)? )?\b{_CALLE} (?:(?:la |las |los |el |del |de )*[\w.'’À-ÿ-]{{1,20}})(?: [A-ZÀ-Þ][\w.'’-]{{1,20}}){{0,3}}(?P<after>,? ?(?:#|n[uú]mero|num\b\.?|no\b\.?|n[º°]|al)? ?\d{{1,5}}\b(?:-\d+)?)?{_PLACE}",
    re.I,
)
_PO_BOX = re.compile(
    rf"\b(?:p\.? ?o\.? ?box|post office box|box|apartado(?: postal| de correos)?|casilla) ?(?:#|no\.?|n[uú]mero)? ?\d{{2,7}}\b{_PLACE}",
    re.I,
)
_LIVES = (r"(?:(?:live|living|lives|stay|staying|reside|located|moved)(?: now)?(?: at| on| in| over| to| right| near| by| around| off)*|(?:im|i'm|we're|i am|we are|estoy|estamos|quedo) (?:at|on|en)|(?:my |mi |home |mailing |street |billing |new |work |the |nueva |la )*(?:address|addy|direcci[oó]n|domicilio|residencia|house|casa|home)(?: (?:for|de|del) [\w ]{1,16})?"
          r"(?: (?:is|es|was|changed to|queda en|est[aá] en|on file is))?|(?:queda|quedo|est[aá]) en|vivo|vive|vivimos|resido|me mud[eé] a|(?:mail|send|ship|mand\w+|env[ií]\w+)(?: \w+){0,3} (?:to|a)|pick me up (?:at|from))")  # fmt: skip
_LIVED = re.compile(
    rf"\b{_LIVES}(?: (?:en|at|on|in|near|cerca de|the|la|el|a|still|ahora))*[ :=\-–]{{1,3}}((?:{_UNIT},? )?{_NUMBER},? {_SIDE}(?!(?:years?|min|weeks?|days?|months?|pm|am|hours?|miles?|blocks?|a[nñ]os|meses|d[ií]as|cuadras|km|min\w*)\b){_NAME}(?: (?-i:[A-ZÀ-Þ])[\w.'’-]{{1,20}}){{0,3}}{_PLACE}"
    rf"|{_UNIT}(?:,? (?:at |in |en |del? )?(?:the )?(?-i:[A-ZÀ-Þ])[\w.'’-]+(?: (?-i:[A-ZÀ-Þ])[\w.'’-]+){{0,3}})?|(?-i:{_CITY}),? {_STATE},? \d{{5}}(?:-\d{{4}})?(?!\d))",
    re.I,
)
_LOOSE = re.compile(r"(?:im|i'm|we're|i am|we are|estoy|estamos|quedo|queda|est[aá]) |(?:la |my |mi )*(?:house|casa|home) \d")
_CROSSING = rf"(?:la |el |the )?(?:calle |avenida )?(?:{_NAME}|\d{{1,3}})(?: {_STREET}\b\.?)?"
_CORNER = re.compile(
    rf"\b(?:(?:the )?corner (?:of|at) {_CROSSING}(?: (?:and|&|y) {_CROSSING})|(?:la )?esquina (?:de|con|en) {_CROSSING}(?: (?:y|con|&|e) {_CROSSING})|(?:between|entre) {_CROSSING} (?:and|&|y) {_CROSSING} (?:on|en|de) {_CROSSING})"
)
_LIVED_CORNER = re.compile(
    rf"\b{_LIVES}(?: (?:en|por|at|on|near|by))*[ :]{{1,2}}({_CROSSING} (?:and|&|y|con|cerca de) {_CROSSING}|{_CROSSING} (?:between|entre) {_CROSSING} (?:and|&|y) {_CROSSING})"
)
_HOUSE = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten) (?-i:[A-Z])", re.I)
_HOME = re.compile(rf"\b{_LIVES}")
_ROAD = re.compile(rf"\b{_CALLE} ")
_BOX = re.compile("box|apartado|casilla")
_MEETING = re.compile("corner|esquina|between|entre")


def addresses(text: str, low: str) -> Iterator[Span]:
    """Street addresses, post boxes, corners and flats that say where somebody lives. `low`: the lowered text."""
    home = _HOME.search(low)
    if _HOUSE.search(text):
        yield from _numbered(text, low)
        if home:
            yield from _lived(text, home.start())
    if _MEETING.search(low):
        for match in _CORNER.finditer(low):
            if _is_home(low, match.start()) or (
                any(map(str.isdigit, match[0])) and not match[0].startswith(("between", "entre"))
            ):
                yield Span(match.start(), match.end(), "ADDRESS")
    if home:
        yield from _lived_corner(text, low, home.start())


def _numbered(text: str, low: str) -> Iterator[Span]:
    """What has a number and a street, wherever it stands."""
    for match in _NUMBERED.finditer(text):
        if not _MEASURED.search(lowered(match["name"] or "")) and (
            match["name"] or not match["type"] or match["type"].lower() == "broadway"
        ):
            yield Span(match.start(), match.end(), "ADDRESS")
    if _ROAD.search(low):
        for match in _SPANISH.finditer(text):
            if match["before"] or match["after"] or _is_home(low, match.start()):
                yield Span(match.start(), match.end(), "ADDRESS")
    if _BOX.search(low):
        for match in _PO_BOX.finditer(text):
            if low[match.start()] in "pac" or _is_home(low, match.start()):
                yield Span(match.start(), match.end(), "ADDRESS")


def _is_home(low: str, at: int) -> bool:
    """Whether it is said shortly before that somebody lives there."""
    return _HOME.search(low, max(0, at - 40), at) is not None


def _lived(text: str, first: int) -> Iterator[Span]:
    """What somebody says to live at."""
    for match in _LIVED.finditer(text, first):
        words = re.sub(r"^\W*\d[\w-]*,? ?", "", match[1])
        plain = words[:1].isupper() or words[:1].isdigit()
        if plain or not (_MEASURED.match(lowered(words)) or _LOOSE.match(lowered(match[0]))):
            yield Span(match.start(1), match.end(1), "ADDRESS")


def _lived_corner(text: str, low: str, first: int) -> Iterator[Span]:
    """Two streets with numbers or capital letters, between or at which somebody lives."""
    for match in _LIVED_CORNER.finditer(low, first):
        found = text[match.start(1) : match.end(1)]
        parts = re.split(r" (?:and|y|con|de|cerca|entre|between|&|la|el|the|calle|avenida|st|street|ave|avenue)\b\W*| ", found)
        if any(map(str.isdigit, found)) or all(part[:1].isupper() for part in parts if part):
            yield Span(match.start(1), match.end(1), "ADDRESS")
