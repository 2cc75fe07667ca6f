"""Who is let in, and how fast: places for sockets, messages a minute, the true address behind a proxy."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from types import SimpleNamespace
from typing import TypeVar

import limits.storage.memory
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from web.settings import Settings

ADDRESS_FACTOR = 4  # a clinic's waiting room shares one address: it may send as much as four visitors
CANCELS = RateLimitItemPerHour(10)  # from one address
ADDRESS_SHARE = 0.5  # of all places that one address may hold
REDIS_SECONDS = 0.25  # an answer never waits longer for Redis than that
PAUSE_SECONDS = 5.0  # without Redis before it is tried again
_T = TypeVar("_T")
_log = logging.getLogger("pinpoint.guard")
# `limits` reads its clock by this name and has no setting for it. The wall's may jump: back by a day, and whoever has used up
# a limit of one minute would be shut out for a day.
limits.storage.memory.time = SimpleNamespace(time=time.monotonic)  # type: ignore[attr-defined, assignment]


@dataclass(slots=True)
class Places:
    """The sockets that are open, in all and by address."""

    most: int
    most_of_one: int
    taken: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, address: str) -> bool:
        """Takes a place; false when the house is full or the address has its share."""
        with self.lock:
            mine = self.taken.get(address, 0)
            if mine >= self.most_of_one or sum(self.taken.values()) >= self.most:
                return False
            self.taken[address] = mine + 1
            return True

    def leave(self, address: str) -> None:
        """Gives the place back."""
        with self.lock:
            left = self.taken.get(address, 0) - 1
            if left > 0:
                self.taken[address] = left
            else:
                self.taken.pop(address, None)

    def count(self) -> int:
        """How many sockets are open."""
        with self.lock:
            return sum(self.taken.values())


class Counts:
    """How often each key was counted: in Redis if there is one, and in this process's memory whenever Redis is away."""

    def __init__(self, shared: Storage | None) -> None:
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = MovingWindowRateLimiter(shared) if shared else None
        self._lost, self._look_at = False, 0.0

    @property
    def away(self) -> bool:
        """Whether Redis is lost and each process counts for itself. Whoever asks has it looked for, but not at every message."""
        if self._lost and self._shared is not None and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + PAUSE_SECONDS  # first: one looks, the others go on meanwhile
            self._lost = not self._shared.storage.check()
        return self._lost

    def ask(self, question: Callable[[MovingWindowRateLimiter], _T]) -> _T:
        """The answer of whoever counts now."""
        if self._shared is not None and not self.away:
            try:
                return question(self._shared)
            except StorageError as error:
                _log.warning("Redis is away, limits count in this process: %s", type(error.storage_error).__name__)
                self._lost, self._look_at = True, time.monotonic() + PAUSE_SECONDS
        return question(self._own)


class Guard:
    """Admission and speed limits of one process (or of all, through Redis)."""

    def __init__(self, settings: Settings) -> None:
        self.places = Places(settings.max_visitors, max(2, int(settings.max_visitors * ADDRESS_SHARE)))
        self.rate = settings.rate_limit
        self.trusted = tuple(ip_network(network) for network in settings.trusted_proxies)
        self._warned = False
        self.counts = Counts(_redis(settings.redis_url) if settings.redis_url else None)

    def wait(self, address: str, connection: str = "") -> float:
        """Counts a message; seconds to wait if it is one too many, else 0."""
        if not self.rate:
            return 0.0
        if connection and (seconds := self._hit(RateLimitItemPerMinute(self.rate), f"c:{connection}")):
            return seconds
        return self._hit(RateLimitItemPerMinute(self.rate * ADDRESS_FACTOR), f"a:{address}")

    def booking_wait(self, address: str, connection: str = "") -> float:
        """Seconds to wait before another request for an appointment is taken, else 0. Counts nothing: a request that
        could not be stored must not use up the visitor's next try."""
        if not self.rate:
            return 0.0
        full = [(item, key) for item, key in _bookings(address, connection) if not self._test(item, key)]
        return max((self._left(item, key) for item, key in full), default=0.0)

    def booked(self, address: str, connection: str = "") -> None:
        """Counts a request that was stored."""
        for item, key in _bookings(address, connection) if self.rate else ():
            self._count(item, key)

    def cancel_wait(self, address: str) -> float:
        """Counts an attempt to cancel; seconds to wait if it is one too many: references are short, and guessing must not pay."""
        return self._hit(CANCELS, f"x:{address}") if self.rate else 0.0

    def _hit(self, item: RateLimitItem, key: str) -> float:
        return 0.0 if self._count(item, key) else self._left(item, key)

    def _count(self, item: RateLimitItem, key: str) -> bool:
        return self.counts.ask(lambda limiter: limiter.hit(item, key))

    def _test(self, item: RateLimitItem, key: str) -> bool:
        return self.counts.ask(lambda limiter: limiter.test(item, key))

    def _left(self, item: RateLimitItem, key: str) -> float:
        return max(0.5, self.counts.ask(lambda limiter: left(limiter, item, key)))

    def address(self, remote: str, forwarded: str) -> str:
        """The visitor's address: `X-Forwarded-For` is believed only as far as trusted proxies wrote it."""
        if forwarded and not self._warned and _is_private(remote) and not self._is_trusted(remote):
            self._warned = True
            _log.warning("A proxy that is not in TRUSTED_PROXIES is in front: all its visitors share the limits of one address")
        found = remote
        for piece in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
            if not self._is_trusted(found):
                break
            found = piece
        return found if _is_address(found) else remote

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self.trusted)


def left(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: str) -> float:
    """Seconds until a limit that is used up takes one more. In Redis it goes by the wall clock of all processes: after a jump
    the limit's own time is the most that anybody waits, as Redis forgets a count after that."""
    now = time.monotonic() if isinstance(limiter.storage, MemoryStorage) else time.time()
    return min(limiter.get_window_stats(item, key).reset_time - now, float(item.get_expiry()))


def _redis(url: str) -> Storage:
    options = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    return storage_from_string(url, wrap_exceptions=True, **options)  # type: ignore[return-value]  # loosely typed there


def _bookings(address: str, connection: str) -> list[tuple[RateLimitItem, str]]:
    """Nobody needs four appointments in an hour; behind one address there may be a family, an office, a waiting room."""
    of_address: list[tuple[RateLimitItem, str]] = [
        (RateLimitItemPerHour(12), f"b:{address}"), (RateLimitItemPerDay(40), f"b:{address}"),
    ]  # fmt: skip
    return [(RateLimitItemPerHour(3), f"b:{connection}"), *of_address] if connection else of_address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_private(text: str) -> bool:
    return _is_address(text) and bool(ip_address(text).is_private)
