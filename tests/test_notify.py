"""Notices reach a real mail server and a real receiver of webhooks: at least once, recognisable, and not lost while they are down."""

from __future__ import annotations

import json
import logging
import smtplib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from standardwebhooks.webhooks import Webhook

from tests.conftest import free_port
from web.notify import Notifier, channels
from web.notify_send import send_mail, smtp_failure
from web.settings import Settings
from web.store import Contact, Store
from web.store_keys import Cipher
from web.store_outbox import Channel

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ANA = Contact("Ana", "+12125550100", "ana@example.com", "mornings", "First visit", copy=True)
ALL: tuple[Channel, ...] = ("staff", "visitor", "webhook")


@dataclass
class Mailbox:
    """An SMTP server's side: keeps what arrives, or answers with `refuse`."""

    mails: list[Message] = field(default_factory=list)
    refuse: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@dataclass
class Receiver:
    """A receiver of webhooks: keeps what arrives, and answers with `status`."""

    got: list[tuple[dict[str, str], str]] = field(default_factory=list)
    status: int = 204
    url: str = ""


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[str]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.got.append((dict(self.headers.items()), body))
            self.send_response(found.status)
            self.send_header("Location", found.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'pinpoint.db'}", Cipher("", tmp_path / "key"))
    yield made
    made.database.stop()


@pytest.fixture
def notifier(app: Flask, store: Store, smtp: str, receiver: Receiver) -> Notifier:
    """A notifier that is driven by hand."""
    settings = Settings(smtp_url=smtp, notify_email="desk@clinic.example", webhook_url=receiver.url, webhook_secret=SECRET)
    return Notifier(settings, store, app.extensions["pinpoint"].library, app.jinja_env)


def _request(store: Store, *told: Channel, contact: Contact = ANA, language: str = "en") -> str:
    return store.add(f"id-{time.time_ns()}", contact, language, "v1", told).reference


def test_the_clinic_reads_whom_to_call_and_when(store: Store, notifier: Notifier, mailbox: Mailbox) -> None:
    reference = _request(store, "staff")
    notifier.turn()
    [mail] = mailbox.mails
    text = mail.get_content()  # type: ignore[attr-defined]
    assert (mail["To"], mail["Subject"]) == ("desk@clinic.example", f"Request for an appointment {reference}")
    assert all(words in text for words in (reference, "Ana", "(212) 555-0100", "ana@example.com", "mornings", "First visit"))


def test_a_visitor_who_asked_for_it_gets_the_reference_and_nothing_that_was_typed(
    store: Store, notifier: Notifier, mailbox: Mailbox
) -> None:
    reference = _request(store, "visitor", language="es", contact=replace(ANA, name="Buy cheap pills"))
    notifier.turn()
    [mail] = mailbox.mails
    text = mail.get_content()  # type: ignore[attr-defined]
    assert mail["To"] == "ana@example.com"
    assert reference in text
    assert "La clínica" in text
    assert not any(words in f"{mail['Subject']} {text}" for words in ("pills", "mornings", "555-0100"))


def test_a_name_cannot_add_lines_to_the_head_of_a_mail(store: Store, notifier: Notifier, mailbox: Mailbox) -> None:
    _request(store, "staff", contact=replace(ANA, name="Ana\r\nBcc: all@example.com"))
    notifier.turn()
    [mail] = mailbox.mails
    assert mail["Bcc"] is None


def test_a_webhook_is_signed_as_standard_webhooks_are(store: Store, notifier: Notifier, receiver: Receiver) -> None:
    reference = _request(store, "webhook")
    notifier.turn()
    [(headers, body)] = receiver.got
    told = Webhook(SECRET).verify(body, headers)
    assert (told["type"], told["data"]["reference"], told["data"]["phone"]) == (
        "appointment_request.created",
        reference,
        "+12125550100",
    )


def test_a_cancellation_is_told_without_contact_details(
    store: Store, notifier: Notifier, receiver: Receiver, mailbox: Mailbox
) -> None:
    reference = _request(store)
    store.cancel(reference, ("staff", "webhook"))
    notifier.turn()
    assert mailbox.mails[0]["Subject"] == f"Cancelled by the visitor: request {reference}"
    assert json.loads(receiver.got[0][1])["data"] == {"reference": reference, "status": "cancelled"}


def test_a_mail_server_that_is_down_for_a_day_loses_nothing(
    app: Flask, store: Store, notifier: Notifier, mailbox: Mailbox
) -> None:
    _request(store, "staff")
    down = Notifier(
        replace(notifier._settings, smtp_url=f"smtp://127.0.0.1:{free_port()}"), store, notifier._library, app.jinja_env
    )
    began = time.time()
    for minutes in range(0, 24 * 60, 10):
        down.turn(lambda minutes=minutes: began + minutes * 60)  # type: ignore[misc]
    assert "cannot be reached" in store.outbox.in_state("waiting")[0].error
    notifier.turn(lambda: began + 25 * 3600)
    assert len(mailbox.mails) == 1
    assert store.outbox.in_state("waiting") == []


