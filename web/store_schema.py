"""The tables, and how they are brought up to date when the service starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    DDL,
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    event,
    insert,
    inspect,
    text,
)

if TYPE_CHECKING:
    from alembic.config import Config

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
    Column("assigned", String(80), nullable=False, server_default=""),  # name of who takes care of it
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

turns = Table(
    "turns",
    metadata,
    Column("key", String(32), primary_key=True),  # keyed digest of the visitor's id and message: the same twice is one
    Column("ask", String(32), nullable=False, index=True),  # keyed digest of the id alone, for a rating that comes later
    Column("at", Float(53), nullable=False, index=True),  # seconds since 1970, UTC; of an emergency this, the kind and no more
    Column("day", String(10), nullable=False),  # on the clinic's calendar
    Column("kind", String(12), nullable=False),
    Column("result", String(12), nullable=False),  # answered, missed, near, clinic or other
    Column("flag", String(48), nullable=False),
    Column("section", String(200), nullable=False),  # article#anchor that answered
    Column("rated", String(16), nullable=False),  # "", yes, no, or why not
    Column("question", Integer, ForeignKey("questions.id", ondelete="SET NULL"), index=True),
    Column("words", Text, nullable=False),  # sealed; "" unless KEEP_QUESTIONS allows them
    Column("near", Text, nullable=False),  # JSON: the sections that came closest
)

questions = Table(
    "questions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("lead", String(32), nullable=False, index=True),  # key of the turn whose words stand for the group
    Column("topic", String(64), nullable=False, index=True),  # a matter of the phrasings, or ""
    Column("state", String(12), nullable=False),  # open, answered, drafted, not_ours or ignored
    Column("note", String(200), nullable=False),  # where the answer stands now
    Column("changed_at", Float(53), nullable=False),
)

days = Table(
    "days",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("what", String(12), primary_key=True),
    Column("label", String(200), primary_key=True),
    Column("number", Integer, nullable=False),
)

# What staff did with a request: only ever added to, so that two people never overwrite each other.
notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("request", String(64), ForeignKey("requests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Float(53), nullable=False),
    Column("author", String(80), nullable=False),
    Column("sealed", Text, nullable=False),
)

# --- the staff desk ---------------------------------------------------------------------------------------------------

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("email", String(254), nullable=False, unique=True),  # in small letters
    Column("password", String(255)),
    Column("role", String(8), nullable=False),  # owner or staff
    Column("active", Boolean, nullable=False),
    Column("made_at", Float(53), nullable=False),
    Column("signed_in_at", Float(53)),
    Column("fs_uniquifier", String(64), nullable=False, unique=True),  # another one ends all sessions
    Column("fs_webauthn_user_handle", String(64), nullable=False, unique=True),
    Column("tf_primary_method", String(64)),
    Column("tf_totp_secret", String(255)),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("credential_id", LargeBinary(1024), nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("transports", JSON),
    Column("extensions", String(255)),
    Column("backup_state", Boolean, nullable=False),
    Column("device_type", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("usage", String(64), nullable=False),
    Column("lastuse_datetime", DateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),  # digest of what the cookie holds
    Column("person", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("began_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False),
)

# Links that work once: to make an account, or to set a new password.
links = Table(
    "links",
    metadata,
    Column("id", String(64), primary_key=True),  # digest of what the link holds
    Column("name", String(80), nullable=False),
    Column("role", String(8), nullable=False),
    Column("person", Integer, ForeignKey("staff.id", ondelete="CASCADE")),  # whose password it sets; none: a new account
    Column("made_by", String(80), nullable=False),
    Column("made_at", Float(53), nullable=False),
    Column("ends_at", Float(53), nullable=False),
)

# Who did what; the database itself refuses to change or remove a row. Never holds a visitor's words.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float(53), nullable=False, index=True),
    Column("who", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("what", String(200), nullable=False),
)

_REFUSED = "'the audit table is only ever added to'"
for _dialect, _ddl in (
    ("postgresql", "CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS "
                   f"$$ BEGIN RAISE EXCEPTION {_REFUSED}; END $$"),
    ("postgresql", "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()"),
    ("sqlite", f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, {_REFUSED}); END"),
    ("sqlite", f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, {_REFUSED}); END"),
):  # fmt: skip
    event.listen(audit, "after_create", DDL(_ddl).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]  # its own types are missing

# What somebody was typing when the desk signed them out.
kept = Table(
    "kept",
    metadata,
    Column("person", Integer, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("path", String(300), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("sealed", Text, nullable=False),
)

# What owners have chosen on the desk; it goes before the environment.
choices = Table(
    "choices",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

# --- the knowledge on the desk ----------------------------------------------------------------------------------------

# What somebody has changed and not published yet.
drafts = Table(
    "drafts",
    metadata,
    Column("author", Integer, primary_key=True, autoincrement=False),
    Column("path", String(120), primary_key=True),
    Column("name", String(80), nullable=False),  # of the author
    Column("base", String(64), nullable=False),  # digest of the text that it began from
    Column("text", Text),  # NULL: the file is to go
    Column("revision", Integer, nullable=False),
    Column("note", String(300), nullable=False),
    Column("changed_at", Float(53), nullable=False),
)

# Every state that the knowledge folder has been in.
versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float(53), nullable=False),
    Column("who", String(80), nullable=False),
    Column("note", String(300), nullable=False),
    Column("how", String(8), nullable=False),  # first, desk, folder or return
    Column("files", Text, nullable=False),  # JSON: path -> digest
    Column("changed", Text, nullable=False),  # JSON: paths that differ from the version before
)

# The texts of all versions, each kept once.
texts = Table("texts", metadata, Column("digest", String(64), primary_key=True), Column("text", Text, nullable=False))

# The processes that answer visitors now, and from which version.
servers = Table(
    "servers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(80), nullable=False),  # host and number of the process
    Column("version", String(16), nullable=False),
    Column("since", Float(53), nullable=False),  # it answers from this version
    Column("seen_at", Float(53), nullable=False),
)


# As Alembic makes it: a new database is made at once, without the 10 MiB and the third of a second that Alembic takes.
_alembic = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


class NewerSchema(Exception):
    """The tables were made by a newer version of this program."""


def migrate(connection: Connection) -> None:
    """The newest schema, inside the caller's transaction. Two processes that start at once do it one after the other:
    the transaction holds SQLite's write lock, or a lock of PostgreSQL that ends with it. Raises NewerSchema."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    found, newest = _revision(connection), _newest()
    if found > newest:
        raise NewerSchema(found)
    if not found and not inspect(connection).get_table_names():
        metadata.create_all(connection)
        _alembic.create(connection)
        connection.execute(insert(_alembic).values(version_num=newest))
    elif found < newest:
        from alembic import command  # 10 MiB that a server whose tables are up to date need not hold

        command.upgrade(config(connection), "head")


def _newest() -> str:
    """The revision of the last migration: its number."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _revision(connection: Connection) -> str:
    """The revision of the tables as they are; "" for none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def config(connection: Connection) -> Config:
    """Alembic's settings for our own folder of migrations over an open connection."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found
