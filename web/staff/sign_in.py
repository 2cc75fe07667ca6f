"""The forms of signing in, on top of Flask-Security's: with a lock-out, and without "remember me"."""

from __future__ import annotations

from typing import Any

from flask_security.forms import ForgotPasswordForm, LoginForm, TwoFactorVerifyCodeForm
from flask_security.utils import validate_redirect_url

from web.services import services
from web.staff import lock


class SignIn(LoginForm):
    """E-mail and password. No "remember me": the desk holds people's numbers."""

    remember = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.next.data and not validate_redirect_url(self.next.data):
            self.next.data = ""  # a link from elsewhere leads to Today, not to an error

    def validate(self, **kwargs: Any) -> bool:
        """Whether this person may come in; every failure counts."""
        who = (self.email.data or "").strip().lower()
        if words := lock.resting(services(), who):
            self.form_errors.append(words)
            return False
        if super().validate(**kwargs):
            return True
        if who and self.password.data:
            lock.failed(services(), who)
        return False


class SecondStep(TwoFactorVerifyCodeForm):
    """The code of an authenticator app; each works once."""

    def validate(self, **kwargs: Any) -> bool:
        """Whether the code is right; every failure counts."""
        who = f"code {self.user.id if self.user else 0}"
        if words := lock.resting(services(), who):
            self.form_errors.append(words)
            return False
        if super().validate(**kwargs):
            if lock.first_use(services(), f"{who} {self.code.data}"):
                return True
            self.form_errors.append("This code was used already. Wait for the next one, and type that.")
        lock.failed(services(), who)
        return False


class Forgot(ForgotPasswordForm):
    """The e-mail that a link is sent to. Whoever asks too often gets the same words, and no mail."""

    def validate(self, **kwargs: Any) -> bool:
        """Whether a mail goes out."""
        who = f"mail {(self.email.data or '').strip().lower()}"
        if lock.resting(services(), who):
            return False
        lock.failed(services(), who)
        return super().validate(**kwargs)
