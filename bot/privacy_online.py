"""E-mail addresses and names on social networks, also written out ("ana at mail dot com")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.types import Span

_HOSTS = r"(?:g ?mail|hotmail|yahoo|ymail|outlook|icloud|aol|live|msn|me|comcast|verizon|optonline|proton(?:mail)?|rutgers|mail|googlemail|rocketmail|att|fastmail|zoho|gmx)"
_ENDINGS = r"(?:com|net|org|edu|gov|es|mx|us|co|io|me|info|do|biz|ar|pe|ec|gt|sv|hn|cu|cl|ve|uk|ca|health|clinic|dev|app|tv)"
_AT = r"(?: ?@ ?| ?[(\[{<] ?(?:at|arroba|aroba|@|a) ?[)\]}>] ?| ?-at- ?|[ _](?:at|arroba|aroba|arrova|en)(?: the)? )"
_DOT = r"(?:\.| ?[(\[{<] ?(?:dot|punto|\.|point) ?[)\]}>] ?| ?-dot- ?|,(?=[a-z]{2,3}\b)|[ _](?:dot|punto|point|period) )"
_JOIN = r"(?:[ _](?:dot|punto|underscore|under score|dash|hyphen|minus|plus|period|point|gui[oó]n(?: bajo| medio)?|bajo|raya)[ _]| ?[(\[{] ?(?:dot|punto|underscore|dash|gui[oó]n(?: bajo)?) ?[)\]}] ?)"
_LOCAL = rf"[\w+%'-]{{1,40}}(?:(?:\.|{_JOIN})[\w+%'-]{{1,40}}){{0,4}}"
_EMAIL = re.compile(
    rf"(?<![\w.+%-])({_LOCAL})({_AT})([\w-]{{1,40}}(?:(?:{_DOT}| ?\. ?(?={_ENDINGS}\b(?! [a-z]+ [a-z]+ )))[\w-]{{2,20}}\b){{0,3}}|g mail(?:{_DOT}com)?)"
)
#: Local parts spelt with spaces: only after a word for an address, up to "at".
_TOLD = re.compile(
    rf"\b(?:e-?mails?|correo(?: electr[oó]nico)?|gmail|mail|mailing)(?: (?:address|is|es|it to|me|at|to|would be|ser[ií]a|it's|:))*[ :=-]{{1,3}}((?:[\w.+%'-]{{1,24}} ){{1,8}}?(?:at|arroba|aroba|@) ?{_HOSTS}(?:{_DOT}{_ENDINGS})?)\b"
)
_AT_SIGN = re.compile(r"[@(\[{<]|\b(?:at|arroba|aroba|arrova)\b|-at-")
_WRITTEN_END = re.compile(rf"(?:{_DOT}| ?\. ?){_ENDINGS}(?:{_DOT}[a-z]{{2}})?$")
_HOSTED = re.compile(rf"^{_HOSTS}(?:{_DOT}\w+)?$")
_ACCOUNT = re.compile(
    r"\b(?:gmail|hotmail|yahoo|outlook|icloud)(?: (?:is|es|address|user(?:name)?|:))+[ :]{1,2}(?=[\w+%-]{0,40}[._\d])([\w.+%-]{4,40})"
)
_SPELT_AT = re.compile(r"arroba|aroba|arrova|[@(\[{<]|-at-")
_NETWORK = r"(?:insta(?:gram)?|ig|facebook|face|fb|twitter|x|tik ?tok|snap(?:chat)?|telegram|tg|venmo|zelle|cash ?app|whatsapp|wsp|skype|discord|messenger|linkedin|threads|signal|paypal|youtube|reddit|wechat|line|kik|twitch)"
_HANDLE = re.compile(r"(?<![\w@.])@[^\W\d][\w.-]{2,29}|(?<=\s)@\d[\w.]{2,29}")
_ON = re.compile(
    rf"\b{_NETWORK}\b[^.\n@]{{0,24}}?\b(?:under|as|handle|user(?:name)?|name|is|es|como|soy|usuario|id|at)\b ?:? ?(@?[^\W\d][\w.-]{{2,29}}(?: [a-z][\w-]{{2,29}})?)|"
    rf"\b{_NETWORK} ?[:=@] ?(@?[^\W\d][\w.-]{{2,29}})|\b(?:my |mi |on |en ){_NETWORK}[ ,:-]{{1,2}}(@?[a-z][\w]*[._\d][\w.]{{1,28}})|\b(?:insta(?:gram)?|ig|snap(?:chat)?|tik ?tok|telegram|venmo|fb|facebook|twitter|cash ?app|discord|skype)[ ,:-]{{1,2}}(@?[a-z]\w*[._\d][\w.]{{1,28}})|\b([a-z][\w.]{{2,28}}) (?:on|en|in) (?:insta(?:gram)?|ig|tik ?tok|snap(?:chat)?|telegram|venmo)\b"
)
_FACE = re.compile(r"(?:face|x|line|signal|threads|tg) .{0,24}(?:is|es|as|at)|(?:insta|ig)\w* is ")
_NO_HANDLE = frozenset(
    ("the", "and", "you", "your", "my", "for", "this", "that", "what", "how", "why", "not", "que", "por", "para", "una", "con",
     "free", "ok", "okay", "down", "fine", "better")
)  # fmt: skip


def emails(low: str, public: tuple[str, ...]) -> Iterator[Span]:
    """E-mail addresses in a lowered text, other than the clinic's own."""
    if _AT_SIGN.search(low):
        own = {address.lower() for address in public if "@" in address}
        yield from (Span(m.start(1), m.end(1), "EMAIL") for m in _TOLD.finditer(low))
        at = 0
        while match := _EMAIL.search(low, at):
            # "I'm at lou at mail dot com": what looked like a host may be the name before the next "at".
            found = _is_email(match)
            if found and match[0] not in own:
                yield Span(match.start(), match.end(), "EMAIL")
            at = match.end() if found else match.end(1)
    yield from (Span(m.start(1), m.end(1), "EMAIL") for m in _ACCOUNT.finditer(low))


def _is_email(match: re.Match[str]) -> bool:
    """ "at", "en" and "dot" are words of every day: only a known ending or host makes them an address."""
    ended = _WRITTEN_END.search(match[3]) is not None
    if "@" in match[2]:
        return match[2] == "@" or ended or _HOSTED.match(match[3]) is not None
    if _SPELT_AT.search(match[2]):
        return ended or _HOSTED.match(match[3]) is not None or re.search("arroba|aroba|arrova", match[2]) is not None
    return ended or re.fullmatch("g ?mail|hotmail|yahoo|ymail|outlook|icloud|aol", match[3]) is not None


def handles(low: str) -> Iterator[Span]:
    """Names on social networks in a lowered text."""
    if "@" in low:
        yield from (Span(m.start(), m.end(), "HANDLE") for m in _HANDLE.finditer(low))
    for match in _ON.finditer(low):
        group = next(g for g in (1, 2, 3, 4, 5) if match[g])
        found = match[group]
        odd = re.search(r"[_\d@]|\.\w", found) is not None
        if found.split()[0] not in _NO_HANDLE and (odd or (group < 3 and not _FACE.match(match[0]))):
            yield Span(match.start(group), match.end(group), "HANDLE")
