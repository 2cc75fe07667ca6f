"""From a draft to what visitors read: proposed, checked beside the live knowledge, written, and seen to be live.

Nothing is written if a file changed underneath, if a test that must pass would fail, or if what was drafted would not be
used. What happened is a value: `Published`, `Conflict` or `Refused`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot.errors import KnowledgeError
from bot.knowledge import KnowledgeBase, Library, fingerprint
from bot.learning import learn
from bot.lexicon import load_lexicon
from bot.phrasings import load_phrasings
from bot.types import Problem
from web.mirror import Mirror
from web.remote import Away
from web.staff.checking import Report, check, folder_of, unread
from web.staff.drafts import Author, Draft, Drafts, Stale
from web.staff.folder import Folder, Texts, digest, is_safety
from web.staff.history import History, How
from web.store_database import Database, StoreDown

_log = logging.getLogger("pinpoint.desk")
LOOK_SECONDS = 1.0  # that a change by hand waits for who publishes just now; they will note it too
SETTLE_SECONDS = 30.0  # how long publishing waits until the assistant has read the folder again


@dataclass(frozen=True, slots=True)
class Published:
    """It is written. `live`: visitors get it; else `held_back` says why the assistant does not use it."""

    version: str
    live: bool
    held_back: tuple[Problem, ...]
    report: Report
    before: KnowledgeBase
    after: KnowledgeBase


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was written: a file is not any more what the draft began from. Both texts, and the one before both."""

    path: str
    began: str | None
    now: str | None
    mine: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written; `report.blocking` says why."""

    report: Report


@dataclass(slots=True)
class Workshop:
    """Where the knowledge is changed: the folder, the drafts, the versions, and the library that answers from them."""

    library: Library
    database: Database
    cache: Path
    mirror: Mirror | None = None  #: where the folder is a copy of one that is somewhere else
    folder: Folder = field(init=False)
    drafts: Drafts = field(init=False)
    history: History = field(init=False)
    _busy: threading.Lock = field(default_factory=threading.Lock)
    _fitting: threading.Lock = field(default_factory=threading.Lock)
    _last: tuple[object, Report] | None = None

    def __post_init__(self) -> None:
        self.folder = Folder(self.library.folder)
        self.drafts = Drafts(self.database)
        self.history = History(self.database)
        self.library.told.append(self.look)

    def look(self) -> None:
        """Keeps what somebody changed in the folder by hand, when the assistant has noticed it."""
        try:
            with self.alone(LOOK_SECONDS):
                self.history.seen(self.folder.texts())
        except StoreDown:
            _log.warning("a change in the knowledge folder could not be noted: the database cannot be used")

    @contextmanager
    def alone(self, seconds: float) -> Iterator[None]:
        """One writer at a time, on whatever server. Raises StoreDown if that takes longer."""
        with self._busy, self.database.alone(seconds):
            yield

    def write(self, texts: Texts) -> None:
        """Writes texts where all servers see them. Raises OSError."""
        (self.mirror or self.folder).write(texts)


def propose(
    workshop: Workshop, author: Author, texts: Texts, note: str = "", revision: int | None = None
) -> tuple[Draft | Stale | Problem, ...]:
    """Keeps changed texts as the author's drafts, one a file; None takes a file out. A text that is the live one again is
    no draft any more. `revision`: see `Drafts.save`. For each, the draft, or why it was not kept."""
    live = workshop.folder.texts()
    return tuple(_proposed(workshop, author, path, text, live.get(path), note, revision) for path, text in texts.items())


def _proposed(
    workshop: Workshop, author: Author, path: str, text: str | None, live: str | None, note: str, revision: int | None
) -> Draft | Stale | Problem:
    if not workshop.folder.may_write(path):
        return Problem(path, 0, "It is no file of the knowledge.", "Choose a short name of letters, digits and hyphens.")
    if text is not None and (wrong := unread(path, text)):
        return wrong
    kept = workshop.drafts.save(author, path, text, live, revision, note)
    if isinstance(kept, Draft) and text == live and workshop.drafts.discard(author.id, path, kept.revision):
        return replace(kept, revision=0)
    return kept


def current(workshop: Workshop, author: Author, path: str) -> str | None:
    """A file as its author has it: the draft, else what is live."""
    draft = workshop.drafts.get(author.id, path)
    return draft.text if draft else workshop.folder.text(path)


def examine(workshop: Workshop, drafted: Texts, asked: Iterable[str], today: date) -> Report:
    """The check of drafted texts against the folder as it is. The last one is remembered: who publishes what was just
    checked does not wait a second time."""
    live, texts = workshop.library.current, workshop.folder.texts()
    key = (live.version, today, texts, dict(drafted))
    with workshop._fitting:
        if workshop._last is None or workshop._last[0] != key:
            workshop._last = key, check(live, texts, drafted, workshop.cache, asked, today)
        return workshop._last[1]


def fit_ahead(workshop: Workshop, drafted: Texts) -> threading.Thread:
    """Fits drafted phrasings while their author goes on writing, so that the check does not have to: it takes seconds."""
    texts = {**workshop.folder.texts(), **drafted}

    def fit() -> None:
        try:
            with workshop._fitting, folder_of(texts) as folder:
                learn(load_phrasings(folder)[0], load_lexicon(folder)[0], workshop.cache)
        except (KnowledgeError, OSError) as error:
            _log.info("fitting ahead did not work: %s", type(error).__name__)  # then the check fits, and says what is wrong

    thread = threading.Thread(target=fit, name="fit ahead", daemon=True)
    thread.start()
    return thread


def publish(
    workshop: Workshop, author: Author, drafts: Iterable[Draft], note: str, asked: Iterable[str], today: date,
    reviewer: str = "", how: How = "desk",
) -> Published | Conflict | Refused:  # fmt: skip
    """Makes drafts live, all of them or none, and waits until the assistant answers from them. `reviewer` is who has
    reviewed the safety messages; without one they are refused. Raises StoreDown; then nothing is lost."""
    chosen = list(drafts)
    drafted = {draft.path: draft.text for draft in chosen}
    with workshop.alone(SETTLE_SECONDS):
        try:
            if workshop.mirror:  # another server may have published since we looked
                workshop.mirror.fresh()
        except OSError as error:
            return Refused(replace(examine(workshop, drafted, asked, today), blocking=(_unwritten(error),)))
        found = workshop.folder.texts()
        workshop.history.seen(found)  # what somebody did by hand stays apart from what is published now
        if conflict := _conflict(workshop, chosen, found):
            return conflict
        report = _signed(examine(workshop, drafted, asked, today), drafted, reviewer)
        if not report.fine:
            return Refused(report)
        if conflict := _conflict(workshop, chosen, workshop.folder.texts()):  # the check took a while
            return conflict
        before, held = workshop.library.current, workshop.library.held_back
        try:
            workshop.write(drafted)
        except OSError as error:
            return Refused(replace(report, blocking=(_unwritten(error),)))
        workshop.history.record(workshop.folder.texts(), author.name, _noted(note, reviewer), how)
        workshop._last = None
    for draft in chosen:
        workshop.drafts.discard(draft.author, draft.path, draft.revision)
    live = settle(workshop.library, held)
    library = workshop.library
    return Published(library.current.version, live, library.held_back, report, before, library.current)


def _conflict(workshop: Workshop, drafts: Iterable[Draft], found: Mapping[str, str]) -> Conflict | None:
    """The first draft whose file is not what it began from."""
    for draft in drafts:
        if digest(found.get(draft.path)) != draft.base:
            return Conflict(draft.path, workshop.history.text_of(draft.base), found.get(draft.path), draft.text)
    return None


def _unwritten(error: OSError) -> Problem:
    if isinstance(error, Away):
        wrong = f"The folder that the servers share cannot be used: {error.strerror}."
        todo = "Try again in a minute. If it stays so, tell the person who looks after the computer."
        return Problem(".", 0, wrong, todo, True)
    wrong = f"The knowledge folder cannot be written ({error.strerror})."
    return Problem(".", 0, wrong, "Ask the person who looks after the computer to let the desk write there.", True)


def _noted(note: str, reviewer: str) -> str:
    return f"{note} Reviewed by {reviewer}.".strip() if reviewer else note


def _signed(report: Report, drafted: Texts, reviewer: str) -> Report:
    """Safety messages go nowhere without the name of who has reviewed them."""
    unsigned = [path for path in drafted if is_safety(path)] if not reviewer.strip() else []
    if not unsigned:
        return report
    wrong = Problem(unsigned[0], 0, "Nobody is named who has reviewed it.", "Give the name of the clinician who did.", True)
    return replace(report, blocking=(wrong, *report.blocking))


def settle(library: Library, held_before: tuple[Problem, ...], seconds: float = SETTLE_SECONDS) -> bool:
    """Waits until the library has read the folder as it is now; whether that is live. Where nobody watches the folder,
    it is read here."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not library.watched:
            library.refresh()
        if library.current.version == fingerprint(library.folder):
            return True
        if library.held_back and library.held_back is not held_before:
            return False
        time.sleep(0.05)
    return False
