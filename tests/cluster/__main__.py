"""Kills one of two processes behind nginx, again and again, and counts what visitors lost or got twice.

python -m tests.cluster --kills 20
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.cluster.machines import running, until
from tests.cluster.visitors import Crowd, Door
from tests.knowledge_folder import clinic


def main() -> int:
    """Prints the counts; 1 if anything was lost or doubled. A message that is never answered ends the run with its id."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=20)
    given: Any = parser.parse_args()
    clinic()
    chance, began = random.Random(1), time.monotonic()
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as cluster:
        crowd = Crowd(Door(cluster.nginx))
        for kill in range(given.kills):
            time.sleep(1 + chance.random())
            cluster.processes[kill % 2].kill()
            cluster.start(kill % 2)
            until(lambda number=kill % 2: cluster.messages(number) > 10, "nobody is sent to the process that is back")
        ledger = crowd.leave()
        stored, messages, counted = cluster.kept()
    wrong = {id for id, _ in stored.items() ^ ledger.references.items()}
    sys.stdout.write(
        f"{given.kills} times kill -9 in {time.monotonic() - began:.0f} s: {len(ledger.answers)} messages answered, "
        f"{ledger.count['again']} sent again; {ledger.count['page']} pages, {ledger.count['page failed']} loaded again; "
        f"{len(ledger.references)} appointments\n"
        f"lost 0, answered twice {len(ledger.twice)}, answers to nothing {ledger.count['stray']}\n"
        f"appointments lost, doubled or under another reference {len(wrong)}; messages counted wrong {abs(messages - counted)}\n"
    )
    return int(bool(ledger.twice or ledger.count["stray"] or wrong or messages != counted))


if __name__ == "__main__":
    sys.exit(main())
