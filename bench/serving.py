"""Serving over websockets: real answers beside an echo of the same size, the same server software, in the same run.

The server has one core to itself and the generator another. The generator is `ws_load.py` of the load harness, which shares
no code with the project; where it is not found (`LOAD_TOOLS`, or `../shared/tools/load`) the table is left out and says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.peer_servers import ECHO
from bot.recall import is_familiar
from tests.conftest import Running, free_port, wait_until_ready
from tests.knowledge_folder import KNOWLEDGE, ROOT, clinic, give_fit

TOOL = Path(os.environ.get("LOAD_TOOLS", ROOT.parent / "shared" / "tools" / "load")) / "ws_load.py"
TEXTS = ["is it safe?", "what happens in a session?", "does it help with back pain?", "are the needles sterile?",
         "how is it different from acupuncture?", "can i combine it with physical therapy?", "do you take insurance?",
         "is it ok if i take blood thinners?", "es seguro?", "whats dry needeling"]  # fmt: skip
ONCE = 30_000  # questions of the second row, more than are answered in its time
SECONDS = 4
AGAIN, NEW = "answers a second, the same questions", "answers a second, each asked only once"
P50, P99 = "500 a second over 200 sockets, p50 us", "500 a second over 200 sockets, p99 us"
SOCKETS = 1000
OURS = ["-c", "web/gunicorn.conf.py", "web:create_app()"]


@contextmanager
def serving(arguments: list[str], folder: Path) -> Iterator[tuple[int, int, float]]:
    """(port, process id, seconds from the start to ready) of a server on the first core."""
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "DATA_DIR": str(folder), "KNOWLEDGE_DIR": str(KNOWLEDGE), "RATE_LIMIT": "off",
                   "MAX_VISITORS": str(2 * SOCKETS), "PYTHONPATH": str(ROOT)}  # fmt: skip
    began = time.monotonic()
    command = [*_on(0), sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env={**environment, "BIND": f"127.0.0.1:{port}"}, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(Running(process, port, KNOWLEDGE, folder))
        yield port, process.pid, time.monotonic() - began
    finally:
        process.terminate()
        process.wait()


def _on(core: int) -> list[str]:
    two = shutil.which("taskset") and (os.cpu_count() or 1) > 1
    return ["taskset", "-c", str(core)] if two else []


def never_asked() -> list[str]:
    """Questions of which each is asked once: the labelled ones, each with another few words behind it."""
    asked = []
    for path in sorted((ROOT / "bench" / "questions").glob("*.jsonl")):
        asked += [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    return [f"{asked[at % len(asked)]} (case {at})" for at in range(ONCE)]


def measure(mode: str, port: int, pid: int, folder: Path, *options: str, texts: list[str] = TEXTS) -> dict[str, Any]:
    """What `ws_load.py` found."""
    profile = folder / "profile.json"
    base = f"http://127.0.0.1:{port}"
    profile.write_text(json.dumps({
        "base": base, "ws_path": "/chat", "health_path": "/healthz", "headers": {"Origin": base}, "texts": texts,
        "message": {"type": "ask", "id": "$id", "text": "$text"}, "reply": {"match": "fifo", "final_types": ["reply"]},
    }))  # fmt: skip
    command = [*_on(1), sys.executable, str(TOOL), mode, "--profile", str(profile), "--server-pid", str(pid), *options]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def figures(arguments: list[str], folder: Path) -> dict[str, float]:
    """All figures of one server."""
    with serving(arguments, folder) as (port, pid, start):
        rest = _memory(pid)
        full = measure("saturate", port, pid, folder, "--conns", "64", "--seconds", str(SECONDS))
        new = measure("saturate", port, pid, folder, "--conns", "64", "--seconds", str(SECONDS), texts=never_asked())
        steady = measure("load", port, pid, folder, "--conns", "200", "--rate", "500", "--seconds", str(SECONDS))
        idle = measure("idle", port, pid, folder, "--conns", str(SOCKETS))
    return {
        AGAIN: full["msgs_per_s"], "CPU an answer, us": full["server_cpu_us_per_msg"],
        NEW: new["msgs_per_s"], "CPU of such an answer, us": new["server_cpu_us_per_msg"],
        P50: steady["latency_us"]["p50"],
        P99: steady["latency_us"]["p99"], "of these unanswered": steady["unanswered"],
        f"idle sockets held of {SOCKETS}": idle["held"], "KiB an idle socket": idle["server"]["kib_per_conn"],
        "serving process at rest, MiB": rest, "start to ready, s": start,
    }  # fmt: skip


def _memory(pid: int) -> float:
    """MiB resident in the process that serves, the largest of those below `pid`."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = [int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in (str(pid), *children)]
    return max(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def table() -> None:
    """One line a figure: the echo, ours, and how ours stands to it."""
    if not TOOL.exists():
        sys.stdout.write("\nserving over websockets: left out, ws_load.py was not found (set LOAD_TOOLS to its folder)\n")
        return
    kb = clinic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        give_fit(folder)
        peer, ours = figures(ECHO, folder), figures(OURS, folder)
    sys.stdout.write(f"\nserving over websockets, {os.getloadavg()[0]:.1f} other processes busy\n")
    remembered = sum(is_familiar(kb, text) for text in TEXTS)
    sys.stdout.write(f"of the {len(TEXTS)} questions that come again and again, {remembered} are remembered (bot/recall.py)\n")
    sys.stdout.write(f"{'':44}{'echo':>12}{'ours':>12}{'ours/echo':>12}\n")
    for label, value in ours.items():
        ratio = f"{value / peer[label]:12.2f}" if peer[label] else f"{'':12}"
        sys.stdout.write(f"{label:44}{peer[label]:12.1f}{value:12.1f}{ratio}\n")


if __name__ == "__main__":
    table()
