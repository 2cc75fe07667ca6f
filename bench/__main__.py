"""`make bench`: every table, peers beside ours in the same run."""

from __future__ import annotations

import sys

from bench import (
    ablation,
    booking_speed,
    corpus_peers,
    reliability,
    safety_net,
    safety_speed,
    speed,
    staff_speed,
    widget,
    widget_lighthouse,
    widget_speed,
)


def main() -> int:
    """Prints all tables."""
    speed.table()
    ablation.table()
    corpus_peers.table()
    safety_speed.table()
    safety_net.table()
    booking_speed.table()
    staff_speed.table()
    reliability.table()
    widget_speed.table()
    widget_lighthouse.table()
    widget.table()
    return 0


if __name__ == "__main__":
    sys.exit(main())
