"""A process dies under traffic: no visitor loses an answer, none is answered twice, what was confirmed is stored once."""

from __future__ import annotations

import time

from tests.cluster.machines import Cluster, until
from tests.cluster.visitors import Crowd, Door, Ledger


def _nothing_lost_or_doubled(cluster: Cluster, ledger: Ledger) -> None:
    assert ledger.twice == []
    assert ledger.count["stray"] == 0
    stored, messages, counted = cluster.kept()
    assert {id: reference for id, reference in stored.items() if id in ledger.answers} == ledger.references
    assert messages == counted


def test_two_processes_are_killed_one_after_the_other_and_nobody_loses_an_answer(cluster: Cluster, door: Door) -> None:
    crowd = Crowd(door)
    time.sleep(1)
    for number in (1, 0):
        cluster.processes[number].kill()
        time.sleep(1)
        cluster.start(number)
        until(lambda number=number: cluster.messages(number) > 10, "nobody is sent to the process that is back")
    ledger = crowd.leave()
    assert ledger.count["again"] > 0
    _nothing_lost_or_doubled(cluster, ledger)


def test_a_new_version_goes_live_one_process_after_the_other_and_nobody_notices(cluster: Cluster, door: Door) -> None:
    crowd = Crowd(door)
    time.sleep(1)
    for number in (0, 1):
        assert cluster.processes[number].stop() == 0
        cluster.start(number)
    ledger = crowd.leave()
    assert ledger.count["page failed"] == 0, cluster.nginx.log
    _nothing_lost_or_doubled(cluster, ledger)
