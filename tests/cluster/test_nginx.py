"""What nginx does with the file of `docs/operations/`: whom it asks again, whom it lets through as whom, what it writes down."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from urllib.parse import urlencode

from tests.cluster.machines import RATE, Cluster
from tests.cluster.nginx import NAME, SITE
from tests.cluster.visitors import Door, Form, Frame, Ledger, Tab
from tests.conftest import Running
from web.guard import ADDRESS_FACTOR
from web.sockets import PING_SECONDS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@contextmanager
def _dying(cluster: Cluster) -> Iterator[list[bytes]]:
    """In the place of process 0 one that takes every request and dies over it; gives the first lines of what it was asked."""
    cluster.processes[0].stop()
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", cluster.nginx.ports[0]))

    def die() -> None:
        with suppress(OSError):  # closed
            while True:
                line, _ = listener.accept()
                asked.append(line.recv(65536).split(b"\r\n")[0])
                line.close()

    thread = threading.Thread(target=die)
    thread.start()
    try:
        yield asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()
        cluster.start(0)


def test_what_carries_an_id_goes_to_the_next_process_what_carries_none_does_not_and_no_log_repeats_it(
    cluster: Cluster, door: Door
) -> None:
    ledger, booked = Ledger(), {"type": "book", "name": "Ana", "phone": "(212) 555-0100", "consent": True}

    def sign_in(number: int) -> None:
        statuses.add(
            door.ask("POST", "/staff/login?q=secretword", "127.9.1.1", urlencode({"email": "a@b.example"}), **FORM)[0].status
        )

    def ask(number: int) -> None:
        Tab(door, ledger, "127.9.1.2").say({"type": "ask", "id": f"die-{number}", "text": "is it safe?"})

    def read(number: int) -> None:
        assert door.ask("GET", "/chat?q=secretword+is+it+safe%3F", "127.9.1.3")[0].status == 200

    def book(number: int) -> None:
        Form(door, ledger, f"127.9.2.{number + 1}").say({**booked, "id": f"die-book-{number}"})

    statuses: set[int] = set()
    with _dying(cluster) as asked:
        for act, line in ((sign_in, b"POST /staff"), (ask, b"POST /chat"), (read, b"GET /chat"), (book, b"POST /book")):
            for number in range(100):  # until it is the dying one's turn
                act(number)
                if any(one.startswith(line) for one in asked):
                    break
                time.sleep(0.1)
            assert any(one.startswith(line) for one in asked), line
    assert 502 in statuses  # that form was not sent a second time
    assert ledger.count == {}  # everybody else was answered at once
    store = cluster.store()
    stored = [(one.id, one.reference) for one in store.all() if one.id.startswith("die-")]
    store.database.stop()
    assert sorted(stored) == sorted(ledger.references.items())
    assert '"path":"/chat","status":"200"' in cluster.nginx.log
    assert "secretword" not in cluster.nginx.log + cluster.logs


def test_one_process_stops_when_the_other_has_just_come_back_and_nobody_is_shut_out(cluster: Cluster, door: Door) -> None:
    def statuses() -> list[int]:
        with ThreadPoolExecutor(10) as visitors:
            return list(visitors.map(lambda number: door.ask("GET", "/chat", f"127.9.4.{number + 1}")[0].status, range(10)))

    cluster.processes[0].kill()
    cluster.begin(0)
    while not cluster.ready(0):
        assert statuses() == [200] * 10
    cluster.processes[1].kill()
    assert statuses() == [200] * 10
    cluster.start(1)


def _post(server: Running, frame: Frame, visitor: str) -> Frame:
    """To one process, as nginx would."""
    request = urllib.request.Request(f"{server.base}/chat", json.dumps(frame).encode(), {"X-Forwarded-For": visitor})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: Frame = json.load(answer)
    except urllib.error.HTTPError as error:
        found = json.load(error)
    return found


def test_who_has_used_up_the_limit_at_one_process_has_at_the_other(cluster: Cluster) -> None:
    ask = {"type": "ask", "id": "limit", "text": "is it safe?"}
    codes = [_post(cluster.processes[0], ask, "203.0.113.1").get("code", "") for _ in range(RATE * ADDRESS_FACTOR + 1)]
    assert codes == [""] * (RATE * ADDRESS_FACTOR) + ["rate_limited"]
    assert _post(cluster.processes[1], ask, "203.0.113.1")["code"] == "rate_limited"
    assert _post(cluster.processes[1], ask, "203.0.113.2")["type"] == "reply"


def test_appointments_are_counted_for_all_processes_together(cluster: Cluster) -> None:
    def book(number: int) -> str:
        frame = {"type": "book", "id": f"many-{number}", "name": "Ana", "phone": "(212) 555-0100", "consent": True}
        return str(_post(cluster.processes[number % 2], frame, "203.0.113.3").get("code", ""))

    assert [book(number) for number in range(14)] == [""] * 12 + ["rate_limited"] * 2


def test_through_nginx_a_visitor_is_known_by_the_true_address_whatever_they_claim(cluster: Cluster, door: Door) -> None:
    frame = json.dumps({"type": "ping"})
    ask = json.dumps({"type": "ask", "id": "who", "text": "is it safe?"})
    for number in range(RATE * ADDRESS_FACTOR):
        _post(cluster.processes[number % 2], json.loads(ask), "127.9.5.1")
    for claimed in ({}, {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "127.9.5.9, 127.0.0.1"}):
        assert door.ask("POST", "/chat", "127.9.5.1", ask, **claimed)[0].status == 429
    assert door.ask("POST", "/chat", "127.9.5.2", ask)[0].status == 200
    assert door.ask("POST", "/chat", "127.9.5.1", frame)[0].status == 200


def test_a_silent_chat_is_not_cut_between_two_pings() -> None:
    seconds = re.search(r"proxy_read_timeout (\d+)s;", SITE.read_text(encoding="utf-8"))
    assert seconds and int(seconds[1]) > 2 * PING_SECONDS


def test_a_document_of_the_desk_is_not_too_large_for_nginx(cluster: Cluster, door: Door) -> None:
    answer, _ = door.ask("POST", "/staff/knowledge/import", "127.9.8.1", "x" * 5_200_000, **FORM)
    assert answer.status in (302, 401, 403, 400), "the desk itself answers"


def test_the_desk_and_the_figures_are_as_closed_as_before(cluster: Cluster, door: Door) -> None:
    assert door.ask("GET", "/metrics", "127.9.8.2")[0].status == 403
    signing_in, _ = door.ask("GET", "/staff/login", "127.9.8.2")
    assert signing_in.status == 200
    assert "Secure" in signing_in.headers["Set-Cookie"]


def test_without_tls_a_visitor_is_sent_to_where_there_is(cluster: Cluster) -> None:
    with socket.create_connection(("127.0.0.1", cluster.nginx.plain), timeout=5) as line:
        line.sendall(f"GET /chat?q=hello HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        head = line.makefile("rb").read().decode()
    assert head.startswith("HTTP/1.1 301 ")
    assert f"Location: https://{NAME}/chat?q=hello" in head
