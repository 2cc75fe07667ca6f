"""What Flask-Security is told: how people sign in, its words, and its pages in the desk's own look."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_security import (
    Security,
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    wan_deleted,
    wan_registered,
)

from web.mount import PREFIX
from web.services import Services, services
from web.settings import Settings
from web.staff import sessions
from web.staff.accounts import Accounts, User
from web.staff.audit import note
from web.staff.mail import DeskMail, can_mail
from web.staff.passkeys import DeskPasskeys
from web.staff.passwords import DeskPasswords
from web.staff.sign_in import Forgot, SecondStep, SignIn


def init_app(app: Flask, shared: Services) -> None:
    """Accounts, passwords, codes."""
    app.config.update(config(shared.settings, shared.library.current.clinic.name))
    accounts = Accounts(app, shared.store.database.engine)
    Security(
        app, accounts, login_form=SignIn, two_factor_verify_code_form=SecondStep, forgot_password_form=Forgot,
        mail_util_cls=DeskMail, password_util_cls=DeskPasswords,
        webauthn_util_cls=DeskPasskeys,
    )  # fmt: skip
    password_reset.connect(_new_password, app)
    password_changed.connect(_new_password, app)
    tf_profile_changed.connect(_second_step_on, app)
    tf_disabled.connect(_second_step_off, app)
    wan_registered.connect(_passkey_made, app)
    wan_deleted.connect(_passkey_removed, app)


def config(settings: Settings, clinic: str = "") -> dict[str, Any]:
    """All settings of the desk's application."""
    encrypted = settings.public_url.startswith("https://")
    return {
        "SECRET_KEY": _derived(settings, "session"),
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "SESSION_COOKIE_NAME": "__Secure-pinpoint_staff" if encrypted else "pinpoint_staff", "SESSION_COOKIE_SECURE": encrypted,
        "SESSION_COOKIE_PATH": PREFIX, "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(seconds=sessions.LONGEST_SECONDS),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "WTF_CSRF_SSL_STRICT": False,  # its check of the Referer fails behind proxies; the token and SameSite hold
        "SECURITY_API_ENABLED_METHODS": ["session"], "SECURITY_CACHE_CONTROL": None,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},  # it would ask name servers
        "SECURITY_POST_LOGIN_VIEW": "today.page", "SECURITY_POST_LOGOUT_VIEW": "security.login",
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"], "SECURITY_PASSWORD_SINGLE_HASH": True, "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_JOIN_USER_ROLES": False, "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_FRESHNESS": timedelta(minutes=15), "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=5),
        "SECURITY_CHANGEABLE": True, "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": can_mail(settings),
        "SECURITY_POST_CHANGE_VIEW": "account.page",
        "SECURITY_RECOVERABLE": can_mail(settings), "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=1),
        "SECURITY_POST_RESET_VIEW": "security.login", "SECURITY_EMAIL_HTML": False,
        "SECURITY_TWO_FACTOR": True, "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False, "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "account.page",
        "SECURITY_TOTP_SECRETS": {"1": _derived(settings, "codes")}, "SECURITY_TOTP_ISSUER": clinic or "Staff desk",
        "SECURITY_WEBAUTHN": True, "SECURITY_WAN_RP_NAME": clinic or "Staff desk", "SECURITY_WAN_ALLOW_USER_HINTS": False,
        "SECURITY_WAN_ALLOW_AS_VERIFY": None, "SECURITY_WAN_POST_REGISTER_VIEW": "security.wan_register",
        **_TEMPLATES, **{f"SECURITY_{name}": words for name, words in _SUBJECTS.items()},
        **{f"SECURITY_MSG_{name}": words for name, words in _WORDS.items()},
    }  # fmt: skip


