"""Nobody holds a thread by sending, or reading, in drips."""

from __future__ import annotations

import socket
import time
from types import SimpleNamespace

import pytest

from web.watchdog import Deadlines, may_last


def test_whoever_is_late_is_cut_off_and_nobody_else() -> None:
    deadlines = Deadlines()
    ends = [socket.socketpair() for _ in range(3)]
    slow, quick, talking = (SimpleNamespace(sock=ours) for ours, _ in ends)
    deadlines.give(slow, 5)
    deadlines.give(quick, 60)
    deadlines.give(talking, 5)
    deadlines.lift(talking)
    deadlines.close_late(time.monotonic() + 10)
    for _, theirs in ends:
        theirs.setblocking(False)
    assert ends[0][1].recv(1) == b""
    for _, theirs in ends[1:]:
        with pytest.raises(BlockingIOError):
            theirs.recv(1)
    for pair in ends:
        for end in pair:
            end.close()


@pytest.mark.parametrize(
    ("method", "headers", "lasts"),
    [
        ("GET", {"UPGRADE": "websocket"}, True),
        ("GET", {}, False),
        ("GET", {"UPGRADE": "h2c"}, False),
        ("POST", {"UPGRADE": "websocket"}, False),
        ("GET", {"UPGRADE": "websocket", "CONTENT-LENGTH": "9"}, False),
        ("GET", {"UPGRADE": "websocket", "TRANSFER-ENCODING": "chunked"}, False),
    ],
)
def test_only_a_conversation_may_last(method: str, headers: dict[str, str], lasts: bool) -> None:
    assert may_last(method, headers) is lasts
