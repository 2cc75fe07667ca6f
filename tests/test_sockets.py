"""The hardened edge, each guard by itself: a socket pair, our server on one end, a visitor on the other."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import websocket

from web import sockets
from web.sockets import LINGER_BYTES, OPTIONS, SEND_BUFFER, SEND_SECONDS, HardenedServer, _Whole, close_all, serve

HANDSHAKE = {
    "HTTP_HOST": "clinic.example", "HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade", "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==", "HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate",
}  # fmt: skip
Answer = Callable[[str | bytes], str]


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is not on its way out, whatever another test did."""
    monkeypatch.setattr(sockets, "_bell", sockets._Bell())


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
    visitor.ws.send("first")
    visitor.end.settimeout(0.2)
    with pytest.raises(TimeoutError):
        for _ in range(1000):  # 16 MB; the kernel holds some, we hold what was read with the first
            visitor.end.sendall(b"\x81\xfe\x3f\xff\0\0\0\0" + b"x" * 16_383)
    assert sum(map(len, visitor.server.input_buffer)) <= visitor.server.receive_bytes
    visitor.end.close()
    go_on.set()


def test_a_slow_reader_costs_a_bounded_buffer_and_a_bounded_time(meet: Meet) -> None:
    theirs = meet(echo).theirs
    assert theirs.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER  # the kernel doubles what is set
    assert struct.unpack("ll", theirs.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)) == (SEND_SECONDS, 0)


class _Inner:
    """A socket that notes what happens to it; `send` takes one byte, as a kernel whose buffer is full may."""

    def __init__(self, fails: bool = False) -> None:
        self.got, self.fails = bytearray(), fails

    def send(self, data: bytes) -> int:
        self.got += data[:1]
        return 1

    def sendall(self, data: bytes) -> None:
        if self.fails:
            raise BlockingIOError
        self.got += data

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


def test_nothing_follows_a_frame_that_left_by_half() -> None:
    inner = _Inner(fails=True)
    with pytest.raises(BlockingIOError):
        _Whole(inner).send(b"frame")  # type: ignore[arg-type]
    assert inner.got == b"|cut"


def test_whoever_goes_on_sending_after_the_end_is_read_to_a_limit() -> None:
    inner = _Inner()
    _Whole(inner).close()  # type: ignore[arg-type]
    assert len(inner.got) <= LINGER_BYTES + 65536


def test_a_conversation_takes_one_thread(meet: Meet) -> None:
    before = threading.active_count()
    meet(echo)
    assert threading.active_count() == before + 1  # its handler


def test_whoever_is_silent_is_asked_for_a_sign_of_life_and_sent_away_without_one(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PING_SECONDS", 0.05)
    dead = meet(echo)
    sign, end = dead.ws.recv_frame(), dead.ws.recv_frame()  # frame by frame: else the client answers each ping by itself
    assert (sign.opcode, end.opcode) == (websocket.ABNF.OPCODE_PING, websocket.ABNF.OPCODE_CLOSE)
    assert int.from_bytes(end.data[:2], "big") == 1008


def test_whoever_answers_the_ping_may_stay(meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "PING_SECONDS", 0.4)
    alive = meet(echo)
    for _ in range(3):
        opcode, frame = alive.ws.recv_data_frame(control_frame=True)
        assert opcode == websocket.ABNF.OPCODE_PING
        alive.ws.pong(frame.data)


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


def test_what_was_asked_before_the_server_stops_is_answered(meet: Meet) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(data: str | bytes) -> str:
        asked.set()
        go_on.wait(10)
        return f"answered {len(data)}"

    waiting = meet(slow)
    waiting.ws.send("1")
    asked.wait(10)
    waiting.end.sendall(b"".join(b"\x81\x82\0\0\0\0" + b"22" for _ in range(2)))  # not even read yet
    closing = threading.Thread(target=close_all, daemon=True)
    closing.start()
    while not sockets.stopping():
        time.sleep(0.001)
    go_on.set()
    assert [waiting.ws.recv() for _ in range(3)] == ["answered 1", "answered 2", "answered 2"]
    assert waiting.closed_with() == 1001


def test_whoever_keeps_asking_cannot_hold_up_the_exit(meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "DRAIN_SECONDS", 0.05)

    def asks_again(data: str | bytes) -> str:
        time.sleep(0.01)
        flood.ws.send("again")
        return "answered"

    flood = meet(asks_again)
    flood.ws.send("hello")
    closing = threading.Thread(target=close_all, daemon=True)
    closing.start()
    while (found := flood.ws.recv_data())[0] == websocket.ABNF.OPCODE_TEXT:
        pass
    assert int.from_bytes(found[1][:2], "big") == 1001
    closing.join(10)
    assert not closing.is_alive()


def test_whoever_does_not_read_the_answer_is_cut_off_when_the_server_stops(meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "DRAIN_SECONDS", 0.05)
    asked = threading.Event()

    def giant(data: str | bytes) -> str:
        asked.set()
        return "x" * 50_000_000

    stuck = meet(giant)
    stuck.ws.send("hello")
    asked.wait(10)
    close_all()
    stuck.handler.join(SEND_SECONDS / 2)
    assert not stuck.handler.is_alive()


def test_whoever_comes_in_while_the_server_stops_is_told_so(meet: Meet) -> None:
    close_all()
    assert meet(echo).closed_with() == 1001
