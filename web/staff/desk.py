"""Puts the desk together: Flask-Security, the guard, the pages."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, render_template, request, url_for
from flask_security import Security
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from web import headers, logs, pages
from web.mount import PREFIX
from web.services import Services, services
from web.settings import Settings
from web.staff import (
    activity,
    figures,
    guard,
    help,
    idle,
    kept,
    knowledge,
    people_pages,
    privacy,
    requests,
    sessions,
    shown,
    today,
    tryit,
    welcome,
)
from web.staff.accounts import Accounts
from web.staff.sign_in import SecondStep, SignIn
from web.store_database import StoreDown

# What the menu shows: words, view, and whether only owners see it. A page that is not there yet is left out.
NAVIGATION = (
    ("Today", "today.page", False), ("Questions", "questions.page", False), ("Try it", "tryit.page", False),
    ("Knowledge", "knowledge.page", False), ("Figures", "figures.page", False), ("Privacy", "privacy.page", False),
    ("Help", "help.page", False), ("People", "people.page", True), ("Activity", "activity.page", True),
)  # fmt: skip
PAGES = (
    activity.bp,
    figures.bp,
    knowledge.bp,
    help.bp,
    idle.bp,
    people_pages.bp,
    privacy.bp,
    requests.bp,
    today.bp,
    tryit.bp,
    welcome.bp,
)


def make(shared: Services) -> Flask:
    """The desk's application."""
    app = Flask("web", static_folder=None)
    app.extensions["pinpoint"] = shared
    app.config.update(_config(shared.settings))
    logs.init_app(app)
    headers.init_app(app)
    guard.init_app(app)
    Security(
        app, Accounts(app, shared.store.database.engine), login_form=SignIn, two_factor_verify_code_form=SecondStep
    )  # fmt: skip
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    app.context_processor(_shown)
    pages.init_app(app)  # how quotes and phone numbers are shown
    shown.init_app(app)
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(StoreDown, _away)
    app.register_error_handler(SQLAlchemyError, _away)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    https = settings.public_url.startswith("https://")
    return {
        "SECRET_KEY": _derived(settings, "session"),
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "SESSION_COOKIE_NAME": "pinpoint_staff", "SESSION_COOKIE_PATH": PREFIX, "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax", "SESSION_COOKIE_SECURE": https,
        "PERMANENT_SESSION_LIFETIME": timedelta(seconds=sessions.LONGEST_SECONDS),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "WTF_CSRF_SSL_STRICT": False,  # its check of the Referer fails behind proxies; the token and SameSite hold
        "SECURITY_URL_PREFIX": None, "SECURITY_API_ENABLED_METHODS": ["session"], "SECURITY_CACHE_CONTROL": None,
        "SECURITY_POST_LOGIN_VIEW": "today.page", "SECURITY_POST_LOGOUT_VIEW": "security.login",
        "SECURITY_LOGIN_USER_TEMPLATE": "staff/sign_in.html",
        "SECURITY_PASSWORD_SALT": _derived(settings, "password"), "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"], "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_JOIN_USER_ROLES": False, "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": ("This e-mail and password do not go together. Please try again.", "error"),
        "SECURITY_MSG_EMAIL_NOT_PROVIDED": ("Please type your e-mail address.", "error"),
        "SECURITY_MSG_PASSWORD_NOT_PROVIDED": ("Please type your password.", "error"),
        "SECURITY_MSG_INVALID_EMAIL_ADDRESS": ("This is not an e-mail address.", "error"),
    }  # fmt: skip


def _derived(settings: Settings, purpose: str) -> str:
    """A key for one purpose, from the installation's own."""
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(settings.secret_key.encode()).digest()).hexdigest()


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
        "unsent": unsent,
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
