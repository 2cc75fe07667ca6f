"""How long the desk's pages take with 10,000 questions and 5,000 requests in the store: server side, SQLite."""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import insert
from werkzeug.test import TestResponse

from bot.assistant import finish
from bot.knowledge import Library
from tests.knowledge_folder import KNOWLEDGE, ROOT, clinic, give_fit
from tests.staff import signed_in, token
from web import create_app
from web.services import Services, stop
from web.settings import Settings
from web.store import STATUSES, Contact, Store
from web.store_asked import Heard
from web.store_schema import audit

QUESTIONS, REQUESTS, ROUNDS = 10_000, 5_000, 20
PAGES = (
    "/staff/", "/staff/?show=closed&page=40", "/staff/requests/{reference}", "/staff/questions/", "/staff/questions/1",
    "/staff/figures/?days=365", "/staff/knowledge/", "/staff/knowledge/history", "/staff/try-it/", "/staff/privacy/",
    "/staff/help/", "/staff/people", "/staff/activity",
)  # fmt: skip
LIMIT = 100.0  # milliseconds, which the issue sets


def fill_questions(shared: Services, number: int) -> None:
    """Questions as visitors write them, over half a year; each a little different."""
    lines = [
        json.loads(line)["text"]
        for path in sorted((ROOT / "bench" / "questions").glob("unseen*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    dice, kb, events = random.Random(7), shared.library.current, []
    near = tuple((f"{p.article}#{p.anchor}", 0.4) for p in kb.passages[:3])
    for at in range(number):
        words = dice.choice(lines).split()
        if len(words) > 4:
            words.pop(dice.randrange(len(words)))
        result = dice.choice(("answered", "missed", "near", "clinic"))
        moment = time.time() - dice.random() * 180 * 86_400
        events.append(
            Heard(f"q{at}", f"a{at}", moment, (date.today() - timedelta(days=int((time.time() - moment) / 86_400))).isoformat(),
                  "answer" if result == "answered" else "no_answer", result, text=" ".join(words), kept=result != "answered",
                  milliseconds=3.0, near=near)
        )  # fmt: skip
    for start in range(0, number, 200):
        shared.store.questions.keep(events[start : start + 200], kb)


def fill_requests(store: Store, number: int) -> str:
    """Requests of every status, each with a note; the reference of the last one."""
    dice, reference = random.Random(7), ""
    for at in range(number):
        contact = Contact(f"Visitor {at}", f"+1212555{at:04}", times="mornings", reason="First visit")
        reference = store.add(f"r{at}", contact, "en", "v1", now=time.time() - dice.random() * 20 * 86_400).reference
        store.notes.add(reference, "Sam", "Left a message.")
        store.mark(reference, dice.choice(STATUSES))
    with store.database.writing() as connection:
        rows = [{"at": 1e9 + at, "who": "Sam", "action": "request read", "what": "KKK-KKK"} for at in range(number)]
        connection.execute(insert(audit), rows)
    return reference


def took(ask: Callable[[], TestResponse]) -> list[float]:
    """Milliseconds of each time."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        status = ask().status_code
        found.append((time.perf_counter() - began) * 1000)
        assert status == 200, status
    return sorted(found)


def show(name: str, found: list[float]) -> None:
    """A line of the table."""
    mark = "  !" if found[-1] > LIMIT else ""
    sys.stdout.write(f"{name:44}{statistics.median(found):10.1f}{found[-1]:10.1f}{mark}\n")


def table() -> None:
    """Median and slowest of each page."""
    clinic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        give_fit(folder)
        library = Library(KNOWLEDGE, folder / "fitted", finish)
        app = create_app(Settings(data_dir=folder, knowledge_dir=KNOWLEDGE, rate_limit=0), library)
        shared: Services = app.extensions["pinpoint"]
        fill_questions(shared, QUESTIONS)
        reference = fill_requests(shared.store, REQUESTS)
        client = signed_in(app, "owner")
        gc.freeze()  # as the server does at its start: what was loaded before is no garbage
        sys.stdout.write(
            f"\nPages of the staff desk, {QUESTIONS} questions and {REQUESTS} requests, milliseconds (at most {LIMIT:.0f})\n"
        )
        sys.stdout.write(f"{'':44}{'median':>10}{'slowest':>10}\n")
        for path in PAGES:
            show(path, took(lambda path=path: client.get(path.format(reference=reference))))  # type: ignore[misc]
        form = {"who": "Visitor 4999", "csrf_token": token(client.get("/staff/account").text)}
        show("/staff/privacy/find (opens every request)", took(lambda: client.post("/staff/privacy/find", data=form)))
        stop(shared)


if __name__ == "__main__":
    table()
