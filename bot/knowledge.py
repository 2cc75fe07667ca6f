"""One moment of the clinic's knowledge, and the library that swaps it.

A `KnowledgeBase` is complete, checked and never changes. `Library.current` is the one place where a staff edit and a
visitor's message meet: a new snapshot is built beside the old one and takes its place by one assignment. Messages in
flight finish on the snapshot that they hold.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.articles import ENDINGS as ARTICLES
from bot.articles import load_article
from bot.checks import Check, Outcome, load_checks
from bot.clinic import load_clinic
from bot.decision import load_decision
from bot.errors import KnowledgeError
from bot.learning import learn
from bot.lexicon import Lexicon, load_lexicon
from bot.passages import passages
from bot.phrasings import Group, load_phrasings
from bot.safety import Rules
from bot.safety import load as load_rules
from bot.slots import SOMETHING, slots
from bot.types import Article, Clinic, Language, Passage, Problem
from bot.understanding import Index, build_index
from bot.wording import Wording, load_wording

ENDINGS = (".md", ".txt", ".toml", ".tsv")  # what is read
MOST_BYTES = 2_000_000  # of a file that is looked into
POLL_SECONDS = 0.25  # an edit is answered from within two seconds, the time of the fit included
MOST_UNREST = 8  # looks at a folder that changes all the time before it is read in spite of that
MOST_TORN = 3  # times that it is read again because it was changed while it was read
_log = logging.getLogger("pinpoint.knowledge")


@dataclass(frozen=True, slots=True)
class Proved:
    """A suggested question that is answered, and the text that answers it."""

    group: Group
    question: str
    answer: str


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What was read of a subfolder, and the digest of its files."""

    name: str
    digest: str
    value: Any
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class KnowledgeBase:
    """Everything that a reply is made from."""

    version: str  #: digest of the folder's files, 12 hex digits
    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]
    groups: tuple[Group, ...]
    index: Index
    clinic: Clinic
    wording: Wording
    rules: Rules
    checks: tuple[Check, ...]
    problems: tuple[Problem, ...]
    parts: tuple[Part, ...] = ()  #: the subfolders as read, for the next snapshot
    proved: Mapping[Language, tuple[Proved, ...]] = field(default_factory=dict)  #: what may be suggested
    outcomes: tuple[Outcome, ...] = ()  #: results of the folder's own answer tests
    loaded_at: float = 0.0  #: seconds since the epoch
    cache: Path | None = None  #: where results of its tests may be kept; None if anything but the files of `version` decides them


Finish = Callable[[KnowledgeBase], KnowledgeBase]
Glance = tuple[tuple[str, int, int, int], ...]


def load(folder: Path, cache: Path | None = None, before: KnowledgeBase | None = None) -> KnowledgeBase:
    """A snapshot of the folder. A broken file is left out and named in `problems`; rules that cannot be read at all are
    taken from the snapshot `before`. Raises KnowledgeError if the folder is no folder or the fit fails."""
    if not folder.is_dir():
        raise KnowledgeError(f"The knowledge folder {folder} does not exist. Set KNOWLEDGE_DIR to the right one.", str(folder))
    version = fingerprint(folder)
    articles, article_problems = _articles(folder)
    phrasings = _part(folder, "phrasings", before, lambda: load_phrasings(folder))
    groups, group_problems = phrasings.value, phrasings.problems
    lexicon, lexicon_problems = load_lexicon(folder)
    clinic, clinic_problems = load_clinic(folder)
    wording, wording_problems = load_wording(folder)
    checks, check_problems = load_checks(folder)
    if before and not wording.texts:
        wording = before.wording
    found = passages(articles)
    decision, decision_problems = load_decision(folder)
    learned = before.index.learned if before else None
    if learned is None or (learned.groups, learned.lexicon) != (groups, lexicon):
        learned = learn(groups, lexicon, cache)
    index = build_index(found, learned, decision, cache)
    safety = _part(folder, "safety", before, lambda: load_rules(folder / "safety", index.vocabulary.ordinary, cache))
    rules, rule_problems = safety.value, safety.problems
    if before and rule_problems and len(rules.rules) < len(before.rules.rules):
        rules = before.rules  # a broken rules file must not make the assistant less careful
    problems = (*article_problems, *group_problems, *_orphans(groups, articles), *_strange_slots(groups, lexicon),
                *lexicon_problems, *clinic_problems, *wording_problems, *decision_problems, *rule_problems,
                *check_problems)  # fmt: skip
    return KnowledgeBase(
        version,
        articles,
        found,
        groups,
        index,
        clinic,
        wording,
        rules,
        checks,
        problems,
        (phrasings, safety),
        loaded_at=time.time(),
        cache=cache if before is None and fingerprint(folder) == version else None,
    )  # fmt: skip


