"""The two ways out: a mail server, and a receiver of webhooks. What goes wrong is a value, and says whether to try again."""

from __future__ import annotations

import http.client
import json
import smtplib
import ssl
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from standardwebhooks.webhooks import Webhook

from web.store import Request
from web.store_outbox import Notice

ATTEMPT_SECONDS = 15  # for each answer of a mail server or receiver


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a notice did not arrive, in words without anybody's address; `permanent`: trying again is of no use."""

    words: str
    permanent: bool = False


# --- e-mail -----------------------------------------------------------------------------------------------------------


def send_mail(address: str, mail: EmailMessage) -> Failure | None:
    """Hands a mail to the server at `address` (smtp://user:password@host:587, smtps://...). Contact details cross a
    network encrypted or not at all."""
    url = urlsplit(address)
    host, context = url.hostname or "", ssl.create_default_context()
    try:
        with _connection(url.scheme, host, url.port, context) as server:
            server.ehlo()
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif url.scheme == "smtp" and not is_here(host):
                return Failure(
                    "the mail server offers no encryption (STARTTLS); contact details are not sent in the clear", permanent=True
                )
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(mail)
    except (smtplib.SMTPException, OSError) as error:
        return smtp_failure(error)
    return None


def _connection(scheme: str, host: str, port: int | None, context: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=ATTEMPT_SECONDS, context=context)
    return smtplib.SMTP(host, port or 587, timeout=ATTEMPT_SECONDS)


def smtp_failure(error: Exception) -> Failure:
    """What a mail server's refusal means. Its own words may repeat an address: only the code is kept."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((code for code, _ in error.recipients.values()), default=0)
        return Failure(f"the mail server refuses the recipient ({code})", permanent=500 <= code < 600)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Failure(f"the mail server refuses the user name or password in SMTP_URL ({error.smtp_code})", permanent=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return Failure(f"the mail server answers {error.smtp_code}", permanent=500 <= error.smtp_code < 600)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Failure("the mail server lacks something that this mail needs (login or international addresses)", permanent=True)
    return Failure(f"the mail server cannot be reached ({type(error).__name__})")


def is_here(host: str) -> bool:
    """Whether a host is this very machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- webhook ----------------------------------------------------------------------------------------------------------


def webhook_body(notice: Notice, request: Request) -> str:
    """What happened, in the form of Standard Webhooks. A cancellation needs no contact details."""
    data: dict[str, Any] = {"reference": request.reference, "status": request.status}
    if notice.event == "created" and request.contact:
        contact = {key: value for key, value in asdict(request.contact).items() if key != "copy"}
        data |= {**contact, "language": request.language, "created_at": _iso(request.created_at)}
    body = {"type": f"appointment_request.{notice.event}", "timestamp": _iso(notice.created_at), "data": data}
    return json.dumps(body, ensure_ascii=False)


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: contact details go to the address that the clinic has set, and to no other."""

    def redirect_request(self, *args: Any) -> None:
        return None


def post(address: str, secret: str, name: str, body: str) -> Failure | None:
    """Posts a signed body; anything but a 2xx is a failure, and 410 says that nobody wants it any more."""
    now = datetime.now(UTC)
    headers = {
        "Content-Type": "application/json", "User-Agent": "pinpoint", "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, now, body),
    }  # fmt: skip
    # The scheme was checked when the settings were read.
    request = urllib.request.Request(address, body.encode(), headers, method="POST")  # noqa: S310
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=ATTEMPT_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return Failure(f"the receiver answers {error.code}", permanent=error.code == http.client.GONE)
    except (OSError, http.client.HTTPException) as error:
        return Failure(f"the receiver cannot be reached ({type(error).__name__})")
