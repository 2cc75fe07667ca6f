"""A thousand lines are cut in mid-message; every message is answered exactly once, and no place stays taken."""

from __future__ import annotations

import json
import random
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from secrets import token_hex

from tests.cluster.machines import Cluster, until
from tests.cluster.visitors import LOST, Door, Frame, Ledger, SocketTab

VISITORS, MESSAGES = 40, 25
CUTS = ("before a byte", "in mid-frame", "right after", "while it is answered", "with the answer unread")


def _cut(tab: SocketTab, frame: Frame, how: str, chance: random.Random) -> None:
    """Sends a message, or a part of it, and is gone: now and then with a reset, as a phone that loses its network."""
    ws = tab.connect()
    with suppress(*LOST):
        if how == "in mid-frame":
            ws.sock.sendall(b"\x81\xfe\x00\xff\x01\x02\x03\x04" + bytes(40))
        elif how != "before a byte":
            ws.send(json.dumps(frame))
        time.sleep({"while it is answered": 0.004 * chance.random(), "with the answer unread": 0.05}.get(how, 0))
        if chance.random() < 0.5:
            ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ws.sock.close()
    tab.ws = None
    tab.ledger.note(how)


def _visit(tab: SocketTab, name: str, chance: random.Random) -> None:
    for number in range(MESSAGES):
        frame: Frame = {"type": "ask", "id": f"{name}-{number}", "text": "is it safe?"}
        if number == MESSAGES - 1:
            frame = {"type": "book", "id": f"{name}-{number}", "name": "Ana", "phone": "(212) 555-0100", "consent": True}
        _cut(tab, frame, chance.choice(CUTS), chance)
        tab.say(frame)
    tab.listen()
    tab.hang_up()


def test_a_thousand_cut_lines_and_every_message_is_answered_once(cluster: Cluster, door: Door) -> None:
    _, before, _ = cluster.kept()
    ledger, mine = Ledger(), token_hex(3)
    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [
            pool.submit(_visit, SocketTab(door, ledger, f"127.12.1.{number + 1}"), f"{mine}-{number}", random.Random(number))
            for number in range(VISITORS)
        ]
    for visit in visits:
        visit.result()
    assert sum(ledger.count[how] for how in CUTS) == VISITORS * MESSAGES == 1000
    assert (len(ledger.answers), ledger.twice, ledger.count["stray"], ledger.count["again"]) == (1000, [], 0, 0)
    stored, messages, counted = cluster.kept()
    assert {id: reference for id, reference in stored.items() if id in ledger.answers} == ledger.references
    assert len(ledger.references) == VISITORS
    assert messages - before == VISITORS * MESSAGES
    assert messages == counted
    for number in (0, 1):
        until(lambda number=number: cluster.metric(number, "pinpoint_sockets") == 0, "places stay taken")
