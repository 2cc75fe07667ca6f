"""The hardened edge around flask-sock and simple-websocket. Each point was seen to fail without it:

- `send` may write a part only, and pings are sent from a second thread: one lock, `sendall`, a time limit;
- the inbox is an unbounded list: reading stops while the handler is behind, so that TCP pushes back;
- compression is accepted unasked and breaks with two senders: the offer is taken out of the handshake;
- an exception in the handler would write HTTP into the open socket: none leaves `serve`;
- the close frame races the handler's return: the reader is joined before;
- a peer that reads nothing gets little of our memory: the kernel's send buffer is bounded, then the time limit ends it;
- pings go by the wall clock, which may jump back by an hour: they go by the monotonic one;
- SIGTERM left visitors with a bare end of stream: `close_all` lets answers finish and says 1001.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import flask_sock
import simple_websocket.ws
from simple_websocket import ConnectionClosed, Server

MAX_MESSAGE = 16 * 1024  # bytes; above it the socket is closed with 1009
INBOX = 32  # messages waiting for the handler before reading stops
SEND_SECONDS = 5
SEND_BUFFER = 64 * 1024  # bytes that wait in the kernel for a slow reader; some fifty answers
PING_SECONDS = 25
DRAIN_SECONDS = 1.5
RESTARTING = (1001, "restarting")
LINGER_SECONDS = 0.5
LINGER_BYTES = 1024 * 1024
_log = logging.getLogger("pinpoint.sockets")
_live: set[Any] = set()
_live_lock = threading.Lock()
_stopping = threading.Event()


class _Inbox(list[Any]):
    """The messages that wait for the handler; counts all that ever came."""

    def __init__(self) -> None:
        super().__init__()
        self.came = 0

    def append(self, message: Any) -> None:
        """Counts first: a message must never be seen as answered before it is seen as asked."""
        self.came += 1
        super().append(message)


class _Whole:
    """A socket whose `send` sends everything, one frame at a time, or raises."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner, self._lock = inner, threading.Lock()

    def send(self, data: bytes) -> int:
        with self._lock:
            try:
                self._inner.sendall(data)
            except OSError:
                self._cut()  # half a frame may have left; nothing may follow it
                raise
        return len(data)

    def _cut(self) -> None:
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


class _Reader(threading.Thread):
    """The reader thread; a daemon, so that a dead peer cannot hold up the exit."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, daemon=True, **options)


class HardenedServer(Server):  # type: ignore[misc]  # simple-websocket has no types
    """simple-websocket's server with whole sends, a bounded inbox and an end that cannot raise."""

    def __init__(self, environ: dict[str, Any], **options: Any) -> None:
        environ = dict(environ)
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        for key in ("gunicorn.socket", "werkzeug.socket"):
            if environ.get(key) is not None:
                environ[key] = _Whole(_patient(environ[key]))
        self.answered = 0
        self.connected = False
        super().__init__(environ, **options)

    def handshake(self) -> None:
        """Puts a counting inbox in place before the reader starts."""
        self.input_buffer = _Inbox()
        super().handshake()

    @property
    def owes(self) -> bool:
        """Whether a message came that has not been answered yet."""
        return bool(self.answered < self.input_buffer.came)

    def _handle_events(self) -> bool:
        while self.connected and len(self.input_buffer) > INBOX:
            time.sleep(0.005)
        try:
            return bool(super()._handle_events())
        except Exception as error:  # whatever a peer sends ends its own connection only
            _log.info("socket ended: %s", type(error).__name__)
            self.connected = False
            self.event.set()
            return False


def _patient(inner: socket.socket) -> socket.socket:
    """A peer that stops reading may hold a thread for some seconds, not for ever."""
    with suppress(OSError):  # the peer is gone already; the first read says so
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return inner


# flask-sock makes its server by this name, simple-websocket reads its clock by that one; neither has a setting for it.
flask_sock.Server = HardenedServer
simple_websocket.ws.time = time.monotonic
OPTIONS = {"max_message_size": MAX_MESSAGE, "ping_interval": PING_SECONDS, "thread_class": _Reader}


def serve(ws: Any, answer: Callable[[str | bytes], str]) -> None:
    """Receives and answers until the peer leaves. `answer` turns one message into one frame and does not raise."""
    with _live_lock:
        _live.add(ws)
    try:
        while True:
            if _stopping.is_set() and not ws.owes:
                _say_goodbye(ws, *RESTARTING)
            data = ws.receive()
            if data is not None:
                ws.send(answer(data))
                ws.answered += 1
    except (ConnectionClosed, OSError):
        pass
    except Exception as error:  # an exception that left here would be written into the socket as HTTP
        _log.error("socket handler failed: %s", type(error).__name__)
        _say_goodbye(ws, 1011, "internal")
    finally:
        with _live_lock:
            _live.discard(ws)
        if not ws.connected:
            ws.thread.join(1.0)  # returning now could shut the socket before the close frame has left


def _say_goodbye(ws: Any, code: int, words: str) -> None:
    with suppress(ConnectionClosed, OSError):
        ws.close(code, words)
        ws.event.set()


def stopping() -> bool:
    """Whether the server is on its way out and takes nobody new."""
    return _stopping.is_set()


def close_all() -> None:
    """Whoever is idle is told 1001 at once, whoever is being answered right after the answer."""
    _stopping.set()
    end = time.monotonic() + DRAIN_SECONDS
    told: set[Any] = set()
    while left := _still_open() - told:
        for ws in left:
            if not ws.owes or time.monotonic() > end:
                told.add(ws)
                _say_goodbye(ws, *RESTARTING)
        time.sleep(0.005)


def _still_open() -> set[Any]:
    with _live_lock:
        return set(_live)
