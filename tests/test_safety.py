"""The safety rules: every example of every rule, disguises, length, and the failure path."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import safety
from rag.errors import KnowledgeError
from rag.safety import UNKNOWN, Risk, check, find_risks, join_risks
from rag.safety_rules import load_rows, load_rules

CATEGORIES = {
    "suicide_self",
    "self_harm",
    "partner_suicide",
    "violence_received",
    "violence_intent",
    "coercive_control",
    "sexual_coercion",
    "child_danger",
}
RULES = [rule for row in load_rows() for rule in row.rules]


def fired(text: str) -> set[str]:
    return {risk.rule for risk in find_risks(text)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples(rule):
    for text in rule.matches:
        assert rule.id in fired(text), text
    for text in rule.ignores:
        assert rule.id not in fired(text), text


def test_every_category_has_rules_and_a_rank_of_its_own():
    categories = load_rules()
    assert {category.name for category in categories} == CATEGORIES
    assert len({category.rank for category in categories}) == len(categories)


def test_reasons_belong_to_one_rule_each():
    reasons = [rule.why for rule in RULES]
    assert len(reasons) == len(set(reasons))
    assert not any(character.isdigit() for why in reasons for character in why)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("I keep my shoes by the door now", "violence_received"),
        ("I listen for his key and I can tell by the door how the night goes", "violence_received"),
        ("She'd be better off without me", "suicide_self"),
        ("I found a good home for the dog, so that is done", "suicide_self"),
        ("He checks my pockets when I get in", "coercive_control"),
        ("I sleep in the car so I feel safe, doors locked", "violence_received"),
        ("He blocks the doorway so I cannot leave", "violence_received"),
        ("He says I must prove I love him by having sex", "sexual_coercion"),
        ("She follows me to work and waits outside", "coercive_control"),
        ("He had his hands round my neck", "violence_received"),
        ("I'll ruin him, I will make him pay", "violence_intent"),
        ("I have pictures of children that someone sent", "child_danger"),
        ("I left the toddler alone in the bath", "child_danger"),
        ("I've been counting the insulin pens and the pills", "suicide_self"),
    ],
)
def test_meaning_without_trigger_words(text, category):
    assert category in check(text).categories


@pytest.mark.parametrize(
    "text",
    [
        "i want to k1ll myself",
        "I WANT TO KILL MYSELF",
        "thinking of unaliving myself",
        "k.m.s tonight",
        "i am s u i c i d a l",
        "Кilling mуself tonight",
        "su*cidal again",
        "i wanna d1e",
        "he ch0ked me",
        "he r@ped me",
        "s3lf h@rm again",
        "found c.p on his laptop",
        "he h1t me again last nite",
        "ＩＷＡＮＴ to die, i want to die",
        "i want to\u200b d\u200bie",
    ],
)
def test_disguise_does_not_hide_risk(text):
    assert check(text).severity != "none"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "How do I tell her I feel hurt?",
        "What is step three?",
        "I could have murdered him when I saw the bill.",
        "It hit me that he had lied for years.",
        "We watched a film about suicide and it was slow.",
        "I'm dying to know whether he read it.",
        "He killed the mood.",
        "I could kick myself for asking so late.",
    ],
)
def test_ordinary_talk_is_left_alone(text):
    assert check(text).severity == "none"


def test_gravest_first_and_own_words():
    seen = check("He tracks my phone. Last night he put his hands round my neck and I passed out.")
    assert seen.category == "violence_received"
    assert seen.severity == "immediate"
    assert seen.categories[0] == "violence_received"
    assert "coercive_control" in seen.categories
    assert seen.why
    assert any("hands round my neck" in words for words in seen.words)


def test_words_are_as_typed():
    assert any("K1LL" in words for words in check("I will K1LL  myself").words)


@pytest.mark.parametrize("length", [10_000, 100_000, 500_000])
def test_risk_at_the_end_of_a_long_text_is_found(length):
    began = time.process_time()
    story = ("We talked about the weekend and the bins. " * (length // 42)) + "I want to die."
    assert check(story).category == "suicide_self"
    assert time.process_time() - began < 60


@pytest.mark.parametrize("piece", ["he ", "my ", "if i ", "(", "k ", "he said he said ", "aaaa "])
def test_no_pattern_runs_away(piece):
    began = time.process_time()
    check(piece * (5_000 // len(piece)))
    assert time.process_time() - began < 5


@given(st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_never_raises(text):
    seen = check(text)
    assert seen.category != UNKNOWN
    assert (seen.severity == "none") == (not seen.categories)


def test_failure_errs_towards_help(monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr(safety, "find_risks", broken)
    seen = check("hello")
    assert (seen.category, seen.severity) == (UNKNOWN, "elevated")
    assert seen.why


def test_missing_rules_err_towards_help(tmp_path: Path):
    assert check("hello", folder=tmp_path).severity == "elevated"


def test_failure_logs_nothing_that_was_typed(monkeypatch, caplog):
    monkeypatch.setattr(safety, "find_risks", lambda *_a, **_k: 1 / 0)
    check("my secret sentence")
    assert "secret" not in caplog.text


def test_join_takes_risks_from_elsewhere():
    risk = Risk("encoder", "coercive_control", 7, "elevated", "A reason in plain words.", "words")
    grave = Risk("encoder", "self_harm", 8, "immediate", "Another reason here.", "cut")
    seen = join_risks([risk, grave])
    assert (seen.category, seen.severity) == ("self_harm", "immediate")
    assert seen.categories == ("self_harm", "coercive_control")
    assert join_risks([]).severity == "none"


def test_broken_pattern_is_named(tmp_path: Path):
    (tmp_path / "safety").mkdir()
    (tmp_path / "terms.yaml").write_text("G: x\n", encoding="utf-8")
    (tmp_path / "safety" / "a.yaml").write_text(
        "category: a\nabout: b\nrank: 1\nrules:\n- id: bad-one\n  severity: elevated\n"
        "  pattern: '(x'\n  why: A reason that is long enough.\n"
        "  matches: [aaa, bbb, ccc, ddd]\n  ignores: [eee, fff, ggg]\n",
        encoding="utf-8",
    )
    with pytest.raises(KnowledgeError, match="bad-one"):
        load_rules(tmp_path)
