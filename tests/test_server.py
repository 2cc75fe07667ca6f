"""A real gunicorn and a real websocket client."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.conftest import Running, Start
from tests.knowledge_folder import small_folder

KNEES = "# Knees\n\n## Does needling help knee pain?\n\nIt can calm the muscles around the knee.\n"


Open = Callable[..., websocket.WebSocket]


@pytest.fixture
def connect() -> Iterator[Open]:
    """Opens websockets and closes them when the test ends."""
    opened: list[websocket.WebSocket] = []

    def open_one(server: Running, **options: Any) -> websocket.WebSocket:
        ws = websocket.WebSocket()
        opened.append(ws)
        ws.settimeout(10)
        ws.connect(server.base.replace("http", "ws") + "/chat", **options)
        return ws

    yield open_one
    for ws in opened:
        ws.shutdown()


def _say(ws: websocket.WebSocket, **frame: str) -> dict[str, Any]:
    ws.send(json.dumps(frame))
    found: dict[str, Any] = json.loads(ws.recv())
    return found


def test_a_visitor_asks_over_a_websocket_and_reads_the_clinics_words(start_server: Start, connect: Open) -> None:
    ws = connect(start_server())
    assert _say(ws, type="hello")["type"] == "welcome"
    reply = _say(ws, type="ask", id="1", text="what happens in a session?")
    assert reply["quotes"][0]["text"].startswith("At NJ Rehab Experts, here’s what a typical")
    ws.close()


def test_bad_frames_leave_the_socket_open_and_others_unharmed(start_server: Start, connect: Open) -> None:
    server = start_server()
    bad, good = connect(server), connect(server)
    for frame in ("", "{", "[]", '{"type":"x"}', "[" * 6000):
        bad.send(frame)
        assert json.loads(bad.recv())["type"] == "error"
    bad.send_binary(b"\x00\xff")
    assert json.loads(bad.recv())["code"] == "bad_frame"
    assert _say(bad, type="ask", id="1", text="is it safe?")["kind"] == "answer"
    assert _say(good, type="ping") == {"type": "pong"}


def test_a_frame_above_the_limit_closes_with_1009(start_server: Start, connect: Open) -> None:
    ws = connect(start_server())
    ws.send("x" * 40_000)
    opcode, data = ws.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    assert int.from_bytes(data[:2], "big") == 1009


def test_a_conversation_goes_on_after_a_restart(start_server: Start, connect: Open) -> None:
    first = start_server()
    ws = connect(first)
    state = _say(ws, type="ask", id="1", text="does it help with back pain?")["state"]
    first.stop()
    second = start_server(port=first.port)
    reply = _say(connect(second), type="ask", id="2", text="and for my neck?", state=state)
    assert reply["quotes"][0]["heading"] == "Benefits of Dry Needling for Neck Pain"


def test_a_server_that_stops_says_1001(start_server: Start, connect: Open) -> None:
    server = start_server()
    sockets = [connect(server) for _ in range(5)]
    server.process.terminate()
    for ws in sockets:
        opcode, data = ws.recv_data()
        assert (opcode, int.from_bytes(data[:2], "big")) == (websocket.ABNF.OPCODE_CLOSE, 1001)
    assert server.process.wait(timeout=15) == 0


def test_a_full_house_refuses_before_the_upgrade_and_pages_still_answer(start_server: Start, connect: Open) -> None:
    server = start_server(MAX_VISITORS="4")
    kept = [connect(server) for _ in range(2)]
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        connect(server)
    assert caught.value.status_code == 503
    with urllib.request.urlopen(f"{server.base}/healthz", timeout=5) as health:
        assert health.status == 200
    kept[0].close()
    time.sleep(0.5)
    assert _say(connect(server), type="ping") == {"type": "pong"}


def test_a_foreign_site_gets_no_socket(start_server: Start, connect: Open) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        connect(start_server(), origin="https://evil.example")
    assert caught.value.status_code == 403


def test_a_file_saved_is_answered_from_without_a_restart(start_server: Start, connect: Open, tmp_path: Path) -> None:
    folder = small_folder(tmp_path)
    server = start_server(knowledge=folder)
    ws = connect(server)
    assert _say(ws, type="ask", id="1", text="does needling help knee pain?")["kind"] == "no_answer"
    (folder / "knees.md").write_text(KNEES, encoding="utf-8")
    end = time.monotonic() + 20
    while not (reply := _say(ws, type="ask", id="2", text="does needling help knee pain?"))["quotes"] and time.monotonic() < end:
        time.sleep(0.1)
    assert reply["quotes"][0]["text"] == "It can calm the muscles around the knee."
