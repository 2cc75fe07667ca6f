"""Settings from the environment: read once, checked once, all mistakes named at once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """The environment holds settings that cannot be used; the message names each with what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the service; the names are those of the environment."""

    port: int = 8000
    secret_key: str = ""
    data_dir: Path = Path("data")
    knowledge_dir: Path = Path("knowledge")
    database_url: str = ""
    redis_url: str = ""
    allowed_origins: tuple[str, ...] = ()
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    max_visitors: int = 200
    rate_limit: int = 30  #: messages a minute from one visitor; 0 is off
    keep_questions: str = "unanswered"
    retention_days: int = 30
    smtp_url: str = ""
    notify_email: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    metrics_token: str = ""


# Name, what it is for, and its default: the README's table and its test are made from this list.
NAMES: tuple[tuple[str, str, str], ...] = (
    ("PORT", "where the service listens", "8000"),
    ("SECRET_KEY", "signs what visitors carry; made and kept in DATA_DIR if absent", ""),
    ("DATA_DIR", "what the service keeps", "./data"),
    ("KNOWLEDGE_DIR", "the clinic's articles", "./knowledge"),
    ("DATABASE_URL", "where requests are stored", "SQLite in DATA_DIR"),
    ("REDIS_URL", "rate limits across processes", "none"),
    ("ALLOWED_ORIGINS", "sites that may use the widget, comma-separated, or * for every site; the server's own always", ""),
    ("PUBLIC_URL", "the address that visitors see", ""),
    ("TRUSTED_PROXIES", "addresses of proxies whose X-Forwarded-For is believed", ""),
    ("MAX_VISITORS", "chats open at once", "200"),
    ("RATE_LIMIT", "messages a minute from one visitor, or off", "30"),
    ("KEEP_QUESTIONS", "none, unanswered or all", "unanswered"),
    ("RETENTION_DAYS", "how long anything is kept", "30"),
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
        database_url=get("DATABASE_URL") or f"sqlite:///{data.resolve() / 'pinpoint.db'}",
        redis_url=_url(source, "REDIS_URL", ("redis", "rediss"), wrong),
        allowed_origins=_origins(get("ALLOWED_ORIGINS"), wrong),
        public_url=_url(source, "PUBLIC_URL", ("http", "https"), wrong).rstrip("/"),
        trusted_proxies=_networks(get("TRUSTED_PROXIES"), wrong),
        max_visitors=_number(source, "MAX_VISITORS", 200, 1, 5000, wrong),
        rate_limit=0 if get("RATE_LIMIT").lower() == "off" else _number(source, "RATE_LIMIT", 30, 1, 100_000, wrong),
        keep_questions=_choice(source, "KEEP_QUESTIONS", ("unanswered", "none", "all"), wrong),
        retention_days=_number(source, "RETENTION_DAYS", 30, 1, 3650, wrong),
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
    if wrong:
        raise SettingsError("The settings cannot be used:\n" + "\n".join(f"- {line}" for line in wrong))
    return found


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
