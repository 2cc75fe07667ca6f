"""`make bench`: every table, peers beside ours in the same run."""

from __future__ import annotations

import sys

from bench import ablation, booking_speed, speed


def main() -> int:
    """Prints all tables."""
    speed.table()
    ablation.table()
    booking_speed.table()
    return 0


if __name__ == "__main__":
    sys.exit(main())
