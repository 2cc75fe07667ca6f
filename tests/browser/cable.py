"""A cable between browser and server that can be cut at a chosen moment."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Literal

Way = Literal["up", "down"]


class Cable:
    """Forwards connections to a server on this machine. `port` is where the browser plugs in."""

    def __init__(self, server: int) -> None:
        self.server, self.live, self._deaf = server, set[socket.socket](), set[socket.socket]()
        self.refuses = self.hangs = False
        self._moment: tuple[Way, Callable[[bytes], bytes], bytes] | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base(self) -> str:
        """The address that the browser uses."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Ends every connection, without a goodbye."""
        for one in list(self.live):
            self._end(one)

    def cut_at(self, way: Way, passes: Callable[[bytes], bytes], sign: bytes = b"") -> None:
        """Cuts once, at the next data on this way that holds `sign`; of them only what `passes` lets through arrives."""
        self._moment = (way, passes, sign)

    def deafen(self) -> None:
        """Lets nothing more through the connections of now, and closes none: what a phone's sleep leaves behind."""
        self._deaf |= self.live

    def was_cut(self) -> bool:
        """Whether the moment of `cut_at` has come."""
        return self._moment is None

    def close(self) -> None:
        """Unplugs for good."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self.refuses:
                    near.close()
                    continue
                self.live.add(near)
                if self.hangs:
                    continue
                far = socket.create_connection(("127.0.0.1", self.server))
                self.live.add(far)
                for way, one, other in (("up", near, far), ("down", far, near)):
                    threading.Thread(target=self._forward, args=(way, one, other), daemon=True).start()

    def _forward(self, way: Way, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if one in self._deaf:
                    continue
                if self._moment and self._moment[0] == way and self._moment[2] in data:
                    passes = self._moment[1]
                    self._moment = None
                    other.sendall(passes(data))
                    self.cut()
                    return
                other.sendall(data)
        self._end(one)
        self._end(other)

    def _end(self, one: socket.socket) -> None:
        self.live.discard(one)
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
        one.close()
