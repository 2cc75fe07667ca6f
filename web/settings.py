"""Settings from the environment: read once, checked once, all mistakes named at once."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from web.store_keys import is_key, keys_in


class SettingsError(Exception):
    """The environment holds settings that cannot be used; the message names each with what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the service; the names are those of the environment."""

    port: int = 8000
    secret_key: str = ""
    data_dir: Path = Path("data")
    knowledge_dir: Path = Path("knowledge")
    knowledge_url: str = ""
    database_url: str = ""
    redis_url: str = ""
    allowed_origins: tuple[str, ...] = ()
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    max_visitors: int = 200
    rate_limit: int = 30  #: messages a minute from one visitor; 0 is off
    keep_questions: str = "unanswered"
    retention_days: int = 30
    contact_key: str = ""
    smtp_url: str = ""
    notify_email: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    metrics_token: str = ""

    @property
    def copy_dir(self) -> Path:
        """Where the copies of the folder at KNOWLEDGE_URL lie."""
        return self.data_dir / "knowledge"

    @property
    def folder(self) -> Path:
        """The folder that the assistant answers from."""
        return self.copy_dir / "now" if self.knowledge_url else self.knowledge_dir


# Name, what it is for, and its default: the README's table and its test are made from this list.
NAMES: tuple[tuple[str, str, str], ...] = (
    ("PORT", "where the service listens", "8000"),
    ("SECRET_KEY", "signs what visitors carry; made and kept in DATA_DIR if absent", ""),
    ("DATA_DIR", "what the service keeps", "./data"),
    ("KNOWLEDGE_DIR", "the clinic's articles", "./knowledge"),
    ("KNOWLEDGE_URL", "the articles in a bucket that several servers share, instead of KNOWLEDGE_DIR", "none"),
    ("DATABASE_URL", "where requests are stored", "SQLite in DATA_DIR"),
    ("REDIS_URL", "rate limits across processes", "none"),
    ("ALLOWED_ORIGINS", "sites that may use the widget, comma-separated, or * for every site; the server's own always", ""),
    ("PUBLIC_URL", "the address that visitors see", ""),
    ("TRUSTED_PROXIES", "addresses of proxies whose X-Forwarded-For is believed", ""),
    ("MAX_VISITORS", "chats open at once", "200"),
    ("RATE_LIMIT", "messages a minute from one visitor, or off", "30"),
    ("KEEP_QUESTIONS", "which questions are kept: none, unanswered or all", "unanswered"),
    ("RETENTION_DAYS", "how many days requests and questions are kept", "30"),
    ("CONTACT_KEY", "encrypts contact details; made and kept in `DATA_DIR` if absent", ""),
    ("SMTP_URL", "mail server for notices", ""),
    ("NOTIFY_EMAIL", "who gets notices", ""),
    ("WEBHOOK_URL", "where notices are posted", ""),
    ("WEBHOOK_SECRET", "signs them", ""),
    ("METRICS_TOKEN", "lets others than this machine read /metrics", ""),
)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the environment. Raises SettingsError that names every mistake."""
    source = os.environ if environment is None else environment
    wrong: list[str] = []

    def get(name: str) -> str:
        return source.get(name, "").strip()

    data = Path(get("DATA_DIR") or "data")
    found = Settings(
        port=_number(source, "PORT", 8000, 1, 65535, wrong),
        data_dir=data,
        knowledge_dir=Path(get("KNOWLEDGE_DIR") or "knowledge"),
        knowledge_url=get("KNOWLEDGE_URL"),
        database_url=get("DATABASE_URL") or default_database(data),
        redis_url=_url(source, "REDIS_URL", ("redis", "rediss"), wrong),
        allowed_origins=_origins(get("ALLOWED_ORIGINS"), wrong),
        public_url=_url(source, "PUBLIC_URL", ("http", "https"), wrong).rstrip("/"),
        trusted_proxies=_networks(get("TRUSTED_PROXIES"), wrong),
        max_visitors=_number(source, "MAX_VISITORS", 200, 1, 5000, wrong),
        rate_limit=0 if get("RATE_LIMIT").lower() == "off" else _number(source, "RATE_LIMIT", 30, 1, 100_000, wrong),
        keep_questions=_choice(source, "KEEP_QUESTIONS", ("unanswered", "none", "all"), wrong),
        retention_days=_number(source, "RETENTION_DAYS", 30, 1, 3650, wrong),
        contact_key=get("CONTACT_KEY"),
        smtp_url=_url(source, "SMTP_URL", ("smtp", "smtps"), wrong),
        notify_email=get("NOTIFY_EMAIL"),
        webhook_url=_url(source, "WEBHOOK_URL", ("http", "https"), wrong),
        webhook_secret=get("WEBHOOK_SECRET"),
        metrics_token=get("METRICS_TOKEN"),
        secret_key=get("SECRET_KEY"),
    )
    if get("SECRET_KEY") and len(get("SECRET_KEY")) < 16:
        how = 'Make one with: python -c "import secrets; print(secrets.token_hex())"'
        wrong.append(f"SECRET_KEY is too short (at least 16 characters). {how}")
    wrong.extend(_about_knowledge(found.knowledge_url))
    wrong.extend(_about_requests(found))
    if wrong:
        raise SettingsError("The settings cannot be used:\n" + "\n".join(f"- {line}" for line in wrong))
    return found


