"""A real Redis on a free port, which keeps nothing on disk."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.programs import free_port, needed


@dataclass(slots=True)
class Redis:
    """A server that can be killed and started again, empty."""

    folder: Path
    port: int = field(default_factory=free_port)
    program: Path = field(default_factory=lambda: needed("redis-server", "redis-server"))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns once it answers."""
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                   "--dir", self.folder]  # fmt: skip
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < end and self.process.poll() is None, (self.folder / "redis.log").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """-9."""
        if self.process:
            self.process.kill()
            self.process.wait(timeout=20)
            self.process = None

    def _answers(self) -> bool:
        client = redis.Redis(port=self.port)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
