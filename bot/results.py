"""Results of tests, kept beside the fits: what files, code and libraries alone decide is not worked out at every start.

A start reads thousands of wordings, tries each safety rule's own examples and asks all answer tests: half a second of the
two that it takes. With nothing changed since, the results are the same, so they are read back from a small file under the
digest of all that they rest on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from bot.fitting import BUILT

LIBRARIES = ("numpy", "scikit-learn", "rapidfuzz", "PyStemmer", "pyspellchecker", "phonenumbers")
MOST = 16  # results; a folder edited for a year must not fill the disk
_HERE = Path(__file__).resolve().parent
_T = TypeVar("_T")


def remembered(cache: Path | None, key: object, make: Callable[[], _T]) -> _T:
    """What `make` gives, or gave before for the same key with the same code and libraries. It must be plain JSON."""
    if cache is None:
        return make()
    told = json.dumps([_program(), key], ensure_ascii=False, sort_keys=True).encode()
    name = f"{hashlib.sha256(told).hexdigest()[:32]}.json"
    for folder in (cache, BUILT):
        with suppress(OSError, ValueError):  # not there, or cut off by a machine that died
            found: _T = json.loads((folder / name).read_text(encoding="utf-8"))
            return found
    found = make()
    with suppress(OSError):  # a full disk only makes the next start slower
        _write(cache / name, json.dumps(found, ensure_ascii=False))
    return found


@lru_cache(maxsize=1)
def _program() -> list[str]:
    """The code, the lists of names that it reads, and the libraries that a result rests on."""
    files = [*sorted(_HERE.glob("*.py")), *sorted((_HERE.parent / "knowledge" / "safety").glob("*.txt"))]
    code = hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
    return [code, *map(version, LIBRARIES)]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    for old in sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime)[:-MOST]:
        old.unlink(missing_ok=True)
