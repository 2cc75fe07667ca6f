"""Puts the desk together: Flask-Security, the guard, the pages."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from flask import Flask, Response, current_app, render_template, request, url_for
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from web import headers, logs, pages
from web.services import Services, services
from web.staff import (
    account,
    activity,
    figures,
    guard,
    help,
    idle,
    kept,
    knowledge,
    people_pages,
    privacy,
    questions,
    requests,
    security,
    sessions,
    shown,
    today,
    tryit,
    welcome,
)
from web.staff.mail import can_mail
from web.store_database import StoreDown

# What the menu shows: words, view, and whether only owners see it. A page that is not there yet is left out.
NAVIGATION = (
    ("Today", "today.page", False), ("Questions", "questions.page", False), ("Try it", "tryit.page", False),
    ("Knowledge", "knowledge.page", False), ("Figures", "figures.page", False), ("Privacy", "privacy.page", False),
    ("Help", "help.page", False), ("People", "people.page", True), ("Activity", "activity.page", True),
)  # fmt: skip
PAGES = (
    account.bp,
    activity.bp,
    figures.bp,
    knowledge.bp,
    help.bp,
    idle.bp,
    people_pages.bp,
    questions.bp,
    privacy.bp,
    requests.bp,
    today.bp,
    tryit.bp,
    welcome.bp,
)


CLOCKS_APART = 60.0  # seconds: no two machines have quite the same time


class _Signer(TimestampSigner):
    """Takes a cookie that another machine signed a moment from now; the stock one would sign that person out."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        value, signed = super().unsign(signed_value, return_timestamp=True)
        if max_age is not None and not -CLOCKS_APART <= time.time() - signed.timestamp() <= max_age:
            raise SignatureExpired("too old, or of another day", payload=value, date_signed=signed)
        return (value, signed) if return_timestamp else value


class _Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, signed with SHA-256 instead of SHA-1."""

    digest_method = staticmethod(hashlib.sha256)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Flask's own, with our signer."""
        found = super().get_signing_serializer(app)
        if found is not None:
            found.signer = _Signer
        return found


def make(shared: Services) -> Flask:
    """The desk's application."""
    app = Flask("web", static_folder=None)
    app.session_interface = _Cookies()
    app.extensions["pinpoint"] = shared
    logs.init_app(app)
    headers.init_app(app)
    guard.init_app(app)
    security.init_app(app, shared)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    app.context_processor(_shown)
    pages.init_app(app)  # how quotes and phone numbers are shown
    shown.init_app(app)
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(StoreDown, _away)
    app.register_error_handler(SQLAlchemyError, _away)
    return app


def _shown() -> dict[str, Any]:
    """What every page shows: the clinic, who is signed in, the menu."""
    who = guard.signed_in()
    views = current_app.view_functions
    menu = [
        (words, url_for(view), request.endpoint is not None and request.blueprint == view.partition(".")[0])
        for words, view, owners in NAVIGATION
        if view in views and who and (who.owner or not owners)
    ]
    unsent = who is not None and request.blueprint != "idle" and kept.waits(services().store.database, who.id)
    return {
        "clinic": services().library.current.clinic, "me": who, "menu": menu, "idle": int(sessions.IDLE_SECONDS),
        "unsent": unsent, "can_mail": can_mail(services().settings), "public": services().settings.public_url,
    }  # fmt: skip


_WORDS = {
    400: "The desk could not read this.",
    403: "This page is not open to you.",
    404: "There is no such page on the desk.",
    405: "This address cannot be used in that way.",
    413: "That is too large.",
    429: "Too many tries. Please wait a moment.",
}


def _error(error: HTTPException) -> tuple[str, int] | Response:
    """Errors in the words of people."""
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    return render_template("staff/error.html", words=_WORDS.get(status, "That did not work."), status=status), status


def _away(error: Exception) -> tuple[str, int]:
    return render_template("staff/away.html"), 503
