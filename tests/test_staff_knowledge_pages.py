"""The desk's pages about the knowledge: what staff, owners and strangers can do there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import staff
from tests.staff import desk_of, sign_in, signed_in
from tests.workshop import PARKING, workshop_in
from web import create_app
from web.services import stop
from web.settings import Settings
from web.staff.audit import entries
from web.staff.knowledge_clinic import tidy_hours
from web.staff.publishing import Workshop

FILE = "coming-to-us.md"
EDIT = f"/staff/knowledge/edit?path={FILE}"
BODY = PARKING.partition("---\n\n")[2]


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fitted-pages")


@pytest.fixture
def app(tmp_path: Path, small_cache: Path) -> Iterator[Flask]:
    """The application of a small clinic with a folder and a database of its own."""
    library = workshop_in(tmp_path, small_cache).library
    made = create_app(Settings(data_dir=tmp_path / "data", knowledge_dir=library.folder, rate_limit=0), library)
    made.testing = True
    desk_of(made).extensions["workshop"] = Workshop(library, made.extensions["pinpoint"].store.database, small_cache)
    yield made
    stop(made.extensions["pinpoint"])


@pytest.fixture
def shop(app: Flask) -> Workshop:
    found = desk_of(app).extensions["workshop"]
    assert isinstance(found, Workshop)
    return found


@pytest.fixture
def sam(app: Flask) -> FlaskClient:
    return signed_in(app, "staff")


@pytest.fixture
def olga(app: Flask) -> FlaskClient:
    return signed_in(app, "owner")


def post(client: FlaskClient, path: str, page: str = "/staff/knowledge/", /, **fields: Any) -> TestResponse:
    return client.post(f"/staff/knowledge/{path}", data={**fields, "csrf_token": staff.token(client.get(page).text)})


def publish(client: FlaskClient, path: str = FILE, note: str = "") -> TestResponse:
    """Presses Publish on the page of the check."""
    page = client.get(f"/staff/knowledge/check?path={path}").text
    return post(client, "publish", draft=re.findall(r'name="draft" value="([^"]+)"', page), note=note)


def revision(client: FlaskClient) -> str:
    found = re.search(r'name="revision" value="(\d+)"', client.get(EDIT).text)
    assert found
    return found[1]


def test_from_the_list_to_a_published_sentence(sam: FlaskClient, shop: Workshop, app: Flask) -> None:
    page = sam.get("/staff/knowledge/").text
    assert "Coming to us" in page and "Read over on 2026-01-10" in page and "2 headings" in page
    kept = post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY.replace("two hours", "three hours"), then="check")
    assert kept.status_code == 303
    check = sam.get(kept.headers["Location"]).text
    assert "You can publish this" in check and "<del>two</del>" in check and "<ins>three</ins>" in check
    done = publish(sam, note="Longer now")
    assert done.status_code == 200 and "Visitors get this from now on" in done.text and "<li>Coming to us</li>" in done.text
    assert "three hours" in str(shop.folder.text(FILE)) and "reviewed: 2026-01-10" in str(shop.folder.text(FILE))
    assert "Longer now" in sam.get("/staff/knowledge/history").text
    assert ("published", FILE) in [(e.action, e.what) for e in entries(app.extensions["pinpoint"].store.database)[0]]


def test_the_editor_keeps_what_is_typed_and_tells_how_it_is_cut(sam: FlaskClient, shop: Workshop) -> None:
    kept = post(sam, "keep", EDIT, path=FILE, revision="0", text=BODY.replace("## Where can I park?", "## Parking")).get_json()
    assert kept["revision"] and not kept["same"]
    assert [s["heading"] for s in kept["cut"]["sections"]] == ["Parking", "How do I get to you by bus?"]
    broken = post(sam, "keep", EDIT, path=FILE, revision=revision(sam), text="").get_json()
    assert "no text" in broken["cut"]["wrong"]
    same = post(sam, "keep", EDIT, path=FILE, revision=revision(sam), text=BODY).get_json()
    assert same["same"] and shop.drafts.all() == []


def test_a_session_that_ended_while_typing_loses_nothing(app: Flask, sam: FlaskClient, shop: Workshop) -> None:
    post(sam, "keep", EDIT, path=FILE, revision="0", text=BODY + "\nHalf a sen")
    sam.post("/staff/logout", data={"csrf_token": staff.token(sam.get("/staff/knowledge/").text)})
    late = sam.post("/staff/knowledge/keep", data={"path": FILE, "text": "x"})
    assert late.status_code in (303, 400) and "Half a sen" in str(shop.drafts.all()[0].text)
    again = app.test_client()
    sign_in(again, staff.EMAILS["staff"])
    assert "Half a sen" in again.get(EDIT).text


def test_two_tabs_show_both_texts_and_lose_none(sam: FlaskClient, shop: Workshop) -> None:
    post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY + "\nFrom the first tab.\n")
    late = post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY + "\nFrom the second tab.\n")
    assert late.status_code == 409 and "changed in another tab" in late.text
    assert "From the second tab." in late.text and "first" in late.text
    assert "first tab" in str(shop.drafts.all()[0].text)
    assert post(sam, "keep", EDIT, path=FILE, revision="0", text="x").status_code == 409
    saved = re.search(r'name="revision" value="(\d+)"', late.text)
    assert saved
    post(sam, "edit", EDIT, path=FILE, revision=saved[1], text=BODY + "\nFrom the second tab.\n")
    assert "second tab" in str(shop.drafts.all()[0].text)


def test_two_people_are_shown_both_texts_and_can_put_them_together(sam: FlaskClient, olga: FlaskClient, shop: Workshop) -> None:
    post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY.replace("two hours", "three hours"))
    assert (
        "Sam Staff is writing here too" in olga.get(EDIT).text
        and "Sam Staff is writing too" in olga.get("/staff/knowledge/").text
    )
    post(olga, "edit", EDIT, path=FILE, revision="0", text=BODY.replace("bus 12", "bus 14"))
    publish(olga)
    late = publish(sam)
    assert late.status_code == 409 and "Olga Owner published another text" in late.text
    assert "<ins>14</ins>" in late.text and "Nothing is lost" in late.text
    assert "somebody else changed it too" in sam.get("/staff/knowledge/").text
    together = post(sam, "both", f"/staff/knowledge/both?path={FILE}", path=FILE, keep="together")
    assert together.status_code == 303
    assert publish(sam).status_code == 200
    text = str(shop.folder.text(FILE))
    assert "three hours" in text and "bus 14" in text


def test_a_change_by_hand_is_in_the_history_and_stops_an_older_draft(sam: FlaskClient, shop: Workshop) -> None:
    sam.get("/staff/knowledge/")
    post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY.replace("two hours", "three hours"))
    (shop.library.folder / FILE).write_text(PARKING.replace("two hours", "nine hours"), encoding="utf-8")
    assert "Changed in the folder" in sam.get("/staff/knowledge/history").text
    late = publish(sam)
    assert late.status_code == 409 and "changed in the folder" in late.text and "nine" in late.text
    assert post(sam, "both", path=FILE, keep="theirs").status_code == 303
    assert shop.drafts.all() == [] and "nine hours" in str(shop.folder.text(FILE))


def test_a_draft_that_breaks_a_test_is_refused_in_clear_words(sam: FlaskClient, shop: Workshop) -> None:
    post(
        sam,
        "edit",
        EDIT,
        path=FILE,
        revision="0",
        text=BODY.replace("# Coming to us\n", "").replace("## Where", "Where").replace("## How", "How"),
    )
    tests = "/staff/knowledge/edit?path=checks.md"
    post(
        sam,
        "edit",
        tests,
        path="checks.md",
        revision="0",
        text="- how do I get to you by bus -> Nowhere\n- good -> small talk\nx\n- broken line\n",
    )
    page = sam.get("/staff/knowledge/check").text
    assert "cannot be published yet" in page and "This line is not an answer test" in page and 'name="draft"' not in page
    drafts = [f"{d.path}:{d.revision}" for d in shop.drafts.all()]
    refused = post(sam, "publish", draft=drafts)
    assert refused.status_code == 422 and len(shop.drafts.all()) == 2 and shop.folder.text(FILE) == PARKING


def test_what_is_published_is_what_was_checked(sam: FlaskClient, shop: Workshop) -> None:
    post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY + "\nOne.\n")
    checked = revision(sam)
    post(sam, "edit", EDIT, path=FILE, revision=checked, text=BODY + "\nTwo.\n")
    assert post(sam, "publish", draft=f"{FILE}:{checked}").status_code == 303
    assert shop.folder.text(FILE) == PARKING


def test_a_version_is_brought_back_with_one_click(sam: FlaskClient, shop: Workshop) -> None:
    sam.get("/staff/knowledge/")
    first = shop.history.newest()
    post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY.replace("two hours", "three hours"))
    publish(sam)
    newest = shop.history.newest()
    assert first and newest
    page = sam.get(f"/staff/knowledge/history/{newest.id}").text
    assert "<ins>three</ins>" in page and "Undo this" in page
    assert post(sam, "history/return", version=str(first.id)).status_code == 200
    assert shop.folder.text(FILE) == PARKING
    assert "brought back" in sam.get("/staff/knowledge/history").text
    assert post(sam, "history/return", version=str(first.id)).status_code == 303  # nothing to bring back
    assert post(sam, "history/return", version=str(newest.id), path=FILE).status_code == 200
    assert "three hours" in str(shop.folder.text(FILE))
    assert post(sam, "history/return", version="9999").status_code == 404


def test_a_new_article_begins_as_a_draft(sam: FlaskClient, shop: Workshop) -> None:
    assert post(sam, "new", title="  ").status_code == 422
    made = post(sam, "new", title="Knee pain & you")
    assert made.headers["Location"].endswith("edit?path=knee-pain-you.md")
    assert "The first question" in sam.get(made.headers["Location"]).text
    assert shop.folder.text("knee-pain-you.md") is None
    assert "you have a draft" in sam.get("/staff/knowledge/").text
    assert publish(sam, "knee-pain-you.md").status_code == 200
    assert {a.title for a in shop.library.current.articles} == {"Coming to us", "Knee pain & you"}
    out = post(sam, "take-out", path="knee-pain-you.md")
    assert "is taken out" in sam.get(out.headers["Location"]).text
    publish(sam, "knee-pain-you.md")
    assert len(shop.library.current.articles) == 1


def test_a_section_for_a_question_opens_the_editor_with_a_stub(sam: FlaskClient) -> None:
    page = sam.get(f"{EDIT}&heading=%23%23+Do+you+have+<wifi>%3F").text
    assert "## Do you have &lt;wifi&gt;?" in page and "Write here what the clinic says" in page


def test_a_file_is_brought_in_and_a_bad_one_told_in_clear_words(sam: FlaskClient, shop: Workshop) -> None:
    page = "/staff/knowledge/import"
    good = post(sam, "import", page, file=(io.BytesIO(b"Parking\n\nIn the yard. It is free."), "note.txt"))
    assert good.status_code == 303 and "parking.md" in good.headers["Location"]
    assert "only what you publish is shown" in sam.get(good.headers["Location"]).text
    bad = post(sam, "import", page, file=(io.BytesIO(b"%PDF-1.4"), "x.docx"))
    assert bad.status_code == 422 and "This is a PDF" in bad.text
    assert "choose a file" in post(sam, "import", page).text
    pasted = post(sam, "import", page, text="Opening day\n\nWe open in May. Come and see.")
    assert pasted.status_code == 303
    large = sam.post("/staff/knowledge/import", data=b"x" * 50_000_000, content_type="multipart/form-data; boundary=y")
    assert large.status_code == 413 and "5 MB" in large.text
    assert {d.path for d in shop.drafts.all()} == {"parking.md", "opening-day.md"}


def test_words_of_visitors_are_added_and_removed(sam: FlaskClient, shop: Workshop) -> None:
    assert "Where can I park?" in sam.get("/staff/knowledge/words").text
    page = "/staff/knowledge/words/parking"
    assert "where do I leave my car" in sam.get(page).text
    assert post(sam, "words/parking", page, language="en", lines="can I leave my van\nany room for a truck").status_code == 303
    text = sam.get(page).text
    assert "can I leave my van" in text and "Check and publish" in text
    assert post(sam, "words/parking", page, language="en", gone="can I leave my van").status_code == 303
    draft = str(shop.drafts.all()[0].text)
    assert "any room for a truck" in draft and "van" not in draft and "# a line from the front desk" in draft
    assert post(sam, "words/parking", page, language="en", lines="?!").status_code == 422
    assert sam.get("/staff/knowledge/words/nothing").status_code == 404


def test_a_matter_that_nobody_has_written_about_is_added(sam: FlaskClient, shop: Workshop) -> None:
    page = "/staff/knowledge/matters/new"
    assert post(sam, "matters/new", page, about="wifi", en="", es="x", lines="wifi").status_code == 422
    made = post(sam, "matters/new", page, about="Wifi", en="Our articles do not say if there is wifi.", es="Nuestros artículos no hablan del wifi.",
                reply="contact", lines="do you have wifi\nis there internet")  # fmt: skip
    assert made.status_code == 303 and publish(sam, "phrasings/our-matters.toml").status_code == 200
    group = next(g for g in shop.library.current.groups if g.id == "wifi")
    assert (group.reply, group.lines["en"]) == ("contact", ("do you have wifi", "is there internet"))
    twice = post(sam, "words/wifi", "/staff/knowledge/words/wifi", language="en", lines="where do I leave my car")
    assert twice.status_code == 422 and "already stands" in twice.text


def test_the_clinics_hours_are_typed_as_people_write_them(sam: FlaskClient, shop: Workshop) -> None:
    page = "/staff/knowledge/clinic"
    facts = {"name": "Yard Clinic", "phone": "(212) 227-3233", "website": "https://clinic.example"}
    wrong = post(sam, "clinic", page, **{**facts, "monday": "all day", "phone": "call me"})
    assert wrong.status_code == 422 and 'id="monday-wrong"' in wrong.text and 'id="phone-wrong"' in wrong.text
    assert 'value="all day"' in wrong.text and shop.drafts.all() == []
    assert "is no date" in post(sam, "clinic", page, **facts, holidays="Christmas").text
    post(sam, "clinic", page, **facts, monday="8am - 6 pm", tuesday="8-12, 13-18", holidays="2026-12-25")
    assert publish(sam, "clinic.toml").status_code == 200
    clinic = shop.library.current.clinic
    assert clinic.hours == (("monday", "08:00-18:00"), ("tuesday", "08:00-12:00, 13:00-18:00"))
    assert (clinic.name, clinic.holidays) == ("Yard Clinic", ("2026-12-25",))
    assert "# Opening hours, for example" in str(shop.folder.text("clinic.toml"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("9-17", "09:00-17:00"), ("12am-12pm", "00:00-12:00"), ("13pm-2", "13pm-2"), ("", ""), ("closed", "closed")],
)
def test_hours_are_tidied_or_left_as_they_are(typed: str, kept: str) -> None:
    assert tidy_hours(typed) == kept


def test_safety_messages_are_for_owners_with_a_clinicians_name(sam: FlaskClient, olga: FlaskClient, shop: Workshop) -> None:
    assert sam.get("/staff/knowledge/safety").status_code == 403
    assert sam.get("/staff/knowledge/edit?path=safety/messages.en.toml").status_code == 404
    page = olga.get("/staff/knowledge/safety").text
    fields = dict(re.findall(r'<textarea id="([a-z_.]+)" name="[a-z_.]+"[^>]*>\n?([^<]*)</textarea>', page))
    fields = {name: text.replace("&#39;", "'").replace("&amp;", "&") for name, text in fields.items()}
    assert len(fields) == 18 and "no clinician has signed" in page
    fields["en.urgent"] = "Please see a doctor today. If you get worse, call 911."
    assert "first and last name" in post(olga, "safety", "/staff/knowledge/safety", **fields, reviewer="x").text
    assert (
        "must say to call 911"
        in post(olga, "safety", "/staff/knowledge/safety", **{**fields, "en.medical": "Wait."}, reviewer="Dr. Ann Lee").text
    )
    kept = post(olga, "safety", "/staff/knowledge/safety", **fields, reviewer="Dr. Ann Lee")
    assert kept.status_code == 303
    done = publish(olga, "safety/messages.en.toml")
    assert done.status_code == 200, done.text
    text = str(shop.folder.text("safety/messages.en.toml"))
    assert "# Read and approved by Dr. Ann Lee, 20" in text and "signed them yet" not in text
    newest = shop.history.newest()
    assert newest and "Reviewed by Dr. Ann Lee" in newest.note
    first = shop.history.page(0, 100)[-1]
    assert post(sam, "history/return", version=str(first.id)).status_code == 403


@pytest.mark.parametrize("path", ["../../etc/passwd", "nothing.md", "", "%00", "safety/emergencies.toml", "x" * 500])
def test_no_page_opens_what_is_no_file_of_the_knowledge(sam: FlaskClient, path: str) -> None:
    assert sam.get(f"/staff/knowledge/edit?path={path}").status_code in (403, 404)
    assert post(sam, "edit", path=path, text="x").status_code in (403, 404)


def test_a_hostile_text_is_shown_as_text(sam: FlaskClient) -> None:
    post(
        sam,
        "edit",
        EDIT,
        path=FILE,
        revision="0",
        text=BODY + '\n## <script>alert(1)</script>\n\n"><img src=x onerror=alert(1)>\x00\x08 here.\n',
    )
    for page in (EDIT, "/staff/knowledge/check", "/staff/knowledge/"):
        text = sam.get(page).text
        assert "<script>alert" not in text and "<img src=x" not in text


def test_answer_tests_are_a_list_that_staff_add_to_and_take_from(sam: FlaskClient, shop: Workshop) -> None:
    page = "/staff/knowledge/tests"
    assert "where can I park" in sam.get(page).text
    assert "choose what must come back" in post(sam, "tests", page, question="is there wifi", wanted="Nowhere").text
    assert post(sam, "tests", page, question="->", wanted="contact").status_code == 422
    assert post(sam, "tests", page, question="can I park my van", wanted="Where can I park?", must="yes").status_code == 303
    text = sam.get(page).text
    assert "can I park my van" in text and "Check and publish" in text
    assert post(sam, "tests", page, gone="how do I get to you by bus").status_code == 303
    assert publish(sam, "checks.md").status_code == 200
    assert [c.question for c in shop.library.current.checks] == ["where can I park", "can I park my van"]
    assert post(sam, "tests", page, gone="nothing of the kind").status_code == 422


def test_the_chats_own_sentences_keep_their_gaps_and_comments(sam: FlaskClient, shop: Workshop) -> None:
    page = "/staff/knowledge/wording"
    text = sam.get(page).text
    assert "the articles of {name}" in text and "When a short follow-up is understood" in text
    wrong = post(sam, "wording", page, **{"greeting.en": "Hi! Ask me.", "no_answer.es": ""})
    assert wrong.status_code == 422 and "Keep {name} as it is" in wrong.text and "must not be empty" in wrong.text
    assert shop.drafts.all() == []
    assert post(sam, "wording", page, **{"greeting.en": "Hello from {name}!"}).status_code == 303
    before, after = str(shop.folder.text("wording.toml")), str(shop.drafts.all()[0].text)
    assert [line for line in after.splitlines() if line not in before] == ['en = "Hello from {name}!"']
    assert publish(sam, "wording.toml").status_code == 200
    assert shop.library.current.wording.texts["greeting"]["en"] == "Hello from {name}!"


def test_phrasings_follow_a_changed_heading_with_one_click(sam: FlaskClient, shop: Workshop) -> None:
    post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY.replace("## Where can I park?", "## Parking your car"))
    check = sam.get("/staff/knowledge/check").text
    assert "You changed words that other things point to" in check and "Publish without that" in check
    assert post(sam, "carry").status_code == 303
    assert {d.path for d in shop.drafts.all()} == {FILE, "phrasings/parking.toml", "checks.md"}
    page = sam.get("/staff/knowledge/check").text
    assert "other things point to" not in page
    assert post(sam, "publish", draft=re.findall(r'name="draft" value="([^"]+)"', page)).status_code == 200
    assert all(o.passed for o in shop.library.current.outcomes) and shop.library.current.problems == ()


def test_a_tab_from_before_a_draft_was_thrown_away_overwrites_no_newer_one(sam: FlaskClient, shop: Workshop) -> None:
    post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY + "\nOld.\n")
    old = revision(sam)
    post(sam, "discard", path=FILE)
    late = post(sam, "edit", EDIT, path=FILE, revision=old, text=BODY + "\nLate.\n")
    assert late.status_code == 409 and "published or thrown away in another tab" in late.text and "Late." in late.text
    post(sam, "edit", EDIT, path=FILE, revision="0", text=BODY + "\nNew.\n")
    assert post(sam, "edit", EDIT, path=FILE, revision=old, text=BODY + "\nLate.\n").status_code == 409
    assert "New." in str(shop.drafts.all()[0].text)


def test_phrasings_catch_up_with_a_change_that_was_made_by_hand(sam: FlaskClient, shop: Workshop) -> None:
    sam.get("/staff/knowledge/")
    (shop.library.folder / FILE).write_text(PARKING.replace("## Where can I park?", "## Parking your car"), encoding="utf-8")
    assert shop.library.refresh()
    assert "point to words that are not there any more" in sam.get("/staff/knowledge/").text
    done = post(sam, "catch-up")
    assert done.status_code == 303
    page = sam.get(done.headers["Location"]).text
    assert post(sam, "publish", draft=re.findall(r'name="draft" value="([^"]+)"', page)).status_code == 200
    assert shop.library.current.problems == ()
    assert "point to words" not in sam.get("/staff/knowledge/").text
    assert "/words" in post(sam, "catch-up").headers["Location"]  # nothing is left to follow


def test_the_check_asks_again_what_visitors_have_asked_in_vain(app: Flask, sam: FlaskClient, shop: Workshop) -> None:
    asked = {"type": "ask", "id": "a1", "text": "who painted the mural"}
    assert app.test_client().post("/chat", json=asked).get_json()["kind"] == "no_answer"
    assert app.extensions["pinpoint"].recorder.settle()
    post(
        sam,
        "edit",
        EDIT,
        path=FILE,
        revision="0",
        text=BODY + "\n## Who painted the mural?\n\nThe mural was painted by Nina Sol.\n",
    )
    page = sam.get("/staff/knowledge/check").text
    assert "Questions of visitors that get another answer" in page and "who painted the mural" in page
    done = publish(sam)
    assert "These questions of visitors get another answer now" in done.text
    assert app.test_client().post("/chat", json={**asked, "id": "a2"}).get_json()["kind"] == "answer"
