"""The tables, and how they are brought up to date when the service starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Column, Connection, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, text

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_316_802_245  # of all programs that share a PostgreSQL, ours alone take this lock

metadata = MetaData()

requests = Table(
    "requests",
    metadata,
    Column("id", String(64), primary_key=True),  # the visitor's own: the same id twice is the same request
    Column("reference", String(8), nullable=False, unique=True),
    Column("status", String(12), nullable=False),
    Column("created_at", Float(53), nullable=False),  # seconds since 1970, UTC
    Column("changed_at", Float(53), nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("consent", String(16), nullable=False),  # version of the text that was agreed to
    Column("sealed", Text, nullable=False),  # everything that the visitor typed
)

consents = Table("consents", metadata, Column("version", String(16), primary_key=True), Column("text", Text, nullable=False))

notices = Table(
    "notices",
    metadata,
    Column("id", String(40), primary_key=True),  # goes out with the notice, so that a second one is recognisable
    Column("request", String(64), ForeignKey("requests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("event", String(16), nullable=False),
    Column("state", String(8), nullable=False),  # waiting, sent or failed
    Column("created_at", Float(53), nullable=False),
    Column("due_at", Float(53), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", String(200), nullable=False),  # why the last attempt failed, without anybody's address
    Index("ix_notices_due", "state", "due_at"),
)


def migrate(connection: Connection) -> None:
    """The newest schema, inside the caller's transaction. Two processes that start at once do it one after the other:
    the transaction holds SQLite's write lock, or a lock of PostgreSQL that ends with it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    command.upgrade(config(connection), "head")


def config(connection: Connection) -> Config:
    """Alembic's settings for our own folder of migrations over an open connection."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found
