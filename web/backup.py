"""A copy of the database while the service runs, and back again. For SQLite; a PostgreSQL has its own tools.

The keys in `DATA_DIR` are not in the copy: whoever finds it reads nobody's number. Keep them somewhere else.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path

from web.settings import SettingsError, default_database, read_settings
from web.store_engine import open_engine, sqlite_file

USAGE = "web: write: python -m web backup FILE, or python -m web restore FILE"


class CannotCopy(Exception):
    """The copy was not made; the message says why and what to do."""


def back_up(database: Path, copy: Path) -> None:
    """Writes everything that is committed to a new file, readable by the owner only. Raises CannotCopy."""
    if not database.exists():
        raise CannotCopy(f"There is no database at {database} yet. Check DATA_DIR.")
    try:
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise CannotCopy(f"{copy} cannot be made ({error.strerror}). Write another name.") from None
    try:
        source, target = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True), sqlite3.connect(copy)
        source.backup(target)
        source.close()
        target.close()
        check(copy)
    except (sqlite3.Error, CannotCopy) as error:
        copy.unlink()
        raise CannotCopy(f"The copy could not be made: {error}") from None


def restore(copy: Path, database: Path) -> None:
    """Puts a copy in the place of the database; what was there is kept beside it. The service must not run. Raises CannotCopy."""
    check(copy)
    database.parent.mkdir(parents=True, exist_ok=True)
    fresh = database.with_name(f"{database.name}.restoring")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file, copy.open("rb") as source:
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())
    for ending in ("-wal", "-shm", ""):  # the old log must not be played onto the copy
        old = Path(f"{database}{ending}")
        if old.exists():
            old.replace(f"{database}.before-restore{ending}")
    fresh.replace(database)


def check(copy: Path) -> None:
    """Raises CannotCopy unless the file is a whole database of this program."""
    try:
        connection = sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.execute("SELECT count(*) FROM requests")
        connection.close()
    except sqlite3.Error as error:
        raise CannotCopy(f"{copy} is no copy of this program's database ({error}).") from None
    if found != "ok":
        raise CannotCopy(f"{copy} is damaged. Use an older copy.")


def main(arguments: list[str]) -> int:
    """`backup FILE` or `restore FILE`; the exit code."""
    if len(arguments) != 2:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        settings = read_settings()
        database = sqlite_file(open_engine(settings.database_url or default_database(settings.data_dir)))
        if database is None:
            raise CannotCopy("DATABASE_URL is a PostgreSQL: use pg_dump and pg_restore.")
        if arguments[0] == "backup":
            back_up(database, Path(arguments[1]))
        else:
            restore(Path(arguments[1]), database)
    except (SettingsError, CannotCopy) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Done: {arguments[1] if arguments[0] == 'backup' else database}\n")
    return 0
