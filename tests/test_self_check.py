"""The self-check: its wording, its arithmetic, what it refuses, and that it is fair to both."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import InputError, KnowledgeError
from rag.paths import KNOWLEDGE
from rag.self_check import StepNotes, compare, load_self_check, summarise

CHECK = load_self_check()
IDS = [item.id for item in CHECK.items]
ANSWERS = st.dictionaries(st.sampled_from(IDS), st.integers(0, 3))
SHAME = re.compile(
    r"\b(addict|fail|score|points? out|grade|percent|bad at|should have|your fault|pervert"
    r"|must|guilty|cheat|overreact|journey|navigate)|%|!|—",
    re.IGNORECASE,
)
ORDERS = re.compile(
    r"\byou (need to|have to|should|must|ought)\b(?! not)|\bmake (him|her|them|your partner)\b"
)


def said(notes: StepNotes, reader: str) -> list[str]:
    return [side.of(reader) for side in (notes.mostly, notes.partly, notes.not_yet)]


def every_line() -> list[str]:
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key != "id":
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
        elif isinstance(node, str):
            found.append(node)

    walk(CHECK.model_dump(mode="json"))
    return found


def all_of(value: int) -> dict[str, int]:
    return dict.fromkeys(IDS, value)


def of_step(step: int, *values: int) -> dict[str, int]:
    ids = [item.id for item in CHECK.items if item.step == step]
    return dict(zip(ids, values, strict=False))


def test_there_are_twenty_one_points_three_a_step_and_four_answers() -> None:
    assert len(CHECK.items) == 21
    assert [item.step for item in CHECK.items] == [n for n in range(1, 8) for _ in range(3)]
    assert [answer.value for answer in CHECK.answers] == [0, 1, 2, 3]
    assert len({answer.label for answer in CHECK.answers}) == 4


@pytest.mark.parametrize("item", CHECK.items, ids=IDS)
def test_a_point_is_one_short_sentence_for_each_partner(item: object) -> None:
    assert item.hurt != item.used
    for text in (item.hurt, item.used):
        assert len(text.split()) <= 22, text
        assert text.count(".") == 1, text
        assert text.endswith("."), text
        assert re.search(r"\b(I|my|we|us)\b", text, re.IGNORECASE), text


def test_no_line_blames_shames_or_scores() -> None:
    lines = every_line()
    assert len(lines) > 100
    assert [line for line in lines if SHAME.search(line)] == []


@pytest.mark.parametrize("notes", CHECK.notes, ids=lambda notes: f"step-{notes.step}")
def test_a_note_is_one_sentence_and_differs_for_each_partner(notes: StepNotes) -> None:
    lines = said(notes, "hurt") + said(notes, "used")
    assert len(set(lines)) == 6
    for line in lines:
        assert line.count(".") == 1, line
        assert line.endswith("."), line
        assert len(line.split()) <= 36, line


def test_no_note_hands_the_hurt_partner_the_other_ones_step() -> None:
    for notes in CHECK.notes:
        for line in said(notes, "hurt"):
            assert not ORDERS.search(line.replace("do not have to", "")), line
    for step in (1, 2):
        assert "your partner's work" in CHECK.notes[step - 1].not_yet.hurt
    assert "nobody can do this step for your partner" in CHECK.notes[4].not_yet.hurt


def test_the_safety_line_names_what_changes_everything_and_where_to_go() -> None:
    for word in ("fear", "force", "control", "Get help now"):
        assert word in CHECK.safety
    assert CHECK.safety.count(".") == 1


@pytest.mark.parametrize("reader", ["hurt", "used"])
@pytest.mark.parametrize(
    ("value", "state", "share"),
    [
        (0, "not yet", 0),
        (1, "partly", 1 / 3),
        (2, "mostly in place", 2 / 3),
        (3, "mostly in place", 1),
    ],
)
def test_the_same_answer_everywhere(reader: str, value: int, state: str, share: float) -> None:
    for found, notes in zip(summarise(all_of(value), reader), CHECK.notes, strict=True):
        assert (found.step, found.answered, found.state) == (notes.step, 3, state)
        assert found.share == pytest.approx(share)
        assert found.note == notes.at(state).of(reader)


def test_nothing_answered_is_not_a_nought() -> None:
    for found in summarise({}, "hurt"):
        assert (found.share, found.answered, found.state) == (None, 0, "not answered")
        assert found.note == CHECK.not_answered.hurt


def test_one_answer_speaks_for_its_own_step_only() -> None:
    first, *others = summarise(of_step(1, 2), "used")
    assert (first.share, first.answered) == (pytest.approx(2 / 3), 1)
    assert all(other.share is None for other in others)


def test_a_not_at_all_yet_keeps_a_step_from_mostly() -> None:
    assert summarise(of_step(2, 3, 3, 0), "hurt")[1].state == "partly"
    assert summarise(of_step(2, 3, 2, 1), "hurt")[1].state == "mostly in place"


@given(ANSWERS, st.sampled_from(["hurt", "used"]))
def test_any_answers_give_seven_states(answers: dict[str, int], reader: str) -> None:
    found = summarise(answers, reader)
    assert [state.step for state in found] == list(range(1, 8))
    assert sum(state.answered for state in found) == len(answers)
    assert all(state.share is None or 0 <= state.share <= 1 for state in found)


@given(ANSWERS, st.sampled_from(IDS))
def test_a_better_answer_never_lowers_a_state(answers: dict[str, int], name: str) -> None:
    order = ["not yet", "partly", "mostly in place"]
    step = next(item.step for item in CHECK.items if item.id == name)
    ranks = [
        order.index(summarise({**answers, name: value}, "hurt")[step - 1].state)
        for value in range(4)
    ]
    assert all(before <= after for before, after in pairwise(ranks))


@pytest.mark.parametrize(
    ("answers", "reader", "says"),
    [
        ({"no-such-point": 1}, "hurt", "no point 'no-such-point'"),
        ({IDS[0]: 4}, "hurt", "0, 1, 2 or 3"),
        ({IDS[0]: -1}, "used", "0, 1, 2 or 3"),
        ({IDS[0]: True}, "used", "0, 1, 2 or 3"),
        ({IDS[0]: "2"}, "used", "0, 1, 2 or 3"),
        ({IDS[0]: None}, "used", "0, 1, 2 or 3"),
        ({IDS[0]: 1}, "both", "one partner at a time"),
        ({}, "someone", "one partner at a time"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(answers: dict, reader: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        summarise(answers, reader)
    assert "\n" not in str(caught.value)


def test_comparing_refuses_a_bad_answer_even_where_the_other_left_it_open() -> None:
    with pytest.raises(InputError, match="no point"):
        compare({"no-such-point": 1}, {})
    with pytest.raises(InputError, match="0, 1, 2 or 3"):
        compare({}, {IDS[0]: 9})


@pytest.mark.parametrize("value", range(4))
def test_two_who_answer_alike_see_it_alike(value: int) -> None:
    for found in compare(all_of(value), all_of(value)):
        assert found.view == "alike"
        assert found.note == CHECK.compare.at(found.hurt.state)


@pytest.mark.parametrize(
    ("hurt", "used", "view"),
    [
        ((3, 3, 3), (2, 2, 2), "hurt sees more"),
        ((1, 1, 1), (2, 2, 2), "used sees more"),
        ((1, 1, 2), (2, 2, 2), "alike"),
        ((0, 0, 2), (1, 1, 1), "alike"),
        ((3,), (2, 3, 3), "hurt sees more"),
    ],
)
def test_where_two_differ(hurt: tuple, used: tuple, view: str) -> None:
    found = compare(of_step(6, *hurt), of_step(6, *used))[5]
    assert found.view == view
    if view != "alike":
        words, notes = CHECK.compare, CHECK.notes[5]
        pair = (words.hurt_more, notes.hurt_more)
        assert found.note == " ".join(
            pair if view.startswith("hurt") else (words.used_more, notes.used_more)
        )
    elif found.hurt.state != found.used.state:
        assert found.note == CHECK.compare.nearly


def test_only_points_that_both_answered_are_compared() -> None:
    steps = of_step(3, 0, 1, 2)
    first, second, third = steps
    found = compare({first: 0, second: 3}, {second: 3, third: 0})[2]
    assert (found.hurt.answered, found.used.answered, found.view) == (1, 1, "alike")
    apart = compare({first: 0}, {third: 3})[2]
    assert (apart.view, apart.note) == ("not comparable", CHECK.compare.not_comparable)


@given(ANSWERS, ANSWERS)
def test_changing_sides_only_changes_who_sees_more(one: dict, two: dict) -> None:
    swap = {"hurt sees more": "used sees more", "used sees more": "hurt sees more"}
    for here, there in zip(compare(one, two), compare(two, one), strict=True):
        assert swap.get(here.view, here.view) == there.view
        assert here.hurt.share == there.used.share


def test_a_difference_is_worded_fairly() -> None:
    for line in (CHECK.compare.hurt_more, CHECK.compare.used_more):
        assert "both can be honest" in line
    assert "neither has to show, explain or change an answer" in CHECK.compare.before
    for notes in CHECK.notes:
        for line in (notes.hurt_more, notes.used_more):
            assert not re.search(r"\b(wrong|right|lying|exaggerat|denial)", line), line
            assert "the partner who was hurt must" not in line
    for step in (1, 2, 5):
        assert "the partner who used porn can" in CHECK.notes[step - 1].used_more


def broken(folder: Path, change: object) -> Path:
    data = yaml.safe_load((KNOWLEDGE / "self_check.yaml").read_text(encoding="utf-8"))
    change(data)
    (folder / "self_check.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data["items"].pop(), r"not three items for each of steps \[7\]"),
        (lambda data: data["items"][0].update(step=2), r"steps \[1, 2\]"),
        (lambda data: data["items"][0].update(step=8), "items.0.step"),
        (lambda data: data["items"][0].update(id=data["items"][1]["id"]), "the same id"),
        (lambda data: data["items"][0].update(id="Not Kebab"), "items.0.id"),
        (lambda data: data["items"][0].pop("used"), "items.0.used"),
        (lambda data: data["answers"].reverse(), "0 to 3 in order"),
        (lambda data: data["notes"].pop(), "steps 1 to 7"),
        (lambda data: data["notes"][2].pop("partly"), "notes.2.partly"),
        (lambda data: data.update(mood="odd"), "mood"),
        (lambda data: data.pop("safety"), "safety"),
    ],
)
def test_a_broken_file_is_a_clear_fault(tmp_path: Path, change: object, says: str) -> None:
    with pytest.raises(KnowledgeError, match=r"self_check\.yaml:\d+: .*" + says) as caught:
        load_self_check(broken(tmp_path, change))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_a_clear_fault(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="missing"):
        load_self_check(tmp_path)