def test_a_notice_that_goes_out_twice_is_recognisable(
    store: Store, notifier: Notifier, mailbox: Mailbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between sending and writing that down."""
    _request(store, "staff", "webhook")
    monkeypatch.setattr(store.outbox, "sent", lambda notice: None)
    notifier.turn()
    monkeypatch.undo()
    notifier.turn(lambda: time.time() + 1000)
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert len({headers["Webhook-Id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2


@pytest.mark.parametrize(
    ("answer", "state"), [("550 no such user ana@example.com", "failed"), ("451 try later", "waiting"), ("250 OK", "sent")]
)
def test_what_a_mail_server_answers_decides_whether_to_try_again(
    store: Store, notifier: Notifier, mailbox: Mailbox, answer: str, state: str
) -> None:
    mailbox.refuse = answer
    _request(store, "visitor")
    notifier.turn()
    [notice] = store.outbox.in_state(state)
    assert "ana@" not in notice.error
    assert notifier.failed == (state == "failed")


@pytest.mark.parametrize(
    ("status", "state"), [(200, "sent"), (302, "waiting"), (404, "waiting"), (410, "failed"), (500, "waiting")]
)
def test_what_a_receiver_answers_decides_whether_to_try_again(
    store: Store, notifier: Notifier, receiver: Receiver, status: int, state: str
) -> None:
    receiver.status = status
    _request(store, "webhook")
    notifier.turn()
    assert len(store.outbox.in_state(state)) == 1
    assert len(receiver.got) == 1  # a redirect is not followed


def test_one_notice_that_cannot_be_sent_does_not_hold_up_the_others(
    store: Store, notifier: Notifier, receiver: Receiver, mailbox: Mailbox
) -> None:
    receiver.status = 500
    _request(store, *ALL)
    notifier.turn()
    assert len(mailbox.mails) == 2


def test_details_sealed_with_a_lost_key_are_an_error_to_show_not_an_empty_mail(
    store: Store, notifier: Notifier, mailbox: Mailbox, tmp_path: Path
) -> None:
    _request(store, "staff")
    store.cipher = Cipher("", tmp_path / "another")
    notifier.turn()
    assert mailbox.mails == []
    assert "CONTACT_KEY" in store.outbox.in_state("failed")[0].error


def test_contact_details_do_not_cross_a_network_in_the_clear(
    mailbox: Mailbox, smtp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from email.message import EmailMessage

    monkeypatch.setattr("web.notify_send.is_here", lambda host: False)
    failure = send_mail(smtp, EmailMessage())
    assert failure is not None
    assert failure.permanent
    assert "STARTTLS" in failure.words


def test_a_refused_password_is_shown_by_the_setting_to_mend() -> None:
    failure = smtp_failure(smtplib.SMTPAuthenticationError(535, b"bad password for desk@clinic.example"))
    assert failure.permanent
    assert "SMTP_URL" in failure.words
    assert "desk@" not in failure.words


def test_only_who_can_be_told_is_told() -> None:
    mail = Settings(smtp_url="smtp://host", notify_email="desk@clinic.example")
    assert channels(Settings(), "created", ANA) == ()
    assert channels(mail, "created", ANA) == ("staff", "visitor")
    assert channels(mail, "created", replace(ANA, copy=False)) == ("staff",)
    assert channels(replace(mail, webhook_url="http://host"), "cancelled", None) == ("staff", "webhook")


def test_the_thread_sends_by_itself_and_what_is_too_old_goes(store: Store, notifier: Notifier, mailbox: Mailbox) -> None:
    old = store.add("old", ANA, "en", "v1", now=time.time() - 31 * 86_400)
    notifier.start()
    try:
        _request(store, "staff")
        notifier.wake()
        end = time.monotonic() + 10
        while not mailbox.mails and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        notifier.stop()
    assert len(mailbox.mails) == 1
    assert store.find(old.reference) is None


def test_nobodys_details_are_logged(
    store: Store, notifier: Notifier, receiver: Receiver, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.status, mailbox.refuse = 500, "550 no such user ana@example.com"
    _request(store, *ALL)
    notifier.turn()
    own = "".join(record.getMessage() for record in caplog.records if record.name.startswith("pinpoint"))
    assert "did not arrive" in own
    assert not any(words in own for words in ("Ana", "5550100", "ana@example.com", "mornings"))
