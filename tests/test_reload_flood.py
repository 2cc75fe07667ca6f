"""Staff edit an article while the server is flooded: the edits go live, and no message is lost, doubled or answered by halves."""

from __future__ import annotations

from pathlib import Path

from bot.knowledge import KnowledgeBase
from tests.load.reload_flood import run


def test_articles_are_edited_during_a_flood_and_no_message_is_lost_or_doubled(tmp_path: Path, kb: KnowledgeBase) -> None:
    outcome = run(tmp_path, edits=4)
    assert (outcome.lost, outcome.doubled, outcome.mixed) == (0, 0, 0)
    assert outcome.kinds["reply"] > 0
    assert outcome.kinds["rate_limited"] > 0
    assert set(outcome.kinds) == {"reply", "rate_limited"}
