"""A real PostgreSQL in a temporary folder on a free port: Debian's, started by the tests, gone after them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(slots=True)
class Postgres:
    """A server that can be stopped and started again with what it holds."""

    folder: Path
    port: int
    programs: Path
    user: str | None
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://pinpoint@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Returns once it takes connections."""
        command = [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder,
                   "-c", "listen_addresses=127.0.0.1"]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, user=self.user, stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + 20
        while subprocess.run(
            [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        ).returncode:
            assert time.monotonic() < end and self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """At once: clients lose their connections."""
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=20)
            self.process = None


def make() -> Postgres:
    """A server that runs. Where there is no PostgreSQL the test is skipped by name; in CI it fails."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL is not installed (Debian, Ubuntu: sudo apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; in CI this test is never skipped")
        pytest.skip(reason)
    user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="pinpoint-postgres-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    made = Postgres(folder, port, programs, user)
    initdb = [
        programs / "initdb",
        "-D",
        folder / "data",
        "-U",
        "pinpoint",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    subprocess.run(initdb, user=user, cwd=folder, check=True, capture_output=True)
    made.start()
    return made


def remove(server: Postgres) -> None:
    """Stops it and removes its folder."""
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


def _programs() -> Path | None:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return found[-1] if found else None
