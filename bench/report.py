"""Writes docs/measurements.md: figures, the command that makes them, the date. Run: python -m bench.report"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from bench.untaught import first_day
from bot.assistant import finish
from bot.knowledge import load
from bot.measure import Figure, measure

ROOT = Path(__file__).resolve().parent.parent
UNSEEN = ROOT / "bench" / "unseen"
SETS = (
    ("Questions by two authors who saw only the article, read by nobody who wrote phrasings", sorted(UNSEEN.glob("*s-e?.jsonl"))),
    ("Requests that have nothing to do with the clinic, by the same author", sorted(UNSEEN.glob("offtopic*.jsonl"))),
    ("Safety messages by authors who never saw a rule, read by nobody who wrote rules", sorted(UNSEEN.glob("safety*.jsonl"))),
    ("An earlier set of questions, read since", sorted((ROOT / "bench" / "questions").glob("unseen*"))),
)


def main() -> int:
    """One table a file."""
    kb = finish(load(ROOT / "knowledge", ROOT / "data" / "fitted"))
    blocks = [
        "# Measurements\n\nMade by `python -m bench.report` on "
        f"{date.today().isoformat()}, knowledge {kb.version}. Shares are 0..1; times are of this machine and only comparable "
        "within one run: `make bench` prints them beside peers. The labels are not a clinician's.\n"
    ]
    for title, paths in SETS:
        blocks.append(f"## {title}\n")
        for path in paths:
            items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            blocks.append(_table(f"python -m bot measure {path.relative_to(ROOT)}", measure(kb, items)))
    blocks.append("## Five new articles on their first day, with questions by their author, read by nobody who worked on this\n")
    blocks.append(_table("python -m bench.untaught bench/unseen/articles", first_day(UNSEEN / "articles")))
    (ROOT / "docs" / "measurements.md").write_text("\n".join(blocks), encoding="utf-8")
    return 0


def _table(command: str, figures: list[Figure]) -> str:
    rows = "".join(f"| {f.name} | {f.value:.3f} | {f.lines} |\n" for f in figures if "milli" not in f.name)
    return f"`{command}`\n\n| figure | value | lines |\n|---|---|---|\n{rows}"


if __name__ == "__main__":
    sys.exit(main())
