"""Lighthouse on the demo page. It comes from npm, pinned in `bench/lighthouse/`, and drives the system's Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.widget import serving

FOLDER = Path(__file__).parent / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def install() -> None:
    """What the lock names, once."""
    if not (FOLDER / "node_modules" / "lighthouse").exists():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=FOLDER, check=True, timeout=600)


def scores(address: str) -> dict[str, int]:
    """0..100 by category, and by audit what is not perfect."""
    with tempfile.TemporaryDirectory() as name:
        found = Path(name) / "found.json"
        command = ["node", "node_modules/lighthouse/cli/index.js", address, "--output=json", f"--output-path={found}", "--quiet",
                   f"--only-categories={','.join(CATEGORIES)}", "--chrome-flags=--headless=new --no-sandbox"]  # fmt: skip
        environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
        subprocess.run(command, cwd=FOLDER, env=environment, check=True, timeout=180)
        report = json.loads(found.read_text(encoding="utf-8"))
    marks = {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}
    weighty = {one["id"] for category in report["categories"].values() for one in category["auditRefs"] if one["weight"]}
    low = {name: audit["score"] for name, audit in report["audits"].items() if name in weighty and audit["score"] is not None}
    return marks | {f"  {name}": round(score * 100) for name, score in low.items() if score < 1}


def table() -> bool:
    """One line a category; whether all are 100."""
    if not (shutil.which("npm") and shutil.which("node")):
        sys.stdout.write("\nLighthouse: left out, it needs node and npm (Debian, Ubuntu: sudo apt-get install npm)\n")
        return True
    install()
    with serving() as base:
        marks = scores(base + "/")
    sys.stdout.write("\nLighthouse on the demo page\n")
    for name, mark in marks.items():
        sys.stdout.write(f"{name:66}{mark:8}\n")
    return all(marks[name] == 100 for name in CATEGORIES)


if __name__ == "__main__":
    sys.exit(0 if table() else 1)
