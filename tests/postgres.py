"""A real PostgreSQL in a temporary folder on a free port: Debian's, started by the tests, gone after them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.programs import free_port, needed


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

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """At once: clients lose their connections. With SIGQUIT as in a crash: it has to recover when it starts again."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
            self.process = None


def make() -> Postgres:
    """A server that runs. Where there is no PostgreSQL the test is skipped by name; in CI it fails."""
    programs = needed("initdb", "postgresql", _initdb()).resolve().parent
    user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="pinpoint-postgres-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    made = Postgres(folder, free_port(), programs, user)
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


def _initdb() -> Path | None:
    """Debian keeps it off the path, one for each version."""
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
