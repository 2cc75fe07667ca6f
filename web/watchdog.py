"""A gunicorn worker that bounds the time a client may take for one request.

Stock `gthread` blocks a thread for as long as a client drips the bytes of a request, or reads the answer in drips, so a few
dozen slow clients shut everybody out. Here the socket is shut down unless the head is complete after some seconds, and the
whole request after some more. Conversations are past that point: sockets have limits of their own.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HEAD_SECONDS = 5.0
REQUEST_SECONDS = 30.0  # body and answer; the widget needs a second, a poor phone line ten


class Deadlines:
    """Until when each connection must have finished what it is at, in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._due: dict[int, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def give(self, conn: Any, seconds: float) -> None:
        """The connection has so many seconds from now."""
        with self._lock:
            self._due[id(conn)] = (time.monotonic() + seconds, conn)

    def lift(self, conn: Any) -> None:
        """The connection has all the time in the world."""
        with self._lock:
            self._due.pop(id(conn), None)

    def close_late(self, now: float) -> None:
        """Shuts down the sockets of those that are late; their threads come free at once."""
        with self._lock:
            late = [conn for due, conn in self._due.values() if due < now]
        for conn in late:
            with suppress(OSError):  # gone by itself
                conn.sock.shutdown(socket.SHUT_RDWR)


def may_last(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request may become a conversation. One with a body may not: it would drip it, and dodge the watchdog."""
    has_body = "CONTENT-LENGTH" in headers or "TRANSFER-ENCODING" in headers
    return method == "GET" and not has_body and "websocket" in headers.get("UPGRADE", "").lower()


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """`gthread` with a watchdog."""

    def init_process(self) -> None:
        """Starts the watchdog, then the worker."""
        self._deadlines = Deadlines()
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Reads a head and answers it under the watchdog's eyes."""
        self._deadlines.give(conn, HEAD_SECONDS)
        try:
            return super().handle(conn)
        finally:
            self._deadlines.lift(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The head is complete."""
        if may_last(req.method, dict(req.headers)):
            self._deadlines.lift(conn)
        else:
            self._deadlines.give(conn, REQUEST_SECONDS)
        return super().handle_request(req, conn)

    def _watch(self) -> None:
        while True:
            time.sleep(0.25)
            self._deadlines.close_late(time.monotonic())
