"""A lock between the processes of one machine. It ends with the process that holds it, however that ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Holds the lock of a file, which is made if need be. Raises TimeoutError if others hold it for that long, OSError if
    there can be no such file."""
    with path.open("a") as file:
        end = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError(f"{path.name} is locked") from None
                time.sleep(0.05)
        yield
