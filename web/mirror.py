"""A copy on this machine of a knowledge folder that is somewhere else: the assistant answers from the copy.

A state is taken whole or not at all. The desk says in a note when it begins to write and what was there when it had done:
what fits the note is whole, and is taken at once. What people put there by hand has no note, so it is taken when two looks
in a row have found the same. While the folder is away the copy stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.errors import KnowledgeError
from web.locked import locked
from web.remote import NOTE, Away, Listing, Remote

LOOK_SECONDS = 1.0
LIST_EVERY = 5  # looks: the others read the note alone, which costs a twelfth of a listing
REST_SECONDS = 0.5  # between two looks, where somebody waits for what they find
START_SECONDS = 10.0  # how long the first copy may take
PATIENCE_SECONDS = 60.0  # for somebody who publishes; then they have not finished and never will
Note = dict[str, object] | None  #: None: there is none; empty: it cannot be read, or not yet
_log = logging.getLogger("pinpoint.mirror")


class Mirror:
    """Keeps `folder` the same as a folder elsewhere, and writes there for the desk."""

    def __init__(self, remote: Remote, home: Path) -> None:
        self.folder = home / "now"  #: a link to the newest whole copy, changed in one step
        self.why = ""  #: why the copy cannot follow just now; "" while all is well
        self._remote, self._home = remote, home
        self.told: list[Callable[[], object]] = []  #: called after each look
        self._seen: Listing = {}  #: what the last look found
        self._open_since = 0.0  #: when somebody was first seen to publish, on the clock that never jumps
        self._name = secrets.token_hex(8)  #: tells our notes from those of others
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)

    def start(self) -> None:
        """Takes the first copy and begins to follow. While the folder is away an older copy serves; raises KnowledgeError
        where there is none."""
        self._home.mkdir(parents=True, exist_ok=True)
        try:
            self.fresh(START_SECONDS)
        except OSError as error:
            self._away(error)
        if not self.folder.is_dir():
            wrong = f"The folder of KNOWLEDGE_URL cannot be used: {self.why}. Mend it, or the address."
            raise KnowledgeError(wrong, "KNOWLEDGE_URL")
        self._thread.start()

    def stop(self) -> None:
        """Ends the following."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        settled, note, looks = False, None, 0
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                before, note, looks = note, self._remote.note(), looks + 1
                if not settled or note != before or looks % LIST_EVERY == 0:
                    settled = self.look()
                for tell in self.told:
                    tell()
            except OSError as error:
                settled = False
                self._away(error)
            except Exception:  # the thread must outlive whatever is put there
                _log.exception("the knowledge folder elsewhere could not be looked at")

    def _away(self, error: OSError) -> None:
        why = error.strerror or type(error).__name__
        if why != self.why:
            _log.error("the knowledge folder elsewhere cannot be used, the last copy serves: %s", why)
        self.why = why

    def look(self) -> bool:
        """One look: takes what is there if it is whole. Whether the copy is now what is there. Raises OSError."""
        with self._alone():
            return self._look()

    def fresh(self, seconds: float = 5.0) -> None:
        """Looks until the copy is what is there, or nobody will finish what is there. Raises OSError."""
        end = time.monotonic() + seconds
        while not self.look() and not self._abandoned():
            if time.monotonic() > end:
                raise Away("somebody is changing it just now")
            time.sleep(REST_SECONDS)

    def write(self, texts: Mapping[str, str | None]) -> None:
        """Writes texts there, and then here: the note "not yet", the files, the note of what is there now. None takes a file
        away. What somebody did not finish is put in order. Raises OSError; nothing is written over what we have not seen."""
        with self._alone():
            found, taken = self._remote.listing(), self._taken()
            if found != taken and not (self._opened(self._note(found)) and self._abandoned()):
                raise Away("somebody is changing it just now")
            put = {name: text.encode() for name, text in texts.items() if text is not None}
            kept = {name for name in taken if name != NOTE} - texts.keys()
            put |= {name: (self.folder / name).read_bytes() for name in kept if found.get(name) != taken[name]}
            self._remote.write({NOTE: json.dumps({"whole": False, "by": self._name}).encode()})
            self._remote.write(put)
            self._remote.remove(found.keys() - kept - put.keys() - {NOTE})
            now = self._remote.listing()
            self._remote.write({NOTE: json.dumps({"whole": True, "files": _digest(now)}).encode()})
            if not self._look():
                raise Away("somebody changed it at the same moment")

    def _look(self) -> bool:
        found = self._remote.listing()
        if found != self._taken() and self._whole(found):
            self._take(found)
        good = found == self._taken()
        if good:
            self.why = ""
        elif self._abandoned():
            self._away(Away("somebody began to publish and did not finish; publish once more"))
        return good

    def _whole(self, found: Listing) -> bool:
        """Whether what is there is complete, as far as anybody can know."""
        note = self._note(found)
        if self._opened(note):
            return False
        same, self._seen = found == self._seen, found
        return same or (note is not None and note.get("files") == _digest(found))

    def _opened(self, note: Note) -> bool:
        """Whether somebody has begun to publish and has not said yet that it is done."""
        if note is None or note.get("whole") is True:
            self._open_since = 0.0
            return False
        if note.get("by") == self._name:  # that was us, and we are not at it any more
            self._open_since = -PATIENCE_SECONDS
        self._open_since = self._open_since or time.monotonic()
        return True

    def _abandoned(self) -> bool:
        """Whether nobody will finish what was begun there."""
        return self._open_since != 0.0 and time.monotonic() > self._open_since + PATIENCE_SECONDS

    def _note(self, found: Listing) -> Note:
        text = self._remote.note() if NOTE in found else None
        if text is None:
            return None
        try:
            note = json.loads(text)
        except ValueError:
            return {}
        return note if isinstance(note, dict) else {}

    def _taken(self) -> Listing:
        """What the copy was made from. It lies in the copy: two servers on one machine may share it."""
        try:
            found = json.loads((self.folder / NOTE).read_bytes())
        except (OSError, ValueError):
            return {}
        return {name: (size, mark) for name, (size, mark) in found.items()}

    def _take(self, found: Listing) -> None:
        """Makes a copy beside the one that serves and puts it in its place; not if what is there changed meanwhile."""
        taken, there = self._taken(), self.folder.resolve()
        names = {name for name in found if name != NOTE}
        same = {name for name in names if taken.get(name) == found[name]}
        texts = self._remote.read(names - same)
        if self._remote.listing() != found or any(len(text) != found[name][0] for name, text in texts.items()):
            return
        made = Path(tempfile.mkdtemp(prefix="copy-", dir=self._home))
        for name in names:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            if name in same:
                os.link(there / name, made / name)
            else:
                _put(made / name, texts[name])
        _put(made / NOTE, json.dumps(found).encode())
        link = self._home / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(made.name)
        link.replace(self.folder)
        _log.info("the knowledge elsewhere was taken: %d files, %d of them new", len(names), len(texts))
        for old in self._home.glob("copy-*"):
            if old != made:
                shutil.rmtree(old, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread of one process at a time."""
        with self._lock, locked(self._home / "lock", seconds=30):
            yield


def _digest(found: Listing) -> str:
    """What a listing is told by, the note apart."""
    return hashlib.sha256(repr(sorted((name, tuple(found[name])) for name in found if name != NOTE)).encode()).hexdigest()


def _put(path: Path, text: bytes) -> None:
    with path.open("xb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
