"""A knowledge folder in a bucket: a state is taken whole or not at all, and the last good one outlives every outage."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bot.errors import KnowledgeError
from tests import bucket as buckets
from tests.bucket import S3, Bucket
from web import mirror as mirrors
from web.mirror import Mirror
from web.remote import NOTE, Away, Remote, may_take
from web.settings import SettingsError, read_settings


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with buckets.running() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def bucket(s3: S3) -> Bucket:
    made = s3.bucket()
    made.put(hours="# Hours\n\nWe open at 8.\n", prices="# Prices\n\nAsk us.\n")
    return made


Make = Callable[..., Mirror]


@pytest.fixture
def make(tmp_path: Path, bucket: Bucket) -> Iterator[Make]:
    """Mirrors of the bucket, each with a copy of its own; none looks by itself."""
    made: list[Mirror] = []

    def one(name: str = "one", remote: Remote | None = None) -> Mirror:
        found = Mirror(remote or Remote(bucket.address), tmp_path / name)
        (tmp_path / name).mkdir(exist_ok=True)
        made.append(found)
        return found

    yield one
    for found in made:
        found.stop()


@pytest.fixture
def copy(make: Make) -> Mirror:
    found = make()
    found.fresh()
    return found


def texts(mirror: Mirror) -> dict[str, str]:
    return {path.relative_to(mirror.folder).as_posix(): path.read_text() for path in mirror.folder.rglob("*.md")}


class Cut(Remote):
    """A remote whose line is cut at the write with this number."""

    def __init__(self, address: str, at: int) -> None:
        super().__init__(address)
        self.left = at

    def write(self, texts: Mapping[str, bytes]) -> None:
        self.left -= 1
        if self.left < 0:
            raise Away("it does not answer")
        super().write(texts)


# --- following --------------------------------------------------------------------------------------------------------


def test_the_copy_follows_what_is_put_changed_and_taken_away(copy: Mirror, bucket: Bucket) -> None:
    assert texts(copy) == {"hours.md": "# Hours\n\nWe open at 8.\n", "prices.md": "# Prices\n\nAsk us.\n"}
    bucket.put(hours="# Hours\n\nWe open at 9.\n", parking="")
    bucket.files.rm(f"{bucket.name}/knowledge/prices.md")
    copy.fresh()
    assert texts(copy) == {"hours.md": "# Hours\n\nWe open at 9.\n", "parking.md": ""}


def test_what_is_put_by_hand_is_taken_once_two_looks_agree(copy: Mirror, bucket: Bucket) -> None:
    bucket.put(hours="# Hours\n\nHalf of")
    assert not copy.look()
    bucket.put(hours="# Hours\n\nHalf of it is longer now.\n")
    assert not copy.look() and "We open at 8" in texts(copy)["hours.md"]
    assert copy.look() and "longer now" in texts(copy)["hours.md"]


def test_what_changes_while_it_is_fetched_is_not_taken(make: Make, bucket: Bucket) -> None:
    class Busy(Remote):
        def read(self, names: object) -> dict[str, bytes]:
            found = super().read(names)  # type: ignore[arg-type]
            bucket.put(prices=f"# Prices\n\n{time.monotonic_ns()}\n")
            return found

    mirror = make(remote=Busy(bucket.address))
    with pytest.raises(Away, match="changing"):
        mirror.fresh(1.5)
    assert not mirror.folder.exists()


def test_two_servers_with_one_data_folder_share_the_copy(make: Make, bucket: Bucket) -> None:
    one, two = make(), make()
    stop = threading.Event()

    def follow(mirror: Mirror) -> None:
        while not stop.is_set():
            mirror.look()

    threads = [threading.Thread(target=follow, args=(mirror,)) for mirror in (one, two)]
    for thread in threads:
        thread.start()
    for hour in range(8, 12):
        one.fresh()
        one.write({"hours.md": f"# Hours\n\nWe open at {hour}.\n"})
        assert f"at {hour}." in texts(two)["hours.md"]
    stop.set()
    for thread in threads:
        thread.join()
    assert two.look() and len(list(two.folder.parent.glob("copy-*"))) == 1


# --- publishing -------------------------------------------------------------------------------------------------------


def test_what_one_desk_publishes_the_others_take_at_the_next_look(make: Make, copy: Mirror, bucket: Bucket) -> None:
    other = make("other")
    other.fresh()
    copy.write({"hours.md": "# Hours\n\nWe open at 7.\n", "safety/new.toml": "", "prices.md": None})
    assert texts(copy) == {"hours.md": "# Hours\n\nWe open at 7.\n"}
    assert other.look() and texts(other) == texts(copy) and (other.folder / "safety" / "new.toml").exists()
    assert bucket.names() == {"hours.md", "safety/new.toml", NOTE}


@pytest.mark.parametrize("writes", [1, 2], ids=["before the files", "before the last note"])
def test_a_half_written_publish_is_never_taken_and_the_next_one_puts_it_in_order(
    make: Make, bucket: Bucket, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = make("reader"), make("writer", Cut(bucket.address, writes))
    reader.fresh()
    writer.fresh()
    with pytest.raises(Away):
        writer.write({"hours.md": "# Hours\n\nWe open at 5.\n", "prices.md": None})
    assert not reader.look() and not reader.look() and "at 8" in texts(reader)["hours.md"]
    with pytest.raises(Away, match="changing"):  # it may be somebody at work: they are not written over
        reader.write({"parking.md": "# Parking\n\nBehind the house.\n"})
    monkeypatch.setattr(mirrors, "PATIENCE_SECONDS", 0.0)
    assert not reader.look() and "did not finish" in reader.why
    reader.fresh()
    reader.write({"parking.md": "# Parking\n\nBehind the house.\n"})
    late = make("late")
    late.fresh()
    assert set(texts(late)) == {"hours.md", "prices.md", "parking.md"} and "at 8" in texts(late)["hours.md"]
    assert reader.why == ""


def test_who_failed_to_publish_may_try_again_at_once(make: Make, bucket: Bucket) -> None:
    remote = Cut(bucket.address, 2)
    writer = make("writer", remote)
    writer.fresh()
    with pytest.raises(Away):
        writer.write({"hours.md": "# Hours\n\nWe open at 5.\n"})
    remote.left = 9
    writer.fresh()
    writer.write({"hours.md": "# Hours\n\nWe open at 6.\n"})
    assert "at 6" in texts(writer)["hours.md"] and "at 6" in bucket.text("hours")


def test_nobody_writes_over_what_they_have_not_seen(make: Make, copy: Mirror, bucket: Bucket) -> None:
    slow = make("slow")
    slow.fresh()
    copy.write({"hours.md": "# Hours\n\nWe open at 7.\n"})
    with pytest.raises(Away, match="changing"):
        slow.write({"hours.md": "# Hours\n\nWe open at 10.\n"})
    assert "at 7" in bucket.text("hours")


@pytest.mark.parametrize("text", ["{", "[]", "", '{"whole": 1}'])
def test_a_note_that_cannot_be_read_is_no_leave_to_take_anything(copy: Mirror, bucket: Bucket, text: str) -> None:
    bucket.put_key(NOTE, text.encode())
    bucket.put(hours="# Hours\n\nWe open at 9.\n")
    assert not copy.look() and not copy.look() and "at 8" in texts(copy)["hours.md"]


# --- hostile names ----------------------------------------------------------------------------------------------------

HOSTILE = ["../evil.md", "a/../../evil.md", "/evil.md", "a//evil.md", "*.md", "a\\evil.md", "C:evil.md", "x\nevil.md", "[a].md",
           f"{'x' * 300}.md", "a/b/c/d/e.md"]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused(name: str) -> None:
    assert not may_take(name)
    with pytest.raises(ValueError, match="no file of the knowledge folder"):
        Remote("memory://nowhere").write({name: b""})


def test_a_bucket_with_hostile_keys_harms_nothing_and_the_rest_is_served(
    make: Make, bucket: Bucket, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("../evil.md", "a/../../evil.md", "*.md", "a\\evil.md", ".hidden.md", "program.py"):
        bucket.put_key(name, b"# Evil\n\nWords.\n")
    bucket.put_key("huge.md", b"# x\n" * 600_000)
    before = set(tmp_path.rglob("*"))
    mirror = make()
    mirror.fresh()
    assert set(texts(mirror)) == {"hours.md", "prices.md"}
    new = set(tmp_path.rglob("*")) - before
    assert not [path for path in new if "evil" in path.name or "program" in path.name]
    assert "'huge.md' is left out" in caplog.text and "'*.md' is left out" in caplog.text
    mirror.write({"hours.md": None})
    assert "prices.md" in bucket.names() and "*.md" in bucket.names()  # what is not ours is left alone


# --- outages ----------------------------------------------------------------------------------------------------------


def test_a_bucket_that_hangs_leaves_the_last_copy_and_is_followed_again_by_itself(
    copy: Mirror, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors, "LOOK_SECONDS", 0.2)
    copy.start()
    with bucket.server.hanging():
        wait(lambda: copy.why != "", 40)
        assert "does not answer" in copy.why and "127.0.0.1" not in copy.why
        assert "We open at 8" in texts(copy)["hours.md"]
    bucket.put(hours="# Hours\n\nWe open at 9.\n")
    wait(lambda: "at 9" in texts(copy)["hours.md"], 20)
    assert copy.why == ""


def test_a_server_that_starts_during_an_outage_serves_its_last_copy(copy: Mirror, make: Make) -> None:
    again = make(remote=Remote("s3://no-such-bucket/knowledge"))
    again.start()
    assert again.why == "it is not there" and texts(again) == texts(copy)


def test_a_server_without_any_copy_says_what_to_mend(make: Make) -> None:
    with pytest.raises(KnowledgeError, match="KNOWLEDGE_URL cannot be used: it is not there"):
        make("new", Remote("s3://no-such-bucket/knowledge")).start()


def test_an_emptied_bucket_takes_nothing_from_visitors(copy: Mirror, bucket: Bucket) -> None:
    bucket.files.rm(f"{bucket.name}/knowledge", recursive=True)
    for _ in range(3):
        with pytest.raises(Away, match="no article"):
            copy.look()
    assert "hours.md" in texts(copy)


def test_a_folder_with_too_much_in_it_is_not_taken(copy: Mirror, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.remote.MOST_FILES", 2)
    bucket.put(parking="# Parking\n")
    with pytest.raises(Away, match="too much"):
        copy.look()


def test_a_folder_of_another_disk_is_followed_the_same_way(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "hours.md").write_text("# Hours\n\nWe open at 8.\n")
    one, two = (Mirror(Remote(f"file://{there}"), tmp_path / name) for name in ("one", "two"))
    for mirror in (one, two):
        mirror._home.mkdir()
        mirror.fresh()
    one.write({"hours.md": "# Hours\n\nWe open at 7.\n", "phrasings/hours.toml": ""})
    assert two.look() and "at 7" in texts(two)["hours.md"] and (two.folder / "phrasings" / "hours.toml").exists()
    assert json.loads((there / NOTE).read_text())["whole"] is True


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [("bucket/knowledge", "s3://bucket/folder"), ("s4://x/hunter2", "another kind"), ("s3://", "no address")],
)
def test_an_address_that_is_none_is_told_at_the_start_without_repeating_it(address: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        read_settings({"KNOWLEDGE_URL": address})
    assert "hunter2" not in str(caught.value)


def wait(until: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)
