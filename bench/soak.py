"""A long run with visitors who come and go: does memory grow, do threads or descriptors stay behind?

    python -m bench.soak [MINUTES]      fifteen unless said otherwise

Wave after wave of a hundred sockets asks for ten seconds and leaves; after each the server is looked at. The first third
warms up; flat means that the last third holds what the second third held.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.serving import OURS, TOOL, measure, serving
from tests.knowledge_folder import give_fit

MINUTES = 15.0
WAVE = ("--conns", "100", "--rate", "100", "--seconds", "10")


@dataclass(frozen=True, slots=True)
class Look:
    """What the serving process held between two waves."""

    mib: float
    threads: int
    descriptors: int


def look(pid: int) -> Look:
    """At the process that serves: the largest of `pid` and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = []
    for one in (str(pid), *children):
        status = dict(line.split(":", 1) for line in Path(f"/proc/{one}/status").read_text().splitlines())
        found.append(
            Look(int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"]), len(list(Path(f"/proc/{one}/fd").iterdir())))
        )
    return max(found, key=lambda one: one.mib)


def soak(minutes: float) -> tuple[list[Look], int, int]:
    """(a look after each wave, questions asked, questions unanswered)"""
    looks, asked, unanswered = [], 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        give_fit(folder)
        with serving(OURS, folder) as (port, pid, _):
            end = time.monotonic() + 60 * minutes
            while time.monotonic() < end:
                wave = measure("load", port, pid, folder, *WAVE)
                asked, unanswered = asked + wave["sent"], unanswered + wave["unanswered"]
                time.sleep(2)
                looks.append(look(pid))
    return looks, asked, unanswered


def table(minutes: float = MINUTES) -> None:
    """One line a figure: the second third, the last third, the growth."""
    if not TOOL.exists():
        sys.stdout.write("\nsoak: left out, ws_load.py was not found (set LOAD_TOOLS to its folder)\n")
        return
    looks, asked, unanswered = soak(minutes)
    third = max(1, len(looks) // 3)
    sys.stdout.write(f"\nsoak of {minutes:g} minutes, {len(looks)} waves, {asked} questions, {unanswered} unanswered\n")
    sys.stdout.write(f"{'':24}{'second third':>14}{'last third':>14}{'growth, %':>12}\n")
    for label, name in (("memory, MiB", "mib"), ("threads", "threads"), ("descriptors", "descriptors")):
        middle, last = (
            statistics.median(getattr(one, name) for one in part) for part in (looks[third : 2 * third], looks[-third:])
        )
        sys.stdout.write(f"{label:24}{middle:14.1f}{last:14.1f}{100 * (last / middle - 1):12.2f}\n")


if __name__ == "__main__":
    table(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)
