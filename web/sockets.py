"""The hardened edge around flask-sock and simple-websocket: one thread a socket, which reads, answers and pings by turns.

simple-websocket reads in a second thread, into a list without an end, and hands each message over: that costs more than the
rest of a remembered answer, and a lock around whatever both touch. Here it reads when it has nothing left to answer, so TCP
pushes back on whoever sends faster than that. Each other point was seen to fail without it as well:

- `send` may write a part only: `sendall`, with a time limit, and nothing after a frame that left by half;
- compression is accepted unasked: the offer is taken out of the handshake;
- an exception in the handler would write HTTP into the open socket: none leaves `serve`;
- unread bytes would turn the close frame into a reset: what is still coming in is read, to a limit;
- a peer that reads nothing gets little of our memory: the kernel's send buffer is bounded, then the time limit ends it;
- pings go by the wall clock, which may jump back by an hour: here they go by how long nothing came in;
- SIGTERM left visitors with a bare end of stream: `close_all` lets answers finish and says 1001.
"""

from __future__ import annotations

import logging
import math
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import flask_sock
from simple_websocket import ConnectionClosed, Server
from wsproto.events import Ping

MAX_MESSAGE = 16 * 1024  # bytes; above it the socket is closed with 1009
SEND_SECONDS = 5
SEND_BUFFER = 64 * 1024  # bytes that wait in the kernel for a slow reader; some fifty answers
PING_SECONDS = 25  # of silence; after as many again without a sign of life the peer is gone
DRAIN_SECONDS, GRACE_SECONDS = 1.5, 0.1
RESTARTING = (1001, "restarting")
SILENT = (1008, "Ping/Pong timeout")
LINGER_SECONDS = 0.5
LINGER_BYTES = 1024 * 1024
_log = logging.getLogger("pinpoint.sockets")
_live: set[Any] = set()
_live_lock = threading.Lock()


class _Bell:
    """Rung once, when the server stops. Whoever waits for a visitor waits for the bell too."""

    def __init__(self) -> None:
        self._lock, self._pipe = threading.Lock(), (-1, -1)
        self.until = math.inf  #: by the monotonic clock; later nobody is answered any more

    def fileno(self) -> int:
        """What to poll. Made when it is first asked for: a pipe that processes share would ring in all of them."""
        with self._lock:
            if self._pipe[0] < 0:
                self._pipe = os.pipe()
            return self._pipe[0]

    def ring(self, seconds: float) -> None:
        """From now on nobody waits; whoever is being answered has so many seconds."""
        self.fileno()
        self.until = min(self.until, time.monotonic() + seconds)
        os.write(self._pipe[1], b"!")

    @property
    def rung(self) -> bool:
        """Whether the server stops."""
        return self.until < math.inf


_bell = _Bell()


class _Whole:
    """A socket whose `send` sends everything or raises."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner, self.recv = inner, inner.recv

    def send(self, data: bytes) -> int:
        try:
            self._inner.sendall(data)
        except OSError:
            self.cut()  # half a frame may have left; nothing may follow it
            raise
        return len(data)

    def cut(self) -> None:
        """Ends it at once, also for a thread that is sending."""
        with suppress(OSError):  # gone by itself
            self._inner.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Closes after what the peer is still sending was read: unread bytes would turn our close frame into a reset."""
        with suppress(OSError):  # the peer was faster
            self._inner.shutdown(socket.SHUT_WR)
            self._inner.settimeout(LINGER_SECONDS)
            end, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
            while left > 0 and time.monotonic() < end and (data := self._inner.recv(65536)):
                left -= len(data)
        self._inner.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Unused:
    """In the place of the reader thread, and of the event that would wake the handler."""

    def __init__(self, target: object = None) -> None:
        self.name = ""

    def start(self) -> None:
        """There is no second thread."""

    def set(self) -> None:
        """Nobody waits."""


class HardenedServer(Server):  # type: ignore[misc]  # simple-websocket has no types
    """simple-websocket's server, read by whoever asks it for the next message."""

    def __init__(self, environ: dict[str, Any], **options: Any) -> None:
        environ = dict(environ)
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        for key in ("gunicorn.socket", "werkzeug.socket"):
            if environ.get(key) is not None:
                environ[key] = _Whole(_patient(environ[key]))
        self.connected = False
        super().__init__(environ, thread_class=_Unused, event_class=_Unused, **options)
        self._pinged = False
        self._number = self.sock.fileno()
        self._poll = select.poll()
        self._poll.register(self._number, select.POLLIN)
        self._poll.register(_bell.fileno(), select.POLLIN)

    def receive(self, timeout: float | None = None) -> Any:
        """The next message; None when the server stops and nothing more was asked. Raises ConnectionClosed, and OSError
        where the line is cut. There is no `timeout`: pings find out who is gone."""
        while self.connected and not self.input_buffer:
            came = [number for number, _ in self._poll.poll(1000 * PING_SECONDS)]
            if self._number in came:
                self._read()
            elif came:
                return None
            else:
                self._ask_for_a_sign()
        if time.monotonic() > _bell.until:
            return None
        if not self.input_buffer:
            raise ConnectionClosed(self.close_reason, self.close_message)
        return self.input_buffer.pop(0)

    def _read(self) -> None:
        data = self.sock.recv(self.receive_bytes)
        if not data:
            raise OSError("the peer is gone")
        self._pinged = False
        self.ws.receive_data(data)
        self.connected = self._handle_events()

    def _ask_for_a_sign(self) -> None:
        if self._pinged:
            self.close(*SILENT)
        else:
            self._pinged = True
            self.sock.send(self.ws.send(Ping()))

    def _handle_events(self) -> bool:
        try:
            return bool(super()._handle_events())
        except Exception as error:  # whatever a peer sends ends its own connection only
            _log.info("socket ended: %s", type(error).__name__)
            return False


def _patient(inner: socket.socket) -> socket.socket:
    """A peer that stops reading may hold a thread for some seconds, not for ever."""
    with suppress(OSError):  # the peer is gone already; the first read says so
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return inner


# flask-sock makes its server by this name and has no setting for it.
flask_sock.Server = HardenedServer
OPTIONS = {"max_message_size": MAX_MESSAGE}


def serve(ws: Any, answer: Callable[[str | bytes], str]) -> None:
    """Receives and answers until the peer leaves. `answer` turns one message into one frame and does not raise."""
    with _live_lock:
        _live.add(ws)
    try:
        while (data := ws.receive()) is not None:
            ws.send(answer(data))
        _say_goodbye(ws, *RESTARTING)
    except (ConnectionClosed, OSError):
        pass
    except Exception as error:  # an exception that left here would be written into the socket as HTTP
        _log.error("socket handler failed: %s", type(error).__name__)
        _say_goodbye(ws, 1011, "internal")
    finally:
        with _live_lock:
            _live.discard(ws)
        ws.sock.close()


def _say_goodbye(ws: Any, code: int, words: str) -> None:
    with suppress(ConnectionClosed, OSError):
        ws.close(code, words)


def stopping() -> bool:
    """Whether the server is on its way out and takes nobody new."""
    return _bell.rung


def close_all() -> None:
    """Whoever is idle is told 1001 at once, whoever is being answered right after the answer; who does not read it is cut off."""
    _bell.ring(DRAIN_SECONDS)
    while (left := _still_open()) and time.monotonic() < _bell.until + GRACE_SECONDS:
        time.sleep(0.005)
    for ws in left:
        ws.sock.cut()


def _still_open() -> set[Any]:
    with _live_lock:
        return set(_live)
