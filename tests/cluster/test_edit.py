"""An article in the shared folder is edited once, and every process answers from it."""

from __future__ import annotations

import json

from tests.cluster.machines import Cluster, until
from tests.cluster.visitors import Door

ARTICLE = "# The Zanzibar method\n\n## What is the Zanzibar method?\n\nThe Zanzibar method is a quiet walk.\n"


def test_an_edit_is_live_in_every_process_and_no_visitor_gets_the_old_answer_after_the_new(cluster: Cluster, door: Door) -> None:
    before, path = cluster.readiness(0)["version"], cluster.knowledge / "zanzibar.md"
    path.write_text(ARTICLE, encoding="utf-8")
    try:
        until(
            lambda: before not in (cluster.readiness(0)["version"], cluster.readiness(1)["version"]), "an edit does not go live"
        )
        assert cluster.readiness(0)["version"] == cluster.readiness(1)["version"]
        before_each = [cluster.messages(number) for number in (0, 1)]
        ask = json.dumps({"type": "ask", "id": "edit", "text": "what is the zanzibar method?"})
        for _ in range(20):
            frame = json.loads(door.ask("POST", "/chat", "127.13.1.1", ask)[1])
            assert [quote["text"] for quote in frame["quotes"]] == ["The Zanzibar method is a quiet walk."]
        assert all(cluster.messages(number) > before_each[number] for number in (0, 1))
    finally:
        path.unlink()
