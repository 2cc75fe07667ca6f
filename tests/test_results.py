"""Results of tests are remembered for as long as nothing changes that they rest on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot import results
from bot.assistant import finish
from bot.knowledge import load
from bot.results import MOST, remembered
from tests.knowledge_folder import CACHE, KNOWLEDGE, give_fit, small_folder

ARTICLE = "# Knees\n\n## Does It Help Knees?\n\nIt can help sore knees.\n"
CHECKS = "- does it help knees -> Does It Help Knees?\n- does it help knees -> no answer\n"


class _Counted:
    """Something costly that tells how often it was done."""

    def __init__(self, value: object = 1) -> None:
        self.value, self.times = value, 0

    def __call__(self) -> object:
        self.times += 1
        return self.value


def test_what_was_worked_out_once_is_read_back(tmp_path: Path) -> None:
    act = _Counted({"rule": "it should fire."})
    assert [remembered(tmp_path, ["examples", 1], act) for _ in range(3)] == [{"rule": "it should fire."}] * 3
    assert act.times == 1


def test_another_key_other_code_or_another_library_is_worked_out_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    act = _Counted()
    remembered(tmp_path, ["examples", 1], act)
    remembered(tmp_path, ["examples", 2], act)
    monkeypatch.setattr(results, "_program", lambda: ["other code"])
    remembered(tmp_path, ["examples", 1], act)
    assert act.times == 3


def test_a_file_that_was_cut_off_is_worked_out_anew(tmp_path: Path) -> None:
    act = _Counted()
    remembered(tmp_path, "key", act)
    next(tmp_path.glob("*.json")).write_text('{"rule', encoding="utf-8")
    assert remembered(tmp_path, "key", act) == 1
    assert act.times == 2


def test_without_a_place_to_keep_them_results_are_worked_out_each_time(tmp_path: Path) -> None:
    act = _Counted()
    (tmp_path / "file").touch()
    for place in (None, None, tmp_path / "file"):
        assert remembered(place, "key", act) == 1
    assert act.times == 3


def test_old_results_do_not_fill_the_disk(tmp_path: Path) -> None:
    for number in range(MOST + 5):
        remembered(tmp_path, number, _Counted())
    assert len(list(tmp_path.glob("*.json"))) == MOST


def test_a_start_with_an_unchanged_folder_has_the_same_outcomes_without_asking_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_folder(tmp_path, knees=ARTICLE)
    (folder / "checks.md").write_text(CHECKS, encoding="utf-8")
    give_fit(tmp_path)
    first = finish(load(folder, tmp_path / "fitted"))
    assert [outcome.passed for outcome in first.outcomes] == [True, False]
    monkeypatch.setattr("bot.assistant.judged", None)
    monkeypatch.setattr("bot.safety._failing", None)
    again = finish(load(folder, tmp_path / "fitted"))
    assert again.outcomes == first.outcomes
    assert again.rules.rules == first.rules.rules


def test_an_edit_is_tested_before_it_is_answered_from(tmp_path: Path) -> None:
    folder = small_folder(tmp_path, knees=ARTICLE)
    (folder / "checks.md").write_text(CHECKS, encoding="utf-8")
    before = finish(load(folder, CACHE))
    (folder / "knees.md").write_text(ARTICLE.replace("Does It Help Knees?", "Sore Knees"), encoding="utf-8")
    after = finish(load(folder, CACHE, before))
    assert after.cache is None  # it may rest on what the snapshot before had
    assert after.outcomes != before.outcomes


def test_a_rule_whose_example_fails_stays_out_at_the_second_start_too(tmp_path: Path) -> None:
    folder = small_folder(tmp_path, knees=ARTICLE)
    rule = load(folder, tmp_path / "fitted").rules.rules[0]
    texts = {path: path.read_text(encoding="utf-8") for path in (folder / "safety").glob("*.toml")}
    file, text = next((path, text) for path, text in texts.items() if rule.fire[0] in text)
    file.write_text(text.replace(rule.fire[0], "the weather is nice", 1), encoding="utf-8")
    for _ in range(2):
        found = load(folder, tmp_path / "fitted")
        assert rule.id not in {one.id for one in found.rules.rules}
        assert any(rule.id in problem.wrong for problem in found.problems)


def test_the_clinics_own_folder_comes_up_from_what_is_kept_as_it_came_up_first(tmp_path: Path) -> None:
    first = finish(replace(load(KNOWLEDGE, CACHE), cache=None))
    kept = finish(load(KNOWLEDGE, CACHE))
    assert kept.outcomes == first.outcomes
