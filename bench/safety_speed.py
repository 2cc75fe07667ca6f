"""What triage and redaction add to a message: median, 99th percentile, and how that grows with its length.

The development messages are not part of the project (`DEVELOPMENT`, or `../shared/data/dev`); where they are not found, their
row is left out and the table says so.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bot.fitting import ordinary_words
from bot.privacy import redact
from bot.safety import load, triage

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT = Path(os.environ.get("DEVELOPMENT", ROOT.parent / "shared" / "data" / "dev"))
ROUNDS = 5
LENGTHS = (100, 1_000, 10_000)


def milliseconds(act: Callable[[str], object], text: str) -> float:
    """One call at its best of several rounds, by the processor's time: what other programs take does not count."""
    runs = []
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        act(text)
        runs.append(time.process_time_ns() - began)
    return min(runs) / 1e6


def messages(folder: Path) -> list[str]:
    """The texts of the labelled messages of a folder, file by file."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            found += [line["text"] for line in map(json.loads, file) if "text" in line]
    return found


def table() -> None:
    """Milliseconds a message."""
    rules, _ = load(ROOT / "knowledge" / "safety", ordinary_words())
    acts: dict[str, Callable[[str], object]] = {
        "triage": lambda text: triage(rules, text),
        "redaction": lambda text: redact(text, ("(212) 227-3233",)),
        "both": lambda text: (triage(rules, text), redact(text, ("(212) 227-3233",))),
    }
    gc.freeze()  # as the server does at its start: what was loaded before is no garbage
    texts = messages(ROOT / "bench" / "safety")[::3]
    print(f"{'safety, ms a message':30}{'median':>10}{'p99':>10}")
    for name, act in acts.items():
        _row(name, act, texts)
    if development := messages(DEVELOPMENT):
        _row("both, development messages", acts["both"], development)
    else:
        print(f"no development messages in {DEVELOPMENT}")
    whole = " ".join(texts)
    print(f"{'both, by length (characters)':30}" + "".join(f"{length:>10,}" for length in LENGTHS))
    print(f"{'':30}" + "".join(f"{milliseconds(acts['both'], whole[:length]):10.1f}" for length in LENGTHS))


def _row(name: str, act: Callable[[str], object], texts: list[str]) -> None:
    took = sorted(milliseconds(act, text) for text in texts)
    print(f"{name:30}{statistics.median(took):10.2f}{took[int(0.99 * (len(took) - 1))]:10.2f}")


if __name__ == "__main__":
    table()