def _about_knowledge(address: str) -> list[str]:
    """What is wrong with where the articles are. The address is not repeated: it may hold a key."""
    scheme, colon, place = address.partition("://")
    if not address:
        return []
    if not colon or not place:
        return ["KNOWLEDGE_URL is no address; write it as s3://bucket/folder."]
    if find_spec("fsspec") is None:
        return ["KNOWLEDGE_URL is set; install its driver first: pip install -r requirements-scale.txt"]
    from fsspec import available_protocols, get_filesystem_class

    if scheme not in available_protocols():
        return [f'KNOWLEDGE_URL begins with "{scheme[:20]}://"; write s3:// or another kind of place that fsspec knows.']
    try:
        get_filesystem_class(scheme)
    except ImportError:
        return [f'KNOWLEDGE_URL begins with "{scheme}://", whose driver for fsspec is not installed.']
    return []


def _about_requests(found: Settings) -> list[str]:
    """What is wrong with where requests are stored and who is told. No value is repeated: they hold passwords and keys."""
    wrong = []
    scheme = found.database_url.partition(":")[0].partition("+")[0]
    if scheme not in ("sqlite", "postgresql", "postgres"):
        wrong.append('DATABASE_URL must begin with "sqlite:///" or "postgresql://".')
    if scheme.startswith("postgres") and find_spec("psycopg") is None:
        wrong.append("DATABASE_URL is a PostgreSQL; install its driver first: pip install -r requirements-scale.txt")
    if found.redis_url and find_spec("redis") is None:
        wrong.append("REDIS_URL is set; install its driver first: pip install -r requirements-scale.txt")
    if not all(map(is_key, keys_in(found.contact_key))):
        how = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
        wrong.append(f"CONTACT_KEY holds something that is no key. Make one with: {how}")
    if bool(found.smtp_url) != bool(found.notify_email):
        wrong.append("SMTP_URL and NOTIFY_EMAIL go together: set both, or neither.")
    if found.notify_email and not _is_mailbox(found.notify_email):
        wrong.append("NOTIFY_EMAIL is no e-mail address.")
    if found.webhook_url and not _signs(found.webhook_secret):
        how = "python -c \"import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
        wrong.append(f"WEBHOOK_URL needs a WEBHOOK_SECRET. Make one with: {how}")
    return wrong


def _is_mailbox(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _signs(secret: str) -> bool:
    """Whether webhooks can be signed with this secret: 24 bytes or more in base64, as Standard Webhooks has it."""
    try:
        return len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) >= 24
    except ValueError:
        return False


def default_database(data_dir: Path) -> str:
    """The address of the SQLite database in `data_dir`."""
    return f"sqlite:///{data_dir.resolve() / 'pinpoint.db'}"


def kept_secret(data_dir: Path) -> str:
    """The key of this installation: made on the first start and kept in `data_dir`, readable by the owner only."""
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass  # made by an earlier start, or by another process just now
    return path.read_text(encoding="ascii").strip()


def _number(source: Mapping[str, str], name: str, default: int, low: int, high: int, wrong: list[str]) -> int:
    text = source.get(name, "").strip()
    if not text:
        return default
    if text.isascii() and text.isdigit() and low <= int(text) <= high:
        return int(text)
    wrong.append(f'{name} is "{text}"; write a whole number from {low} to {high}.')
    return default


def _choice(source: Mapping[str, str], name: str, allowed: tuple[str, ...], wrong: list[str]) -> str:
    text = source.get(name, "").strip().lower() or allowed[0]
    if text in allowed:
        return text
    wrong.append(f'{name} is "{text}"; write one of: {", ".join(allowed)}.')
    return allowed[0]


def _url(source: Mapping[str, str], name: str, schemes: tuple[str, ...], wrong: list[str]) -> str:
    text = source.get(name, "").strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        if parts.scheme in schemes and parts.hostname:
            return text
    except ValueError:
        pass
    # The value itself may hold a password: only its name is said.
    wrong.append(f'{name} is no address; begin it with "{schemes[0]}://" and a host.')
    return ""


def _origins(text: str, wrong: list[str]) -> tuple[str, ...]:
    found = []
    for piece in filter(None, (part.strip().rstrip("/") for part in text.split(","))):
        if piece == "*":
            found.append(piece)
            continue
        try:
            parts = urlsplit(piece)
            good = parts.scheme in ("http", "https") and bool(parts.netloc) and not (parts.path or parts.query)
        except ValueError:
            good = False
        if good:
            found.append(piece.lower())
        else:
            wrong.append(f'ALLOWED_ORIGINS holds "{piece}"; write it as https://www.example.com, without a path.')
    return tuple(found)


def _networks(text: str, wrong: list[str]) -> tuple[str, ...]:
    found = []
    for piece in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(str(ip_network(piece, strict=False)))
        except ValueError:
            wrong.append(f'TRUSTED_PROXIES holds "{piece}"; write an address such as 10.0.0.1 or 10.0.0.0/8.')
    return tuple(found)
