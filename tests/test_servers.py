"""Several servers with one knowledge: what one desk publishes all answer from within five seconds, and the desk shows it."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from bot.knowledge import _glance
from tests import bucket as buckets
from tests.bucket import S3
from tests.conftest import Running, launch, wait_until_ready
from tests.knowledge_folder import KNOWLEDGE, give_fit
from tests.postgres import Postgres
from tests.staff import EMAILS, PASSWORD, employ, token
from tests.workshop import ANA, BEN, PARKING, workshop_in
from web.mirror import Mirror
from web.remote import Away, Remote
from web.servers import Presence, fleet
from web.staff.drafts import Author, Draft, Drafts
from web.staff.history import History
from web.staff.publishing import Conflict, Published, Refused, Workshop, propose, publish
from web.store_database import Database, StoreDown

TODAY = date(2026, 6, 1)
FILE = "coming-to-us.md"


# --- the servers say what they answer from, and the desk shows it -----------------------------------------------------


class _Library:
    """As much of a library as a server tells of."""

    def __init__(self, version: str, since: float) -> None:
        self.current, self.told = self, []  # type: ignore[var-annotated]
        self.version, self.loaded_at = version, since


def heard(database: Database, version: str, since: float, seen: float | None = None) -> Presence:
    """A server that was heard of."""
    made = Presence(database, _Library(version, since))  # type: ignore[arg-type]
    made.beat(seen)
    return made


def test_servers_tell_what_they_answer_from_and_who_is_silent_is_gone(address: str) -> None:
    database = Database(address)
    one, now = heard(database, "aaa", 10.0), time.time()
    heard(database, "bbb", 20.0)
    heard(database, "old", 5.0, seen=now - 31)
    found = fleet(database)
    assert (len(found.servers), found.version, [s.version for s in found.behind]) == (2, "bbb", ["aaa"])
    one._library.current = _Library("bbb", 21.0)  # type: ignore[assignment]
    one.beat()
    assert fleet(database).behind == () and len(fleet(database).servers) == 2
    assert fleet(database, now + 40).servers == ()
    database.stop()


def test_a_server_tells_of_a_change_at_once_and_says_goodbye(address: str) -> None:
    database = Database(address)
    library = _Library("aaa", 10.0)
    presence = Presence(database, library)  # type: ignore[arg-type]
    presence.start()
    wait(lambda: [s.version for s in fleet(database).servers] == ["aaa"], 5)
    library.version = "bbb"
    for tell in library.told:
        tell()
    wait(lambda: fleet(database).version == "bbb", 5)
    presence.stop()
    assert fleet(database).servers == ()
    database.stop()


def test_one_server_says_nothing_of_servers(colleague: FlaskClient) -> None:
    assert "servers" not in colleague.get("/staff/").text
    assert "servers" not in colleague.get("/staff/knowledge/").text


@pytest.mark.parametrize("page", ["/staff/", "/staff/knowledge/"])
def test_the_desk_shows_whether_all_servers_answer_from_the_same_version(desk: Flask, colleague: FlaskClient, page: str) -> None:
    shared = desk.extensions["pinpoint"]
    live = shared.library.current
    heard(shared.store.database, live.version, live.loaded_at)
    wait(lambda: len(fleet(shared.store.database).servers) == 2, 5)
    assert f"All 2 servers answer from version {live.version}." in colleague.get(page).text
    heard(shared.store.database, "0ld0ld", live.loaded_at - 60)
    words = colleague.get(page).text
    assert "1 of 3 servers is still on version 0ld0ld" in words and f"the newest is {live.version}" in words


# --- two desks, one knowledge -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fitted-servers")


@pytest.fixture
def shops(tmp_path: Path, small_cache: Path) -> Iterator[tuple[Workshop, Workshop]]:
    """The desks of two servers: a folder elsewhere, one database, a copy each."""
    (tmp_path / "there").mkdir()
    first = workshop_in(tmp_path / "there", small_cache)
    made = []
    for name in ("one", "two"):
        mirror = Mirror(Remote(f"file://{first.library.folder}"), tmp_path / name)
        mirror._home.mkdir()
        mirror.fresh()
        library = copy.copy(first.library)
        library.folder, library.told = mirror.folder, []
        library._glance = library._seen = _glance(library.folder)
        made.append(Workshop(library, Database(f"sqlite:///{tmp_path / 'desk.db'}"), small_cache, mirror))
    yield made[0], made[1]
    for shop in (first, *made):
        shop.database.stop()


def drafted(shop: Workshop, author: Author, text: str, path: str = FILE) -> Draft:
    (made,) = propose(shop, author, {path: text})
    assert isinstance(made, Draft)
    return made


def go(shop: Workshop, author: Author, draft: Draft) -> Published | Conflict | Refused:
    return publish(shop, author, [draft], "", (), TODAY)


def test_two_desks_that_publish_one_file_the_second_is_shown_both_texts(shops: tuple[Workshop, Workshop]) -> None:
    one, two = shops
    hers, his = (
        drafted(shop, who, PARKING.replace("bus 12", bus)) for shop, who, bus in ((one, ANA, "bus 14"), (two, BEN, "bus 15"))
    )
    assert isinstance(go(one, ANA, hers), Published)
    found = go(two, BEN, his)
    assert isinstance(found, Conflict) and "bus 14" in str(found.now) and "bus 15" in str(found.mine)
    assert "bus 14" in str(one.folder.text(FILE)) and two.drafts.get(BEN.id, FILE)


def test_of_two_desks_that_publish_at_the_same_moment_nobodys_work_is_lost(shops: tuple[Workshop, Workshop]) -> None:
    one, two = shops
    mine = drafted(one, ANA, PARKING.replace("bus 12", "bus 14")), drafted(two, BEN, PARKING.replace("bus 12", "bus 15"))
    more = drafted(one, ANA, "# A new page\n\n## Who are we?\n\nA small clinic.\n", "about.md")
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(go, (one, two, one), (ANA, BEN, ANA), (*mine, more)))
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Published", "Published"]
    for shop in shops:
        assert shop.mirror
        shop.mirror.fresh()
    assert one.folder.texts() == two.folder.texts() and "about.md" in one.folder.texts()
    assert "bus 12" not in str(one.folder.text(FILE))


def test_a_server_that_is_behind_notes_no_change_by_hand(shops: tuple[Workshop, Workshop]) -> None:
    one, two = shops
    two.history.seen(two.folder.texts())
    assert isinstance(go(one, ANA, drafted(one, ANA, PARKING.replace("bus 12", "bus 14"))), Published)
    assert two.history.seen(two.folder.texts()) is None  # it has the text of before
    assert isinstance(go(one, ANA, drafted(one, ANA, PARKING.replace("bus 12", "bus 16"))), Published)
    assert two.history.seen(two.folder.texts()) is None
    assert [version.how for version in two.history.page()] == ["desk", "desk", "first"]
    assert two.history.seen(two.folder.texts(), time.time() + 61)  # a minute later somebody has put it back


def test_a_publish_that_cannot_reach_the_folder_says_so_and_keeps_the_draft(
    shops: tuple[Workshop, Workshop], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = shops
    draft = drafted(one, ANA, PARKING.replace("bus 12", "bus 14"))

    def away(*_: object) -> None:
        raise Away("it does not answer (TimeoutError)")

    monkeypatch.setattr(Remote, "listing", away)
    found = go(one, ANA, draft)
    assert isinstance(found, Refused) and "cannot be used: it does not answer" in found.report.blocking[0].wrong
    assert one.drafts.get(ANA.id, FILE)


def test_only_one_process_writes_the_knowledge_at_a_time(address: str) -> None:
    one, two = Database(address), Database(address)
    with one.alone(5), pytest.raises(StoreDown), two.alone(0.2):
        pass
    with two.alone(5):
        pass
    one.stop()
    two.stop()


# --- two real servers -------------------------------------------------------------------------------------------------

QUESTION = "what are the side effects of dry needling"
ARTICLE = "dry-needling-neck-back-pain.md"
OLD, NEW, NEWER = "Common side effects are", "The usual side effects are", "Side effects, as a rule, are"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with buckets.running() as server:
        yield server


class Desk:
    """Somebody at the staff desk of a real server."""

    def __init__(self, server: Running, database: Database) -> None:
        self.server, self.database, self.id = server, database, employ(database, "owner")
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.send("/staff/login", "/staff/login", email=EMAILS["owner"], password=PASSWORD)

    def page(self, path: str) -> str:
        with self._browser.open(self.server.base + path, timeout=90) as answer:
            return str(answer.read().decode())

    def send(self, path: str, form: str, **fields: Any) -> str:
        data = urlencode({**fields, "csrf_token": token(self.page(form))}, doseq=True).encode()
        try:
            with self._browser.open(urllib.request.Request(self.server.base + path, data), timeout=90) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def publish(self, text: str) -> str:
        """Checks and publishes a new text of the article; the page that comes back."""
        history = History(self.database)
        began = history.text(history.newest(), ARTICLE)
        assert isinstance(Drafts(self.database).save(Author(self.id, "Olga"), ARTICLE, text, began), Draft)
        return self.again()

    def again(self) -> str:
        """Presses Publish on the page of the check."""
        check = self.page("/staff/knowledge/check")
        return self.send(
            "/staff/knowledge/publish", "/staff/knowledge/", draft=re.findall(r'name="draft" value="([^"]+)"', check)
        )


def answer(server: Running) -> str:
    """What a visitor of this server is quoted."""
    frame = json.dumps({"type": "ask", "id": "q1", "text": QUESTION}).encode()
    request = urllib.request.Request(f"{server.base}/chat", frame, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as found:
        return " ".join(quote["text"] for quote in json.load(found)["quotes"])


def ready(server: Running) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.base}/readyz", timeout=10) as found:
        return dict(json.load(found))


def two_servers(tmp_path: Path, address: str, knowledge: Path = KNOWLEDGE, **settings: str) -> tuple[Running, Running]:
    """Two servers with one database, each with a data folder of its own."""
    same = {"DATABASE_URL": address, "SECRET_KEY": "0" * 32, "CONTACT_KEY": Fernet.generate_key().decode(), **settings}
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        give_fit(tmp_path / name)
        made.append(launch(tmp_path / name, knowledge, **same))
    for server in made:
        wait_until_ready(server)
    return made[0], made[1]


def allowed() -> float:
    """Five seconds from a publish to the last server; more where the machine has more to do than it has cores."""
    return 5.0 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def seconds_until_all_answer(new: str, servers: tuple[Running, Running], database: Database) -> float:
    """From the moment at which the desk had written until the last server answers with the new words."""
    wait(lambda: all(new in answer(server) for server in servers), 60)
    newest = History(database).newest()
    assert newest and newest.how == "desk"
    return time.time() - newest.at


def test_two_servers_with_a_bucket_answer_from_a_publish_within_five_seconds_and_outlive_an_outage(
    tmp_path: Path, s3: S3, running_postgres: Postgres
) -> None:
    bucket = s3.bucket()
    bucket.put_folder(KNOWLEDGE)
    servers = two_servers(tmp_path, running_postgres.url, KNOWLEDGE_URL=bucket.address, **s3.environment)
    database = Database(running_postgres.url)
    try:
        one, two = servers
        assert all(OLD in answer(server) for server in servers)
        desk = Desk(one, database)
        desk.page("/staff/knowledge/")
        began = (KNOWLEDGE / ARTICLE).read_text(encoding="utf-8")

        assert "Visitors get this from now on" in desk.publish(began.replace(OLD, NEW))
        took = seconds_until_all_answer(NEW, servers, database)
        print(f"\nfrom the publish to the last server, a bucket and PostgreSQL: {took:.2f} s")
        assert took < allowed()
        version = ready(two)["version"]
        wait(lambda: f"All 2 servers answer from version {version}." in desk.page("/staff/"), allowed())
        assert NEW in bucket.files.cat_file(f"{bucket.name}/knowledge/{ARTICLE}").decode()

        with s3.hanging():
            wait(lambda: all(ready(server)["degraded"] == ["knowledge"] for server in servers), 30)
            assert all(NEW in answer(server) for server in servers)
            assert "The folder that the servers share cannot be used" in desk.page("/staff/")
            assert "cannot be used" in desk.publish(began.replace(OLD, NEWER))
        wait(lambda: all(ready(server)["degraded"] == [] for server in servers), 30)
        assert "Visitors get this from now on" in desk.again()
        took = seconds_until_all_answer(NEWER, servers, database)
        print(f"after an outage: {took:.2f} s")
        assert took < allowed()
        assert [version.how for version in History(database).page()] == ["desk", "desk", "first"]
    finally:
        for server in servers:
            server.stop()
        database.stop()


def test_two_servers_with_one_folder_answer_from_a_publish_within_five_seconds(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    address = f"sqlite:///{tmp_path / 'pinpoint.db'}"
    servers = two_servers(tmp_path, address, folder)
    database = Database(address)
    try:
        desk = Desk(servers[0], database)
        desk.page("/staff/knowledge/")
        assert "Visitors get this from now on" in desk.publish((folder / ARTICLE).read_text(encoding="utf-8").replace(OLD, NEW))
        took = seconds_until_all_answer(NEW, servers, database)
        print(f"\nfrom the publish to the last server, one folder and SQLite: {took:.2f} s")
        assert took < allowed()
        version = ready(servers[1])["version"]
        wait(lambda: f"All 2 servers answer from version {version}." in desk.page("/staff/"), allowed())
        servers[1].stop()
        wait(lambda: "servers" not in desk.page("/staff/"), allowed())  # one that was stopped is not waited for
    finally:
        for server in servers:
            server.stop()
        database.stop()


def wait(until: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        with suppress(OSError):  # a page that took too long is asked for again
            if until():
                return
        assert time.monotonic() < end
        time.sleep(0.05)
