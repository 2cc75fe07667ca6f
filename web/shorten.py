"""Short names for a script's own variables, which rjsmin leaves as they are: an eighth of the widget's weight.

Only a name that is declared in the script and that never stands where a property could is renamed, everywhere and to the
same new name, so that scopes stay as they were. The widget's scripts keep to what is understood here: no templates with
backquotes, no `function`, no `class`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import count, product
from string import ascii_letters

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?P<number>\d[\w.]*)|(?P<name>[A-Za-z_$][\w$]*)"""
    r"""|(?P<mark>=>|\.\.\.|\?\.|[^\s\w"'])"""
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*")
_BEFORE_REGEX = frozenset("(,=:[!&|?{};")
_KEYWORDS = frozenset("await async catch const else export finally for get if import in let new of return try typeof".split())
_PAIRS = {")": "(", "]": "[", "}": "{"}
_BEFORE_BLOCK = frozenset(("", ")", "=>", ";", "{", "}", "else", "try", "catch", "finally"))

Token = tuple[str, int, bool]  # what is written, where, whether it is a name


def shorten(script: str) -> str:
    """The script with short names. Raises ValueError for what is not understood here."""
    tokens = [("", 0, False), *_tokens(script), ("", len(script), False)]
    names = Counter(word for word, _, is_name in tokens if is_name)
    own = _declared(tokens) - _properties(tokens)
    fresh = (name for name in _fresh() if name not in names and name not in _KEYWORDS)
    short = {name: next(fresh) for name in sorted(own, key=lambda name: (-names[name], name)) if len(name) > 1}
    out, at = [], 0
    for word, start, is_name in tokens:
        if is_name and word in short:
            out += [script[at:start], short[word]]
            at = start + len(word)
    return "".join([*out, script[at:]])


def _tokens(script: str) -> Iterator[Token]:
    at, before = 0, "("
    while at < len(script):
        if script[at].isspace():
            at += 1
            continue
        if script[at] == "`":
            raise ValueError("a widget script holds a template with backquotes; join the texts with + instead")
        is_regex = script[at] == "/" and (before in _BEFORE_REGEX or before == "return")
        found = (_REGEX if is_regex else _TOKEN).match(script, at)
        if found is None:
            raise ValueError(f"a widget script is not understood at: {script[at : at + 30]!r}")
        before = found[0]
        yield before, at, not is_regex and found.lastgroup == "name"
        at = found.end()


def _properties(tokens: list[Token]) -> set[str]:
    """The names that stand where a property may stand, or that other scripts know."""
    found, brackets = set(), [""]
    for (before, *_), (word, _, is_name), (after, *_) in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if word in _PAIRS.values():
            brackets.append("block" if word == "{" and before in _BEFORE_BLOCK else word)
        elif word in _PAIRS:
            brackets.pop()
        elif is_name:
            in_object = brackets[-1] == "{" and before in ("{", ",", "get") and after in (",", "}", ":", "=", "(")
            if in_object or before in (".", "?."):
                found.add(word)
    return found | {tokens[i + 2][0] for i, token in enumerate(tokens) if token[0] == "export"}


def _declared(tokens: list[Token]) -> set[str]:
    """The names after `const` and `let`, and the parameters of arrow functions."""
    found = set()
    for i, (word, *_) in enumerate(tokens):
        if word in ("const", "let"):
            found |= set(_listed(tokens, i + 1, 1, (";", "of", "in")))
        elif word == "=>" and tokens[i - 1][2]:
            found.add(tokens[i - 1][0])
        elif word == "=>":
            found |= set(_listed(tokens, i - 2, -1, ()))
    return found


def _listed(tokens: list[Token], at: int, step: int, ends: tuple[str, ...]) -> Iterator[str]:
    """The names between commas from `at` on (or back), up to one of `ends` or the end of the brackets around."""
    deeper, higher = ("([{", ")]}") if step > 0 else (")]}", "([{")
    depth, start = 0, at
    for i in count(at, step):
        word, _, is_name = tokens[i]
        beside = tokens[i - 1][0]
        if not word or (depth == 0 and (word in ends or word in higher)):
            return
        depth += (word in deeper) - (word in higher)
        if depth == 0 and is_name and (beside in (",", "(", "...") or (step > 0 and i == start)):
            yield word


def _fresh() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_letters, repeat=length))
