"""A small clinic whose knowledge is changed on the desk: a folder of its own, a library, a database."""

from __future__ import annotations

import copy
import tempfile
from functools import lru_cache
from pathlib import Path

from bot.assistant import finish
from bot.knowledge import Library, _glance
from tests.knowledge_folder import small_folder
from web.staff.drafts import Author
from web.staff.publishing import Workshop
from web.store_database import Database

ANA, BEN = Author(1, "Ana"), Author(2, "Ben")
PARKING = """---
title: Coming to us
reviewed: 2026-01-10
---

# Coming to us

## Where can I park?

You can park in the yard behind the house. Parking costs nothing for two hours.

## How do I get to you by bus?

Take bus 12 to the Market Square. From there it is a walk of five minutes.
"""
PHRASINGS = """# How visitors ask about parking. Staff may add lines.
article = "coming-to-us"
heading = "Where can I park?"

[[group]]
id = "parking"  # the only one so far
en = [
  "where do I leave my car",
  # a line from the front desk
  "is there a place to park",
]
"""
CHECKS = """# Answer tests

- where can I park -> Where can I park?
- (should) how do I get to you by bus -> How do I get to you by bus?
"""


@lru_cache(maxsize=1)
def _first(cache: Path) -> Library:
    """The small clinic's library: loaded once, for reading the safety rules takes a second."""
    return Library(_folder(Path(tempfile.mkdtemp(prefix="pinpoint-small-", dir=cache))), cache, finish)


def _folder(place: Path) -> Path:
    folder = small_folder(place, **{"coming-to-us": PARKING})
    (folder / "phrasings").mkdir()
    (folder / "phrasings" / "parking.toml").write_text(PHRASINGS, encoding="utf-8")
    (folder / "checks.md").write_text(CHECKS, encoding="utf-8")
    return folder


def workshop_in(tmp_path: Path, cache: Path) -> Workshop:
    """The small clinic in a folder of its own; nobody watches it."""
    library = copy.copy(_first(cache))
    library.folder, library.told = _folder(tmp_path), []
    library._glance = library._seen = _glance(library.folder)
    return Workshop(library, Database(f"sqlite:///{tmp_path / 'desk.db'}"), cache)
