"""Triage: which messages stop, which do not, and what a broken rules folder does."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import KnowledgeBase
from bot.safety import Rules, load, message, triage
from bot.safety_net import FILES, SIGNS, Net, leaning, load_net
from bot.safety_page import page
from bot.safety_patterns import find
from bot.safety_rules import MESSAGES
from bot.safety_wordings import WordingError, compile_lexicon
from tests.knowledge_folder import KNOWLEDGE, ROOT, clinic


def cases() -> list[tuple[str, str]]:
    """(tier, message) of each line of the cases file."""
    found, tier = [], ""
    for line in (ROOT / "tests" / "cases" / "safety.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            tier = line[3:]
        elif line.startswith("- "):
            found.append((tier, line[2:]))
    return found


@pytest.mark.parametrize(("tier", "text"), cases())
def test_a_message_gets_its_tier(kb: KnowledgeBase, tier: str, text: str) -> None:
    assert triage(kb.rules, text).tier == tier


def test_every_rule_loads_with_its_own_examples_as_tests(kb: KnowledgeBase) -> None:
    assert [p for p in kb.problems if p.file.startswith("safety")] == []
    assert len(kb.rules.rules) > 100
    assert all(len(rule.fire) >= 2 and len(rule.quiet) >= 2 for rule in kb.rules.rules)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("i want to die", "self_harm"),
        ("my wife hits me and my chest hurts", "violence"),
        ("i took 20 tylenol", "overdose"),
        ("cant breathe since the needles", "after_needling"),
        ("my face is drooping", "medical"),
        ("i took all my pills because i want to die", "self_harm"),
    ],
)
def test_the_message_is_the_right_one(kb: KnowledgeBase, text: str, name: str) -> None:
    assert triage(kb.rules, text).message == name


@pytest.mark.parametrize(
    "text", ["i cant braethe", "my fcae is drooping", "numbnes in my groin", "no puedo respriar", "I WANT TO DIE"]
)
def test_slips_of_the_thumb_are_mended(kb: KnowledgeBase, text: str) -> None:
    assert triage(kb.rules, text).tier == "T1"


def test_real_words_are_not_mended(kb: KnowledgeBase) -> None:
    assert triage(kb.rules, "please stoke the fire, i hurt my feet").tier != "T1"


def test_playing_down_takes_nothing_back(kb: KnowledgeBase) -> None:
    assert triage(kb.rules, "probably nothing but my chest hurts and my arm is numb").tier == "T1"


def test_a_laugh_takes_back_one_sign_not_two(kb: KnowledgeBase) -> None:
    assert triage(kb.rules, "my legs went numb haha").tier != "T1"
    assert triage(kb.rules, "my chest hurts and my face is drooping lol").tier == "T1"


def test_fixed_messages_have_both_languages_and_at_most_sixty_words(kb: KnowledgeBase) -> None:
    for name in (*MESSAGES, "privacy"):
        texts = {message(kb.rules, name, language) for language in ("en", "es")}
        assert len(texts) == 2
        assert all(len(text.split()) <= 60 for text in texts)


def test_the_page_of_the_rules_is_current_and_says_that_nobody_signed(kb: KnowledgeBase) -> None:
    written = (ROOT / "docs" / "safety-rules.md").read_text(encoding="utf-8")
    assert written == page(kb.rules, kb.clinic), "make it again: python -m bot safety-rules > docs/safety-rules.md"
    assert "No clinician has signed" in written


# --- a folder that is broken ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the safety folder that a test may break."""
    shutil.copytree(KNOWLEDGE / "safety", tmp_path / "safety")
    return tmp_path / "safety"


