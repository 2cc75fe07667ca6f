"""The staff desk under `/staff`, made when it is first asked for: a server whose desk nobody opens does not pay for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/staff"


class Mount:
    """A WSGI application: what begins with `/staff` goes to the desk, everything else to the visitors' pages."""

    def __init__(self, visitors: WSGIApplication, make: Callable[[], WSGIApplication]) -> None:
        self._visitors, self._make = visitors, make
        self._desk: WSGIApplication | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            return self._visitors(environ, start)
        inner = {**environ, "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + PREFIX, "PATH_INFO": path[len(PREFIX) :] or "/"}
        return self.desk()(inner, start)

    def desk(self) -> WSGIApplication:
        """The desk; made once, also when two ask for it at the same moment."""
        if self._desk is None:
            with self._lock:
                if self._desk is None:
                    self._desk = self._make()
        return self._desk
