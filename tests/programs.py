"""Programs that are not Python's: where one is missing the test is skipped by name, and in CI it fails."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest


def needed(name: str, package: str, found: Path | None = None) -> Path:
    """Where a program is; `found` is where the caller has looked already."""
    on_path = found or shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if on_path:
        return Path(on_path)
    reason = f"{name} is not installed (Debian, Ubuntu: sudo apt-get install {package})"
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; in CI this test is never skipped")
    pytest.skip(reason)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
