"""The hardened edge, each guard by itself: a socket pair, our server on one end, a visitor on the other."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import simple_websocket.ws
import websocket

from web import sockets
from web.sockets import INBOX, LINGER_BYTES, OPTIONS, SEND_BUFFER, SEND_SECONDS, HardenedServer, _Whole, close_all, serve

HANDSHAKE = {
    "HTTP_HOST": "clinic.example", "HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade", "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==", "HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate",
}  # fmt: skip
Answer = Callable[[str | bytes], str]


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is not on its way out, whatever another test did."""
    monkeypatch.setattr(sockets, "_stopping", threading.Event())


class Visitor:
    """A visitor's end of a conversation with `serve`."""

    def __init__(self, answer: Answer) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.end = socket.create_connection(listener.getsockname())
            self.theirs, _ = listener.accept()
        self.end.settimeout(10)
        self.server = HardenedServer({**HANDSHAKE, "gunicorn.socket": self.theirs}, **OPTIONS)
        self.head = self.end.recv(4096).decode()
        self.handler = threading.Thread(target=serve, args=(self.server, answer), daemon=True)
        self.handler.start()
        self.ws = websocket.WebSocket()
        self.ws.sock, self.ws.connected = self.end, True

    def closed_with(self) -> int:
        """The code of the close frame that comes next."""
        opcode, data = self.ws.recv_data()
        assert opcode == websocket.ABNF.OPCODE_CLOSE, data
        return int.from_bytes(data[:2], "big")


Meet = Callable[[Answer], Visitor]


@pytest.fixture
def meet() -> Iterator[Meet]:
    """Brings visitors; they leave when the test ends."""
    met: list[Visitor] = []

    def one(answer: Answer) -> Visitor:
        met.append(Visitor(answer))
        return met[-1]

    yield one
    for visitor in met:
        visitor.end.close()
        visitor.handler.join(10)


def echo(data: str | bytes) -> str:
    return f"you said {len(data)}"


def test_compression_is_not_accepted_though_every_browser_offers_it(meet: Meet) -> None:
    assert "101" in meet(echo).head
    assert "permessage-deflate" not in meet(echo).head


def test_an_exception_closes_with_1011_and_never_writes_http_into_the_socket(meet: Meet) -> None:
    def broken(data: str | bytes) -> str:
        raise RuntimeError("secret")

    visitor = meet(broken)
    visitor.ws.send("hello")
    assert visitor.closed_with() == 1011
    assert visitor.end.recv(4096) == b""


def test_bytes_that_are_no_frames_end_their_own_connection_only(meet: Meet) -> None:
    bad, good = meet(echo), meet(echo)
    bad.end.sendall(b"\xff" * 64)
    assert bad.closed_with() == 1002
    good.ws.send("hello")
    assert good.ws.recv() == "you said 5"


def test_an_announced_giant_is_refused_when_it_passes_the_limit(meet: Meet) -> None:
    visitor = meet(echo)
    visitor.end.sendall(b"\x81\xff" + struct.pack(">Q", 2**62) + b"\0" * 20_004)
    assert visitor.closed_with() == 1009


def test_reading_stops_while_the_handler_is_behind(meet: Meet) -> None:
    go_on = threading.Event()

    def slow(data: str | bytes) -> str:
        go_on.wait(10)
        return "answered"

    visitor = meet(slow)
    visitor.server.input_buffer.extend(["waiting"] * (INBOX + 2))
    reads = threading.Thread(target=visitor.server._handle_events, daemon=True)
    reads.start()
    reads.join(0.1)
    assert reads.is_alive()
    visitor.server.input_buffer.clear()
    reads.join(10)
    assert not reads.is_alive()
    go_on.set()


def test_a_slow_reader_costs_a_bounded_buffer_and_a_bounded_time(meet: Meet) -> None:
    theirs = meet(echo).theirs
    assert theirs.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER  # the kernel doubles what is set
    assert struct.unpack("ll", theirs.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)) == (SEND_SECONDS, 0)


class _Inner:
    """A socket that notes what happens to it; `send` takes one byte, as a kernel whose buffer is full may."""

    def __init__(self, fails: bool = False) -> None:
        self.got, self.fails, self.inside, self.clashes = bytearray(), fails, False, 0

    def send(self, data: bytes) -> int:
        self.got += data[:1]
        return 1

    def sendall(self, data: bytes) -> None:
        if self.fails:
            raise BlockingIOError
        self.clashes += self.inside
        self.inside = True
        time.sleep(0.001)
        self.got += data
        self.inside = False

    def shutdown(self, how: int) -> None:
        self.got += b"|cut"

    def settimeout(self, seconds: float) -> None:
        pass

    def recv(self, size: int) -> bytes:
        self.got += bytes(size)
        return bytes(size)

    def close(self) -> None:
        pass


def test_a_frame_is_sent_whole() -> None:
    inner = _Inner()
    assert _Whole(inner).send(b"frame") == 5  # type: ignore[arg-type]
    assert inner.got == b"frame"


def test_two_senders_take_turns() -> None:
    inner = _Inner()
    whole = _Whole(inner)  # type: ignore[arg-type]
    senders = [threading.Thread(target=lambda: [whole.send(b"ab") for _ in range(20)]) for _ in range(4)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    assert inner.clashes == 0
    assert inner.got == b"ab" * 80


def test_nothing_follows_a_frame_that_left_by_half() -> None:
    inner = _Inner(fails=True)
    with pytest.raises(BlockingIOError):
        _Whole(inner).send(b"frame")  # type: ignore[arg-type]
    assert inner.got == b"|cut"


def test_whoever_goes_on_sending_after_the_end_is_read_to_a_limit() -> None:
    inner = _Inner()
    _Whole(inner).close()  # type: ignore[arg-type]
    assert len(inner.got) <= LINGER_BYTES + 65536


def test_the_reader_cannot_hold_up_the_exit(meet: Meet) -> None:
    assert meet(echo).server.thread.daemon


def test_pings_do_not_go_by_a_clock_that_may_jump() -> None:
    assert simple_websocket.ws.time is time.monotonic


def test_a_server_that_stops_tells_the_idle_at_once_and_answers_the_others_first(meet: Meet) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(data: str | bytes) -> str:
        asked.set()
        go_on.wait(10)
        return "answered"

    idle, waiting = meet(echo), meet(slow)
    waiting.ws.send("hello")
    asked.wait(10)
    closing = threading.Thread(target=close_all, daemon=True)
    closing.start()
    assert idle.closed_with() == 1001
    go_on.set()
    assert waiting.ws.recv() == "answered"
    assert waiting.closed_with() == 1001
    closing.join(10)
    assert not closing.is_alive()


def test_a_message_that_was_read_but_not_taken_yet_is_owed(meet: Meet) -> None:
    server: Any = meet(echo).server
    server.input_buffer.append("read just now")
    server.input_buffer.pop(0)  # between this and the answer the server may be told to stop
    assert server.owes


def test_whoever_comes_in_while_the_server_stops_is_told_so(meet: Meet) -> None:
    close_all()
    assert meet(echo).closed_with() == 1001