def _add(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


RULE = """
[[rule]]
id = "mine"
flag = "mine"
message = "urgent"
note = "A test."
all = ["footdrop"]
source = "test"
"""


def test_a_rule_without_examples_is_not_loaded(folder: Path) -> None:
    _add(folder / "today.toml", RULE)
    rules, problems = load(folder)
    assert "mine" not in {rule.id for rule in rules.rules}
    assert "two examples" in problems[0].wrong


def test_a_rule_that_fails_its_own_example_is_not_loaded(folder: Path) -> None:
    _add(folder / "today.toml", RULE + 'fire = ["foot drop", "nothing of the kind"]\nquiet = ["hello", "bye"]\n')
    rules, problems = load(folder)
    assert "mine" not in {rule.id for rule in rules.rules}
    assert '"nothing of the kind" should fire it' in problems[0].wrong


@pytest.mark.parametrize("name", ["concepts.toml", "context.toml", "emergencies.toml"])
def test_a_broken_file_is_a_problem_not_an_error(folder: Path, name: str) -> None:
    (folder / name).write_text("[[[", encoding="utf-8")
    rules, problems = load(folder)
    assert problems
    assert triage(rules, "anything").tier in ("T0", "T1", "T2", "T3")


def test_without_any_file_the_built_in_text_names_911_and_988(tmp_path: Path) -> None:
    rules, problems = load(tmp_path)
    assert problems
    assert rules.rules == ()
    assert all(
        "911" in message(rules, "medical", tongue) and "988" in message(rules, "medical", tongue) for tongue in ("en", "es")
    )


# --- wordings ---------------------------------------------------------------------------------------------------------


def _stands(wordings: dict[str, list[str]], text: str) -> set[str]:
    words = text.split()
    return set(find(compile_lexicon(wordings)[0], words, [(0, len(words))]))


def test_a_wording_may_skip_up_to_three_words_but_no_denial() -> None:
    lists = {"hot": ["red ~ hot"]}
    assert _stands(lists, "red and very very hot") == {"hot"}
    assert _stands(lists, "red and very very very hot") == set()
    assert _stands(lists, "red but not hot") == set()


def test_a_wording_may_name_another_group_a_number_and_an_ending() -> None:
    lists = {"legs": ["legs/both_feet"], "numb": ["{legs} ~ numb*", "#38-42 fever"]}
    assert _stands(lists, "both feet are numbish") == {"legs", "numb"}
    assert _stands(lists, "39 fever") == {"numb"}
    assert _stands(lists, "37 fever") == set()


@pytest.mark.parametrize("text", ["", "~ hot", "red/", "red ~ hot?", "{nobody}", "red!"])
def test_an_odd_wording_is_left_out_and_named_the_others_stay(text: str) -> None:
    lexicon, wrong = compile_lexicon({"mine": [text, "good"]})
    assert "mine" in wrong[0]
    assert set(find(lexicon, ["good"], [(0, 1)])) == {"mine"}


def test_groups_that_name_each_other_are_refused() -> None:
    with pytest.raises(WordingError, match="circle"):
        compile_lexicon({"a": ["{b}"], "b": ["{a}"]})


# --- the second net ---------------------------------------------------------------------------------------------------


def _net(leans: tuple[float, float], **weighs: float) -> Net:
    """A net that leans as `leans` says; what else speaks for a tier is given by name."""
    numbers = np.array([[2.0, 0.0, 6.0], [2.0, 5.0, 0.0]], np.float32)
    own = tuple({"lean": 1.0, **weighs}.get(sign, 0.0) for sign in SIGNS)
    return Net(("urgent", "medical"), leans, {"ball": 0, "#numb": 1}, numbers, {"T1": own, "T2": own, "T3": own})


def _witnessed(kb: KnowledgeBase, net: Net | None) -> Rules:
    return Rules(kb.rules.rules, kb.rules.lexicon, kb.rules.speller, kb.rules.messages, kb.rules.concepts, net)


def test_the_net_tells_the_chance_of_each_tier_or_worse() -> None:
    net = _net((-3.0, -3.0))
    assert leaning(net, ("ball",), ()).chance["T1"] > 0.9
    numb = leaning(net, ("cup",), ("numb",)).chance
    assert numb["T1"] < 0.1 < 0.8 < numb["T2"]
    assert leaning(net, ("cup",), ()).chance["T2"] < 0.1


def test_what_a_context_took_back_the_net_raises_only_if_it_is_surer(kb: KnowledgeBase) -> None:
    eager = _witnessed(kb, _net((0.0, 5.0), taken_back=-7.0))
    assert triage(eager, "is the office warm").tier == "T1"
    assert triage(eager, "no chest pain").tier == "T0"
    assert triage(_witnessed(kb, _net((0.0, 9.0), taken_back=-7.0)), "no chest pain").tier == "T1"


def test_a_broad_rule_needs_the_net_as_second_witness_more_than_another(kb: KnowledgeBase) -> None:
    calm = _witnessed(kb, _net((-5.0, -3.0), rule=4.0, broad=1.0))
    assert triage(calm, "cant move my legs").tier == "T0"
    assert triage(calm, "he is limp and blue around the mouth and i cant pee").tier == "T1"
    assert triage(_witnessed(kb, None), "cant move my legs").tier == "T1"


def test_the_net_silences_no_rule_that_is_not_broad_but_in_a_long_story(kb: KnowledgeBase) -> None:
    calm = _witnessed(kb, _net((-9.0, -9.0), rule=4.0))
    danger = "he is limp and blue around the mouth and i cant pee"
    story = " ".join(["My back is stiff from the garden and I would like to come in some day next week if you have time."] * 2)
    assert triage(calm, danger).tier == "T1"
    assert triage(calm, f"{danger}. {story}").tier == "T0"
    assert triage(kb.rules, f"{danger}. {story}").tier == "T1"
    assert triage(calm, f"i want to kill myself tonight. {story}").tier == "T1"


def test_of_precautions_the_net_is_witness_only(kb: KnowledgeBase) -> None:
    eager = _net((-9.0, -9.0), start=99.0)
    for tier in ("T1", "T2"):
        eager.weighs[tier] = (-999.0, *(0.0 for _ in SIGNS[1:]))
    only = _witnessed(kb, eager)
    assert triage(only, "is the office warm").tier == "T0"
    assert triage(only, "i have a pacemaker").tier == "T3"


def test_the_plain_forms_of_every_rule_convince_the_net_too(kb: KnowledgeBase) -> None:
    worse = {"T1": ("T1",), "T2": ("T1", "T2"), "T3": ("T1", "T2", "T3"), "T0": ()}
    examples = [(rule.tier, text) for rule in kb.rules.rules for text in rule.fire]
    assert [text for tier, text in examples if triage(kb.rules, text).tier not in worse[tier]] == []


@pytest.mark.parametrize(
    "text",
    [
        "[[[",
        "classes\tmedical\nstart\tmuch\nT1\t1\nT2\t1\nT3\t1\na\t1\t1\n",
        "classes\tmedical\nstart\t1\nT1\t1\nT2\t1\nT3\t1\na\t1\n",
    ],
)
def test_a_broken_net_is_left_out_and_named(tmp_path: Path, text: str) -> None:
    for name in FILES:
        (tmp_path / name).write_text(text if name == FILES[0] else "", encoding="utf-8")
    net, problems = load_net(tmp_path)
    assert net is None
    assert len(problems) == 1


# --- laws -------------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_triage_never_raises_and_answers_the_same_twice(text: str) -> None:
    rules = clinic().rules
    assert triage(rules, text) == triage(rules, text)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["i want to die", "i cant breathe", "no siento las piernas"]),
    st.sampled_from(["", "hello. ", "thanks, ", "ok so "]),
)
def test_small_talk_before_it_hides_no_emergency(danger: str, before: str) -> None:
    assert triage(clinic().rules, before + danger).tier == "T1"
