"""What visitors asked: kept as the clinic allows and no further, never waited for, never doubled, gone in time."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from bot.knowledge import KnowledgeBase, Library
from tests.conftest import Start
from tests.knowledge_folder import KNOWLEDGE, give_fit
from tests.postgres import Postgres
from web import asked, create_app
from web.logs import JsonFormatter
from web.services import Services, stop
from web.settings import Settings
from web.store import Store
from web.store_asked import FIGURES_DAYS, Booked, Heard, Questions, Rated
from web.store_database import StoreDown
from web.store_keys import Cipher
from web.store_schema import days, metadata, questions, turns

DAY = 86_400.0


@pytest.fixture
def kept(address: str, tmp_path: Path) -> Iterator[Questions]:
    """An empty store of questions."""
    store = Store(address, Cipher("", tmp_path / "key"))
    yield store.questions
    store.database.stop()


def _heard(words: str, key: str = "", **more: Any) -> Heard:
    made = Heard(key or words, key or words, 1000.0, "2026-11-25", "no_answer", "missed", language="en", text=words, kept=True)
    return replace(made, **more)


def _rows(kept: Questions, wanted: Any) -> list[Any]:
    with kept.database.reading() as connection:
        return list(connection.execute(wanted).all())


def _figures(kept: Questions) -> dict[tuple[str, str], int]:
    return {(row.what, row.label): row.number for row in _rows(kept, select(days)) if row.number}


def _groups(kept: Questions) -> list[list[str]]:
    """The words of each group, in the order in which they came."""
    rows = _rows(kept, select(turns.c.question, turns.c.words).where(turns.c.question.is_not(None)).order_by(turns.c.key))
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.question, []).append(kept.cipher.open(row.words))
    return list(found.values())


# --- the store --------------------------------------------------------------------------------------------------------


def test_the_same_message_twice_is_one_and_counted_once(kept: Questions, kb: KnowledgeBase) -> None:
    kept.keep([_heard("do you treat tmj", "a"), _heard("do you treat tmj", "a")], kb)
    kept.keep([_heard("do you treat tmj", "a")], kb)
    assert (_groups(kept), _figures(kept)["kind", "no_answer"]) == ([["do you treat tmj"]], 1)


def test_two_processes_that_are_told_the_same_keep_it_once(address: str, tmp_path: Path, kb: KnowledgeBase) -> None:
    stores = [Store(address, Cipher("", tmp_path / "key")) for _ in range(2)]
    stores[0].database.start()
    asks = [[_heard(f"do you treat {word}", word) for word in ("tmj", "gout", "acne", "warts")] for _ in stores]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: pair[0].questions.keep(pair[1], kb), zip(stores, asks, strict=True)))
    assert _figures(stores[0].questions)["kind", "no_answer"] == 4
    assert len(_groups(stores[0].questions)) == 4
    for store in stores:
        store.database.stop()


def test_those_that_ask_the_same_in_other_words_stand_together(kept: Questions, kb: KnowledgeBase) -> None:
    lines = ["1 do you treat tmj", "2 does it work for hip pain", "3 can you help with tmj pain", "4 hip?"]
    kept.keep([_heard(line[2:], line[0]) for line in lines], kb)
    assert _groups(kept) == [["do you treat tmj", "can you help with tmj pain"], ["does it work for hip pain", "hip?"]]


def test_a_group_of_another_process_is_joined(kept: Questions, kb: KnowledgeBase, address: str) -> None:
    kept.keep([_heard("do you treat tmj", "a")], kb)
    other = Store(address, kept.cipher)
    other.questions.keep([_heard("tmj?", "b")], kb)
    kept.keep([_heard("tmj pain help", "c")], kb)
    assert _groups(kept) == [["do you treat tmj", "tmj?", "tmj pain help"]]
    other.database.stop()


def test_a_matter_for_the_clinic_stands_under_the_matter(kept: Questions, kb: KnowledgeBase) -> None:
    same = {"result": "clinic", "kind": "contact", "topic": "price"}
    kept.keep([_heard("how much is it", "a", **same), _heard("what do you charge", "b", **same)], kb)
    assert len(_groups(kept)) == 1


def test_what_was_answered_and_is_asked_in_vain_again_is_open_again(kept: Questions, kb: KnowledgeBase) -> None:
    kept.keep([_heard("do you treat tmj", "a")], kb)
    for state, after in (("answered", "open"), ("ignored", "ignored")):
        with kept.database.writing() as connection:
            connection.execute(update(questions).values(state=state))
        kept.keep([_heard("tmj?", state)], kb)
        assert _rows(kept, select(questions.c.state)) == [(after,)]


def test_the_last_word_of_a_rating_counts(kept: Questions, kb: KnowledgeBase) -> None:
    kept.keep([_heard("is it safe", "a", kind="answer", result="answered", kept=False)], kb)
    for rating in ("no", "wrong", "wrong"):
        kept.keep([Rated("a", rating)], kb)  # type: ignore[arg-type]
    assert {key: n for key, n in _figures(kept).items() if key[0] == "rated"} == {("rated", "wrong"): 1}
    assert _rows(kept, select(turns.c.rated)) == [("wrong",)]


def test_a_rating_of_nothing_changes_no_figure(kept: Questions, kb: KnowledgeBase) -> None:
    emergency = Heard("e", "", 1000.0, "2026-11-25", "emergency", "other", "cardiac")
    kept.keep([emergency, Rated("made-up", "no"), Rated("", "no")], kb)
    assert ("rated", "no") not in _figures(kept)


def test_an_answer_that_did_not_help_keeps_its_question(kept: Questions, kb: KnowledgeBase) -> None:
    kept.keep([_heard("is it safe", "a", kind="answer", result="answered", kept=False)], kb)
    kept.keep([Rated("a", "no", "is it safe")], kb)
    assert _groups(kept) == [["is it safe"]]


def test_a_request_is_counted_once(kept: Questions, kb: KnowledgeBase) -> None:
    kept.keep([Booked("k", 1000.0, "2026-11-25"), Booked("k", 1001.0, "2026-11-25")], kb)
    assert _figures(kept) == {("request", ""): 1}


def test_what_is_too_old_is_gone_and_a_younger_question_stands_for_its_group(kept: Questions, kb: KnowledgeBase) -> None:
    now = time.time()
    lines = [("do you treat tmj", now - 40 * DAY), ("tmj?", now), ("hip?", now - 40 * DAY)]
    kept.keep([_heard(words, words, at=at) for words, at in lines], kb)
    assert kept.purge(now - 30 * DAY) == 2
    assert _groups(kept) == [["tmj?"]]
    assert _rows(kept, select(questions.c.lead)) == [("tmj?",)]
    kept.keep([_heard("can you help with tmj pain", "new", at=now)], kb)
    assert _groups(kept) == [["can you help with tmj pain", "tmj?"]]


def test_figures_outlive_the_words_by_a_year(kept: Questions, kb: KnowledgeBase) -> None:
    at = 1_700_000_000.0  # 2023-11-14
    kept.keep([_heard("hip?", day="2023-11-14", at=at)], kb)
    kept.purge(at + 30 * DAY)
    assert _figures(kept)["result", "missed"] == 1
    kept.purge(at + (FIGURES_DAYS + 1) * DAY)
    assert _figures(kept) == {}


def test_words_are_deleted_at_once_for_a_group_or_for_all(kept: Questions, kb: KnowledgeBase) -> None:
    kept.keep([_heard("do you treat tmj", "a"), _heard("hip?", "b"), _heard("gout?", "c")], kb)
    first = _rows(kept, select(questions.c.id).order_by(questions.c.id))[0][0]
    assert (kept.forget(first), _groups(kept)) == (1, [["hip?"], ["gout?"]])
    assert (kept.forget(), _groups(kept), _rows(kept, select(questions))) == (2, [], [])
    assert _figures(kept)["kind", "no_answer"] == 3
    kept.forget_figures()
    assert _figures(kept) == {}


def test_a_new_key_seals_the_words_again(kept: Questions, kb: KnowledgeBase) -> None:
    kept.keep([_heard("do you treat tmj", "a")], kb)
    for _ in range(3):  # older keys are dropped after the second
        kept.cipher.change()
        assert kept.seal_again() == 1
        kept.cipher.forget()
    assert _groups(kept) == [["do you treat tmj"]]


def test_without_the_key_new_questions_are_still_kept(kept: Questions, kb: KnowledgeBase, tmp_path: Path) -> None:
    kept.keep([_heard("do you treat tmj", "a")], kb)
    other = Questions(kept.database, Cipher("", tmp_path / "other-key"))
    other.keep([_heard("tmj?", "b")], kb)
    assert len(_rows(kept, select(questions))) == 2


def test_words_longer_than_their_column_are_no_reason_to_lose_a_message(kept: Questions, kb: KnowledgeBase) -> None:
    kept.keep([_heard("hip?", "a", flag="f" * 300, section="s" * 300, topic="t" * 64, kind="precaution", result="other")], kb)
    assert len(_rows(kept, select(turns))) == 1


# --- on the way from the visitor --------------------------------------------------------------------------------------


@pytest.fixture
def make(tmp_path: Path, shared_library: Library) -> Iterator[Any]:
    """Makes applications over one data folder of their own; `settings` are those of the service."""
    made: list[Flask] = []
    data = tmp_path / "data"
    give_fit(data)

    def build(**settings: Any) -> Flask:
        made.append(create_app(Settings(data_dir=data, knowledge_dir=KNOWLEDGE, rate_limit=0, **settings), shared_library))
        return made[-1]

    yield build
    for one in made:
        _stop(one)


def _stop(app: Flask) -> None:
    stop(_shared(app))


def _shared(app: Flask) -> Services:
    found: Services = app.extensions["pinpoint"]
    return found


def _ask(client: FlaskClient, words: str, name: str = "a", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/chat", json={"type": "ask", "id": name, "text": words, **more}).get_json()
    return found


def _words(app: Flask) -> list[str]:
    assert _shared(app).recorder.settle()
    return sorted(words for group in _groups(_shared(app).store.questions) for words in group)


ASKED = ["is it safe?", "how much does it cost", "do you treat tmj", "hello", "I want an appointment", "I take blood thinners",
         "what is it and do you take aetna?"]  # fmt: skip


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        ("none", []),
        ("unanswered", ["do you treat tmj", "how much does it cost", "what is it and do you take aetna?"]),
        ("all", ["do you treat tmj", "how much does it cost", "is it safe?", "what is it and do you take aetna?"]),
    ],
)
def test_words_are_kept_as_far_as_the_clinic_wants(make: Any, keep: str, words: list[str]) -> None:
    app = make(keep_questions=keep)
    for line in ASKED:
        _ask(app.test_client(), line)
    assert _words(app) == words
    assert sum(n for (what, _), n in _figures(_shared(app).store.questions).items() if what == "kind") == len(ASKED)


def test_the_page_without_scripts_is_another_way_to_the_same_store(make: Any) -> None:
    app = make()
    app.test_client().get("/chat?q=do+you+treat+tmj")
    assert _words(app) == ["do you treat tmj"]


def test_of_an_emergency_its_kind_and_its_time_are_kept_and_nothing_after_it(make: Any) -> None:
    app = make(keep_questions="all")
    stopped = _ask(app.test_client(), "crushing chest pain and I can't breathe", "e1")
    _ask(app.test_client(), "do you treat tmj", "e2", state=stopped["state"])
    assert _words(app) == []
    row = _rows(_shared(app).store.questions, select(turns).where(turns.c.kind == "emergency"))[0]._asdict()
    assert {name for name, value in row.items() if value} == {"key", "at", "day", "kind", "result", "flag"}
    assert {what for what, _ in _figures(_shared(app).store.questions)} >= {"emergency"}


@pytest.mark.parametrize(("keep", "words"), [("none", []), ("unanswered", ["is it safe?"]), ("all", ["is it safe?"])])
def test_a_question_whose_answer_did_not_help_is_kept_unless_none_may_be(make: Any, keep: str, words: list[str]) -> None:
    app = make(keep_questions=keep)
    client = app.test_client()
    _ask(client, "is it safe?", "q1")
    client.post("/chat", json={"type": "rate", "id": "q1", "helpful": False, "reason": "unclear"})
    assert _words(app) == words
    assert _figures(_shared(app).store.questions)["rated", "unclear"] == 1


def test_a_request_and_its_offer_are_figures(make: Any) -> None:
    app = make()
    book = {"type": "book", "id": "b1", "name": "Ana", "phone": "(212) 555-0100", "consent": True}
    for _ in range(2):
        assert app.test_client().post("/chat", json=book).get_json()["type"] == "done"
    _ask(app.test_client(), "I want an appointment")
    _shared(app).recorder.settle()
    found = _figures(_shared(app).store.questions)
    assert (found["request", ""], found["offer", ""]) == (1, 1)


def test_the_same_message_after_a_restart_is_the_same(make: Any) -> None:
    for _ in range(2):
        app = make()
        _ask(app.test_client(), "do you treat tmj", "once")
        assert _words(app) == ["do you treat tmj"]
        _stop(app)


def test_what_was_asked_just_before_the_end_is_kept(start_server: Start, tmp_path: Path) -> None:
    import urllib.request

    data = tmp_path / "own"
    give_fit(data)
    server = start_server(DATA_DIR=str(data))
    for n in range(20):
        body = json.dumps({"type": "ask", "id": f"n{n}", "text": "do you treat tmj"}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{server.base}/chat", body), timeout=10).close()
    assert server.stop() == 0
    store = Store(f"sqlite:///{data / 'pinpoint.db'}", Cipher("", data / "contact_key"))
    assert len(_groups(store.questions)[0]) == 20
    store.database.stop()


def test_answers_do_not_wait_for_a_database_that_is_away_and_nothing_is_lost(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "PAUSE_SECONDS", 0.05)
    app = make()
    for path in (tmp_path / "data").glob("pinpoint.db*"):
        path.rename(tmp_path / f"away-{path.name}")
    began = time.monotonic()
    assert [_ask(app.test_client(), "do you treat tmj", f"n{n}")["type"] for n in range(10)] == ["reply"] * 10
    assert time.monotonic() - began < 1
    assert not _shared(app).recorder.settle(0.2)
    for path in tmp_path.glob("away-*"):
        path.rename(tmp_path / "data" / path.name.removeprefix("away-"))
    assert _words(app) == ["do you treat tmj"] * 10


def test_a_postgresql_that_is_gone_and_back_gets_what_was_asked_meanwhile(
    running_postgres: Postgres, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "PAUSE_SECONDS", 0.05)
    app = make(database_url=running_postgres.url)
    _ask(app.test_client(), "do you treat tmj", "before")
    before = _words(app)
    running_postgres.stop()
    try:
        assert _ask(app.test_client(), "hip?", "meanwhile")["type"] == "reply"
    finally:
        running_postgres.start()
    assert _shared(app).recorder.settle(20)
    assert len(_words(app)) == len(before) + 1


def test_more_than_can_wait_is_dropped_and_said(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "MOST_WAITING", 3)
    monkeypatch.setattr(asked, "PAUSE_SECONDS", 0.05)
    app = make()

    def away(*args: Any) -> None:
        raise StoreDown("the database did not answer")

    with monkeypatch.context() as patched:
        patched.setattr(_shared(app).store.questions, "keep", away)
        for n in range(300):
            assert _ask(app.test_client(), "hip?", f"n{n}")["type"] == "reply"
    found = app.test_client().get("/metrics").text
    assert f"pinpoint_questions_dropped {float(_shared(app).recorder.dropped)}" in found
    assert _shared(app).recorder.dropped > 50


def test_a_message_that_cannot_be_stored_does_not_end_the_storing(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make()

    def broken(*args: Any) -> None:
        raise ValueError("zebra")

    with monkeypatch.context() as patched:
        patched.setattr(_shared(app).store.questions, "keep", broken)
        _ask(app.test_client(), "hip?", "lost")
        assert _shared(app).recorder.settle()
    _ask(app.test_client(), "do you treat tmj", "kept")
    assert _words(app) == ["do you treat tmj"]


# --- nowhere in clear -------------------------------------------------------------------------------------------------

SECRETS = ("Zebulon", "Quagga", "201-555-0147", "2015550147", "zq@example.org", "123-45-6789", "4111 1111 1111 1111",
           "4111111111111111", "trombone")  # fmt: skip
TOLD = ("My name is Zebulon Quagga and I play the trombone, do you treat tmj? Call 201-555-0147 or zq@example.org. "
        "SSN 123-45-6789, card 4111 1111 1111 1111.")  # fmt: skip


def test_names_numbers_and_words_are_found_nowhere_in_clear(make: Any, tmp_path: Path) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    app = make(keep_questions="all")
    client = app.test_client()
    try:
        errors = _through_every_path(client)
        assert _words(app)
        kept = _everything_stored(app, tmp_path / "data")
        opened = " ".join(_words(app))
        seen = {"log": stream.getvalue(), "database": kept, "metrics": client.get("/metrics").text + client.get("/readyz").text,
                "errors": errors}  # fmt: skip
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert all(seen.values())
    found = [(place, secret) for place, held in seen.items() for secret in SECRETS if secret.lower() in held.lower()]
    assert found == []
    personal = [secret for secret in SECRETS[:-1] if secret.lower() in opened.lower()]
    assert personal == []  # not even behind the key


def _through_every_path(client: FlaskClient) -> str:
    """Sends what must not be found through whatever takes something; gives the addresses and texts of what came back with
    an error, and the redirects."""
    answers = [
        client.post("/chat", json={"type": "ask", "id": "one", "text": TOLD}),
        client.post("/chat", json={"type": "rate", "id": "one", "helpful": False, "reason": "wrong"}),
        client.post("/chat", json={"type": "ask", "id": "Zebulon-Quagga-2015550147", "text": "is it safe?", "state": TOLD}),
        client.post("/chat", json={"type": "rate", "id": "Zebulon-Quagga-2015550147", "helpful": False}),
        client.post("/chat", json={"type": "rate", "id": "one", "helpful": False, "reason": "Zebulon Quagga"}),
        client.post("/chat", json={"type": "ask", "id": TOLD, "text": TOLD}),
        client.post("/chat", json={"type": TOLD, "id": TOLD}),
        client.post("/chat", data=TOLD, headers={"Referer": f"https://x.example/?{TOLD}", "User-Agent": TOLD}),
        client.post("/chat", json={"type": "book", "id": "b1", "name": "Zebulon Quagga", "phone": "201-555-0147",
                                   "email": "zq@example.org", "times": TOLD[:200], "consent": True}),
        client.post("/chat", json={"type": "book", "id": "b2", "name": "Zebulon Quagga", "phone": TOLD[:40], "consent": True}),
        client.get("/chat", query_string={"q": TOLD, "lang": TOLD, "state": TOLD}),
        client.get(f"/articles/{quote(TOLD)}", query_string={"s": TOLD}),
        client.get(f"/{quote(TOLD)}"), client.get("/book/cancel", query_string={"reference": TOLD}),
        client.post("/book", data={"name": "Zebulon Quagga", "phone": "201-555-0147", "id": "b3", "consent": "1"}),
    ]  # fmt: skip
    bad = [answer for answer in answers if answer.status_code >= 400 and answer.mimetype == "application/json"]
    assert len(bad) > 4
    return " ".join(answer.text + str(answer.headers) for answer in [*bad, *answers[1:2], *answers[12:13]])


def _everything_stored(app: Flask, data: Path) -> str:
    """The files of the data folder as they lie on the disk, and every column as it stands in the tables."""
    files = "".join(path.read_bytes().decode("latin-1") for path in data.glob("pinpoint.db*"))
    tables = [_rows(_shared(app).store.questions, select(table)) for table in metadata.sorted_tables]
    return files + repr(tables)


def test_the_words_are_removed_from_the_file_and_not_only_from_the_table(make: Any, tmp_path: Path) -> None:
    app = make()
    _ask(app.test_client(), "do you treat tmj")
    _words(app)
    kept = _shared(app).store.questions
    sealed = _rows(kept, select(turns.c.words))[0][0]
    kept.forget()
    with kept.database.writing() as connection:
        connection.execute(text("UPDATE turns SET at = at"))
    _stop(app)
    assert not [path for path in (tmp_path / "data").glob("pinpoint.db*") if sealed.encode() in path.read_bytes()]
