"""Requests in a real SQLite and a real PostgreSQL: committed before confirmed, never doubled, sealed, gone when deleted."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text

from tests.postgres import Postgres
from web.store import Contact, Store, new_reference, tidy
from web.store_database import Database, StoreDown
from web.store_engine import GONE_SECONDS, make_file, sqlite_file
from web.store_keys import Cipher, KeyMissing
from web.store_outbox import GIVE_UP_SECONDS, LEASE_SECONDS, WAITS
from web.store_schema import config, metadata, migrate

ANA = Contact("Ana", "+12125550100", times="mornings", reason="First visit")


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(address, Cipher("", tmp_path / "key"))
    yield made
    made.database.stop()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'pinpoint.db'}", Cipher("", tmp_path / "key"))
    yield made
    made.database.stop()


def _add(store: Store, id: str = "a", **more: float) -> str:
    return store.add(id, ANA, "en", "v1", ("staff",), **more).reference


# --- requests ---------------------------------------------------------------------------------------------------------


def test_what_was_stored_is_there_for_the_next_process(store: Store, address: str) -> None:
    reference = _add(store)
    other = Store(address, store.cipher)
    found = other.find(reference.lower().replace("-", " "))
    other.database.stop()
    assert found is not None
    assert (found.status, found.contact, found.language, found.consent) == ("new", ANA, "en", "v1")


def test_the_same_id_is_the_same_request(store: Store) -> None:
    assert _add(store) == store.add("a", Contact("Somebody else"), "es", "v2").reference
    assert [r.contact for r in store.all()] == [ANA]


def test_twenty_visitors_at_once_get_twenty_references_and_one_who_presses_twenty_times_gets_one(store: Store) -> None:
    with ThreadPoolExecutor(20) as pool:
        many = list(pool.map(lambda n: _add(store, f"many-{n}"), range(20)))
        one = list(pool.map(lambda n: _add(store, "one"), range(20)))
    assert (len(set(many)), len(set(one)), len(store.all())) == (20, 1, 21)


def test_a_reference_that_is_taken_is_not_given_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["KKK-KKK", "KKK-KKK", "MMM-MMM"])
    monkeypatch.setattr("web.store.new_reference", lambda: next(drawn))
    assert [_add(store, "a"), _add(store, "b")] == ["KKK-KKK", "MMM-MMM"]


def test_a_reference_can_be_said_on_the_phone() -> None:
    assert all(tidy(r) == r and not set(r) & set("AEIOU01ILBDPTSVZ") for r in (new_reference() for _ in range(200)))


def test_staff_mark_a_request_and_the_next_list_knows(store: Store) -> None:
    reference = _add(store)
    assert store.mark(reference, "called") is not None
    assert (store.all("new"), len(store.all("called"))) == ([], 1)
    assert store.mark("CCC-CCC", "called") is None


def test_a_visitor_cancels_once_and_the_clinic_is_told_once(store: Store) -> None:
    reference = _add(store)
    seen = [store.cancel(reference, ("staff",)) for _ in range(2)]
    assert [r.status for r in seen if r] == ["cancelled", "cancelled"]
    assert [n.event for n in store.outbox.in_state("waiting")] == ["created", "cancelled"]


def test_a_closed_request_is_not_cancelled(store: Store) -> None:
    reference = _add(store)
    store.mark(reference, "closed")
    found = store.cancel(reference)
    assert found is not None
    assert found.status == "closed"
    assert store.cancel("CCC-CCC") is None


def test_deleting_removes_the_request_and_its_notices(store: Store) -> None:
    reference = _add(store)
    assert store.delete(reference)
    assert not store.delete(reference)
    assert (store.all(), store.outbox.in_state("waiting")) == ([], [])


def test_what_is_too_old_is_removed_and_what_was_touched_stays(store: Store) -> None:
    old, touched = _add(store, "a", now=1000.0), _add(store, "b", now=1000.0)
    store.mark(touched, "called", now=5000.0)
    assert store.purge(before=2000.0) == 1
    assert store.find(old) is None
    assert store.find(touched) is not None


def test_the_text_that_was_agreed_to_is_kept(store: Store) -> None:
    for _ in range(2):
        store.keep_consent("v1", "The clinic may call me.")
    assert (store.consent("v1"), store.consent("v9")) == ("The clinic may call me.", "")


# --- contact details --------------------------------------------------------------------------------------------------


def test_the_file_holds_nobodys_number(sqlite_store: Store, tmp_path: Path) -> None:
    _add(sqlite_store)
    files = b"".join(path.read_bytes() for path in tmp_path.glob("pinpoint.db*"))
    assert b"staff" in files
    assert not any(word in files for word in (b"Ana", b"5550100", b"mornings", b"First visit"))


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    sealed = Cipher("", tmp_path / "key").seal("Ana")
    assert Cipher("", tmp_path / "key").open(sealed) == "Ana"
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_a_new_key_seals_everything_again_while_another_process_goes_on(store: Store, tmp_path: Path) -> None:
    running = Cipher("", tmp_path / "key")
    reference = _add(store)
    before = (tmp_path / "key").read_text()
    for _ in range(2):
        store.cipher.change()
        store.seal_again()
        store.cipher.forget()
    assert before not in (tmp_path / "key").read_text()
    assert running.open(running.seal("x")) == "x"
    found = store.find(reference)
    assert found is not None
    assert found.contact == ANA


def test_a_lost_key_hides_the_details_and_nothing_else(store: Store, tmp_path: Path) -> None:
    reference = _add(store)
    store.cipher = Cipher("", tmp_path / "another")
    found = store.find(reference)
    assert found is not None
    assert (found.status, found.contact) == ("new", None)
    with pytest.raises(KeyMissing, match="another"):
        store.seal_again()


def test_keys_from_the_environment_open_the_old_and_seal_with_the_first(tmp_path: Path) -> None:
    from cryptography.fernet import Fernet

    old, new = (Fernet.generate_key().decode() for _ in range(2))
    sealed = Cipher(old, tmp_path / "key").seal("Ana")
    both = Cipher(f"{new},{old}", tmp_path / "key")
    assert Cipher(new, tmp_path / "key").open(both.again(sealed)) == "Ana"
    assert not (tmp_path / "key").exists()


# --- notices ----------------------------------------------------------------------------------------------------------


def test_a_postgresql_whose_machine_falls_silent_is_given_up(running_postgres: Postgres) -> None:
    database = Database(running_postgres.url)
    with database.engine.connect() as connection:
        line = socket.socket(fileno=os.dup(connection.connection.driver_connection.fileno()))  # type: ignore[union-attr]
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == GONE_SECONDS * 1000  # what we sent is not heard
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)  # or we wait for what they send
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == GONE_SECONDS
        line.close()
    database.stop()


def test_a_notice_is_taken_by_one_and_comes_due_again_if_that_one_dies(store: Store) -> None:
    _add(store, now=1000.0)
    first = store.outbox.take(1000.0)
    assert first is not None
    assert store.outbox.take(1000.0 + LEASE_SECONDS - 1) is None
    again = store.outbox.take(1000.0 + LEASE_SECONDS)
    assert again is not None
    assert (again.id, again.attempts) == (first.id, 2)


def test_a_notice_that_failed_waits_longer_each_time_and_is_given_up_in_the_end(store: Store) -> None:
    _add(store, now=0.0)
    moment, gaps = 0.0, []
    while notice := store.outbox.take(moment):
        store.outbox.failed(notice, "no answer", permanent=False, now=moment)
        due = store.outbox.next_due()
        gaps.append((due or moment) - moment)
        moment = due or moment
    assert gaps[: len(WAITS) + 1] == [*WAITS, WAITS[-1]]
    assert moment > GIVE_UP_SECONDS
    assert "given up after 5 days: no answer" in store.outbox.in_state("failed")[0].error


def test_a_permanent_failure_is_shown_until_somebody_tries_again(store: Store) -> None:
    _add(store)
    notice = store.outbox.take()
    assert notice is not None
    store.outbox.failed(notice, "the mail server refuses the recipient (550)", permanent=True)
    assert (store.outbox.next_due(), len(store.outbox.in_state("failed"))) == (None, 1)
    assert store.outbox.again() == 1
    assert store.outbox.take() is not None


def test_a_notice_that_arrived_is_not_sent_again(store: Store) -> None:
    _add(store)
    notice = store.outbox.take()
    assert notice is not None
    store.outbox.sent(notice)
    assert store.outbox.again() == 0
    assert store.outbox.next_due() is None


# --- the schema -------------------------------------------------------------------------------------------------------

HISTORY = ["0001", "0002", "0003", "0004", "0005", "0006"]  # every schema that was ever released
ROW = {
    "id": "a", "reference": "KKK-KKK", "status": "new", "created_at": 1.5, "changed_at": 1.5, "language": "en", "consent": "v1",
}  # fmt: skip


def test_the_history_is_complete_and_in_order(address: str) -> None:
    database = Database(address)
    database.start()
    with database.reading() as connection:
        script = ScriptDirectory.from_config(config(connection))
    database.stop()
    assert [r.revision for r in script.walk_revisions()][::-1] == HISTORY


@pytest.mark.parametrize("revision", HISTORY)
def test_a_database_of_any_release_comes_up_with_its_requests_and_goes_back(address: str, revision: str, tmp_path: Path) -> None:
    store = Store(address, Cipher("", tmp_path / "key"))
    store.database.stop()
    sealed = store.cipher.seal('{"name": "Ana"}')
    make = Database(address)
    if address.startswith("sqlite"):
        (tmp_path / "pinpoint.db").touch()
    with make.engine.begin() as connection:
        command.upgrade(config(connection), revision)
        names = ", ".join([*ROW, "sealed"])
        gaps = ", ".join(f":{name}" for name in [*ROW, "sealed"])
        connection.execute(text(f"INSERT INTO requests ({names}) VALUES ({gaps})"), {**ROW, "sealed": sealed})  # noqa: S608
    assert store.find("KKK-KKK").contact == Contact("Ana")  # type: ignore[union-attr]
    with make.engine.begin() as connection:
        command.downgrade(config(connection), revision)
        assert connection.scalar(text("SELECT reference FROM requests")) == "KKK-KKK"
        command.downgrade(config(connection), "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    make.stop()
    store.database.stop()


def test_the_migrations_make_exactly_the_tables_of_the_program(store: Store) -> None:
    _make_empty_file(store)
    with store.database.engine.begin() as connection:
        command.upgrade(config(connection), "head")
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def _make_empty_file(store: Store) -> None:
    path = sqlite_file(store.database.engine)
    if path:
        make_file(path)


def test_a_new_database_is_made_at_once_exactly_as_the_migrations_would_make_it(store: Store) -> None:
    _make_empty_file(store)
    with store.database.engine.begin() as connection:
        migrate(connection)
        at_once = _told(connection)
        assert at_once["alembic_version"]
        assert len(_triggers(connection)) == 2
        command.downgrade(config(connection), "base")
        command.upgrade(config(connection), "head")
        assert _told(connection) == at_once


def _told(connection: Connection) -> dict[str, list[str]]:
    """All that a database says of its tables."""
    told = inspect(connection)
    found = {name: sorted(map(str, [*told.get_columns(name), *told.get_indexes(name), *told.get_unique_constraints(name),
                                    *told.get_foreign_keys(name), told.get_pk_constraint(name)]))
             for name in told.get_table_names()}  # fmt: skip
    return {
        **found,
        "triggers": _triggers(connection),
        "rows": [str(connection.scalar(text("SELECT version_num FROM alembic_version")))],
    }


def _triggers(connection: Connection) -> list[str]:
    sqlite = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    others = "SELECT trigger_name, event_manipulation || action_statement || action_timing FROM information_schema.triggers"
    return sorted(map(str, connection.execute(text(sqlite if connection.dialect.name == "sqlite" else others))))


def test_ten_processes_that_start_at_once_migrate_once(address: str) -> None:
    databases = [Database(address) for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(Database.start, databases))
    for database in databases:
        database.stop()


def test_a_database_of_a_newer_release_is_left_alone(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.database.start()
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    late = Database(str(store.database.engine.url))
    assert not late.start()
    assert "newer version" in caplog.text
    late.stop()


def test_a_migration_that_breaks_leaves_nothing_half_done(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(address)

    def broken(connection: object) -> None:
        migrate(connection)  # type: ignore[arg-type]
        raise OSError("power cut")

    monkeypatch.setattr("web.store_database.migrate", broken)
    assert not database.start()
    with database.engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
    database.stop()


# --- a database in trouble --------------------------------------------------------------------------------------------


def test_a_locked_database_refuses_after_seconds_and_takes_requests_again(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.database.start()
    with closing(sqlite3.connect(tmp_path / "pinpoint.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StoreDown):
            _add(sqlite_store)
        assert time.monotonic() - began < 6
        assert sqlite_store.all() == []  # readers wait for nobody
        other.execute("ROLLBACK")
    assert _add(sqlite_store)


def test_a_request_waits_for_a_short_lock(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.database.start()
    with closing(sqlite3.connect(tmp_path / "pinpoint.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.5, lambda: other.execute("ROLLBACK")).start()
        assert _add(sqlite_store)


def test_a_full_disk_refuses_and_keeps_what_was_confirmed(sqlite_store: Store) -> None:
    pages = [1_000_000]

    @event.listens_for(sqlite_store.database.engine, "begin")
    def limit(connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages[0]}")  # type: ignore[attr-defined]

    confirmed = [_add(sqlite_store, f"before-{n}") for n in range(5)]
    pages[0] = 1
    refused = 0
    for n in range(40):
        try:
            confirmed.append(_add(sqlite_store, f"full-{n}"))
        except StoreDown:
            refused += 1
    pages[0] = 1_000_000
    confirmed.append(_add(sqlite_store, "after"))
    assert refused
    assert sorted(confirmed) == sorted(r.reference for r in sqlite_store.all())


def test_a_file_that_was_moved_away_is_missed_not_replaced_by_an_empty_one(sqlite_store: Store, tmp_path: Path) -> None:
    kept = _add(sqlite_store, "a")
    for path in tmp_path.glob("pinpoint.db*"):
        shutil.move(path, tmp_path / f"away-{path.name}")
    with pytest.raises(StoreDown):
        _add(sqlite_store, "b")
    assert not (tmp_path / "pinpoint.db").exists()
    for path in tmp_path.glob("away-*"):
        shutil.move(path, tmp_path / path.name.removeprefix("away-"))
    _add(sqlite_store, "b")
    assert len(sqlite_store.all()) == 2
    assert sqlite_store.find(kept) is not None


def test_a_postgresql_that_is_gone_and_back_refuses_and_takes_requests_again(running_postgres: Postgres, tmp_path: Path) -> None:
    store = Store(running_postgres.url, Cipher("", tmp_path / "key"))
    kept = _add(store, "gone-1")
    running_postgres.stop()
    try:
        with pytest.raises(StoreDown):
            _add(store, "gone-2")
    finally:
        running_postgres.start()
    assert _add(store, "gone-2")
    assert store.find(kept) is not None
    store.database.stop()


def test_a_service_that_starts_before_its_database_takes_requests_once_it_is_there(
    running_postgres: Postgres, tmp_path: Path
) -> None:
    running_postgres.stop()
    try:
        store = Store(running_postgres.url, Cipher("", tmp_path / "key"))
        assert not store.database.start()
    finally:
        running_postgres.start()
    assert _add(store, "early")
    store.database.stop()


def test_an_error_is_logged_without_what_was_to_be_stored(
    sqlite_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _add(sqlite_store)
    with sqlite_store.database.writing() as connection:
        connection.execute(text("DROP TABLE notices"))
    with pytest.raises(StoreDown):
        _add(sqlite_store, "secret-id")
    assert "did not answer" in caplog.text
    assert "secret-id" not in caplog.text
