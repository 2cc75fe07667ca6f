"""The whole set-up of `docs/operations.md`, "More than one process", on one machine: nginx, two processes of ours, PostgreSQL, Redis."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import func, select

from tests import postgres
from tests.cluster.nginx import NAME, Nginx
from tests.cluster.redis_server import Redis
from tests.conftest import Running, launch, wait_until_ready
from tests.knowledge_folder import KNOWLEDGE, give_fit
from tests.postgres import Postgres
from tests.programs import free_port
from web.store import Store
from web.store_keys import Cipher
from web.store_schema import days, turns

CONTACT_KEY = Fernet.generate_key().decode()
RATE = 120  # messages a minute from one visitor, four times that from one address


@dataclass(slots=True)
class Cluster:
    """What runs, and how to do it harm."""

    folder: Path
    knowledge: Path
    nginx: Nginx
    redis: Redis
    database: Postgres
    processes: list[Running]

    def begin(self, number: int) -> None:
        """Starts process `number` (again), on its port; returns at once."""
        port, data = self.nginx.ports[number], self.folder / f"data{number}"
        with (self.folder / f"server{number}.txt").open("ab") as log:
            self.processes[number:number + 1] = [
                launch(data, self.knowledge, port, log.fileno(), SECRET_KEY="the same for all processes", CONTACT_KEY=CONTACT_KEY,
                       DATABASE_URL=self.database.url, REDIS_URL=self.redis.url, TRUSTED_PROXIES="127.0.0.1",
                       PUBLIC_URL=f"https://{NAME}", RATE_LIMIT=str(RATE), MAX_VISITORS="150")
            ]  # fmt: skip

    def start(self, number: int) -> None:
        """The same; returns once it is ready."""
        self.begin(number)
        wait_until_ready(self.processes[number])

    def metric(self, number: int, name: str) -> float:
        """The sum of a metric of one process."""
        with urllib.request.urlopen(f"{self.processes[number].base}/metrics", timeout=5) as answer:
            lines = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", lines, re.MULTILINE))

    def ready(self, number: int) -> bool:
        """Whether a process answers."""
        try:
            return bool(self.readiness(number)["ready"])
        except OSError:
            return False

    def readiness(self, number: int) -> dict[str, Any]:
        """What a process says of itself."""
        with urllib.request.urlopen(f"{self.processes[number].base}/readyz", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def degraded(self, number: int) -> list[str]:
        """What a process says works less well."""
        found: list[str] = self.readiness(number)["degraded"]
        return found

    def both(self, degraded: list[str]) -> None:
        """Returns once both processes say that just this works less well."""
        until(lambda: [self.degraded(0), self.degraded(1)] == [degraded] * 2, f"they do not both say {degraded}")

    def messages(self, number: int) -> float:
        """How many messages a process has answered since it was started."""
        return self.metric(number, "pinpoint_messages_total")

    def settle(self) -> None:
        """Returns once every process has stored what it was told."""
        until(lambda: not any(self.metric(number, "pinpoint_questions_waiting") for number in (0, 1)), "questions still wait")

    def store(self) -> Store:
        """What they have stored; `database.stop()` is the caller's."""
        return Store(self.database.url, Cipher(CONTACT_KEY, self.folder / "none"))

    def kept(self) -> tuple[dict[str, str], int, int]:
        """What is stored: requests (id -> reference), messages, and messages as the figures count them."""
        self.settle()
        store = self.store()
        requests = {one.id: one.reference for one in store.all()}
        with store.database.reading() as connection:
            messages = connection.scalar(select(func.count()).select_from(turns)) or 0
            counted = connection.scalar(select(func.sum(days.c.number)).where(days.c.what.in_(("kind", "request")))) or 0
        store.database.stop()
        return requests, messages, counted

    @property
    def logs(self) -> str:
        """Everything that our processes have written down."""
        return "".join(path.read_text() for path in self.folder.glob("server*.txt"))


def until(true: object, otherwise: str, seconds: float = 30) -> None:
    """Waits until `true()`; fails with the words `otherwise`."""
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """All of it, on free ports in `folder`."""
    nginx, redis = Nginx(folder, (free_port(), free_port())), Redis(folder)
    database = postgres.make()
    made = Cluster(folder, shutil.copytree(KNOWLEDGE, folder / "knowledge"), nginx, redis, database, [])
    try:
        for number in (0, 1):
            (folder / f"data{number}").mkdir()
            give_fit(folder / f"data{number}")
        redis.start()
        made.begin(0)
        made.begin(1)
        nginx.start()
        for process in made.processes:
            wait_until_ready(process)
        yield made
    finally:
        nginx.stop()
        for process in made.processes:
            process.stop()
        redis.kill()
        postgres.remove(database)
