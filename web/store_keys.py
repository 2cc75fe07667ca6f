"""Contact details are sealed before they reach the database: whoever copies its file reads nobody's phone number."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class KeyMissing(Exception):
    """Something was sealed with a key that is not here any more; the message says where the key belongs."""


class Cipher:
    """Seals with the first key, opens with any. Keys come from the environment (`CONTACT_KEY`) or from a file of our own."""

    def __init__(self, given: str, path: Path) -> None:
        self._path = None if given else path
        self._stamp = 0
        self._keys = MultiFernet([Fernet(key) for key in keys_in(given)]) if given else None
        if self._path is not None and not path.exists():
            _keep(path, [Fernet.generate_key().decode()], new=True)

    def seal(self, text: str) -> str:
        """The text, unreadable without the key."""
        return self._current().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text that was sealed. Raises KeyMissing."""
        found = self.open_all([sealed])[0]
        if found is None:
            where = f"the file {self._path}" if self._path else "CONTACT_KEY"
            raise KeyMissing(
                f"These contact details were sealed with another key. Put that key back behind the new one in {where}."
            )
        return found

    def open_all(self, sealed: Iterable[str]) -> list[str | None]:
        """The texts that were sealed, None where the key is not here any more; thousands of them cost one look at the file."""
        keys = self._current()
        return [_opened(keys, one) for one in sealed]

    def change(self) -> bool:
        """Puts a new key before those of the file, of which the newest stays for what others are sealing just now.

        False where the keys come from the environment: there a person puts the new key in front.
        """
        if self._path is None:
            return False
        old = keys_in(self._path.read_text(encoding="ascii"))
        _keep(self._path, [Fernet.generate_key().decode(), *old])
        return True

    def forget(self) -> None:
        """Drops the keys of the file that nothing is sealed with any more; the one before the newest stays."""
        if self._path is not None:
            _keep(self._path, keys_in(self._path.read_text(encoding="ascii"))[:2])

    def again(self, sealed: str) -> str:
        """What was sealed with an older key, sealed with the newest. Raises KeyMissing."""
        return self.seal(self.open(sealed))

    def _current(self) -> MultiFernet:
        """The keys; read again when another process has changed the file."""
        if self._path is not None:
            stamp = self._path.stat().st_mtime_ns
            if self._keys is None or stamp != self._stamp:
                self._stamp = stamp
                self._keys = MultiFernet([Fernet(key) for key in keys_in(self._path.read_text(encoding="ascii"))])
        assert self._keys is not None  # noqa: S101  (narrowing)
        return self._keys


def _opened(keys: MultiFernet, sealed: str) -> str | None:
    try:
        return keys.decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def keys_in(text: str) -> list[str]:
    """The keys of a setting or a file, newest first: separated by commas, spaces or lines."""
    return text.replace(",", " ").split()


def is_key(text: str) -> bool:
    """Whether this could be a key."""
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


def _keep(path: Path, keys: list[str], new: bool = False) -> None:
    """Writes the file as a whole, readable by the owner only; of two first starts at once, the first one's key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if not new:
        beside.replace(path)
        return
    with suppress(FileExistsError):  # made by another process just now
        os.link(beside, path)
    beside.unlink()
