"""The desk's few mails (a forgotten password), through the clinic's own mail server; nobody waits for it."""

from __future__ import annotations

import logging
import threading
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from typing import Any

from flask_security import MailUtil

from web.notify_send import send_mail
from web.services import Services, services
from web.settings import Settings

_log = logging.getLogger("pinpoint.staff")


def can_mail(settings: Settings) -> bool:
    """Whether a forgotten password can be mended by mail: there is a mail server, and an address for the link in it. The
    address that a request came to is never put in a mail: whoever asks could choose it."""
    return bool(settings.smtp_url and settings.public_url)


class DeskMail(MailUtil):
    """Flask-Security's way to the mail server."""

    def send_mail(self, template: str, subject: str, recipient: Any, sender: Any, body: Any, html: Any, **_: Any) -> None:
        """Sends in a thread of its own: how long it takes must not tell whether an account exists."""
        mail = _made(services(), str(recipient), str(subject), str(body))
        threading.Thread(target=_send, args=(services().settings.smtp_url, mail), daemon=True, name="staff-mail").start()


def _made(shared: Services, recipient: str, subject: str, body: str) -> EmailMessage:
    clinic = shared.library.current.clinic
    sender = clinic.email or shared.settings.notify_email
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = formataddr((clinic.name, sender)), recipient, subject
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body.strip() + "\n")
    return mail


def _send(address: str, mail: EmailMessage) -> None:
    failure = send_mail(address, mail)
    if failure:
        _log.error("a mail of the staff desk did not arrive: %s", failure.words)
