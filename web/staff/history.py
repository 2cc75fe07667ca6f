"""History: every state that the knowledge folder has been in, who made it and when, whether on the desk or by hand.

A version lists all files of the folder by the digest of their texts; each text is kept once. So any version can be shown,
compared and brought back, and a year of small changes costs little.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select

from web.staff.folder import digest
from web.store_database import Database
from web.store_schema import texts as texts_table
from web.store_schema import versions

LATE_SECONDS = 60.0  # that a server may be behind
How = Literal["first", "desk", "folder", "return"]


@dataclass(frozen=True, slots=True)
class Version:
    """The folder at one moment."""

    id: int
    at: float  #: seconds since 1970
    who: str  #: "" for a change in the folder: nobody knows who that was
    note: str
    how: How
    files: Mapping[str, str]  #: path -> digest of its text
    changed: tuple[str, ...]  #: paths that differ from the version before


class History:
    """The versions of a database. Every verb raises StoreDown when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, found: Mapping[str, str], who: str, note: str, how: How, now: float | None = None) -> Version | None:
        """Keeps the folder's texts as the newest version; None if they are those of the newest version already."""
        moment = time.time() if now is None else now
        files = {path: digest(text) for path, text in found.items()}
        with self._database.writing() as connection:
            last = _newest(connection)
            if last and last.files == files:
                return None
            _keep(connection, {files[path]: text for path, text in found.items()})
            changed = _changed(last.files if last else {}, files)
            row = connection.execute(
                insert(versions)
                .values(at=moment, who=who[:80], note=note[:300], how=how if last else "first",
                        files=json.dumps(files, sort_keys=True), changed=json.dumps(changed))
                .returning(versions)
            ).one()  # fmt: skip
        return _version(row)

    def seen(self, found: Mapping[str, str], now: float | None = None) -> Version | None:
        """Keeps what somebody changed in the folder by hand; None if nobody did. A state that was the folder's a moment ago is
        no change: this server has not got yet what was published on another one."""
        moment = time.time() if now is None else now
        files, later = {path: digest(text) for path, text in found.items()}, moment
        for version in self.page(size=10):
            if later <= moment - LATE_SECONDS:
                break
            if version.files == files:
                return None
            later = version.at
        return self.record(found, "", "", "folder", now)

    def newest(self) -> Version | None:
        """The version of now."""
        with self._database.reading() as connection:
            return _newest(connection)

    def get(self, id: int) -> Version | None:
        """One version."""
        with self._database.reading() as connection:
            row = connection.execute(select(versions).where(versions.c.id == id)).first()
        return _version(row) if row else None

    def before(self, id: int) -> Version | None:
        """The version before another."""
        with self._database.reading() as connection:
            earlier = select(versions).where(versions.c.id < id).order_by(versions.c.id.desc()).limit(1)
            row = connection.execute(earlier).first()
        return _version(row) if row else None

    def page(self, number: int = 0, size: int = 30) -> list[Version]:
        """Versions, newest first."""
        newest = select(versions).order_by(versions.c.id.desc()).limit(size).offset(number * size)
        with self._database.reading() as connection:
            return [_version(row) for row in connection.execute(newest).all()]

    def of_file(self, path: str, most: int = 100) -> list[Version]:
        """Versions in which one file changed, newest first."""
        mentioned = versions.c.changed.contains(json.dumps(path), autoescape=True)
        newest = select(versions).where(mentioned).order_by(versions.c.id.desc()).limit(most)
        with self._database.reading() as connection:
            return [_version(row) for row in connection.execute(newest).all()]

    def text(self, version: Version | None, path: str) -> str | None:
        """A file as it was in a version; None if it was not there."""
        name = version.files.get(path) if version else None
        return self.text_of(name) if name else None

    def text_of(self, name: str) -> str | None:
        """The text with a digest, if a version holds it."""
        with self._database.reading() as connection:
            return connection.scalar(select(texts_table.c.text).where(texts_table.c.digest == name))


def _newest(connection: Connection) -> Version | None:
    row = connection.execute(select(versions).order_by(versions.c.id.desc()).limit(1)).first()
    return _version(row) if row else None


def _keep(connection: Connection, found: Mapping[str, str]) -> None:
    there = set(connection.scalars(select(texts_table.c.digest).where(texts_table.c.digest.in_(list(found)))))
    rows = [{"digest": name, "text": text} for name, text in found.items() if name not in there]
    if rows:
        connection.execute(insert(texts_table), rows)


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _version(row: Row[Any]) -> Version:
    return Version(row.id, row.at, row.who, row.note, row.how, json.loads(row.files), tuple(json.loads(row.changed)))
