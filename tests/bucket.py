"""A server that speaks S3 (moto's), in a process of its own: it can hang, and be well again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import free_port


@dataclass(slots=True)
class S3:
    """The server, and the environment in which the programs that use it run."""

    process: subprocess.Popen[bytes]
    port: int
    made: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}", "AWS_ACCESS_KEY_ID": "tests",
                "AWS_SECRET_ACCESS_KEY": "tests", "AWS_DEFAULT_REGION": "us-east-1"}  # fmt: skip

    def bucket(self) -> Bucket:
        """A new bucket with nothing in it."""
        self.made += 1
        made = Bucket(self, f"clinic-{self.made}")
        made.files.mkdir(made.name)
        return made

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """For a while it takes calls and answers none: what an outage looks like from here."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@dataclass(slots=True)
class Bucket:
    """A bucket as people see it who put files there by hand."""

    server: S3
    name: str
    files: Any = field(init=False)

    def __post_init__(self) -> None:
        import s3fs

        self.files = s3fs.S3FileSystem(key="tests", secret="tests", endpoint_url=self.server.environment["AWS_ENDPOINT_URL"],
                                       use_listings_cache=False, skip_instance_cache=True)  # fmt: skip

    @property
    def address(self) -> str:
        return f"s3://{self.name}/knowledge"

    def put(self, **texts: str) -> None:
        """Articles, by name without ending."""
        self.files.pipe({f"{self.name}/knowledge/{name}.md": text.encode() for name, text in texts.items()})

    def put_folder(self, folder: Path) -> None:
        """Everything in a folder, as `aws s3 sync` does it."""
        files = [path for path in folder.rglob("*") if path.is_file()]
        self.files.pipe({f"{self.name}/knowledge/{path.relative_to(folder)}": path.read_bytes() for path in files})

    def put_key(self, key: str, text: bytes) -> None:
        """An object with a key that no program of ours would make."""
        self.files.call_s3("put_object", Bucket=self.name, Key=f"knowledge/{key}", Body=text)

    def text(self, name: str) -> str:
        """An article that is there."""
        return bytes(self.files.cat_file(f"{self.name}/knowledge/{name}.md")).decode()

    def names(self) -> set[str]:
        """The names of all files in the folder."""
        return {path.partition("/knowledge/")[2] for path in self.files.find(f"{self.name}/knowledge")}


@contextmanager
def running() -> Iterator[S3]:
    """The server for as long as tests need it."""
    port = free_port()
    command = [
        sys.executable,
        "-c",
        "import sys; from moto.server import main; main(sys.argv[1:])",
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    )
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=2):
                break
        except OSError:
            assert process.poll() is None and time.monotonic() < end, "moto's server did not start"
            time.sleep(0.1)
    yield S3(process, port)
    process.kill()
    process.wait()
