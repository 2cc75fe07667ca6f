"""Logs as JSON lines on standard error, with the request's id, and never with a word of a visitor.

Addresses of pages hold questions on the page without scripts, so a request is named by its route, not by its address. The
text of an exception may hold what was typed, so only its kind and where it was raised are written.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_FRAMES = 6  # of a traceback, the innermost
_log = logging.getLogger("pinpoint.requests")


class JsonFormatter(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; an exception as its kind and the places it came through."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(),
        }  # fmt: skip
        if has_request_context() and "request_id" in g:
            line["request"] = g.request_id
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-_FRAMES:]
            line["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=False)


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": f"{JsonFormatter.__module__}.{JsonFormatter.__name__}"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "pinpoint": {"level": "INFO"},
        "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
    },
}


def init_app(app: Flask) -> None:
    """Gives every request an id and a line when it ends."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    if "request_id" not in g:  # refused before it began
        return response
    response.headers["X-Request-ID"] = g.request_id
    level = logging.DEBUG if request.path in ("/healthz", "/readyz", "/metrics") else logging.INFO
    fields = {
        "method": request.method if request.method in _METHODS else "other",
        "route": str(request.url_rule or "none"), "status": response.status_code,
        "ms": round((time.perf_counter() - g.began) * 1000, 1),
    }  # fmt: skip
    _log.log(level, "request", extra={"fields": fields})
    return response


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
