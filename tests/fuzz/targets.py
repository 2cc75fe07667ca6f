"""What is fuzzed: each target takes any bytes and may raise nothing at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.articles import load_article
from bot.files import read_toml
from bot.privacy import redact
from bot.safety import triage
from bot.safety_wordings import WordingError, compile_lexicon
from bot.text import words
from bot.types import Article, Problem
from tests.knowledge_folder import clinic
from web import wire


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass" if _is_whole(data) else "replace")


def _is_whole(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def frames(data: bytes) -> None:
    """A frame is taken, with clean fields, or refused in words; either can be sent as JSON."""
    for given in (data, data.decode("utf-8", "replace"), _text(data)):
        try:
            answer = wire.parse(given)
        except wire.Bad as bad:
            answer = wire.error_frame(bad)
        wire.dump(answer).encode("utf-8")
        json.loads(wire.dump(answer))


def tokens(data: bytes) -> None:
    """Words hold letters and digits only; what is removed lies where the spans say."""
    text = _text(data)
    assert all(word and word == word.lower() for word in words(text))
    clean = redact(text)
    assert all(0 <= span.start < span.end <= len(text) for span in clean.spans)


def files(data: bytes) -> None:
    """A file of any content is an article, a table or a problem that says what to do."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for ending in (".md", ".txt"):
            path = folder / f"a{ending}"
            path.write_bytes(data)
            assert isinstance(load_article(path, folder), Article | Problem)
        (folder / "a.toml").write_bytes(data)
        read_toml(folder / "a.toml", folder)
    try:
        compile_lexicon({"mine": _text(data).splitlines()})
    except WordingError as error:
        assert str(error)


def dangers(data: bytes) -> None:
    """Triage gives one of its four tiers, and the same one twice."""
    rules, text = clinic().rules, _text(data)
    found = triage(rules, text)
    assert found.tier in ("T0", "T1", "T2", "T3")
    assert triage(rules, text) == found


TARGETS: dict[str, Callable[[bytes], None]] = {"frames": frames, "tokens": tokens, "files": files, "dangers": dangers}
