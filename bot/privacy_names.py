"""People's names, found by where they stand: after words that announce one, at the start, or signed at the end.

After "my name is" anything but a word of every day is a name; after "this is" or "soy" it must also look like one (a
known given name, or capital letters); with no such word two parts are needed, the first a given name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from bot.privacy_words import Sort, folded, is_public, sort
from bot.types import Span

_KIN = (r"(?:mom|mommy|mother|mum|mama|dad|daddy|father|papa|son|daughter|wife|husband|hubby|spouse|brother|sister|friend|boyfriend|girlfriend|bf|gf|partner|"
        r"aunt|auntie|uncle|grandma|grandmother|grandpa|grandfather|grandson|granddaughter|nana|child|kid|boy|girl|baby|toddler|cousin|niece|nephew|neighbor|"
        r"coworker|colleague|boss|caregiver|aide|fianc[eé]e?|roommate|twins?|(?:step|mother|father|sister|brother|son|daughter)[- ]?(?:in[- ]law|son|daughter|mom|dad)|"
        r"emergency contact|client|patient|pt|student|"
        r"mam[aá]|mami|madre|pap[aá]|papi|padre|hij[oa]|hijit[oa]|ni[nñ][oa]|bebé|espos[oa]|marido|mujer|herman[oa]|amig[oa]|abuel(?:it)?[oa]|t[ií][oa]|prim[oa]|"
        r"suegr[oa]|yerno|nuera|cu[nñ]ad[oa]|sobrin[oa]|niet[oa]|novi[oa]|pareja|jefe|vecin[oa]|compa[nñ]er[oa]|se[nñ]ora?|paciente|contacto de emergencia)(?:[- ]in[- ]law)?")  # fmt: skip
_BE = r"(?:'?s|\b ?(?:is|was|es|era|are|son|should be|would be|will be|ser[ií]a|is spelled|spelled|spelt|goes by|named|called|llamad[oa]|de nombre|se llama))?"
#: After these stands a name, capital letters or not.
_SURE = re.compile(
    rf"\b(?:(?:sur|nick|user)?name{_BE}(?: on (?:the |my |file|record)?(?:card|account|file|insurance|chart|appointment|record)?{_BE})?"
    r"|nombres?(?: completo| y apellido| legal| del paciente| de la paciente)?(?: es| era| ser[ií]a)?|apellidos?(?: es| son)?|"
    r"(?:me|se|te) llam(?:o|a|an|aba)|ll[aá]m[ae]n?me|d[ií]g[ae]n?me|me dicen|me conocen (?:como|por)|a nombre de|en el id sale|"
    r"(?:every(?:one|body) |they |people |u |you )?(?:can )?calls? me|go(?:es)? by|known as|signed(?: by)?|atentamente|atte|firma(?:do)?|(?:it'?s|its) actually|"
    r"(?:under|(?:have|had|got|put|book|list|add|register) (?:me|us|him|her|it|them)(?: down)?(?: as| for| under)?|down as|listed as|registered as|booked as)(?: the)?(?: name)?(?: of)?)"
    r"(?![\w])[ ,:=\-–—\"“'(]{1,4}|\b(?:(?:patient|pt|paciente|client|cliente|contact|emergency contact)(?: nuev[oa]| new| name)?|first|last|given|family|pt name|from|de) ?[:=] ?",
    re.I,
)
#: After these a name may stand: it must look like one.
_LIKELY = re.compile(
    rf"\b(?:i['’]?m|i am|this is|(?:it(?:['’]?s| is) me|soy yo|cancel|resched(?:ule)?|confirm|cancelar|let)(?: for)?|(?:it|that|he|she)['’]?s|(?:it|he|she|that) is|soy|somos|fui|habla|le habla|les habla|te habla|(?:le|les|te) (?:escribe|saluda|llama)|aqu[ií]|ac[aá]|"
    rf"ask(?:ing|ed)? for|(?:speak|spoke|talk|talked|speaking|talking) (?:to|with)|hablar con|habl[eé] con|pregunt[ea]n? por|(?:scheduled|booked|appointment|appt|session|visit|cita|turno|hora|reserva|booking|book|calling|here|writing|asking|inquiring) (?:for|with|about|para|de|con)|"
    rf"(?:on )?behalf of|de parte de|es para|es|para|for|from|de|is for|about|tell|text|contact|meet|see|saw|regarding|"
    rf"(?:{_KIN}){_BE}|signed|(?:best|kind|warm|many)? ?(?:regards|wishes)|sincerely|respectfully|cordially|yours(?: truly)?|cheers|best|love|xoxo|thanks?(?: you)?(?: so much| a lot| again| in advance)?|thx|tks|ty|tia|"
    rf"(?:muchas |mil )?gracias|saludos(?: cordiales)?|cordialmente|bendiciones|un abrazo|try|miss|mrs|mr|ms|sra?|srta|do[nñ]a|don)"
    r"(?![\w])\.?[ ,:!.\-–—\n(\"]{1,4}",
    re.I,
)
_WEAK_CUES = re.compile(
    r"(?:for|from|de|para|about|tell|text|contact|meet|see|saw|regarding|try|best|love|fui|somos|ac[aá]|es)\W*", re.I
)
_PLACE_CUE = re.compile(r"(?:from|de|somos|fui|best|love|try)\W*", re.I)
_KIN_CUE = re.compile(rf"(?:\b(?:{_KIN}){_BE}|\b(?:mrs|mr|ms|srta|do[nñ]a))\W*$", re.I)
_THANKS = re.compile(
    r"(?:thank\w*|thx|tks|ty|tia|gracias|saludos|regards|sincerely|cheers|atte|best|xoxo|love|bendiciones|abrazo)\b", re.I
)

_WORD = re.compile(r"(?<![\w-])[^\W\d_](?:[\w'’]|-(?=[^\W\d_]))*\.?")
_GAP = re.compile(r"[\"”)]?,? [\"“(]?")
_TITLES = frozenset(["mr", "mrs", "ms", "miss", "dr", "sr", "sra", "srta", "don", "dona", "señor", "señora"])
_PARTICLES = frozenset(
    [
        "de",
        "la",
        "del",
        "los",
        "las",
        "y",
        "e",
        "van",
        "von",
        "der",
        "den",
        "da",
        "di",
        "dos",
        "das",
        "du",
        "le",
        "la",
        "st",
        "san",
        "santa",
        "bin",
        "ibn",
        "al",
        "el",
        "ter",
        "ten",
        "mac",
        "mc",
    ]
)
#: Words with a capital that follow a name without being part of it.
_AFTER = frozenset(
    ["i", "im", "ive", "my", "me", "we", "you", "he", "she", "it", "and", "or", "but", "the", "a", "an", "is", "in", "on", "at", "to", "for", "from", "of", "with", "can", "could", "do", "does", "what", "when", "where", "how", "why", "please", "thanks", "thank", "hi", "hello", "dob", "ssn", "mrn", "id", "phone", "cell", "tel", "email", "apt", "nj", "ny", "new", "born", "age", "and", "here", "calling", "need", "want", "appointment", "jr", "sr", "ii", "iii", "yo", "mi", "me", "te", "se", "el", "un", "una", "y", "o", "pero", "con", "por", "para", "que", "quiero", "necesito", "tengo", "cita", "telefono", "celular", "correo", "nacido", "nacida", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "medicare", "medicaid", "aetna", "cigna", "horizon", "visa", "mastercard", "amex"]
)  # fmt: skip
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
_PLACES = re.compile(
    r"[ -](?:st|street|ave|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|ct|court|pl|place|pkwy|parkway|plaza|square|bridge|park|station|terminal|"
    r"tunnel|memorial|cyst|neuroma|palsy|tendon|splints?|horse|day|taping|tape|lymphoma|law|act|bowl|marathon|hospital|medical|clinic|center|centre|university|college|school|institute|church|mall|gym|pharmacy|method|technique|exercises?|syndrome|disease|test|"
    r"county|township|heights|beach|airport|library|rehab|health|healthcare|insurance|bank|stadium|arena|high|elementary)\b",
    re.I,
)
_TITLE = re.compile(r"\b(?:mrs?|ms|miss|sra?|srta|se[nñ]or(?:a|ita)?|do[nñ]a|don)\.? $", re.I)
_IN_PLACES = frozenset(
    [
        "st",
        "street",
        "ave",
        "avenue",
        "blvd",
        "boulevard",
        "rd",
        "road",
        "pkwy",
        "parkway",
        "hospital",
        "clinic",
        "center",
        "university",
        "college",
        "school",
        "station",
        "turnpike",
        "highway",
        "disease",
        "syndrome",
        "fever",
        "method",
        "technique",
        "fungoides",
        "hicks",
        "norte",
        "sur",
    ]
)
_FINE = re.compile(r"(?<![\w'’-])([^\W\d_][\w'’-]+) (?:is fine|is ok(?:ay)?\b|for short|works too|est[aá] bien)")
_STRONG_END = re.compile(
    r"\s*(?:$|[-–—|(/\n]|, ?\d|:? \d|[,.;:]? ?(?:here|calling|speaking|checking|again|texting|writing|aqu[ií]|al habla|de nuevo|otra vez|llamando|escribiendo|dob|d\.o\.b|born|nacid[oa]|"
    r"tel|phone|ph|cell|cel|celular|mrn|age|aged|email|correo|ssn|medicare|medicaid|member|patient|paciente|de \d+ a[nñ]os)\b)",
    re.I,
)
_HERE = re.compile(
    r" (?:here|calling|speaking|again|aqu[ií]|al habla|de nuevo|otra vez|la de|el de|la del|el del|from|de|dob|and)\b|\s*$|[,.!] ",
    re.I,
)
_SPEAKS = re.compile(r",? (?:here|calling|speaking|texting|writing|al habla|llamando|escribiendo)\b", re.I)
_START = re.compile(
    r"(?:^|\n|(?:^|[\s,])(?:hi|hello|hey|hola|buenas|buenos d[ií]as|buenas tardes|good (?:morning|afternoon|evening)|dear [a-z]{2,12}|estimad[oa]s?(?: \w+)?|ok|yes|s[ií])[ ,.!:]+)",
    re.I,
)
_SIGN_OFF = re.compile(r"(?:[-–—~\n]|[.,!?…)] ) ?(?=([^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,3})\s*$)")
_PAIR = re.compile(r"(?<![\w.'’@/-])[^\W\d_]['’\w-]+(?= [^\W\d_])")
_NO_PERSON = re.compile(
    r"(?:\bdra?\.?|\bdoctora?|\bsaint|\bst\.?|\bsan|\bsanta|\bcalle|\bavenida|\bmount|\bmt\.?|\bfort|\bcoach|\d) $", re.I
)
_AROUND = re.compile(r"(?<![\w-])[^\W\d_][\w.'’-]* $")
_SELF = re.compile(r"\b(?:i['’]?m|i am|this is|it['’]?s|me|soy|habla|yo|saluda|escribe)\W*$", re.I)
_ENDS = re.compile(
    r"\s*$|[,.!;\n-]| (?:here|calling|speaking|again|and|from|de|la|el|y|i|my|con|otra|from|with|the|dob|booked|in|at|for|para|llamando|tengo|necesito|quiero|need|have)\b",
    re.I,
)
_DOES = re.compile(
    r"\s*$|[,.!;(\n-]|['’]s\b| (?:is|has|had|needs?|hurt|was|can|cannot|cant|can't|who|aged?|and|will|would|wants?|fell|got|does|tiene|necesita|le|se|va|y|quiere|est[aá]|no|que|\d)\b",
    re.I,
)
_WORDLIKE = re.compile(
    r"(?:ing|in'|ed|ous|ful|less|able|ible|tion|ness|ly|tic|ment|ive|iest|ier|ada|ado|idos?|idas?|ando|endo|os[ao]s?|ic[ao]s?|antes?|entes?|mente|ci[oó]n|dor|dora|ist|ism|itis|osis|algia|pathy|[^aeiouyáéíóúh]{4})$",
    re.I,
)
_LOOKED = 4000  # characters looked at for names that nothing announces


def names(text: str) -> Iterator[Span]:
    """Names of people. Public figures, places and the words of every day are left."""
    loud = sum(c.isupper() for c in text) > 0.6 * sum(c.isalpha() for c in text) and len(text) > 12
    lower = text.lower()
    for start, end in _found(lower if loud and len(lower) == len(text) else text):
        title = _TITLE.search(text, max(0, start - 12), start)
        yield Span(title.start() if title else start, end, "NAME")


def _found(text: str) -> Iterator[tuple[int, int]]:
    for match in _SURE.finditer(text):
        yield from _sure(text, match.end())
    for at, cue in _cues(text):
        yield from _likely(text, at, cue)
    yield from _at_start(text)
    yield from _at_end(text)
    yield from _pairs(text)
    yield from _alone(text)
    yield from ((m.start(1), m.end(1)) for m in _FINE.finditer(text) if m[1][0].isupper() and sort(m[1]) >= Sort.BOTH)


def _cues(text: str) -> Iterator[tuple[int, str]]:
    """Where a name may begin, and the cue before it: one cue may hold the next ("this is for my son")."""
    at = 0
    while match := _LIKELY.search(text, at):
        yield match.end(), match[0]
        at = max(match.start() + 1, match.end() - len(match[0]) + len(match[0].split()[0]))


def _parse(text: str, at: int, *, shy: bool = False) -> list[re.Match[str]]:
    """The words from `at` on that can be one name, at most six; the first is taken as it is, the rest must fit to it."""
    first = _WORD.match(text, at)
    if first is None:
        return []
    words = [first]
    kept = 1
    while len(words) < 7 and not (words[-1][0].endswith(".") and len(words[-1][0]) > 3):
        gap = _GAP.match(text, words[-1].end())
        word = _WORD.match(text, gap.end()) if gap else None
        if gap is None or word is None or ("," in gap[0] and folded(word[0]) not in _SUFFIXES):
            break
        plain = folded(word[0])
        words.append(word)
        if _goes_on(word, first, shy):
            kept = len(words)
        elif not (plain in _PARTICLES or (len(plain) == 1 and plain not in "aeiouy" and len(words) == 2)) or (
            word[0][0].isupper() and plain in _AFTER
        ):
            break
    return words[:kept]


def _goes_on(word: re.Match[str], first: re.Match[str], shy: bool) -> bool:
    """Whether a word can follow the first word of a name."""
    plain, what, capital = folded(word[0]), sort(word[0]), word[0][0].isupper()
    if plain in _SUFFIXES:
        return True
    if re.fullmatch(r"[^\W\d_]\.?", word[0]):
        return (capital and plain not in ("i", "y")) or (word[0].endswith(".") and plain != "i")
    if plain in _AFTER:
        return False
    if first[0][0].isupper() and not first[0].isupper():
        return capital and (what != Sort.WORD or not shy) and (what != Sort.WORD or plain not in _PARTICLES)
    return what >= Sort.NEW or (what in (Sort.SURNAME, Sort.BOTH) and (sort(first[0]) != Sort.NEW or capital))


def _sure(text: str, at: int) -> Iterator[tuple[int, int]]:
    """The names after a sure cue: also "Ana or Ana Ruiz", and "Ruiz, Ana"."""
    at = _past_titles(text, at)
    while words := _parse(text, at):
        first = words[0][0]
        particle = folded(first) in _PARTICLES and len(words) > 1
        what = sort(first)
        if not particle and (what == Sort.WORD and (not first[0].isupper() or folded(first) in _AFTER or len(folded(first)) < 2)):
            return
        if (
            what in (Sort.SURNAME, Sort.BOTH)
            and not first[0].isupper()
            and len(words) == 1
            and not re.match(r"\s*(?:$|[,.;])", text[words[-1].end() :])
        ):
            return
        start, end = _bounds(text, words)
        last_first = re.compile(r", ?([A-ZÀ-Þ][\w'’-]+)\.?(?=\s*(?:$|[,.;)]| (?:dob|phone|id|and)\b))", re.I).match(text, end)
        if last_first and (
            sort(last_first[1]) >= Sort.BOTH
            or (last_first[1][0].isupper() and folded(last_first[1]) not in _AFTER and len(words) == 1)
        ):
            end = last_first.end(1)
        yield start, end
        more = re.compile(r",? (?:or|and|o|y|aka|alias)(?: for)? ", re.I).match(text, end)
        if more is None or sort(_first_word(text, more.end())) < Sort.BOTH:
            return
        at = more.end()


def _likely(text: str, at: int, cue: str) -> Iterator[tuple[int, int]]:
    """A name after a cue that is often followed by other things."""
    at = _past_titles(text, at)
    words = _parse(text, at, shy=True)
    if not words:
        return
    first = words[0][0]
    if folded(first) in _PARTICLES and not (first[0].isupper() and len(words) > 1 and sort(words[-1][0]) >= Sort.SURNAME):
        return
    capital = first[0].isupper() and not (first.isupper() and len(first) > 2)
    what = sort(first)
    start, end = _bounds(text, words)
    if _is_other(text, words) or folded(first) in _AFTER:
        return
    if _KIN_CUE.search(cue):
        good = (what >= Sort.NEW and (capital or what == Sort.GIVEN or len(words) > 1)) or (
            what in (Sort.BOTH, Sort.SURNAME) and capital
        )
        good = good or (_odd(first) and _DOES.match(text, end) is not None)
    elif _WEAK_CUES.fullmatch(cue):
        good = (len(words) > 1 and (capital or what == Sort.GIVEN) and _two(words, capital)) or (
            what == Sort.GIVEN and capital and not _PLACE_CUE.fullmatch(cue)
        )
    elif "\n" in cue or _THANKS.search(cue):
        good = re.match(r"[.!]?\s*$", text[end:]) is not None and (what == Sort.GIVEN or (capital and what >= Sort.SURNAME))
    else:
        good = what == Sort.GIVEN or (capital and what >= Sort.BOTH) or (len(words) > 1 and _two(words, capital))
        good = good or (capital and len(words) > 1 and sort(words[-1][0]) >= Sort.NEW and len(words[-1][0]) > 2)
        good = good or (_odd(first) and _SELF.search(cue) is not None and _ENDS.match(text, end) is not None)
    if good:
        yield start, end


def _odd(word: str) -> bool:
    """Whether a word in no list is more likely a rare name than a slip of a word of every day."""
    return sort(word) == Sort.NEW and len(word) > 2 and not _WORDLIKE.search(word)


def _two(words: list[re.Match[str]], capital: bool) -> bool:
    """Whether several words are a name of their own: a given name first, or capital letters and no word of every day."""
    first, last = sort(words[0][0]), sort(words[-1][0])
    if first == Sort.GIVEN:
        return last != Sort.WORD or capital
    if capital:
        return first >= Sort.SURNAME and last >= Sort.SURNAME and len({first, last} & {Sort.NEW, Sort.GIVEN, Sort.BOTH}) > 0
    return (first == Sort.NEW and last >= Sort.NEW) or (first == Sort.BOTH and last == Sort.NEW)


def _at_start(text: str) -> Iterator[tuple[int, int]]:
    """A name with which the message, a line or what follows a greeting begins."""
    for match in _START.finditer(text[:_LOOKED]):
        words = _parse(text, match.end())
        if not words:
            continue
        start, end = _bounds(text, words)
        if _is_other(text, words):
            continue
        what, capital = sort(words[0][0]), words[0][0][0].isupper()
        if len(words) == 1:
            good = what >= Sort.NEW and re.match(r" (?:here|speaking|again|aqu[ií]|al habla)\b", text[end:], re.I) is not None
            good = good or (what in (Sort.BOTH, Sort.SURNAME) and capital and re.match(r" here\b", text[end:]) is not None)
        else:
            ends = _STRONG_END.match(text, end) is not None or re.match(r"['’]s\b|,", text[end:]) is not None
            good = _two(words, capital) and (ends or (sort(words[0][0]) == Sort.GIVEN and sort(words[1][0]) >= Sort.NEW))
        if good:
            yield start, end


def _at_end(text: str) -> Iterator[tuple[int, int]]:
    """A name signed at the end of a message: "call me back, Denise", "- Maria G."."""
    tail = max(0, len(text) - 60)
    for match in _SIGN_OFF.finditer(text, tail):
        words = _parse(text, match.start(1))
        if not words or match.start() == 0 or re.search(r"\w", text[words[-1].end() :]):
            continue
        start, end = _bounds(text, words)
        what, capital = sort(words[0][0]), words[0][0][0].isupper()
        drawn = match[0][0] in "-–—~\n"
        single = what == Sort.GIVEN or (capital and (what == Sort.BOTH or (what == Sort.NEW and (drawn or match[0][0] == ","))))
        if (
            single if len(words) == 1 else _two(words, capital) or (what >= Sort.BOTH and len(words[-1][0].strip(".")) == 1)
        ) and not is_public(text[start:end]):
            yield start, end


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    """Two or more parts with capital letters, the first a given name, anywhere."""
    for match in _PAIR.finditer(text[:_LOOKED]):
        if not match[0][0].isupper() or sort(match[0]) < Sort.BOTH:
            continue
        words = _parse(text, match.start(), shy=sort(match[0]) == Sort.BOTH)
        if len(words) < 2 or not _two(words, True):
            continue
        start, end = _bounds(text, words)
        if (sort(match[0]) == Sort.BOTH and sort(words[-1][0]) < Sort.NEW) or (
            sort(match[0]) == Sort.NEW and not _SPEAKS.match(text, end)
        ):
            continue
        before = text[max(0, start - 12) : start]
        if not _is_other(text, words) and not _NO_PERSON.search(before):
            yield start, end


def _is_other(text: str, words: list[re.Match[str]]) -> bool:
    """Whether what looks like a name is somebody known to all, or a place."""
    start, end = _bounds(text, words)
    return _is_known(text, start) or _PLACES.match(text, end) is not None or any(folded(w[0]) in _IN_PLACES for w in words[1:])


def _alone(text: str) -> Iterator[tuple[int, int]]:
    """A given name that is nothing else: with a capital, or in lower case before another part of a name."""
    for match in _WORD.finditer(text[:_LOOKED]):
        if sort(match[0]) != Sort.GIVEN or len(match[0]) < 3 or match[0].isupper():
            continue
        words = _parse(text, match.start(), shy=True)
        if not match[0][0].isupper() and (len(words) < 2 or sort(words[1][0]) < Sort.NEW or len(words[1][0]) < 3):
            continue
        if not _is_other(text, words) and not _NO_PERSON.search(text, max(0, match.start() - 12), match.start()):
            yield _bounds(text, words)


def _is_known(text: str, start: int) -> bool:
    """Whether one to three words that begin here, or one word before, name somebody known to all."""
    around = _AROUND.search(text, max(0, start - 16), start)
    begins = (start, around.start()) if around else (start,)
    for begin in begins:
        words = " ".join(match[0] for match in islice(_WORD.finditer(text, begin, begin + 60), 3)).split(" ")
        if any(is_public(" ".join(words[:count])) for count in (1, 2, 3)):
            return True
    return False


def _bounds(text: str, words: list[re.Match[str]]) -> tuple[int, int]:
    end = words[-1].end()
    last = words[-1][0]
    if last.endswith(".") and len(last) > 2:
        end -= 1
    possessed = re.search(r"['’]s$", text[words[0].start() : end], re.I)
    return words[0].start(), end - (2 if possessed else 0)


def _past_titles(text: str, at: int) -> int:
    while (word := _WORD.match(text, at)) and folded(word[0]) in _TITLES and text[word.end() : word.end() + 1] == " ":
        at = word.end() + 1
    return at


def _first_word(text: str, at: int) -> str:
    word = _WORD.match(text, at)
    return word[0] if word else "the"
