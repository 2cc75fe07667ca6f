"""Redis and PostgreSQL go away under traffic and come back: answers go on, what was confirmed is kept, readiness says how it stands."""

from __future__ import annotations

import json
import signal
import time

from bot.knowledge import KnowledgeBase
from tests.cluster.machines import Cluster, until
from tests.cluster.visitors import Crowd, Door, Frame
from web.guard import PAUSE_SECONDS


def _goes_on(crowd: Crowd) -> None:
    """Answers keep coming."""
    before = len(crowd.ledger.answers)
    until(lambda: len(crowd.ledger.answers) > before + 40, "no answers any more")


def test_without_redis_answers_go_on_and_both_processes_say_so_until_it_is_back(cluster: Cluster, door: Door) -> None:
    crowd = Crowd(door)
    cluster.both([])
    for _ in range(2):
        cluster.redis.kill()
        cluster.both(["limits"])
        _goes_on(crowd)
        cluster.redis.start()
        cluster.both([])
        _goes_on(crowd)
    ledger = crowd.leave()
    assert (ledger.twice, ledger.count["again"], ledger.count["stray"], ledger.count["page failed"]) == ([], 0, 0, 0)


def test_a_redis_that_hangs_holds_up_no_answer_for_long(cluster: Cluster, door: Door) -> None:
    crowd = Crowd(door)
    assert cluster.redis.process is not None
    cluster.redis.process.send_signal(signal.SIGSTOP)
    cluster.both(["limits"])
    _goes_on(crowd)
    cluster.redis.process.send_signal(signal.SIGCONT)
    cluster.both([])
    ledger = crowd.leave()
    assert (ledger.twice, ledger.count["again"], ledger.count["stray"]) == ([], 0, 0)


def test_nobody_has_to_write_for_redis_to_be_found_again(cluster: Cluster, door: Door) -> None:
    cluster.redis.kill()
    for server in cluster.processes:  # one message each, and then silence
        until(lambda server=server: _say(door) and cluster.degraded(cluster.processes.index(server)), "Redis is not missed")
    time.sleep(PAUSE_SECONDS + 0.5)
    cluster.both(["limits"])
    cluster.redis.start()
    cluster.both([])


def _say(door: Door, frame: Frame | None = None) -> Frame:
    asked = frame or {"type": "ask", "id": "one", "text": "is it safe?"}
    found: Frame = json.loads(door.ask("POST", "/chat", "127.8.1.1", json.dumps(asked))[1])
    return found


def test_postgresql_crashes_and_comes_back_and_nothing_that_was_confirmed_or_asked_is_lost(
    cluster: Cluster, door: Door, kb: KnowledgeBase
) -> None:
    _, before, _ = cluster.kept()
    crowd = Crowd(door)
    until(lambda: len(crowd.ledger.references) > 5, "no appointments")
    cluster.database.stop(signal.SIGQUIT)
    cluster.both(["store"])
    refused = _say(door, {"type": "book", "id": "refused", "name": "Ana", "phone": "(212) 555-0100", "consent": True})
    assert (refused["type"], refused["code"]) == ("error", "busy")
    assert kb.clinic.phone in refused["message"]
    _goes_on(crowd)
    cluster.database.start()
    confirmed = len(crowd.ledger.references)
    until(lambda: len(crowd.ledger.references) > confirmed + 5, "no appointments any more")
    cluster.both([])
    ledger = crowd.leave()
    assert (ledger.twice, ledger.count["again"], ledger.count["stray"], ledger.count["page failed"]) == ([], 0, 0, 0)
    stored, messages, counted = cluster.kept()
    assert {id: reference for id, reference in stored.items() if id in ledger.answers} == ledger.references
    assert "refused" not in stored
    assert messages - before == len(ledger.answers) + ledger.count["page"]  # what was asked meanwhile is kept as well
    assert messages == counted
