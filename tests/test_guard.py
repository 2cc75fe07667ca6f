"""Who is let in, and how fast."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from limits.errors import StorageError
from limits.storage import MemoryStorage

from web import sockets
from web.guard import ADDRESS_FACTOR, Counts, Guard, Places
from web.settings import Settings


def test_a_full_house_takes_nobody_until_somebody_leaves() -> None:
    places = Places(most=3, most_of_one=2)
    assert [places.take(who) for who in ("a", "a", "b", "c")] == [True, True, True, False]
    places.leave("a")
    assert places.take("c")
    assert places.count() == 3


def test_one_address_cannot_take_all_places() -> None:
    places = Places(most=10, most_of_one=2)
    assert [places.take("a") for _ in range(3)] == [True, True, False]
    assert places.take("b")


def test_a_place_given_back_twice_is_one_place() -> None:
    places = Places(most=1, most_of_one=1)
    places.leave("a")
    assert [places.take("a"), places.take("b")] == [True, False]


def test_a_conversation_has_its_limit_and_an_address_a_wider_one() -> None:
    guard = Guard(Settings(rate_limit=2))
    assert [guard.wait("a", "c1") > 0 for _ in range(3)] == [False, False, True]
    others = [guard.wait("a", f"c{n}") > 0 for n in range(2, 20)]
    assert others.count(False) == 2 * ADDRESS_FACTOR - 2
    assert guard.wait("b", "x") == 0


def test_limits_can_be_off() -> None:
    guard = Guard(Settings(rate_limit=0))
    assert not any(guard.wait("a", "c") for _ in range(100))


@pytest.mark.parametrize(
    ("remote", "forwarded", "found"),
    [
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),  # nobody told us of a proxy there
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),  # what the visitor wrote in front is not believed
        ("10.0.0.1", "1.2.3.4, 10.0.0.2", "1.2.3.4"),  # two proxies of ours
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_an_address_is_believed_only_from_trusted_proxies(remote: str, forwarded: str, found: str) -> None:
    guard = Guard(Settings(trusted_proxies=("10.0.0.0/24",)))
    assert guard.address(remote, forwarded) == found


def test_a_proxy_that_nobody_named_is_pointed_out_once(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard(Settings())
    for _ in range(3):
        assert guard.address("10.0.0.1", "1.2.3.4") == "10.0.0.1"
    guard.address("203.0.113.9", "1.2.3.4")  # anybody can write that header; only a private address is surely a proxy
    assert caplog.text.count("TRUSTED_PROXIES") == 1


class _Redis(MemoryStorage):
    """A shared storage that may be away."""

    away = False
    asked = 0

    def acquire_entry(self, *args: Any, **options: Any) -> bool:
        self.asked += 1
        if self.away:
            raise StorageError(ConnectionError("no route"))
        return super().acquire_entry(*args, **options)


def _guard(redis: _Redis) -> Guard:
    guard = Guard(Settings(rate_limit=2))
    guard.counts = Counts(redis)
    return guard


def test_two_processes_count_together() -> None:
    redis = _Redis()
    one, two = _guard(redis), _guard(redis)
    assert [one.wait("a", "c"), two.wait("a", "c")] == [0, 0]
    assert two.wait("a", "c") > 0


def test_without_redis_each_process_counts_for_itself_and_does_not_ask_at_every_message() -> None:
    redis = _Redis()
    guard = _guard(redis)
    redis.away = True
    assert [guard.wait("a", "c") > 0 for _ in range(3)] == [False, False, True]
    assert redis.asked == 1
    assert guard.counts.away


def test_redis_is_used_again_when_it_is_back() -> None:
    redis = _Redis()
    guard = _guard(redis)
    redis.away = True
    guard.wait("a", "c")
    redis.away, guard.counts._look_at = False, 0.0
    guard.wait("a", "c")
    assert redis.asked > 2
    assert not guard.counts.away


def test_a_server_that_stops_takes_nobody_new_and_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    bell = sockets._Bell()
    bell.ring(1)
    monkeypatch.setattr(sockets, "_bell", bell)
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    refused = client.get("/chat", headers=handshake)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert client.get("/readyz").status_code == 503
    assert client.post("/chat", json={"type": "ping"}).status_code == 200
