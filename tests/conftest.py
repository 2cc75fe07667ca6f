"""What many tests share: the clinic's snapshot, a test client, a real server in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from bot.assistant import finish
from bot.knowledge import KnowledgeBase, Library
from tests import postgres
from tests.knowledge_folder import KNOWLEDGE, ROOT, clinic, give_fit
from tests.postgres import Postgres
from tests.programs import free_port
from tests.staff import signed_in
from web import create_app
from web.services import stop
from web.settings import Settings
from web.store_database import Database


@pytest.fixture(scope="session")
def kb() -> KnowledgeBase:
    """The snapshot of the clinic's own folder."""
    return clinic()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that already holds the fit of the clinic's folder, so that servers start at once."""
    clinic()
    folder = tmp_path_factory.mktemp("data")
    give_fit(folder)
    return folder


@pytest.fixture(scope="session")
def shared_library(data_dir: Path) -> Library:
    """The clinic's knowledge, loaded once for all applications of the tests; nobody watches the folder."""
    return Library(KNOWLEDGE, data_dir / "fitted", finish)


@pytest.fixture
def app(data_dir: Path, shared_library: Library) -> Iterator[Flask]:
    """The application with the clinic's folder and no rate limit."""
    yield from _served(data_dir, shared_library)


@pytest.fixture
def desk(tmp_path: Path, shared_library: Library) -> Iterator[Flask]:
    """The application with a database of this test's own: its people and requests are nobody else's."""
    yield from _served(tmp_path, shared_library)


def _served(data_dir: Path, library: Library) -> Iterator[Flask]:
    made = create_app(Settings(data_dir=data_dir, knowledge_dir=KNOWLEDGE, rate_limit=0), library)
    made.testing = True
    yield made
    stop(made.extensions["pinpoint"])


@pytest.fixture
def database(desk: Flask) -> Database:
    """The database of `desk`."""
    found: Database = desk.extensions["pinpoint"].store.database
    return found


@pytest.fixture
def owner(desk: Flask) -> FlaskClient:
    """An owner who is signed in on the staff desk of `desk`."""
    return signed_in(desk, "owner")


@pytest.fixture
def colleague(desk: Flask) -> FlaskClient:
    """Somebody of the staff who is signed in on it."""
    return signed_in(desk, "staff")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without scripts."""
    return app.test_client()


@pytest.fixture(scope="module")
def running_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the tests' own."""
    server = postgres.make()
    yield server
    postgres.remove(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'pinpoint.db'}"
    server: Postgres = request.getfixturevalue("running_postgres")
    database = Database(server.url)
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.stop()
    return server.url


@dataclass(slots=True)
class Running:
    """A real server: the Procfile's gunicorn in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    knowledge: Path
    data: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        """-9, to the last process; no goodbye, no flush."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)


Start = Callable[..., Running]


@pytest.fixture
def start_server(tmp_path: Path, data_dir: Path) -> Iterator[Start]:
    """Starts real servers and stops them when the test ends. `settings` are environment variables."""
    running: list[Running] = []

    def start(knowledge: Path = KNOWLEDGE, port: int = 0, **settings: str) -> Running:
        found = launch(data_dir, knowledge, port, **settings)
        running.append(found)
        wait_until_ready(found)
        return found

    yield start
    for one in running:
        one.stop()


def launch(data: Path, knowledge: Path = KNOWLEDGE, port: int = 0, log: int | None = None, **settings: str) -> Running:
    """A server that is starting. `settings` are environment variables; `log` is where its log goes, as for Popen."""
    port = port or free_port()
    environment = {**os.environ, "PORT": str(port), "KNOWLEDGE_DIR": str(knowledge), "DATA_DIR": str(data),
                   "RATE_LIMIT": "off", "MAX_VISITORS": "40", "BIND": f"127.0.0.1:{port}", **settings}  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "-c", "web/gunicorn.conf.py", "web:create_app()"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=log, start_new_session=True
    )  # so that -9 finds all of it
    return Running(process, port, knowledge, data)


def wait_until_ready(server: Running, seconds: float = 60) -> None:
    """Returns once /readyz answers; fails with the server's exit code if it ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.process.poll() is None, f"the server ended with {server.process.returncode}"
        try:
            with urllib.request.urlopen(f"{server.base}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not become ready")
