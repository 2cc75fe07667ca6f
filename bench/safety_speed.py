"""What triage and redaction add to a message: median, 99th percentile, and how that grows with its length."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bot.fitting import ordinary_words
from bot.privacy import redact
from bot.safety import load, triage

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
LENGTHS = (100, 1_000, 10_000)


def milliseconds(act: Callable[[str], object], text: str) -> float:
    """One call at its best of several rounds."""
    runs = []
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        act(text)
        runs.append(time.perf_counter_ns() - began)
    return min(runs) / 1e6


def messages() -> list[str]:
    """Every third labelled message, dangerous and harmless, and those with personal data."""
    found = []
    for path in sorted((ROOT / "bench" / "safety").glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            found += [json.loads(line)["text"] for line in file]
    return found[::3]


def table() -> None:
    """Milliseconds a message."""
    rules, _ = load(ROOT / "knowledge" / "safety", ordinary_words())
    acts: dict[str, Callable[[str], object]] = {
        "triage": lambda text: triage(rules, text),
        "redaction": lambda text: redact(text, ("(212) 227-3233",)),
        "both": lambda text: (triage(rules, text), redact(text, ("(212) 227-3233",))),
    }
    texts = messages()
    print(f"{'safety, ms a message':30}{'median':>10}{'p99':>10}")
    for name, act in acts.items():
        took = sorted(milliseconds(act, text) for text in texts)
        print(f"{name:30}{statistics.median(took):10.2f}{took[int(0.99 * (len(took) - 1))]:10.2f}")
    whole = " ".join(texts)
    print(f"{'both, by length (characters)':30}" + "".join(f"{length:>10,}" for length in LENGTHS))
    print(f"{'':30}" + "".join(f"{milliseconds(acts['both'], whole[:length]):10.1f}" for length in LENGTHS))


if __name__ == "__main__":
    table()
