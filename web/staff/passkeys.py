"""Passkeys: kept on the person's own device, asked for by the browser, always with a finger, a face or a PIN."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import request
from flask_security import WebauthnUtil
from webauthn.helpers.structs import AuthenticatorSelectionCriteria, ResidentKeyRequirement, UserVerificationRequirement

from web.services import services


class DeskPasskeys(WebauthnUtil):
    """What a passkey must be able to do."""

    def origin(self) -> str:
        """The address in the browser, also behind a proxy that speaks https for us."""
        public = services().settings.public_url
        return public if urlsplit(public).netloc == request.host else request.host_url.rstrip("/")

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """Any device that knows its owner: the passkey is all that signing in takes."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Never a device alone."""
        return UserVerificationRequirement.REQUIRED