def _part(folder: Path, name: str, before: KnowledgeBase | None, read: Callable[[], tuple[Any, tuple[Problem, ...]]]) -> Part:
    """A subfolder as read, or as the snapshot `before` has it if nothing in it changed: an edited article is answered from
    at once, without reading thousands of phrasings and rules again."""
    digest = fingerprint(folder / name)
    same = next((part for part in (before.parts if before else ()) if (part.name, part.digest) == (name, digest)), None)
    return same or Part(name, digest, *read())


def _articles(folder: Path) -> tuple[tuple[Article, ...], tuple[Problem, ...]]:
    articles: list[Article] = []
    problems: list[Problem] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in ARTICLES or path.name.startswith(("_", ".")) or path.name == "checks.md":
            continue
        try:
            found = load_article(path, folder)
        except Exception as error:  # a parser that stumbles over one file must not take the others down
            found = Problem(path.name, 0, f"It could not be read ({type(error).__name__}).", "Simplify its formatting.")
        (articles if isinstance(found, Article) else problems).append(found)  # type: ignore[arg-type]
    return tuple(articles), tuple(problems)


def _orphans(groups: tuple[Group, ...], articles: tuple[Article, ...]) -> tuple[Problem, ...]:
    """Phrasings whose section or sentence is not there (any more)."""
    units = {(a.slug, s.heading): s.units for a in articles for s in a.sections}
    headings: set[str] = set()
    problems = []
    for group in groups:
        if group.reply != "section":
            continue
        found = units.get((group.article, group.heading))
        if found is None:
            if group.file not in headings:
                wrong = f'No article {group.article} has the heading "{group.heading}".'
                problems.append(Problem(group.file, 0, wrong, "Write the heading exactly as in the article."))
            headings.add(group.file)
            continue
        for begins in group.quote:
            if not any(starts(unit.text, unit.items, begins) for unit in found):
                wrong = f'Group {group.id}: nothing under "{group.heading}" begins with "{begins}".'
                problems.append(Problem(group.file, 0, wrong, "Copy the first words of the sentence from the article."))
    return tuple(problems)


def _strange_slots(groups: tuple[Group, ...], lexicon: Lexicon) -> tuple[Problem, ...]:
    """Phrasings with a slot for a kind of thing that the word lists do not have."""
    kinds = {SOMETHING, *lexicon.concepts.values()}
    return tuple(
        Problem(group.file, 0, f'Group {group.id}: "{line}" has a slot that words.toml has no list for.',
                f"Use one of: {', '.join(sorted(kinds))}.")
        for group in groups for lines in group.patterns.values() for line in lines if not kinds.issuperset(slots(line))
    )  # fmt: skip


def starts(text: str, items: tuple[str, ...], begins: str) -> bool:
    """Whether a unit is meant by its first words (of the sentence, the lead-in or one of its items)."""
    return any(piece.startswith(begins) for piece in (text, *items))


def fingerprint(folder: Path) -> str:
    """A digest of names, sizes and contents of what may be read in the folder; never follows a link out of it."""
    digest = hashlib.sha256()
    for line in _stamps(folder):
        digest.update(line.encode(errors="replace"))
    return digest.hexdigest()[:12]


