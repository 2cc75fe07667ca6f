"""Visitors who come through nginx and do as the widget does: one message at a time, and what was not answered is sent again
under the same id. Each has an address of its own (Linux gives a machine all of 127.0.0.0/8), as limits count by address."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from random import randrange
from secrets import token_hex
from typing import Any
from urllib.parse import quote, urlencode

import websocket

from tests.cluster.nginx import NAME, Nginx

PATIENCE = 40  # seconds after which a visitor counts as lost
LOST = (OSError, ValueError, HTTPException, websocket.WebSocketException)
Frame = dict[str, Any]


class Door:
    """The way in: TLS to nginx, from any address."""

    def __init__(self, nginx: Nginx) -> None:
        self.port, self._trust = nginx.port, nginx.trust

    def dial(self, address: str) -> ssl.SSLSocket:
        """A connection on which the certificate was checked."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=10, source_address=(address, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._trust.wrap_socket(raw, server_hostname=NAME)

    def ask(self, method: str, path: str, address: str, body: str | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        """One HTTP request; the answer and its body."""
        with self.dial(address) as line:
            http = HTTPConnection(NAME)
            http.sock = line
            http.request(method, path, body, headers)
            answer = http.getresponse()
            return answer, answer.read()


@dataclass
class Ledger:
    """What visitors were told, by the id of what they sent."""

    answers: dict[str, list[Frame]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)  #: again, stray, refused, page, page failed
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        """Counts something that happened."""
        with self.lock:
            self.count[what] += 1

    def answer(self, id: str, frame: Frame) -> None:
        """An answer as the visitor sees it."""
        with self.lock:
            self.answers.setdefault(id, []).append(frame)
            if "reference" in frame:
                self.references[id] = frame["reference"]

    @property
    def twice(self) -> list[str]:
        """The ids that were answered more than once."""
        return [id for id, frames in self.answers.items() if len(frames) != 1]


class Tab:
    """A visitor's tab without a socket: it posts."""

    def __init__(self, door: Door, ledger: Ledger, address: str) -> None:
        self.door, self.ledger, self.address = door, ledger, address

    def say(self, frame: Frame) -> Frame:
        """Sends a message until it is answered. An answer that says "not now" is no answer."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                got = self._attempt(frame)
            except LOST:
                self.hang_up()
                self.ledger.note("again")
                time.sleep(0.1)
                continue
            if got["type"] != "error":
                self.ledger.answer(frame["id"], got)
                return got
            self.ledger.note(f"refused: {got['code']}")
            time.sleep(0.3)
        raise AssertionError(f"{frame['id']} was never answered")

    def hang_up(self) -> None:
        """Leaves."""

    def _attempt(self, frame: Frame) -> Frame:
        _, body = self.door.ask("POST", "/chat", self.address, json.dumps(frame))
        found: Frame = json.loads(body)
        return found


class SocketTab(Tab):
    """A visitor's tab with a websocket."""

    ws: websocket.WebSocket | None = None

    def connect(self) -> websocket.WebSocket:
        """The open socket; a new one if there is none."""
        if self.ws is None:
            self.ws = websocket.create_connection(f"wss://{NAME}/chat", socket=self.door.dial(self.address), timeout=10)
        return self.ws

    def hang_up(self) -> None:
        """Cuts the line without a word."""
        if self.ws is not None:
            with suppress(*LOST):
                self.ws.shutdown()
        self.ws = None

    def _attempt(self, frame: Frame) -> Frame:
        ws = self.connect()
        ws.send(json.dumps(frame))
        while True:
            got: Frame = json.loads(ws.recv())
            if got.get("id") == frame["id"]:
                return got
            self.ledger.note("stray")  # an answer to something that was answered before

    def listen(self, seconds: float = 0.3) -> None:
        """Whatever still comes is too much."""
        ws = self.connect()
        ws.settimeout(seconds)
        with suppress(*LOST):
            while ws.recv():
                self.ledger.note("stray")


class Form(Tab):
    """A visitor without scripts who asks for an appointment: the form has an id, and pressing the button again sends the same."""

    def _attempt(self, frame: Frame) -> Frame:
        answer, body = self.door.ask("POST", "/book", self.address, urlencode({**frame, "consent": "yes"}),
                                     **{"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
        found = re.search(r'class="reference">([^<]+)', body.decode())
        if answer.status == 200 and found:
            return {"type": "done", "id": frame["id"], "reference": found[1]}
        if answer.status == 502:
            raise HTTPException("nobody answered")
        return {"type": "error", "code": str(answer.status)}


def talk(tab: SocketTab, name: str, stop: threading.Event) -> None:
    """A conversation: each second question is understood only by who knows the first, whichever process that was."""
    for number in range(10_000):
        first = tab.say({"type": "ask", "id": f"{name}-{number}-a", "text": "does it help with back pain?"})
        time.sleep(0.5)
        then = {"type": "ask", "id": f"{name}-{number}-b", "text": "and for my neck?", "state": first["state"]}
        assert tab.say(then)["quotes"][0]["heading"] == "Benefits of Dry Needling for Neck Pain"
        if stop.wait(0.5):
            break
    tab.listen()
    tab.hang_up()


def post(tab: Tab, name: str, stop: threading.Event) -> None:
    """Single questions by POST."""
    for number in range(10_000):
        assert tab.say({"type": "ask", "id": f"{name}-{number}", "text": "is it safe?"})["quotes"]
        if stop.wait(0.3):
            return


def read(tab: Tab, name: str, stop: threading.Event) -> None:
    """The page without scripts; who gets an error loads it again."""
    while not stop.wait(0.3):
        try:
            answer, body = tab.door.ask("GET", f"/chat?q={quote('are the needles sterile?')}", tab.address)
        except LOST:
            tab.ledger.note("page failed")
            continue
        good = answer.status == 200 and b"<blockquote" in body
        tab.ledger.note("page" if good else "page failed")


def book(door: Door, ledger: Ledger, name: str, street: str, stop: threading.Event) -> None:
    """A family that asks for one appointment after the other, each on another way; nobody may have many from one address."""
    number = 0
    while not stop.wait(0.2):
        kind: type[Tab] = (SocketTab, Tab, Form)[number % 3]
        tab = kind(door, ledger, f"{street}.{1 + number % 250}")
        frame = {
            "type": "book",
            "id": f"{name}-{number}",
            "name": f"Visitor {number}",
            "phone": "(212) 555-0100",
            "consent": True,
        }
        tab.say(frame)
        tab.hang_up()
        number += 1


class Crowd:
    """All of them at once; `leave` ends it and raises what any of them ran into."""

    def __init__(self, door: Door, tabs: int = 16, posters: int = 4, readers: int = 3, families: int = 3) -> None:
        self.ledger, mine = Ledger(), token_hex(3)
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(tabs + posters + readers + families)
        self._runs: list[Future[None]] = []
        town = randrange(16, 250)
        for number in range(tabs):
            self._run(talk, SocketTab(door, self.ledger, f"127.1.1.{number + 1}"), f"{mine}-tab-{number}")
        for number in range(posters):
            self._run(post, Tab(door, self.ledger, f"127.1.2.{number + 1}"), f"{mine}-post-{number}")
        for number in range(readers):
            self._run(read, Tab(door, self.ledger, f"127.1.3.{number + 1}"), f"{mine}-page-{number}")
        for number in range(families):
            self._runs.append(
                self._pool.submit(book, door, self.ledger, f"{mine}-book-{number}", f"127.{town}.{number}", self._stop)
            )

    def _run(self, what: Callable[..., None], tab: Tab, name: str) -> None:
        self._runs.append(self._pool.submit(what, tab, name, self._stop))

    def leave(self) -> Ledger:
        """Everybody gets what they still wait for, and goes."""
        self._stop.set()
        for run in self._runs:
            run.result(timeout=2 * PATIENCE)
        self._pool.shutdown()
        return self.ledger
