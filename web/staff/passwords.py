"""Which passwords are refused: short ones, and those that a program guesses first, with the clinic's and the person's own name
among what it tries. Nothing is asked of other servers."""

from __future__ import annotations

import re
from typing import Any

from flask_security.password_util import PasswordUtil
from flask_security.utils import password_length_validator

from web.services import services

EASY = "This password is easy to guess. Take three or four words that have nothing to do with each other or with the clinic."
_ENOUGH = 3  # zxcvbn's "safely unguessable": 100 million tries and more
_READ = 72  # letters that zxcvbn looks at


class DeskPasswords(PasswordUtil):
    """Flask-Security's check, with words for people and a guesser that knows the clinic."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """(what is wrong with it, or None; the password as it is kept). `kwargs`: `user`, or `name` and `email`."""
        kept = self.normalize(password)
        if short := password_length_validator(kept):
            return short, kept
        user = kwargs.get("user")
        about = (user.name, user.email) if user else tuple(map(str, kwargs.values()))
        return ([EASY] if _guessed(kept, about) else None), kept


def _guessed(password: str, about: tuple[str, ...]) -> bool:
    import zxcvbn  # tables of passwords: read when somebody chooses one

    clinic = services().library.current.clinic.name
    known = [word for text in (*about, clinic, "Pinpoint") for word in (text, *re.findall(r"\w{3,}", text))]
    return int(zxcvbn.zxcvbn(password[:_READ], user_inputs=known)["score"]) < _ENOUGH
