"""A copy of the database is made while the service runs, and what is in it can be put back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.knowledge_folder import ROOT
from web.backup import CannotCopy, back_up, check, main, restore
from web.store import Contact, Store
from web.store_keys import Cipher

ANA = Contact("Ana", "+12125550100")


def _store(folder: Path) -> Store:
    return Store(f"sqlite:///{folder / 'pinpoint.db'}", Cipher("", folder / "contact_key"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one request, in use."""
    made = _store(tmp_path)
    made.add("first", ANA, "en", "v1", ("staff",))
    yield made
    made.database.stop()


def test_what_was_copied_comes_back_and_what_came_later_is_kept_beside_it(store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(tmp_path / "pinpoint.db", copy)
    later = store.add("later", ANA, "en", "v1", ())
    store.database.stop()
    restore(copy, tmp_path / "pinpoint.db")
    again = _store(tmp_path)
    first = again.known("first")
    again.database.stop()
    assert first is not None
    assert first.contact == ANA
    assert again.known(later.id) is None
    check(tmp_path / "pinpoint.db.before-restore")


def test_the_log_of_the_database_before_is_not_played_onto_the_copy(store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(tmp_path / "pinpoint.db", copy)
    store.add("later", ANA, "en", "v1", ())
    restore(copy, tmp_path / "pinpoint.db")  # as after a crash: the log is still there
    store.database.stop()
    again = _store(tmp_path)
    assert again.known("first") is not None
    assert again.known("later") is None
    again.database.stop()


def test_a_copy_is_private_and_holds_no_key_and_nobodys_number(store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(tmp_path / "pinpoint.db", copy)
    assert copy.stat().st_mode & 0o077 == 0
    assert b"2125550100" not in copy.read_bytes()
    assert (tmp_path / "contact_key").read_bytes().strip() not in copy.read_bytes()


def test_a_copy_never_takes_the_place_of_another_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(CannotCopy, match="another name"):
        back_up(tmp_path / "pinpoint.db", tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "keep me"


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\0" + bytes(5000)])
def test_what_is_no_copy_is_not_put_in_the_place_of_the_database(store: Store, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(CannotCopy):
        restore(tmp_path / "copy.db", tmp_path / "pinpoint.db")
    assert store.known("first") is not None


def test_wrong_usage_and_a_postgresql_are_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup"]) == 2
    monkeypatch.setenv("DATABASE_URL", "postgresql://desk@localhost/pinpoint")
    assert main(["backup", str(tmp_path / "copy.db")]) == 1
    assert "pg_dump" in capsys.readouterr().err


def test_the_module_runs(store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    environment = {**os.environ, "DATA_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "web", "backup", str(copy)], cwd=ROOT, env=environment, check=True, capture_output=True)
    check(copy)
