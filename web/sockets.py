"""The hardened edge around flask-sock and simple-websocket. Each point was seen to fail without it:

- `send` may write a part only, and pings are sent from a second thread: one lock, `sendall`, a time limit;
- the inbox is an unbounded list: reading stops while the handler is behind, so that TCP pushes back;
- compression is accepted unasked and breaks with two senders: the offer is taken out of the handshake;
- an exception in the handler would write HTTP into the open socket: none leaves `serve`;
- the close frame races the handler's return: the reader is joined before;
- SIGTERM left visitors with a bare end of stream: `close_all` lets answers finish and says 1001.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import flask_sock
from simple_websocket import ConnectionClosed, Server

MAX_MESSAGE = 16 * 1024  # bytes; above it the socket is closed with 1009
INBOX = 32  # messages waiting for the handler before reading stops
SEND_SECONDS = 5
PING_SECONDS = 25
DRAIN_SECONDS = 3.0
LINGER_SECONDS = 0.5
_log = logging.getLogger("pinpoint.sockets")
_live: set[Any] = set()
_live_lock = threading.Lock()


class _Whole:
    """A socket whose `send` sends everything, one frame at a time, or raises."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner, self._lock = inner, threading.Lock()

    def send(self, data: bytes) -> int:
        with self._lock:
            self._inner.sendall(data)
        return len(data)

    def close(self) -> None:
        """Closes after what the peer is still sending was read: unread bytes would turn our close frame into a reset."""
        try:
            self._inner.shutdown(socket.SHUT_WR)
            self._inner.settimeout(LINGER_SECONDS)
            end = time.monotonic() + LINGER_SECONDS
            while time.monotonic() < end and self._inner.recv(65536):
                pass
        except OSError:
            pass  # the peer was faster
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
        self.busy = False
        self.connected = False
        super().__init__(environ, **options)

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
    try:
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        pass  # the peer is gone already; the first read says so
    return inner


# flask-sock makes its server by this name; it has no setting for another class.
flask_sock.Server = HardenedServer
OPTIONS = {"max_message_size": MAX_MESSAGE, "ping_interval": PING_SECONDS, "thread_class": _Reader}


def serve(ws: Any, answer: Callable[[str | bytes], str]) -> None:
    """Receives and answers until the peer leaves. `answer` turns one message into one frame and does not raise."""
    with _live_lock:
        _live.add(ws)
    try:
        while True:
            ws.busy = False
            data = ws.receive()
            if data is None:
                continue
            ws.busy = True
            ws.send(answer(data))
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
    try:
        ws.close(code, words)
        ws.event.set()
    except (ConnectionClosed, OSError):
        pass


def close_all() -> None:
    """Whoever is idle is told 1001 at once, whoever is being answered right after the answer."""
    end = time.monotonic() + DRAIN_SECONDS
    with _live_lock:
        left = set(_live)
    while left:
        for ws in list(left):
            if (ws.input_buffer or ws.busy) and time.monotonic() < end:
                continue
            left.discard(ws)
            _say_goodbye(ws, 1001, "restarting")
        time.sleep(0.005)
