"""What a million questions cost, and where the first limit is, from figures measured now:

    python -m bench.cost > docs/operations/cost.md      (--help names the prices, which are yours to set)

Two clinics' servers run side by side, so that what they share in memory is counted once. The load generator is that of
`bench/serving.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.serving import OURS, TEXTS, TOOL, measure, serving
from tests.knowledge_folder import clinic, give_fit

MONTH = 30 * 86_400  # seconds
PEAK = 10  # the busiest minute of a month against its average
SPARE = 0.5  # how much of a core or of the memory is planned with


LIMIT = """The first limit is {first}. Each clinic has a process of its own, with its own articles and its own keys, and pays for
its memory whether it is asked or not. Larger machines move that limit in proportion; starting all processes of a machine from one
that has read the libraries would move it further, and is not built. The next limit is the processor at the peak; more processes
for one clinic move it (see [operations.md](../operations.md), "More than one process")."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one server needs."""

    cpu_us: float  #: processor time an answer, microseconds
    answer_bytes: float  #: one answer on the wire, TLS and headers of the network not counted
    clinic_mib: float  #: memory of one more clinic on the same machine
    socket_kib: float


@dataclass(frozen=True, slots=True)
class Prices:
    """What is rented, in US dollars."""

    machine: float  #: a month
    cores: int
    gib: float
    traffic: float  #: a GB that leaves
    questions: int  #: a clinic asks in a month


def measured() -> Measured:
    """Runs two servers and a load."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name, number) for number in ("one", "two")]
        for folder in folders:
            folder.mkdir()
            give_fit(folder)
        with serving(OURS, folders[0]) as (port, pid, _), serving(OURS, folders[1]) as (_, other, _):
            full = measure("saturate", port, pid, folders[0], "--conns", "16", "--seconds", "4")
            idle = measure("idle", port, pid, folders[0], "--conns", "500")
            return Measured(full["server_cpu_us_per_msg"], _bytes(port), _own_mib(other), idle["server"]["kib_per_conn"])


def _bytes(port: int) -> float:
    sizes = []
    for number, text in enumerate(TEXTS):
        body = json.dumps({"type": "ask", "id": f"c{number}", "text": text}).encode()
        ask = urllib.request.Request(f"http://127.0.0.1:{port}/chat", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(ask) as answer:  # noqa: S310  (this machine)
            sizes.append(len(answer.read()))
    return sum(sizes) / len(sizes)


def _own_mib(pid: int) -> float:
    """Memory of a server and its children, shared pages by share."""
    found = 0
    for one in (str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()[1:])
        found += int(lines["Pss"].split()[0])
    return found / 1024


def report(seen: Measured, prices: Prices) -> str:
    """The page."""
    a_second = SPARE * 1e6 / seen.cpu_us
    by_memory = int(SPARE * prices.gib * 1024 / seen.clinic_mib)
    by_cpu = int(prices.cores * a_second * MONTH / PEAK / prices.questions)
    clinics = min(by_memory, by_cpu)
    month = prices.machine / clinics
    million = 1e6 * month / prices.questions + 1e6 * seen.answer_bytes / 1e9 * prices.traffic
    rows = [
        ("processor time an answer (ten questions again and again)", f"{seen.cpu_us:,.0f} us"),
        ("an answer on the wire", f"{seen.answer_bytes:,.0f} bytes"),
        ("memory of one more clinic on a machine", f"{seen.clinic_mib:,.0f} MiB"),
        ("memory of an open chat", f"{seen.socket_kib:,.0f} KiB"),
        ("answers a second of one core, half of it kept free", f"{a_second:,.0f}"),
        (f"clinics on a machine, by processor (peak {PEAK} times the average)", f"{by_cpu:,}"),
        ("clinics on a machine, by memory (half of it kept free)", f"{by_memory:,}"),
        ("a clinic a month", f"{month:,.2f} USD"), ("machines for a thousand clinics", f"{-(-1000 // clinics):,}"),
        ("a million questions, machines and traffic", f"{million:,.2f} USD"),
        ("a million questions, processor alone", f"{1e6 * prices.machine / (prices.cores * a_second * MONTH / PEAK):,.2f} USD"),
    ]  # fmt: skip
    first = "memory" if by_memory < by_cpu else "the processor"
    made = (
        f"Made by `python -m bench.cost` on {datetime.now(UTC):%Y-%m-%d}. Prices are an example: {prices.machine:g} USD a month "
        f"for a machine of {prices.cores} cores and {prices.gib:g} GiB, {prices.traffic:g} USD a GB of traffic; a clinic is "
        f"asked {prices.questions:,} questions a month. Yours: `python -m bench.cost --help`."
    )
    table = [f"| {name} | {value} |" for name, value in rows]
    return "\n".join(("# What it costs", "", made, "", "| figure | |", "|---|---|", *table, "", LIMIT.format(first=first), ""))


def main() -> int:
    """Prints the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--machine", type=float, default=48, help="US dollars a month")
    parser.add_argument("--cores", type=int, default=4)
    parser.add_argument("--gib", type=float, default=8)
    parser.add_argument("--traffic", type=float, default=0.09, help="US dollars a GB")
    parser.add_argument("--questions", type=int, default=1500, help="of one clinic in a month")
    given = parser.parse_args()
    if not TOOL.exists():
        sys.stderr.write("ws_load.py was not found: set LOAD_TOOLS to its folder\n")
        return 1
    clinic()
    sys.stdout.write(report(measured(), Prices(given.machine, given.cores, given.gib, given.traffic, given.questions)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
