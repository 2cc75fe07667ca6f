"""How long a request for an appointment takes: sent over a websocket, committed to SQLite, confirmed."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import websocket

from tests.conftest import Running, free_port, wait_until_ready
from tests.knowledge_folder import KNOWLEDGE, ROOT, clinic, give_fit

ROUNDS = 500


def round_trips(port: int, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of bookings, and of pings over the same socket: what the way there and back costs by itself."""
    ws = websocket.create_connection(f"ws://127.0.0.1:{port}/chat", timeout=10)
    bookings, pings = [], []
    for number in range(rounds):
        frame = {
            "type": "book",
            "id": f"speed-{number}",
            "name": "Ana",
            "phone": "(212) 555-0100",
            "times": "mornings",
            "consent": True,
        }
        for took, sent, wanted in ((bookings, frame, "done"), (pings, {"type": "ping"}, "pong")):
            began = time.perf_counter()
            ws.send(json.dumps(sent))
            got = json.loads(ws.recv())
            took.append((time.perf_counter() - began) * 1000)
            assert got["type"] == wanted
    ws.close()
    return bookings, pings


def table() -> None:
    """Median and 99th percentile, with a commit of plain SQLite on the same disk beside them."""
    clinic()
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        give_fit(folder)
        environment = {
            **os.environ, "PORT": str(port), "BIND": f"127.0.0.1:{port}", "DATA_DIR": name,
            "KNOWLEDGE_DIR": str(KNOWLEDGE), "RATE_LIMIT": "off",
        }  # fmt: skip
        command = [sys.executable, "-m", "gunicorn", "-c", "web/gunicorn.conf.py", "web:create_app()"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            wait_until_ready(Running(process, port, KNOWLEDGE, folder))
            bookings, pings = round_trips(port, ROUNDS)
        finally:
            process.terminate()
            process.wait()
        commits = plain_commits(folder / "plain.db", ROUNDS)
    sys.stdout.write(f"\n{ROUNDS} requests for an appointment over a websocket, milliseconds\n")
    sys.stdout.write(f"{'':44}{'median':>10}{'p99':>10}\n")
    for label, took in (
        ("ping", pings),
        ("plain SQLite commit, WAL and FULL", commits),
        ("stored, committed, confirmed", bookings),
    ):
        took.sort()
        sys.stdout.write(f"{label:44}{statistics.median(took):10.2f}{took[int(0.99 * (len(took) - 1))]:10.2f}\n")


def plain_commits(path: Path, rounds: int) -> list[float]:
    """Milliseconds of one insert and its commit without any of our code."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (a TEXT)"):
        connection.execute(statement)
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        connection.execute("INSERT INTO t VALUES (?)", ("x" * 300,))
        took.append((time.perf_counter() - began) * 1000)
    connection.close()
    return took


if __name__ == "__main__":
    table()
