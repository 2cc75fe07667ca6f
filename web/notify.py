"""Tells the clinic (and a visitor who asked for it) about requests: by e-mail, and to other programs by webhook.

A thread of its own empties the outbox, so no visitor waits for a mail server. Whoever is told twice (the thread was
killed between sending and writing that down) sees it by the message id, which stays the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from zoneinfo import ZoneInfo

from jinja2 import Environment

from bot.booking import confirmation
from bot.knowledge import Library
from bot.types import Language
from bot.wording import say
from web.contact import shown_number
from web.notify_send import Failure, post, send_mail, webhook_body
from web.settings import Settings
from web.store import Contact, Request, Store
from web.store_database import StoreDown
from web.store_outbox import Channel, Event, Notice

LOOK_SECONDS = 20.0  # how often the outbox is looked into when nothing wakes us: another process may have filled it
STOP_SECONDS = 1.0  # for the attempt that is under way when the service stops; it would come due again
TIDY_SECONDS = 3600.0  # how often what is too old is removed
_log = logging.getLogger("pinpoint.notify")


def channels(settings: Settings, event: Event, contact: Contact | None) -> tuple[Channel, ...]:
    """Whom an event is told to, as far as the settings go."""
    found: list[Channel] = []
    if settings.smtp_url and settings.notify_email:
        found.append("staff")
    if settings.smtp_url and event == "created" and contact and contact.copy:
        found.append("visitor")
    if settings.webhook_url:
        found.append("webhook")
    return tuple(found)


class Notifier:
    """The thread, and what it knows of how things stand."""

    def __init__(self, settings: Settings, store: Store, library: Library, templates: Environment) -> None:
        self.failed = 0  #: notices that will not arrive unless somebody does something; for /readyz
        self._settings, self._store, self._library, self._templates = settings, store, library, templates
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._tidied = float("-inf")
        self._thread = threading.Thread(target=self._run, daemon=True, name="notify")

    def start(self) -> None:
        """Begins to work."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; what is left waits in the outbox."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def wake(self) -> None:
        """Something was put into the outbox."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                pause = self.turn()
            except StoreDown:
                pause = LOOK_SECONDS
            except Exception as error:  # a thread that ends here would leave every later notice behind
                _log.error("notices are held up: %s", type(error).__name__)
                pause = LOOK_SECONDS
            self._wake.wait(pause)

    def turn(self, now: Callable[[], float] = time.time) -> float:
        """Sends what is due; seconds until the next look."""
        self._store.choices.refresh()
        if time.monotonic() - self._tidied > TIDY_SECONDS:
            for came_before, before in self._store.choices.of(self._settings).limits(now()):
                self._store.purge(before, came_before)
            self._tidied = time.monotonic()
        self.failed = len(self._store.outbox.in_state("failed"))
        due = self._store.outbox.next_due(now())
        while due is not None and due <= now() and not self._stopping.is_set():
            notice = self._store.outbox.take(now())
            if notice is None:
                break
            self._attempt(notice, now)
            due = self._store.outbox.next_due(now())
        return LOOK_SECONDS if due is None else min(max(due - now(), 0.05), LOOK_SECONDS)

    def _attempt(self, notice: Notice, now: Callable[[], float]) -> None:
        request = self._store.known(notice.request)
        if request is None:
            return  # deleted just now, and its notices with it
        failure = self._deliver(notice, request)
        if failure is None:
            self._store.outbox.sent(notice)
            return
        _log.warning("notice %s by %s did not arrive: %s", notice.id, notice.channel, failure.words)
        self._store.outbox.failed(notice, failure.words, failure.permanent, now())
        self.failed = len(self._store.outbox.in_state("failed"))

    def _deliver(self, notice: Notice, request: Request) -> Failure | None:
        if request.contact is None:
            return Failure("the contact details were sealed with a key that is not here (CONTACT_KEY)", permanent=True)
        try:
            if notice.channel == "webhook":
                return post(self._settings.webhook_url, self._settings.webhook_secret, notice.id, webhook_body(notice, request))
            mail = self._to_staff(notice, request) if notice.channel == "staff" else self._to_visitor(notice, request)
            return send_mail(self._settings.smtp_url, mail)
        except Exception as error:  # one notice that cannot be made must not hold up those behind it
            return Failure(f"it could not be made: {type(error).__name__}")

    def _to_staff(self, notice: Notice, request: Request) -> EmailMessage:
        clinic = self._library.current.clinic
        text = self._templates.get_template("book_mail_staff.txt").render(
            request=request, contact=request.contact, event=notice.event, clinic=clinic, shown_number=shown_number,
            received=local_time(request.created_at, clinic.time_zone),
        )  # fmt: skip
        subject = {"created": "Request for an appointment", "cancelled": "Cancelled by the visitor: request"}[notice.event]
        return self._mail(notice, self._settings.notify_email, f"{subject} {request.reference}", text)

    def _to_visitor(self, notice: Notice, request: Request) -> EmailMessage:
        """Nothing in it was typed by the visitor: the address may be somebody else's."""
        kb = self._library.current
        tongue: Language = "es" if request.language == "es" else "en"
        assert request.contact is not None  # noqa: S101  (narrowing; the caller has looked)
        words = confirmation(kb, request.reference, tongue, datetime.fromtimestamp(request.created_at, UTC))
        text = f"{words}\n\n{say(kb.wording, 'book_mail_end', tongue, kb.clinic)}\n"
        subject = say(kb.wording, "book_mail_subject", tongue, kb.clinic, reference=request.reference)
        return self._mail(notice, request.contact.email, subject, text)

    def _mail(self, notice: Notice, to: str, subject: str, text: str) -> EmailMessage:
        clinic = self._library.current.clinic
        sender = clinic.email or self._settings.notify_email
        host = sender.rpartition("@")[2] or "pinpoint.invalid"
        mail = EmailMessage()
        mail["From"] = formataddr((clinic.name, sender)) if sender else f"pinpoint@{host}"
        mail["To"], mail["Subject"] = to, subject
        mail["Date"] = format_datetime(datetime.fromtimestamp(notice.created_at, UTC))
        mail["Message-ID"] = f"<{notice.id}@{host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        return mail


def local_time(moment: float, zone: str) -> str:
    """A moment on the clinic's clock, as "2026-11-25 08:14"."""
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
