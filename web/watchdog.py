"""A gunicorn worker that bounds the time a client may take to send its request head.

Stock `gthread` blocks a thread for as long as a client drips header bytes, so a few dozen slow clients shut everybody
out. Here the socket is shut down after some seconds unless the head is complete; conversations are past that point.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HEAD_SECONDS = 5.0


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """`gthread` with a watchdog for request heads."""

    def init_process(self) -> None:
        """Starts the watchdog, then the worker."""
        self._heads: dict[int, tuple[float, Any]] = {}
        self._heads_lock = threading.Lock()
        threading.Thread(target=self._watch, daemon=True, name="head-watchdog").start()
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Reads a head under the watchdog's eyes."""
        with self._heads_lock:
            self._heads[id(conn)] = (time.monotonic(), conn)
        try:
            return super().handle(conn)
        finally:
            self._complete(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The head is complete."""
        self._complete(conn)
        return super().handle_request(req, conn)

    def _complete(self, conn: Any) -> None:
        with self._heads_lock:
            self._heads.pop(id(conn), None)

    def _watch(self) -> None:
        while True:
            time.sleep(0.25)
            late = time.monotonic() - HEAD_SECONDS
            with self._heads_lock:
                slow = [conn for began, conn in self._heads.values() if began < late]
            for conn in slow:
                with suppress(OSError):  # gone by itself
                    conn.sock.shutdown(socket.SHUT_RDWR)
