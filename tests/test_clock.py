"""The wall clock jumps by a day, back or ahead: what is meant as a duration stays one, and nobody is shut out or left waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItemPerSecond

from bot.types import State
from tests.cluster.redis_server import Redis
from web.asked_read import lately
from web.guard import CANCELS, Counts, Guard, left
from web.guard import _redis as through_redis
from web.settings import Settings
from web.state import MAX_AGE, seal, signer, unseal
from web.store import Contact, Store
from web.store_keys import Cipher

DAY = 86_400.0
BOTH_WAYS = pytest.mark.parametrize("jump", [-DAY, DAY], ids=["back", "ahead"])
KEY = signer("k" * 32)


@dataclass
class Wall:
    """The wall clock, and how far it is off."""

    off: float = 0.0


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """A wall clock that can be set; the monotonic one goes on."""
    found, true = Wall(), time.time
    monkeypatch.setattr(time, "time", lambda: true() + found.off)
    return found


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A real Redis."""
    server = Redis(tmp_path)
    server.start()
    yield server
    server.kill()


@BOTH_WAYS
def test_a_limit_lasts_as_long_as_it_lasts(wall: Wall, jump: float) -> None:
    counts, twice = Counts(None), RateLimitItemPerSecond(2)
    assert [counts.ask(lambda limiter: limiter.hit(twice, "a")) for _ in range(3)] == [True, True, False]
    wall.off = jump
    assert not counts.ask(lambda limiter: limiter.hit(twice, "a"))
    assert 0 < counts.ask(lambda limiter: left(limiter, twice, "a")) <= 1
    time.sleep(1.1)
    assert counts.ask(lambda limiter: limiter.hit(twice, "a"))


def test_a_limit_in_redis_keeps_nobody_out_for_longer_than_it_lasts(wall: Wall, redis: Redis) -> None:
    counts, twice = Counts(through_redis(redis.url)), RateLimitItemPerSecond(2)
    assert [counts.ask(lambda limiter: limiter.hit(twice, "a")) for _ in range(3)] == [True, True, False]
    wall.off = -DAY
    assert not counts.ask(lambda limiter: limiter.hit(twice, "a"))
    assert counts.ask(lambda limiter: left(limiter, twice, "a")) <= 1
    time.sleep(1.1)
    assert counts.ask(lambda limiter: limiter.hit(twice, "a"))


def test_nobody_is_told_to_wait_for_a_day(wall: Wall, redis: Redis) -> None:
    for guard in (Guard(Settings(rate_limit=1)), Guard(Settings(rate_limit=1, redis_url=redis.url))):
        wall.off = 0
        guard.wait("a", "c")
        for _ in range(CANCELS.amount):
            guard.cancel_wait("a")
        for _ in range(3):
            guard.booked("a", "c")
        wall.off = -DAY
        assert 0 < guard.wait("a", "c") <= 60
        assert 0 < guard.cancel_wait("a") <= 3600
        assert 0 < guard.booking_wait("a", "c") <= 3600


def test_a_conversation_goes_on_when_the_clock_is_set_back_or_another_machine_is_behind(wall: Wall) -> None:
    state = State(language="es", topic="a#b")
    sealed = seal(KEY, state)
    for wall.off in (-2, -DAY):
        assert unseal(KEY, sealed) == state


def test_a_conversation_of_yesterday_starts_anew(wall: Wall) -> None:
    sealed = seal(KEY, State(language="es"))
    wall.off = MAX_AGE - 60
    assert unseal(KEY, sealed) == State(language="es")
    wall.off = MAX_AGE + 60
    assert unseal(KEY, sealed) == State()


@BOTH_WAYS
def test_questions_and_appointments_go_on_and_the_same_id_is_the_same_request(
    client: FlaskClient, wall: Wall, jump: float
) -> None:
    ask = {"type": "ask", "id": "a", "text": "does it help with back pain?"}
    book = {
        "type": "book",
        "id": "clock-ahead" if jump > 0 else "clock-back",
        "name": "Ana",
        "phone": "(212) 555-0100",
        "consent": True,
    }
    before, booked = client.post("/chat", json=ask).get_json(), client.post("/chat", json=book).get_json()
    wall.off = jump
    after = client.post("/chat", json=ask).get_json()
    assert after["quotes"] == before["quotes"]
    assert client.post("/chat", json=book).get_json()["reference"] == booked["reference"]


def test_the_clinic_is_told_at_once_of_what_came_before_the_clock_was_set_back(wall: Wall, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'p.db'}", Cipher("", tmp_path / "key"))
    store.database.start()
    store.add("a", Contact("Ana", "+12125550100"), "en", "v1", ["webhook"])
    wall.off = -DAY
    assert store.outbox.next_due() == pytest.approx(time.time(), abs=5)
    notice = store.outbox.take()
    assert notice is not None
    assert store.outbox.take() is None  # it is out for a minute, and nobody else gets it
    store.outbox.failed(notice, "no route", permanent=False)
    assert store.outbox.take() is None  # it waits its ten seconds, as always
    store.database.stop()


def test_whoever_is_signed_in_stays_so_on_a_machine_whose_clock_is_behind(owner: FlaskClient, wall: Wall) -> None:
    for wall.off in (-2, -30):
        assert owner.get("/staff/").status_code == 200


def test_a_clock_that_is_set_back_signs_the_desk_out_instead_of_keeping_it_open_for_a_day(owner: FlaskClient, wall: Wall) -> None:
    assert owner.get("/staff/").status_code == 200
    wall.off = -DAY
    assert "/staff/login" in owner.get("/staff/").headers["Location"]


@BOTH_WAYS
def test_a_question_is_remembered_for_its_rating_whatever_the_clock_does(desk: Flask, wall: Wall, jump: float) -> None:
    client, shared = desk.test_client(), desk.extensions["pinpoint"]
    client.post("/chat", json={"type": "ask", "id": "rated", "text": "is it safe?"})
    assert shared.recorder.settle()
    wall.off = jump
    client.post("/chat", json={"type": "ask", "id": "other", "text": "what is it?"})
    client.post("/chat", json={"type": "rate", "id": "rated", "helpful": False})
    assert shared.recorder.settle()
    assert lately(shared.store.questions) == ["is it safe?"]
