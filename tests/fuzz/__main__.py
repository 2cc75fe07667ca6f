"""Searches for bytes that break one target, guided by what code they reach.

python -m tests.fuzz frames [SECONDS]
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris

FOUND = Path(__file__).parent / "found"


def main() -> None:
    """Ends by itself after the seconds, or at the first input that breaks the target, which is kept."""
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"
    with atheris.instrument_imports(include=["bot", "web.wire"]):
        targets = importlib.import_module("tests.fuzz.targets")
    options = [f"-max_total_time={seconds}", "-max_len=4096", f"-artifact_prefix={FOUND / name}-", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options], targets.TARGETS[name])
    atheris.Fuzz()


main()