def _stamps(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(".") or path.suffix not in ENDINGS:
            continue
        try:
            status = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and status.st_size <= MOST_BYTES else ""
        except OSError:
            content, status = "unreadable", None
        found.append(f"{path.relative_to(folder)}\0{status.st_size if status else 0}\0{content}\n")
    return found


def _glance(folder: Path) -> Glance:
    """What a look at the folder costs little to compare: names, sizes, times."""
    found = []
    for path in folder.rglob("*"):
        try:
            status = path.lstat()
        except OSError:
            continue
        found.append((str(path), status.st_size, status.st_mtime_ns, status.st_ino))
    return tuple(sorted(found))


def breaking(new: KnowledgeBase, before: KnowledgeBase) -> list[Outcome]:
    """The answer tests that keep `new` from taking the place of `before`. "Not written about" stops being true when staff
    write about it: that holds nothing back, and neither does a folder without articles."""
    written = {passage.heading for passage in new.passages} - {passage.heading for passage in before.passages}
    return [o for o in new.outcomes if o.blocks and o.got not in written] if new.articles else []


class Library:
    """Holds `current`, the live snapshot; the one mutable thing in `bot`.

    `finish` proves the suggestions of a new snapshot and runs the folder's answer tests on it. A snapshot
    that fails a `must` test, or that cannot be built, does not go live:
    `held_back` then says why, and the old one keeps answering.
    """

    def __init__(self, folder: Path, cache: Path | None = None, finish: Finish | None = None) -> None:
        self.folder, self.cache, self.finish = folder, cache, finish or (lambda kb: kb)
        self.held_back: tuple[Problem, ...] = ()
        self.told: list[Callable[[], None]] = []  #: called after the folder was read again, whether that went live or not
        self._glance = _glance(folder)
        self._seen, self._unrest = self._glance, 0
        self._stop, self._reading = threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None
        self.current = self.finish(load(folder, cache))
        self._report(self.current)

    def start(self) -> None:
        """Begins to watch the folder in a daemon thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="knowledge", daemon=True)
            self._thread.start()

    @property
    def watched(self) -> bool:
        """Whether changes in the folder are picked up by themselves."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Ends the watching."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _watch(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            try:
                self.look()
            except Exception:  # the watcher must outlive whatever a folder can do to it
                _log.exception("the knowledge folder could not be looked at")

    def look(self) -> bool:
        """Refreshes once the folder has come to rest since the last look: one that is being copied is not read by halves.
        One that never rests is read now and then all the same. Whether a new snapshot went live."""
        seen = _glance(self.folder)
        self._unrest = (self._unrest + 1) % MOST_UNREST if seen != self._seen else 0
        self._seen = seen
        return self._unrest == 0 and self.refresh(seen)

    def refresh(self, seen: Glance | None = None) -> bool:
        """Looks at the folder; builds and publishes a new snapshot if it changed. Whether a new one went live."""
        with self._reading:  # what was read first must not go live last
            seen = seen or _glance(self.folder)
            if seen == self._glance:
                return False
            self._glance = seen
            live = self._read()
        for tell in self.told:
            tell()
        return live

    def _read(self) -> bool:
        if fingerprint(self.folder) == self.current.version and not self.held_back:
            return False
        try:
            new = self.finish(self._whole())
        except (KnowledgeError, OSError) as error:
            self.held_back = (Problem(".", 0, str(error), "Put the folder back; until then the last version answers.", True),)
            _log.error("knowledge held back: %s", error)
            return False
        failed = breaking(new, self.current)
        if failed:
            self.held_back = tuple(o.problem() for o in failed)
            _log.error("knowledge held back: %d answer tests that must pass fail", len(failed))
            return False
        self.current, self.held_back = new, ()
        self._report(self.current)
        return True

    def _whole(self) -> KnowledgeBase:
        """The folder as it was at one moment: what was changed while it was read is read again."""
        new = load(self.folder, self.cache, self.current)
        for _ in range(MOST_TORN):
            if fingerprint(self.folder) == new.version:
                break
            new = load(self.folder, self.cache, self.current)
        return new

    @staticmethod
    def _report(snapshot: KnowledgeBase) -> None:
        _log.info("knowledge %s: %d articles, %d passages", snapshot.version, len(snapshot.articles), len(snapshot.passages))
        for problem in snapshot.problems:
            _log.warning("knowledge: %s:%d %s %s", problem.file, problem.line, problem.wrong, problem.todo)
