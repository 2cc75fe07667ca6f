"""The knowledge folder when it is somewhere else: a bucket, or whatever fsspec opens by its address. Listed, read and
written by whole files.

What lies there was put there by people and programs that we do not know. A name that leads elsewhere, a file that is too
large and a folder with too much in it are never taken.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from bot.knowledge import ENDINGS, MOST_BYTES

NOTE = ".pinpoint.json"  #: says whether somebody is publishing, and what the folder held when they had done
MOST_FILES = 2_000
MOST_IN_ALL = 50_000_000  # bytes
WAIT_SECONDS = 3  # for an answer; it is asked for once more

_STRANGE = frozenset(r"\:*?[]{}")  # fsspec reads some of them as patterns: "*.md" would be every article

Stamp = tuple[int, str]  #: a file's size, and what changes whenever its text does
Listing = Mapping[str, Stamp]
_log = logging.getLogger("pinpoint.remote")


class Away(OSError):
    """The folder cannot be used just now. `strerror` says why in staff's words; it never holds an address or a key."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EIO, why)


class Remote:
    """The folder at an address of fsspec's, such as `s3://bucket/knowledge`. Every verb raises Away."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._refused: frozenset[str] = frozenset()

    @cached_property
    def _place(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs  # who has no such folder need not have it installed

        given: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
        if self._address.startswith(("s3:", "s3a:")):
            waits = {"connect_timeout": WAIT_SECONDS, "read_timeout": WAIT_SECONDS, "retries": {"max_attempts": 0}}
            given["config_kwargs"] = waits
        system, root = url_to_fs(self._address, **given)
        if hasattr(system, "retries"):
            system.retries = 2  # s3fs would try five times, with pauses
        return system, root.rstrip("/")

    def listing(self) -> dict[str, Stamp]:
        """The files that may be taken, and the note. An empty folder is Away: nobody means to take everything from visitors."""
        with _asking():
            system, root = self._place
            found = {str(path)[len(root) + 1 :]: _stamp(info) for path, info in system.find(root, detail=True).items()}
        texts = {name: stamp for name, stamp in found.items() if name.endswith(ENDINGS) and not _hidden(name)}
        good = {name: stamp for name, stamp in texts.items() if may_take(name) and stamp[0] <= MOST_BYTES}
        self._tell(frozenset(texts.keys() - good.keys()))
        if not good:
            raise Away("there is no article in it")
        if len(good) > MOST_FILES or sum(size for size, _ in good.values()) > MOST_IN_ALL:
            raise Away("there is too much in it")
        return {name: stamp for name, stamp in found.items() if name in good or (name == NOTE and stamp[0] <= MOST_BYTES)}

    def _tell(self, refused: frozenset[str]) -> None:
        for name in sorted(refused - self._refused)[:20]:
            _log.warning("knowledge: %r is left out: give it a short plain name and at most %d bytes", name[:200], MOST_BYTES)
        self._refused = refused

    def note(self) -> bytes | None:
        """The note, if there is one."""
        with _asking():
            system, root = self._place
            try:
                return bytes(system.cat_file(f"{root}/{NOTE}"))
            except FileNotFoundError:
                return None

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """The texts of some files of a listing."""
        wanted = sorted(names)
        with _asking():
            system, root = self._place
            found = system.cat([f"{root}/{name}" for name in wanted]) if wanted else {}
            return {name: found[f"{root}/{name}"] for name in wanted}

    def write(self, texts: Mapping[str, bytes]) -> None:
        """Puts files there, or others in their places."""
        for name in texts:
            if name != NOTE and not may_take(name):
                raise ValueError(f"{name!r} is no file of the knowledge folder")
        with _asking():
            system, root = self._place
            for folder in {name.rpartition("/")[0] for name in texts}:
                system.makedirs(f"{root}/{folder}".rstrip("/"), exist_ok=True)
            system.pipe({f"{root}/{name}": text for name, text in texts.items()})

    def remove(self, names: Iterable[str]) -> None:
        """Takes files away."""
        gone = sorted(names)
        with _asking():
            system, root = self._place
            if gone:
                system.rm([f"{root}/{name}" for name in gone])


def may_take(name: str) -> bool:
    """Whether a file of this name is a text of the knowledge folder, in it and nowhere else."""
    parts = name.split("/")
    plain = name.isprintable() and not set(name) & _STRANGE and "" not in parts and ".." not in name
    return plain and len(name) <= 200 and len(parts) <= 4 and name.endswith(ENDINGS) and not _hidden(name)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") and part != ".." for part in name.split("/"))


def _stamp(info: Mapping[str, Any]) -> Stamp:
    """Stores name it differently: a digest where there is one, else when the file was written last."""
    marks = (info.get(key) for key in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "created"))
    return int(info.get("size") or 0), str(next(filter(None, marks), ""))


@contextmanager
def _asking() -> Iterator[None]:
    """One error for all that can go wrong: each kind of place has its own, and their texts may hold addresses and keys."""
    try:
        yield
    except FileNotFoundError as error:
        raise Away("it is not there") from error
    except PermissionError as error:
        raise Away("we are not let in") from error
    except Exception as error:
        raise Away(f"it does not answer ({type(error).__name__})") from error
