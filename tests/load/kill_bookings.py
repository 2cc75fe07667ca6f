"""Kills the server with -9 in the middle of bookings, again and again, and counts what was lost or doubled.

    python -m tests.load.kill_bookings --kills 50 --bookings 5000

Visitors book over websockets. Whoever gets no answer because the server died sends the same request again under the same
id, as the widget does. In the end every confirmed id must be in the database once, with the reference that was confirmed,
and every request must have reached the receiver of webhooks.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import websocket

from tests.conftest import Running, free_port, wait_until_ready
from tests.knowledge_folder import KNOWLEDGE, ROOT, clinic, give_fit
from web.notify import Notifier
from web.settings import Settings, default_database
from web.store import Store
from web.store_keys import Cipher

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Outcome:
    """What a run has shown."""

    confirmed: dict[str, str] = field(default_factory=dict)  # id -> reference
    changed: int = 0  # ids that were confirmed with two references
    again: int = 0  # requests that were sent again because the answer was lost
    kills: int = 0
    lost: int = 0  # confirmed and not in the database
    doubled: int = 0  # in the database more often than once, or under two references
    untold: int = 0  # stored and never told to the receiver
    told_twice: int = 0  # told more than once, each time under the same id
    told_under_two_ids: int = 0
    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def confirm(self, id: str, reference: str) -> None:
        """Writes down what a visitor was told."""
        with self.lock:
            self.changed += self.confirmed.setdefault(id, reference) != reference


class Server:
    """The Procfile's gunicorn in a process group of its own, so that -9 reaches all of it."""

    def __init__(self, folder: Path, hook: str) -> None:
        self.port = free_port()
        self._environment = {
            **os.environ, "PORT": str(self.port), "BIND": f"127.0.0.1:{self.port}", "DATA_DIR": str(folder),
            "KNOWLEDGE_DIR": str(KNOWLEDGE), "RATE_LIMIT": "off", "MAX_VISITORS": "64", "WEBHOOK_URL": hook, "WEBHOOK_SECRET": SECRET,
        }  # fmt: skip
        self._environment.pop("DATABASE_URL", None)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it is ready."""
        command = [sys.executable, "-m", "gunicorn", "-c", "web/gunicorn.conf.py", "web:create_app()"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, start_new_session=True, stderr=subprocess.DEVNULL
        )
        wait_until_ready(Running(self._process, self.port, KNOWLEDGE, self._folder))

    def kill(self) -> None:
        """-9, to the last process; no goodbye, no flush."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A receiver of webhooks: its address, and (message id, reference) of what it got."""
    got: list[tuple[str, str]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((self.headers["webhook-id"], body["data"]["reference"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def visit(port: int, ids: Iterator[str], outcome: Outcome) -> None:
    """A visitor's tab: books until there is nothing left to book, and after a cut sends again what was not answered."""
    ws: websocket.WebSocket | None = None
    for id in ids:
        frame = {"type": "book", "id": id, "name": f"Visitor {id}", "phone": "(212) 555-0100", "consent": True}
        while True:
            try:
                if ws is None:
                    ws = websocket.create_connection(f"ws://127.0.0.1:{port}/chat", timeout=10)
                ws.send(json.dumps(frame))
                got = json.loads(ws.recv())
            except (OSError, ValueError, websocket.WebSocketException):
                with outcome.lock:
                    outcome.again += 1
                if ws is not None:
                    ws.shutdown()
                ws = None
                time.sleep(0.05)
                continue
            if got["type"] == "done":
                outcome.confirm(id, got["reference"])
                break
            time.sleep(0.05)  # refused clearly: the same again
    if ws is not None:
        ws.close()


class _Ids:
    """Ids for all tabs together."""

    def __init__(self, most: int) -> None:
        self._left, self._lock = iter(range(most)), threading.Lock()

    def __iter__(self) -> Iterator[str]:
        while True:
            with self._lock:
                number = next(self._left, None)
            if number is None:
                return
            yield f"kill-{number}"


def run(folder: Path, bookings: int, kills: int, tabs: int = 12, seed: int = 1) -> Outcome:
    """Books, kills, counts. `folder`: an empty data folder that holds the fit."""
    outcome, chance, began = Outcome(), random.Random(seed), time.monotonic()
    with receiver() as (hook, told):
        server = Server(folder, hook)
        server.start()
        ids = _Ids(bookings)
        threads = [threading.Thread(target=visit, args=(server.port, iter(ids), outcome)) for _ in range(tabs)]
        for thread in threads:
            thread.start()
        for number in range(1, kills + 1):
            while len(outcome.confirmed) < bookings * number / (kills + 1):
                time.sleep(0.001)
            time.sleep(chance.random() * 0.02)
            server.kill()
            outcome.kills += 1
            server.start()
        for thread in threads:
            thread.join()
        server.kill()
        _tell_the_rest(folder, hook)
    _count(folder, told, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def _store(folder: Path) -> Store:
    return Store(default_database(folder), Cipher("", folder / "contact_key"))


def _tell_the_rest(folder: Path, hook: str) -> None:
    """What was under way when the last process died comes due again: here at once, by a clock that is set forward."""
    store = _store(folder)
    notifier = Notifier(Settings(webhook_url=hook, webhook_secret=SECRET), store, None, None)  # type: ignore[arg-type]  # for mails only
    notifier.turn(lambda: time.time() + 3600)
    store.database.stop()


def _count(folder: Path, told: list[tuple[str, str]], outcome: Outcome) -> None:
    store = _store(folder)
    stored = [(request.id, request.reference) for request in store.all()]
    store.database.stop()
    outcome.lost = sum(pair not in set(stored) for pair in outcome.confirmed.items())
    outcome.doubled = len(stored) - len({id for id, _ in stored}) + len(stored) - len({reference for _, reference in stored})
    names: dict[str, set[str]] = {}
    for name, reference in told:
        names.setdefault(reference, set()).add(name)
    outcome.untold = sum(reference not in names for _, reference in stored)
    outcome.told_twice = sum(count > 1 for count in Counter(reference for _, reference in told).values())
    outcome.told_under_two_ids = sum(len(found) > 1 for found in names.values())


def main() -> int:
    """Prints the counts; 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--bookings", type=int, default=5000)
    given: Any = parser.parse_args()
    clinic()
    with tempfile.TemporaryDirectory() as name:
        give_fit(Path(name))
        outcome = run(Path(name), given.bookings, given.kills)
    sys.stdout.write(
        f"{len(outcome.confirmed)} bookings confirmed, {outcome.kills} times kill -9, {outcome.again} sent again, {outcome.seconds:.0f} s\n"
        f"lost {outcome.lost}, doubled {outcome.doubled}, confirmed with two references {outcome.changed}\n"
        f"never told to the clinic {outcome.untold}, told twice under the same id {outcome.told_twice}, "
        f"under two ids {outcome.told_under_two_ids}\n"
    )
    return int(bool(outcome.lost or outcome.doubled or outcome.changed or outcome.untold or outcome.told_under_two_ids))


if __name__ == "__main__":
    sys.exit(main())
