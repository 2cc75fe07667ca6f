"""Edits an article again and again while visitors flood the server, and counts what was lost, doubled or mixed up.

    python -m tests.load.reload_flood --edits 20

A flooder has sixteen messages under way all the time; most of them are refused, and a refusal is an answer too. A bystander
asks twenty times a second about the article that is edited: how long that visitor waits at worst is measured. Visitors share one interpreter here, so a part of the wait is their own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websocket

from tests.conftest import Running, launch, wait_until_ready
from tests.knowledge_folder import KNOWLEDGE, clinic, give_fit

RATE = 2000  # messages a minute: more than the bystander sends, far less than a flooder
UNDER_WAY = 16
ARTICLE = "# The Zanzibar method\n\n## What is the Zanzibar method?\n\nThe Zanzibar method is edition {} of a quiet walk.\n"
QUESTION = "what is the zanzibar method?"


@dataclass
class Outcome:
    """What a run has shown."""

    edits: int = 0
    answers: Counter[str] = field(default_factory=Counter)  #: by id
    kinds: Counter[str] = field(default_factory=Counter)  #: replies, and refusals by their code
    sent: int = 0
    editions: dict[str, str] = field(default_factory=dict)  #: version of the knowledge -> what it answers
    mixed: int = 0  #: answers that belong to another version than the one they name, or to an earlier one than the last answer
    waits: list[float] = field(default_factory=list)  #: the bystander's, in seconds
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def lost(self) -> int:
        """Messages without an answer."""
        return self.sent - len(self.answers)

    @property
    def doubled(self) -> int:
        """Messages with more than one."""
        return sum(count > 1 for count in self.answers.values())

    def note(self, frame: dict[str, Any]) -> None:
        """An answer came."""
        with self.lock:
            self.answers[frame["id"]] += 1
            self.kinds[frame.get("code") or frame["type"]] += 1


def _socket(server: Running, address: str) -> websocket.WebSocket:
    url = server.base.replace("http", "ws") + "/chat"
    return websocket.create_connection(url, timeout=20, header={"X-Forwarded-For": address})


def flood(server: Running, number: int, outcome: Outcome, stop: threading.Event) -> None:
    """One flooder."""
    ws, sent = _socket(server, f"203.0.113.{number}"), 0

    def send() -> None:
        nonlocal sent
        ws.send(json.dumps({"type": "ask", "id": f"flood-{number}-{sent}", "text": "is it safe?"}))
        sent += 1

    for _ in range(UNDER_WAY):
        send()
    while not stop.is_set():
        outcome.note(json.loads(ws.recv()))
        send()
    for _ in range(UNDER_WAY):
        outcome.note(json.loads(ws.recv()))
    _leave(ws, sent, outcome)


def stand_by(server: Running, outcome: Outcome, stop: threading.Event) -> None:
    """The bystander."""
    ws, sent, last = _socket(server, "198.51.100.1"), 0, ""
    while not stop.wait(0.05):
        began = time.monotonic()
        ws.send(json.dumps({"type": "ask", "id": f"bystander-{sent}", "text": QUESTION}))
        frame = json.loads(ws.recv())
        outcome.waits.append(time.monotonic() - began)
        outcome.note(frame)
        sent += 1
        if frame["type"] == "reply":
            words = " ".join(quote["text"] for quote in frame["quotes"])
            back = frame["version"] in outcome.editions and frame["version"] != last
            outcome.mixed += back or outcome.editions.setdefault(frame["version"], words) != words
            last = frame["version"]
    _leave(ws, sent, outcome)


def _leave(ws: websocket.WebSocket, sent: int, outcome: Outcome) -> None:
    """Whatever still comes is an answer too many."""
    ws.settimeout(0.3)
    try:
        while True:
            outcome.note(json.loads(ws.recv()))
    except websocket.WebSocketTimeoutException:
        ws.close()
    with outcome.lock:
        outcome.sent += sent


def run(folder: Path, edits: int, flooders: int = 6) -> Outcome:
    """Floods and edits. `folder`: an empty folder."""
    outcome, stop = Outcome(), threading.Event()
    knowledge = shutil.copytree(KNOWLEDGE, folder / "knowledge")
    (knowledge / "zanzibar.md").write_text(ARTICLE.format(0), encoding="utf-8")
    give_fit(folder / "data")
    with (folder / "log").open("wb") as log:
        server = launch(folder / "data", knowledge, log=log.fileno(), RATE_LIMIT=str(RATE), TRUSTED_PROXIES="127.0.0.1")
    try:
        wait_until_ready(server)
        threads = [threading.Thread(target=flood, args=(server, number + 1, outcome, stop)) for number in range(flooders)]
        threads.append(threading.Thread(target=stand_by, args=(server, outcome, stop)))
        for thread in threads:
            thread.start()
        for edition in range(1, edits + 1):
            (knowledge / "zanzibar.md").write_text(ARTICLE.format(edition), encoding="utf-8")
            end = time.monotonic() + 60
            while not any(f"edition {edition} " in words for words in list(outcome.editions.values())):
                assert time.monotonic() < end, f"edition {edition} did not go live"
                time.sleep(0.05)
            outcome.edits += 1
        stop.set()
        for thread in threads:
            thread.join()
    finally:
        stop.set()
        server.stop()
    return outcome


def main() -> int:
    """Prints the counts; 1 if anything was lost, doubled or mixed up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--edits", type=int, default=20)
    given: Any = parser.parse_args()
    clinic()
    with tempfile.TemporaryDirectory() as name:
        outcome = run(Path(name), given.edits)
    waits = sorted(1000 * wait for wait in outcome.waits)
    sys.stdout.write(
        f"{outcome.edits} edits, {outcome.sent} messages, {dict(outcome.kinds)}\n"
        f"lost {outcome.lost}, doubled {outcome.doubled}, of another version {outcome.mixed}\n"
        f"the bystander asked {len(waits)} times and waited {statistics.median(waits):.1f} ms in the middle, "
        f"{waits[int(0.99 * len(waits))]:.1f} ms in one of a hundred, {waits[-1]:.1f} ms at worst\n"
    )
    return int(bool(outcome.lost or outcome.doubled or outcome.mixed))


if __name__ == "__main__":
    sys.exit(main())
