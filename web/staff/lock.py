"""Guessing must not pay: after a few wrong tries an account rests for a while, whether it exists or not."""

from __future__ import annotations

import math

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from web.chat import visitor_address
from web.guard import left
from web.services import Services

_WORDS = (
    "Too many wrong tries. To keep this account safe, it rests for {minutes} more minute{s}. "
    "If you forgot your password, ask an owner for a new link."
)


def resting(shared: Services, who: str) -> str:
    """What to say to somebody who has to wait; "" if they may try."""
    rules = _rules(shared, who)
    seconds = shared.guard.counts.ask(lambda limiter: max(_left(limiter, item, key) for item, key in rules))
    minutes = math.ceil(seconds / 60)
    return _WORDS.format(minutes=minutes, s="" if minutes == 1 else "s") if minutes > 0 else ""


def failed(shared: Services, who: str) -> None:
    """Counts a wrong password or code."""
    rules = _rules(shared, who)
    shared.guard.counts.ask(lambda limiter: [limiter.hit(item, key) for item, key in rules])


def first_use(shared: Services, code: str) -> bool:
    """Whether a code is used for the first time while it is good: who looked over a shoulder comes too late."""
    return bool(shared.guard.counts.ask(lambda limiter: limiter.hit(RateLimitItemPerMinute(1, 3), f"staff:used:{code}")))


def _left(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: str) -> float:
    return 0.0 if limiter.test(item, key) else max(1.0, left(limiter, item, key))


def _rules(shared: Services, who: str) -> tuple[tuple[RateLimitItem, str], ...]:
    """Few tries for one account from one place; more from everywhere together, so that a stranger cannot easily keep
    somebody out."""
    address = visitor_address(shared)
    return (
        (RateLimitItemPerMinute(5, 15), f"staff:{who}:{address}"),
        (RateLimitItemPerHour(30), f"staff:{who}"),
        (RateLimitItemPerHour(40), f"staff@{address}"),
    )
