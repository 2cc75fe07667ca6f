"""What visitors asked on its way into the database: a bounded queue and one thread, so that no answer ever waits for it."""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from bot.conversation import GENERAL
from bot.knowledge import Library
from bot.types import Turn
from web.settings import Settings
from web.store_asked import UNANSWERED, Booked, Event, Heard, Questions, Rated, Rating, Result
from web.store_choices import Choices
from web.store_database import StoreDown

MOST_WAITING = 2000  # messages; more than that and the newest are not stored
MOST_AT_ONCE = 500
GATHER_SECONDS = 0.25  # what comes so close together shares a transaction: ten of them cost little more than one
PAUSE_SECONDS = 5.0  # before a database that is away is tried again
STOP_SECONDS = 3.0
LOOK_SECONDS = 60.0  # how often it is looked whether something is too old when nothing comes
TIDY_SECONDS = 3600.0
MOST_RECENT, RECENT_SECONDS = 500, 1800.0  # answered questions that a rating may still make worth keeping
NEAR = 0.5  # share of the confidence that an answer needs, from which a miss was a near one
_KEPT: dict[str, tuple[Result, ...]] = {"none": (), "unanswered": UNANSWERED, "all": ("answered", *UNANSWERED)}
_log = logging.getLogger("pinpoint.asked")


