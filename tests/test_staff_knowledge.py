"""Knowledge on the desk: drafts, the check beside the live knowledge, publishing, history, edits that keep comments."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.articles import load_article
from bot.knowledge import KnowledgeBase
from bot.passages import passages
from bot.types import Article, Problem
from tests import postgres
from tests.knowledge_folder import KNOWLEDGE
from tests.workshop import ANA, BEN, CHECKS, PARKING, PHRASINGS, workshop_in
from web.staff import edits
from web.staff.advice import advise
from web.staff.carry import carried
from web.staff.drafts import Draft, Drafts, Stale
from web.staff.folder import digest
from web.staff.history import History
from web.staff.publishing import Conflict, Published, Refused, Workshop, examine, fit_ahead, propose, publish
from web.staff.together import together
from web.staff.toml_text import with_item, with_value, without_item, without_value
from web.store_database import Database

TODAY = date(2026, 6, 1)
FILE = "coming-to-us.md"


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fitted")


@pytest.fixture
def shop(tmp_path: Path, small_cache: Path) -> Iterator[Workshop]:
    made = workshop_in(tmp_path, small_cache)
    yield made
    made.database.stop()


def drafted(shop: Workshop, text: str | None, path: str = FILE, author: object = ANA) -> Draft:
    (made,) = propose(shop, author, {path: text})  # type: ignore[arg-type]
    assert isinstance(made, Draft)
    return made


def go(shop: Workshop, *drafts: Draft, reviewer: str = "", asked: tuple[str, ...] = ()) -> Published | Conflict | Refused:
    return publish(shop, ANA, drafts, "note", asked, TODAY, reviewer)


FREE = PARKING.replace("for two hours", "for three hours").replace("behind the house", "beside the house")


# --- from a draft to what visitors read -------------------------------------------------------------------------------


def test_a_published_draft_is_what_visitors_read_and_is_no_draft_any_more(shop: Workshop) -> None:
    done = go(shop, drafted(shop, FREE))
    assert isinstance(done, Published) and done.live
    assert "Parking costs nothing for three hours." in [u.text for p in shop.library.current.passages for u in p.units]
    assert (shop.library.folder / FILE).read_text(encoding="utf-8") == FREE
    assert shop.drafts.of(ANA.id) == []
    assert [path.name for path in shop.library.folder.iterdir() if path.name.startswith(".")] == []


def test_the_check_shows_which_answers_change_and_leaves_the_live_knowledge_alone(shop: Workshop) -> None:
    before = shop.library.current
    report = examine(shop, {FILE: FREE}, ["is there a place to park", "how do I get to you by bus"], TODAY)
    assert report.fine and (report.tests, report.passed, report.asked) == (2, 2, 2)
    changed = next(c for c in report.changed if c.asked)
    assert changed.question == "is there a place to park"
    assert "behind the house" in changed.before.quotes[0].text and "beside the house" in changed.after.quotes[0].text
    assert not [c for c in report.changed if "bus" in c.question]
    assert shop.library.current is before and shop.library.folder.joinpath(FILE).read_text(encoding="utf-8") == PARKING


def test_a_draft_that_breaks_a_test_that_must_pass_cannot_be_published(shop: Workshop) -> None:
    broken = PARKING.replace("## Where can I park?\n\nYou can park in the yard behind the house. Parking costs nothing for two hours.",
                             "## Where can I park?\n\nWe have a cat.")  # fmt: skip
    checks = drafted(shop, CHECKS + "- do you have a cat -> How do I get to you by bus?\n", "checks.md")
    refused = go(shop, drafted(shop, broken), checks)
    assert isinstance(refused, Refused)
    assert any('"do you have a cat" should give: How do I get to you by bus?' in p.wrong for p in refused.report.blocking)
    assert shop.folder.text(FILE) == PARKING and len(shop.drafts.of(ANA.id)) == 2  # nothing written, nothing lost


def test_a_draft_that_would_be_left_out_is_refused_and_not_silently_unpublished(shop: Workshop) -> None:
    refused = go(shop, drafted(shop, "Just words, no title.\n"), drafted(shop, "[[group]\n", "phrasings/parking.toml"))
    assert isinstance(refused, Refused)
    assert {p.file for p in refused.report.blocking} == {FILE, "phrasings/parking.toml"}
    assert len(shop.library.current.articles) == 1


def test_a_change_by_hand_is_neither_overwritten_nor_lost(shop: Workshop) -> None:
    mine = drafted(shop, FREE)
    theirs = PARKING.replace("bus 12", "bus 14")
    (shop.library.folder / FILE).write_text(theirs, encoding="utf-8")
    found = go(shop, mine)
    assert isinstance(found, Conflict)
    assert (found.now, found.mine) == (theirs, FREE)
    assert shop.folder.text(FILE) == theirs and shop.drafts.get(ANA.id, FILE)
    shop.drafts.rebase(ANA.id, FILE, theirs)  # having seen both, Ana decides for hers
    draft = shop.drafts.get(ANA.id, FILE)
    assert draft and isinstance(go(shop, draft), Published)


def test_two_people_who_edit_one_file_are_told_and_the_second_sees_both_texts(shop: Workshop) -> None:
    hers, his = drafted(shop, FREE), drafted(shop, PARKING.replace("bus 12", "bus 15"), author=BEN)
    assert [d.name for d in shop.drafts.others(ANA.id, FILE)] == ["Ben"]
    assert isinstance(publish(shop, BEN, [his], "", (), TODAY), Published)
    found = go(shop, hers)
    assert isinstance(found, Conflict) and found.began == PARKING and "bus 15" in str(found.now) and found.mine == FREE


def test_of_two_who_publish_at_the_same_moment_one_is_shown_both_texts(shop: Workshop) -> None:
    hers, his = drafted(shop, FREE), drafted(shop, PARKING.replace("bus 12", "bus 15"), author=BEN)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda draft: publish(shop, ANA, [draft], "", (), TODAY), (hers, his)))
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Published"]
    assert shop.folder.text(FILE) in (hers.text, his.text)
    assert len(shop.drafts.all()) == 1


def test_a_second_tab_does_not_overwrite_the_first_one_silently(shop: Workshop) -> None:
    first = drafted(shop, FREE)
    (ok,) = propose(shop, ANA, {FILE: FREE + "\nMore.\n"}, revision=first.revision)
    (late,) = propose(shop, ANA, {FILE: "# Other\n"}, revision=first.revision)
    assert isinstance(ok, Draft) and isinstance(late, Stale)
    assert late.saved == ok and late.typed == "# Other\n"
    assert not shop.drafts.discard(ANA.id, FILE, first.revision)


def test_safety_messages_need_the_name_of_who_has_reviewed_them(shop: Workshop) -> None:
    path = "safety/messages.en.toml"
    text = (shop.folder.text(path) or "").replace("Call 911 now, or go", "Call 911 at once, or go")
    assert isinstance(go(shop, drafted(shop, text, path)), Refused)
    done = go(shop, drafted(shop, text, path), reviewer="Dr. Lee")
    assert isinstance(done, Published) and done.live
    newest = shop.history.newest()
    assert newest and newest.note == "note Reviewed by Dr. Lee."


@pytest.mark.parametrize(
    "path", ["../secret.md", "/etc/passwd", "phrasings/../../x.md", "notes.py", ".hidden.md", "a/b.md", "x" * 200 + ".md"]
)
def test_no_draft_leads_out_of_the_folder(shop: Workshop, path: str) -> None:
    (found,) = propose(shop, ANA, {path: "# Title\n\nText.\n"})
    assert isinstance(found, Problem)
    with pytest.raises(ValueError, match="no file of the knowledge folder"):
        shop.folder.write({path: "x"})


def test_an_article_can_be_taken_out_and_brought_back(shop: Workshop) -> None:
    shop.history.seen(shop.folder.texts())
    first = shop.history.newest()
    assert isinstance(go(shop, drafted(shop, None)), Published)
    assert shop.library.current.articles == ()
    back = drafted(shop, shop.history.text(first, FILE))
    assert isinstance(go(shop, back), Published) and len(shop.library.current.articles) == 1


# --- history ----------------------------------------------------------------------------------------------------------


def test_history_tells_who_published_and_what_was_changed_by_hand(shop: Workshop) -> None:
    go(shop, drafted(shop, FREE))
    (shop.library.folder / FILE).write_text(FREE + "\nA line by hand.\n", encoding="utf-8")
    (shop.library.folder / "new.txt").write_text("New note\n\nWith a text.\n", encoding="utf-8")
    assert shop.history.seen(shop.folder.texts()) and shop.history.seen(shop.folder.texts()) is None
    newest, published, first = shop.history.page()
    assert (first.how, published.how, newest.how) == ("first", "desk", "folder")
    assert (published.who, published.changed) == ("Ana", (FILE,))
    assert (newest.who, newest.changed) == ("", (FILE, "new.txt"))
    assert shop.history.text(first, FILE) == PARKING and shop.history.text(published, FILE) == FREE
    assert [v.id for v in shop.history.of_file(FILE)] == [newest.id, published.id, first.id]
    assert [v.id for v in shop.history.of_file("new.txt")] == [newest.id]
    before = shop.history.before(newest.id)
    assert before and before.id == published.id


def test_what_is_no_text_in_the_folder_is_neither_read_nor_kept(shop: Workshop) -> None:
    folder = shop.library.folder
    (folder / "picture.md").write_bytes(b"\x00\x01\x02")
    (folder / "latin.md").write_bytes("# Título\n".encode("latin-1"))
    (folder / "huge.md").write_bytes(b"# x\n" * 600_000)
    (folder / "link.md").symlink_to("/etc/passwd")
    assert {"picture.md", "latin.md", "huge.md", "link.md"} & shop.folder.texts().keys() == set()
    assert examine(shop, {FILE: FREE}, (), TODAY).fine


def test_a_change_by_hand_is_noted_when_the_assistant_notices_it(shop: Workshop) -> None:
    shop.look()
    for words in ("nine", "ten"):  # two changes before anybody opens the desk again
        (shop.library.folder / FILE).write_text(PARKING.replace("two hours", f"{words} hours"), encoding="utf-8")
        assert shop.library.refresh()
    newest, before, _ = shop.history.page()
    assert "ten hours" in str(shop.history.text(newest, FILE)) and "nine hours" in str(shop.history.text(before, FILE))


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("web.staff.folder.os.fsync", full)
    refused = go(shop, drafted(shop, FREE))
    assert isinstance(refused, Refused) and "No space left" in refused.report.blocking[0].wrong
    assert shop.folder.text(FILE) == PARKING and len(shop.drafts.of(ANA.id)) == 1
    assert [path.name for path in shop.library.folder.iterdir() if path.name.startswith(".")] == []
    monkeypatch.undo()
    assert isinstance(go(shop, drafted(shop, FREE)), Published)


# --- hints ------------------------------------------------------------------------------------------------------------


def hints(kb: KnowledgeBase, tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / FILE
    file.write_text(text, encoding="utf-8")
    article = load_article(file, tmp_path)
    assert isinstance(article, Article)
    changed = replace(kb, articles=(article,), passages=passages((article,)))
    return [hint.what for hint in advise(changed, TODAY, {"coming-to-us": FILE})]


def test_the_check_hints_at_numbers_that_contradict_each_other(kb: KnowledgeBase, tmp_path: Path) -> None:
    assert hints(kb, tmp_path, PARKING) == []
    assert hints(kb, tmp_path, PARKING + "\n## What does it cost?\n\nParking costs nothing for three hours.\n") == ["numbers"]


def test_the_check_hints_at_what_is_said_twice_too_long_or_over(kb: KnowledgeBase, tmp_path: Path) -> None:
    twice = PARKING + "\n## Cars\n\nYou can park in the yard behind the house.\n"
    assert hints(kb, tmp_path, twice) == ["twice"]
    assert hints(kb, tmp_path, PARKING + "\n## Long\n\n" + "Many words make a sentence heavy " * 9 + ".\n") == ["long"]
    assert "date" in hints(kb, tmp_path, PARKING + "\n## Offer\n\nThe first visit is free until March 1, 2026.\n")
    assert hints(kb, tmp_path, PARKING.replace("2026-01-10", "2024-01-10")) == ["review"]
    assert hints(kb, tmp_path, PARKING + "\n## Call\n\nOur front desk answers at (999) 555-0100 all day.\n") == ["phone"]
    assert "headings" in hints(kb, tmp_path, "# Coming to us\n\nOne is here. Two is there. Three is far. Four is near.\n")


# --- small changes to files that people keep --------------------------------------------------------------------------


def test_a_new_phrasing_keeps_every_comment_and_line(shop: Workshop) -> None:
    new = edits.with_phrasing(PHRASINGS, "phrasings/parking.toml", "parking", "en", '- "any" spot\nfor my car?')
    assert isinstance(new, str)
    assert new == PHRASINGS.replace(
        '  "is there a place to park",\n', '  "is there a place to park",\n  "\\"any\\" spot for my car?",\n'
    )
    assert edits.with_phrasing(new, "x", "parking", "en", "ANY spot for my car") == new
    assert edits.without_phrasing(new, "x", "parking", "en", '"any" spot for my car?') == PHRASINGS
    spanish = edits.with_phrasing(PHRASINGS, "x", "parking", "es", "¿dónde dejo el coche?")
    assert isinstance(spanish, str) and tomllib.loads(spanish)["group"][0]["es"] == ["¿dónde dejo el coche?"]
    assert isinstance(edits.with_phrasing(PHRASINGS, "x", "parking", "en", "?!"), Problem)
    assert isinstance(edits.with_phrasing(PHRASINGS, "x", "other", "en", "hello"), Problem)


@pytest.mark.parametrize("path", sorted((KNOWLEDGE / "phrasings").glob("*.toml")), ids=lambda p: p.stem)
def test_every_group_of_the_clinics_own_files_can_be_added_to_and_taken_from(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    groups = tomllib.loads(text)["group"]
    for at, language in ((at, language) for at in (0, len(groups) - 1) for language in ("en", "es")):
        new = with_item(text, path.name, ("group", at, language), 'with "quotes", [brackets] # and ñ')
        assert isinstance(new, str) and len(new.splitlines()) == len(text.splitlines()) + 1
        assert without_item(new, path.name, ("group", at, language), 'with "quotes", [brackets] # and ñ') == text


def test_the_clinics_facts_are_changed_without_touching_the_explanations() -> None:
    text = (KNOWLEDGE / "clinic.toml").read_text(encoding="utf-8")
    new = with_value(text, "clinic.toml", ("hours", "monday"), "08:00-18:00")
    assert isinstance(new, str)
    new = with_value(new, "clinic.toml", ("holidays", "dates"), ["2026-12-25"])
    assert isinstance(new, str)
    new = with_value(new, "clinic.toml", ("email",), 'front"desk"@clinic.example')
    assert isinstance(new, str)
    data = tomllib.loads(new)
    assert (data["hours"], data["holidays"]["dates"], data["email"]) == (
        {"monday": "08:00-18:00"},
        ["2026-12-25"],
        'front"desk"@clinic.example',
    )
    assert [line for line in new.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]
    gone = without_value(new, "clinic.toml", ("hours", "monday"))
    assert isinstance(gone, str) and tomllib.loads(gone)["hours"] == {}


@pytest.mark.parametrize("text", [
    'group = [{id = "a", en = ["x"]}]\n', "not toml at all [", '[[group]]\nid = "a"\n[group.en]\nx = 1\n',
    'trap = """\n[[group]]\nid = "b"\n"""\n[[group]]\nid = "a"\nen = ["x"]\n',
])  # fmt: skip
def test_a_file_that_is_written_otherwise_is_never_changed_wrongly(text: str) -> None:
    new = with_item(text, "x.toml", ("group", 0, "en"), "y")
    if isinstance(new, str):
        assert tomllib.loads(new)["group"][0]["en"] == ["x", "y"]
    else:
        assert "cannot change safely" in new.wrong


def test_a_section_that_answers_a_question_gets_its_words_and_a_test(shop: Workshop) -> None:
    kb = shop.library.current
    texts = edits.answered_by(shop.folder.texts(), kb.groups, "coming-to-us", "Where can I park?", "can I bring my van", "en")
    assert isinstance(texts, dict) and set(texts) == {"phrasings/parking.toml", "checks.md"}
    drafts = [d for d in propose(shop, ANA, texts) if isinstance(d, Draft)]
    done = go(shop, *drafts, asked=("can I bring my van",))
    assert isinstance(done, Published) and done.live
    assert [c.question for c in done.report.changed if c.asked] == ["can I bring my van"]
    assert f"## {edits.ASKED}\n\n- can I bring my van -> Where can I park?\n" in str(shop.folder.text("checks.md"))


def test_a_section_without_phrasings_gets_a_file_of_its_own(shop: Workshop) -> None:
    kb = shop.library.current
    texts = edits.answered_by(
        shop.folder.texts(), kb.groups, "coming-to-us", "How do I get to you by bus?", "which tram goes there", "en"
    )
    assert isinstance(texts, dict)
    drafts = [d for d in propose(shop, ANA, texts) if isinstance(d, Draft)]
    done = go(shop, *drafts)
    assert isinstance(done, Published) and done.live, done
    new = next(g for g in shop.library.current.groups if g.heading == "How do I get to you by bus?")
    assert new.lines["en"] == ("which tram goes there",)


def test_a_test_of_the_same_question_gives_way(kb: KnowledgeBase) -> None:
    text = edits.with_check(CHECKS, "Where can I PARK?", "no answer")
    assert isinstance(text, str)
    assert "where can i park" not in text.lower().replace("- where can i park? -> no answer", "")
    again = edits.with_check(text, "second", "contact", must=False)
    assert isinstance(again, str) and again.endswith("- Where can I PARK? -> no answer\n- (should) second -> contact\n")
    assert isinstance(edits.with_check(CHECKS, "a -> b", "contact"), Problem)
    whole = (KNOWLEDGE / "checks.md").read_text(encoding="utf-8")
    assert str(edits.with_check(whole, "is there wifi", "contact")).startswith(whole)


def test_a_matter_for_the_clinic_is_told_by_its_group(kb: KnowledgeBase) -> None:
    texts = {
        p.relative_to(KNOWLEDGE).as_posix(): p.read_text(encoding="utf-8")
        for p in KNOWLEDGE.rglob("*")
        if p.suffix in (".md", ".toml")
    }
    new = edits.not_for_us(texts, kb.groups, "other-body-parts", "does it fix my elbow crackle", "en")
    assert isinstance(new, dict)
    assert "- does it fix my elbow crackle -> no answer" in new["checks.md"]
    assert isinstance(edits.not_for_us(texts, kb.groups, "parking-nowhere", "x y", "en"), Problem)


def test_the_digest_of_no_file_is_empty() -> None:
    assert digest(None) == "" and digest("") != ""


def test_changes_of_two_people_are_put_together_where_they_touch_different_lines() -> None:
    began = "one\ntwo\nthree\nfour\n"
    assert together(began, "one\nTWO\nthree\nfour\n", "one\ntwo\nthree\nfour\nfive\n") == "one\nTWO\nthree\nfour\nfive\n"
    assert together(began, "zero\none\ntwo\nthree\nfour\n", "one\ntwo\nfour\n") == "zero\none\ntwo\nfour\n"
    assert together(began, "one\nTWO\nthree\nfour\n", "one\n2\nthree\nfour\n") is None
    assert together(began, began + "five\n", began + "six\n") is None
    assert together(began, began + "five\n", began + "five\n") == began + "five\n"
    assert together(began, None, began) is None and together(None, began, began) is None


def test_phrasings_and_tests_follow_a_sentence_and_a_heading_that_change(kb: KnowledgeBase, tmp_path: Path) -> None:
    name = "dry-needling-neck-back-pain.md"
    texts = {
        p.relative_to(KNOWLEDGE).as_posix(): p.read_text(encoding="utf-8")
        for p in KNOWLEDGE.rglob("*")
        if p.suffix in (".md", ".toml")
    }
    text = texts[name].replace("Common side effects are mild", "The most common side effects are mild")
    text = text.replace("## What to Expect During a Session", "## What Happens in a Session")
    (tmp_path / name).write_text(text, encoding="utf-8")
    article = load_article(tmp_path / name, tmp_path)
    assert isinstance(article, Article)
    after = replace(kb, articles=(article,), passages=passages((article,)))
    follow = carried(kb, after, {**texts, name: text})
    assert set(follow) == {"checks.md", "phrasings/is-it-safe.toml", "phrasings/session.toml"}
    assert 'heading = "What Happens in a Session"' in follow["phrasings/session.toml"]
    assert "What to Expect" not in follow["checks.md"] and "-> What Happens in a Session\n" in follow["checks.md"]
    safe = tomllib.loads(follow["phrasings/is-it-safe.toml"])["group"]
    begins = {quote for group in safe for quote in group["quote"]}
    assert "The most common side effects" in begins and "Common side effects" not in begins
    for path in follow:
        assert [line for line in follow[path].splitlines() if line.startswith("#")] == [
            line for line in texts[path].splitlines() if line.startswith("#")
        ]
    assert carried(kb, kb, texts) == {}


def test_a_sentence_that_is_gone_is_followed_by_nothing(kb: KnowledgeBase, tmp_path: Path) -> None:
    name = "dry-needling-neck-back-pain.md"
    text = re.sub(r"Common side effects[^\n]*", "", (KNOWLEDGE / name).read_text(encoding="utf-8"))
    (tmp_path / name).write_text(text, encoding="utf-8")
    article = load_article(tmp_path / name, tmp_path)
    assert isinstance(article, Article)
    texts = {"phrasings/is-it-safe.toml": (KNOWLEDGE / "phrasings/is-it-safe.toml").read_text(encoding="utf-8")}
    assert carried(kb, replace(kb, articles=(article,), passages=passages((article,))), texts) == {}


def test_drafts_and_versions_are_kept_in_postgresql_as_well() -> None:
    server = postgres.make()
    try:
        database = Database(server.url)
        drafts, history = Drafts(database), History(database)
        first = drafts.save(ANA, FILE, "é one", None, 0)
        assert isinstance(first, Draft) and isinstance(drafts.save(ANA, FILE, "two", None, 0), Stale)
        assert isinstance(drafts.save(ANA, FILE, None, None, first.revision), Draft)
        assert [d.text for d in drafts.all()] == [None] and drafts.discard(ANA.id, FILE)
        history.record({FILE: "one", "a/b_c%.md": "x"}, "Ana", "", "desk")
        assert history.record({FILE: "one", "a/b_c%.md": "x"}, "Ana", "", "desk") is None
        assert history.seen({FILE: "one"})
        assert [v.how for v in history.of_file("a/b_c%.md")] == ["folder", "first"]
        assert history.text(history.page()[1], "a/b_c%.md") == "x"
        database.stop()
    finally:
        postgres.remove(server)


def test_phrasings_are_fitted_while_their_author_goes_on_writing(shop: Workshop) -> None:
    text = edits.with_phrasing(PHRASINGS, "phrasings/parking.toml", "parking", "en", "any room for my motorbike")
    assert isinstance(text, str)
    before = set(shop.cache.glob("*.npz"))
    fit_ahead(shop, {"phrasings/parking.toml": text}).join(60)
    (made,) = set(shop.cache.glob("*.npz")) - before
    stamp = made.stat().st_mtime_ns
    assert examine(shop, {"phrasings/parking.toml": text}, (), TODAY).fine
    assert made.stat().st_mtime_ns > stamp  # it was there, and was used
    fit_ahead(shop, {"words.toml": None, "phrasings/parking.toml": "[["}).join(60)  # what is broken is told by the check