_TEMPLATES = {
    "SECURITY_LOGIN_USER_TEMPLATE": "staff/sign_in.html", "SECURITY_CHANGE_PASSWORD_TEMPLATE": "staff/change_password.html",
    "SECURITY_FORGOT_PASSWORD_TEMPLATE": "staff/forgot.html", "SECURITY_RESET_PASSWORD_TEMPLATE": "staff/reset.html",
    "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "staff/second_step.html",
    "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "staff/code.html",
    "SECURITY_WAN_REGISTER_TEMPLATE": "staff/passkeys.html", "SECURITY_WAN_SIGNIN_TEMPLATE": "staff/passkey.html",
    "SECURITY_VERIFY_TEMPLATE": "staff/verify.html",
    "SECURITY_EMAIL_TEMPLATE_PASSWORD_RESET": "staff/mail_reset",
    "SECURITY_EMAIL_TEMPLATE_PASSWORD_RESET_NOTICE": "staff/mail_changed",
    "SECURITY_EMAIL_TEMPLATE_PASSWORD_CHANGE_NOTICE": "staff/mail_changed",
}  # fmt: skip
_SUBJECTS = {
    "EMAIL_SUBJECT_PASSWORD_RESET": "A new password for the staff desk",
    "EMAIL_SUBJECT_PASSWORD_NOTICE": "Your password for the staff desk was changed",
    "EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": "Your password for the staff desk was changed",
}
_SHORT = "A password needs 12 letters or more."
_WORDS = {
    "GENERIC_AUTHN_FAILED": ("This e-mail and password do not go together. Please try again.", "error"),
    "EMAIL_NOT_PROVIDED": ("Please type your e-mail address.", "error"),
    "PASSWORD_NOT_PROVIDED": ("Please type your password.", "error"),
    "INVALID_EMAIL_ADDRESS": ("This is not an e-mail address.", "error"),
    "PASSWORD_INVALID_LENGTH": (_SHORT, "error"),
    "RETYPE_PASSWORD_MISMATCH": ("The two passwords are not the same. Please type both again.", "error"),
    "INVALID_PASSWORD": ("This is not your password.", "error"),
    "PASSWORD_IS_THE_SAME": ("This is the password that you have already. Choose another one.", "error"),
    "PASSWORD_CHANGE": ("Your password is changed.", "success"),
    "PASSWORD_RESET_NO_LOGIN": ("Your password is changed. Sign in with it.", "success"),
    "PASSWORD_RESET_REQUEST": ("If there is an account with this e-mail, a link is on its way to it.", "info"),
    "PASSWORD_RESET_EXPIRED": ("This link is too old. Ask for a new one.", "error"),
    "INVALID_RESET_PASSWORD_TOKEN": ("This link does not work any more. Ask for a new one.", "error"),
    "TWO_FACTOR_INVALID_TOKEN": ("This code is not right. Wait for the next one, and try again.", "error"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": ("The second step is on.", "success"),
    "TWO_FACTOR_DISABLED": ("The second step is off.", "success"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": ("", "info"),
    "WEBAUTHN_NAME_REQUIRED": ("Please type a name for the device.", "error"),
    "WEBAUTHN_NAME_INUSE": ("You have a passkey of this name already. Choose another name.", "error"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": ("Please use letters, digits and blanks only.", "error"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": ("The passkey works from now on.", "success"),
    "WEBAUTHN_CREDENTIAL_DELETED": ("The passkey is removed.", "success"),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": ("The desk does not know this passkey. Sign in with the password.", "error"),
    "WEBAUTHN_NO_VERIFY": ("This passkey could not be checked. Sign in with the password.", "error"),
    "WEBAUTHN_EXPIRED": ("That took too long. Please begin again.", "error"),
    "TWO_FACTOR_SETUP_EXPIRED": ("That took too long. Please begin again.", "error"),
}


def _derived(settings: Settings, purpose: str) -> str:
    """A key for one purpose, from the installation's own."""
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(settings.secret_key.encode()).digest()).hexdigest()


def _new_password(app: Flask, user: User, **_: object) -> None:
    """Whoever sits in another browser with this account has to sign in again."""
    sessions.end_all(services().store.database, user.id, but_mine=True)
    _write(user, "password changed")


def _second_step_on(app: Flask, user: User, **_: object) -> None:
    _write(user, "second step on")


def _second_step_off(app: Flask, user: User, **_: object) -> None:
    _write(user, "second step off")


def _passkey_made(app: Flask, user: User, **_: object) -> None:
    _write(user, "passkey made")


def _passkey_removed(app: Flask, user: User, **_: object) -> None:
    _write(user, "passkey removed")


def _write(user: User, action: str) -> None:
    with services().store.database.writing() as connection:
        note(connection, user.name, action)