class Recorder:
    """The thread, and what waits for it."""

    def __init__(self, settings: Settings, questions: Questions, library: Library, choices: Choices | None = None) -> None:
        self.dropped = 0  #: messages that were not stored
        self._settings, self._questions, self._library = settings, questions, library
        # Not hmac's own call: that lets another thread go first, twice an answer, and waits for its turn again.
        self._key = hashlib.sha256(settings.secret_key.encode()).digest()
        self._choices = choices or Choices(questions.database)
        self._waiting: queue.Queue[Event | None] = queue.Queue(MOST_WAITING)
        self._recent: OrderedDict[str, tuple[float, Heard]] = OrderedDict()  # since when, by the monotonic clock
        self._stopping, self._hurried = threading.Event(), threading.Event()
        self._tidied = float("-inf")
        self._thread = threading.Thread(target=self._run, daemon=True, name="asked")

    def start(self) -> None:
        """Begins to store."""
        self._thread.start()

    def stop(self) -> None:
        """Stores what waits, as far as the database answers, and ends."""
        self._stopping.set()
        self._hurried.set()
        with suppress(queue.Full):  # then it is awake
            self._waiting.put_nowait(None)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def settle(self, seconds: float = 10.0) -> bool:
        """Has everything stored that was put in, and waits until it is stored or given up; whether that came about."""
        end = time.monotonic() + seconds
        self._hurried.set()
        while self._waiting.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.005)
        if not self._stopping.is_set():
            self._hurried.clear()
        return not self._waiting.unfinished_tasks

    @property
    def waiting(self) -> int:
        """Messages that are not stored yet."""
        return self._waiting.unfinished_tasks

    # --- from the threads that answer ---------------------------------------------------------------------------------

    def heard(self, turn: Turn, name: str, text: str, seconds: float) -> None:
        """A message was answered. `name` is the visitor's id for it; of `text`, as typed, only a keyed digest is made."""
        at, reply, threshold = time.time(), turn.reply, self._library.current.index.decision.threshold
        key, day, result = self._digest("ask", name, text), self._day(at), result_of(turn, threshold)
        if reply.kind in ("emergency", "urgent"):
            self._put(Heard(key, "", at, day, reply.kind, result, turn.flag, milliseconds=1000 * seconds))
            return
        keep = self._choices.of(self._settings).questions
        topic = turn.topic if turn.outcome == "contact" and turn.topic != GENERAL else ""
        self._put(Heard(
            key, self._digest("ask", name), at, day, reply.kind, result, turn.flag, reply.language,
            section=reply.state.topic if turn.outcome == "answer" else "", topic=topic,
            offered=any(action.kind == "book" for action in reply.actions), milliseconds=1000 * seconds,
            text="" if keep == "none" else " ".join(turn.text.split()), kept=result in _KEPT[keep],
            near=tuple((f"{hit.passage.article}#{hit.passage.anchor}", round(hit.score, 3)) for hit in turn.near),
        ))  # fmt: skip

    def rated(self, name: str, helpful: bool, reason: str = "") -> None:
        """A visitor said whether the answer to their message `name` was of use."""
        ratings: dict[str, Rating] = {"wrong": "wrong", "unclear": "unclear", "not_my_question": "not_my_question"}
        self._put(Rated(self._digest("ask", name), "yes" if helpful else ratings.get(reason, "no")))

    def booked(self, name: str) -> None:
        """A request for an appointment was confirmed."""
        at = time.time()
        self._put(Booked(self._digest("book", name), at, self._day(at)))

    def _put(self, event: Event) -> None:
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            self.dropped += 1

    def _digest(self, *parts: str) -> str:
        """What recognises a message without telling it: ids are the visitor's own and may hold anything."""
        return hashlib.blake2b("\0".join(parts).encode(), key=self._key, digest_size=16).hexdigest()

    def _day(self, at: float) -> str:
        return datetime.fromtimestamp(at, ZoneInfo(self._library.current.clinic.time_zone)).date().isoformat()

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        batch: list[Event] = []
        while not (self._stopping.is_set() and self._waiting.empty() and not batch):
            batch = batch or self._next()
            try:
                self._tidy()
                self._keep(batch)
            except StoreDown:
                if self._stopping.wait(PAUSE_SECONDS):
                    return  # gone with the database; the visitors have their answers
                continue
            except Exception as error:  # a thread that ends here would keep nothing any more
                _log.error("questions are not stored: %s", type(error).__name__)
                self.dropped += len(batch)
            for _ in batch:
                self._waiting.task_done()
            batch = []

    def _next(self) -> list[Event]:
        """What waits, as much as fits into one transaction; nothing for a while if nothing comes."""
        found: list[Event] = []
        with suppress(queue.Empty):
            event = self._waiting.get(timeout=LOOK_SECONDS)
            if self._waiting.qsize() < MOST_AT_ONCE:
                self._hurried.wait(GATHER_SECONDS)
            while True:
                if event is None:  # somebody wants us to end
                    self._waiting.task_done()
                else:
                    found.append(event)
                if len(found) == MOST_AT_ONCE:
                    break
                event = self._waiting.get_nowait()
        return found

    def _keep(self, batch: list[Event]) -> None:
        if not batch:
            return
        events = [self._remembered(event) for event in batch]
        try:
            self._questions.keep(events, self._library.current)
        except IntegrityError:  # another process made or removed the same just now
            self._questions.keep(events, self._library.current)

    def _remembered(self, event: Event) -> Event:
        """A rating with its question's words, if they were asked a moment ago and not stored."""
        if isinstance(event, Rated) and event.rating != "yes":
            before = self._recent.get(event.ask)
            return replace(event, text=before[1].text) if before else event
        if isinstance(event, Heard) and event.text and event.result == "answered" and not event.kept:
            self._recent[event.ask] = (time.monotonic(), event)
            while len(self._recent) > MOST_RECENT:
                self._recent.popitem(last=False)
        return event

    def _tidy(self) -> None:
        now = time.monotonic()
        while self._recent and next(iter(self._recent.values()))[0] < now - RECENT_SECONDS:
            self._recent.popitem(last=False)
        if now - self._tidied > TIDY_SECONDS:
            self._questions.purge(time.time() - self._choices.of(self._settings).days * 86_400.0)
            self._tidied = now


def result_of(turn: Turn, threshold: float) -> Result:
    """What became of a message: answered; missed, or nearly answered; a matter that only the clinic can settle; or no
    question at all."""
    if turn.partly and turn.outcome == "answer":
        return "near"
    if turn.outcome == "answer":
        return "answered"
    if turn.reply.kind == "precaution":
        return "other"  # its reviewed words are the answer
    if turn.outcome == "contact":
        return "clinic" if turn.topic else "other"
    if turn.outcome == "no_answer":
        return "near" if turn.confidence >= NEAR * threshold else "missed"
    return "other"
