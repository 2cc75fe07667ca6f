"""One table of one run: what the service promises about speed, memory and faults, beside its peers.

    python -m bench.reliability [REPORT.json]     about eight minutes; REPORT.json: a fault run that was kept (faults.py --out)

The load generator and the fault harness share no code with the project (`LOAD_TOOLS`, or `../shared/tools/load`); where they are
not found the table is left out and says so.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peer_servers import BM25S, SCIKIT
from bench.serving import AGAIN, ECHO, NEW, OURS, P50, P99, SOCKETS, TOOL, figures, serving
from tests.knowledge_folder import ROOT, clinic, give_fit

FAULTS = TOOL.with_name("faults.py")
PROFILE = ROOT / "tests" / "load" / "faults.json"
SLOW_READERS = 5  # in that case of the harness
_HANDSHAKE = (
    b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
Case = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One promise: its words, what must hold, and what was seen."""

    label: str
    limit: str
    seen: str
    kept: bool


def fault_run(out: Path) -> dict[str, Any]:
    """All cases of the fault harness against a server of their own."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, str(FAULTS), "--profile", str(PROFILE), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL, check=False)
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def fault_rows(report: dict[str, Any]) -> list[Row]:
    """The promises that the fault harness looks at."""
    cases: dict[str, Case] = {case["case"]: case["notes"] for case in report["cases"]}
    counts, slots, stop = report["counts"], cases["abuse_slots"], cases["proc_sigterm"]
    waits = [notes["bystander_max_ms"] for notes in cases.values() if "bystander_max_ms" in notes]
    passed, all_cases = counts["pass"], sum(counts.values())
    codes: dict[str, int] = stop["close_codes"]
    closed, sockets = codes.get("1001", 0), sum(codes.values())
    return [
        Row("fault cases passed", f"{all_cases}", f"{passed} of {all_cases}", passed == all_cases),
        _at_most("health page with all places taken, ms", 20, 1000 * slots["health_s"]),
        Row("visitors left hanging with all places taken", "0", str(slots["hung"]), slots["hung"] == 0),
        _at_most("bystander's worst wait (flood, slow readers, reload, bad files), ms", 100, max(waits)),
        _at_most("memory that a slow reader claims, MiB", 2, max(0.0, cases["abuse_slow_reader"]["mib_grown"]) / SLOW_READERS),
        Row("SIGTERM, sockets that saw 1001", f"{sockets}", f"{closed} of {sockets}", closed == sockets),
        _at_most("SIGTERM, seconds to the exit", 2, stop["exit_s"]),
    ]


def _at_most(label: str, limit: float, seen: float) -> Row:
    return Row(label, f"<= {limit:g}", f"{seen:.2f}", seen <= limit)


def speed_rows(echo: dict[str, float], ours: dict[str, float]) -> list[Row]:
    """The promises about speed and memory: ours beside the echo of the same run."""

    def ratio(label: str) -> float:
        return ours[label] / echo[label]

    again, new, held = ratio(AGAIN), ratio(NEW), ours[f"idle sockets held of {SOCKETS}"]
    return [
        Row(f"{AGAIN}, of the echo's", ">= 0.3", f"{again:.2f}", again >= 0.3),
        Row(f"{NEW}, of the echo's", ">= 0.3", f"{new:.2f}", new >= 0.3),
        _at_most("latency at 500 a second, p50, of the echo's", 5, ratio(P50)),
        _at_most("latency at 500 a second, p99, of the echo's", 5, ratio(P99)),
        Row("idle sockets held", f"{SOCKETS}", f"{held:g}", held == SOCKETS),
        _at_most("KiB an idle socket", 70, ours["KiB an idle socket"]),
        _at_most("serving process at rest, MB", 130, ours["serving process at rest, MiB"] * 2**20 / 1e6),
        _at_most("start to the first answer, s", 1.5, ours["start to ready, s"]),
    ]


def peers(folder: Path) -> dict[str, dict[str, float]]:
    """All figures of each server."""
    servers = {"echo": ECHO, "bm25s": BM25S, "scikit": SCIKIT, "ours": OURS}
    return {name: figures(server, folder) for name, server in servers.items()}


def refused(folder: Path, tries: int = 20) -> float:
    """Milliseconds until a visitor who finds no place is told so, the longest of some; 0 if one was let in."""
    worst = 0.0
    with serving(OURS, folder) as (port, _, _), ExitStack() as held:
        for number in range(SOCKETS + tries):
            began = time.monotonic()
            visitor = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            visitor.sendall(_HANDSHAKE % port)
            if number < SOCKETS:  # half of the places: as many as one address gets
                visitor.recv(1024)
            elif b" 503 " not in visitor.recv(1024).splitlines()[0]:
                return 0.0
            else:
                worst = max(worst, time.monotonic() - began)
    return 1000 * worst


def table(kept: str = "") -> None:
    """The promises, then every figure of ours beside the peers'."""
    if not FAULTS.exists():
        sys.stdout.write("\nreliability: left out, faults.py was not found (set LOAD_TOOLS to its folder)\n")
        return
    clinic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        give_fit(folder)
        found = peers(folder)
        told = refused(folder)
        report = json.loads(Path(kept).read_text()) if kept else fault_run(folder / "faults.out")
    no_place = Row("visitor N+1 is told, ms", "<= 100", f"{told:.1f}", 0 < told <= 100)
    rows = [*fault_rows(report), no_place, *speed_rows(found["echo"], found["ours"])]
    sys.stdout.write(
        f"\nwhat the service promises, {os.getloadavg()[0]:.1f} other processes busy\n{'':72}{'target':>10}{'seen':>14}\n"
    )
    for row in rows:
        sys.stdout.write(f"{row.label:72}{row.limit:>10}{row.seen:>14}{'' if row.kept else '   missed'}\n")
    sys.stdout.write(f"\n{'':44}" + "".join(f"{name:>12}" for name in found) + "\n")
    for label in found["ours"]:
        sys.stdout.write(f"{label:44}" + "".join(f"{one[label]:12.1f}" for one in found.values()) + "\n")
    for case in report["cases"]:
        if case["verdict"] != "pass":
            sys.stdout.write(f"{case['verdict']}: {case['case']}: {case['why']}\n")


if __name__ == "__main__":
    table(*sys.argv[1:2])
