"""The knowledge folder as texts: what is in it, which files the desk may write, and writing them whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.articles import slug
from bot.knowledge import ENDINGS, MOST_BYTES

_NAME = re.compile(r"(?:(?:phrasings|safety)/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}\.(?:md|txt|toml|tsv)")

Texts = Mapping[str, str | None]  #: path inside the folder -> the whole text of the file, or None: there is no such file


@dataclass(frozen=True, slots=True)
class Known:
    """What a file was when it was read last, so that it need not be read again."""

    size: int
    time: int
    inode: int
    text: str


class Folder:
    """The files of a knowledge folder that are texts. Files that are too large, no text, or links are not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Known] = {}
        self._lock = threading.Lock()

    def texts(self) -> dict[str, str]:
        """Every file, by its path inside the folder."""
        with self._lock:
            found = {name: known for path in self._files() if (known := self._read(path, name := self._name(path)))}
            self._known = found
        return {name: known.text for name, known in found.items()}

    def text(self, name: str) -> str | None:
        """One file as it is now."""
        return self.texts().get(name)

    def may_write(self, name: str) -> bool:
        """Whether the desk writes a file of this name: one that is there already, or a plain name for a new one."""
        return len(name) <= 120 and (name in self._known or (bool(_NAME.fullmatch(name)) and ".." not in name))

    def write(self, texts: Texts) -> None:
        """Writes the files, each in one step: a reader sees the old text or the new one. None takes a file away. Raises
        OSError if the disk does not let us, and ValueError for a name that no page may make up."""
        for name in texts:
            if not self.may_write(name):
                raise ValueError(f"{name!r} is no file of the knowledge folder that the desk writes")
        ready: dict[str, Path] = {}
        try:
            for name, text in texts.items():
                if text is not None:
                    target = self.path / name
                    ready[name] = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")  # a name that is not read
                    self._fill(ready[name], target, text)
            for name, part in ready.items():
                part.replace(self.path / name)
        finally:
            for part in ready.values():
                part.unlink(missing_ok=True)
        for name in texts.keys() - ready.keys():
            (self.path / name).unlink(missing_ok=True)

    def _fill(self, part: Path, target: Path, text: str) -> None:
        target.parent.mkdir(exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644)

    def _files(self) -> list[Path]:
        return [
            path
            for path in sorted(self.path.rglob("*"))
            if path.suffix in ENDINGS and not any(p.startswith(".") for p in path.relative_to(self.path).parts)
        ]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix()

    def _read(self, path: Path, name: str) -> Known | None:
        try:
            status = path.lstat()
            known = self._known.get(name)
            if known and (known.size, known.time, known.inode) == (status.st_size, status.st_mtime_ns, status.st_ino):
                return known
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                return None
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return None if "\0" in text else Known(status.st_size, status.st_mtime_ns, status.st_ino, text)


def digest(text: str | None) -> str:
    """What a text is told apart by; "" where there is no file."""
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()


def is_article(name: str) -> bool:
    """Whether a path is that of an article."""
    return "/" not in name and name.endswith((".md", ".txt")) and not name.startswith("_") and name != "checks.md"


def article_slug(name: str) -> str:
    """The slug of the article in a file."""
    return slug(Path(name).stem)


def is_safety(name: str) -> bool:
    """Whether a path holds what stops for emergencies: owners only, and with the name of who has reviewed it."""
    return name.startswith("safety/")
