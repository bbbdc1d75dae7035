"""Statement cards: complete, from both sides, gentle, and chosen the same way each time."""

import re
from pathlib import Path

import pytest
import yaml

from rag.cards import Card, choose_card, load_cards, nearness, order_by, pick
from rag.checker import check_draft
from rag.choosing import frames_for
from rag.errors import KnowledgeError

THEMES = """hidden_use lying relapse broken_promise comparison_body_image intimacy_withdrawn
pressured_for_sex phone_secrecy defensiveness_minimising refusal_to_talk no_effort_recovery
money_spent checking_monitoring interrogation brought_up_past not_forgiven contempt_insults
family_told_others kids_exposed parenting_load time_neglect live_cam_or_paid_content
social_media_follows therapist_refusal missed_checkin threat_to_leave silent_treatment
other""".split()
CARDS = load_cards()
SIDES = [
    pytest.param(card, side, id=f"{name}-{side}")
    for name, card in CARDS.items()
    for side in ("hurt", "used")
]


def test_every_theme_has_a_card() -> None:
    assert sorted(CARDS) == sorted(THEMES)


@pytest.mark.parametrize(("card", "side"), SIDES)
def test_lines_are_gentle(card: Card, side: str) -> None:
    lines = card.hurt if side == "hurt" else card.used
    for line in (*lines.needs, *lines.requests, *lines.frames, *lines.views):
        assert not re.search(r"\b(?:always|never) you\b|\byou (?:always|never)\b", line), line
    assert all(frame.startswith("When ") for frame in lines.frames)
    assert all(need[-1] == "." for need in lines.needs)


@pytest.mark.parametrize(("card", "side"), SIDES)
def test_some_frame_passes_the_checker_with_nothing_else(card: Card, side: str) -> None:
    lines = card.hurt if side == "hurt" else card.used
    feeling = lines.feelings.middle[0]
    drafts = [
        f"{frame}, I feel {feeling}. {lines.needs[0]} {lines.requests[0]}" for frame in lines.frames
    ]
    speaker = "hurt" if side == "hurt" else "used"
    if card.theme == "phone_secrecy":
        return  # a phone must be in the message; the plain frames stand in
    assert any(not check_draft(draft, "Look.", speaker) for draft in drafts)


def test_the_plainest_frames_always_pass() -> None:
    for speaker in ("hurt", "used"):
        chosen = choose_card("Look.", None, speaker)
        for frame in chosen.plain.frames[:3]:
            lines = chosen.plain
            draft = f"{frame}, I feel {lines.feelings.middle[0]}. {lines.needs[0]}"
            assert not check_draft(f"{draft} {lines.requests[0]}", "Look.", speaker)


def test_choosing_is_deterministic_and_varies() -> None:
    options = ["a", "b", "c", "d"]
    assert pick(options, "one", 1) == pick(options, "one", 1)
    assert len({pick(options, str(n)) for n in range(30)}) == len(options)
    assert order_by(options, "x") == order_by(options, "x")
    assert sorted(order_by(options, "x")) == options


def test_the_nearest_example_leads_to_its_card() -> None:
    card = CARDS["money_spent"]
    scores = nearness(card.hurt.examples[0], "hurt")
    assert max(scores, key=lambda name: scores[name]) == "money_spent"
    assert choose_card(card.hurt.examples[0], None, "hurt").card.theme == "money_spent"


def test_similarity_by_meaning_counts() -> None:
    chosen = choose_card("xyzzy", None, "hurt", {"silent_treatment": 1.0})
    assert chosen.card.theme == "silent_treatment"
    assert chosen.sure
    assert frames_for(chosen, "xyzzy")[0] in CARDS["silent_treatment"].hurt.frames


def test_a_theme_whose_words_are_not_there_yields() -> None:
    near = {"money_spent": 0.7, "silent_treatment": 0.6}
    assert choose_card("xyzzy", None, "hurt", near).card.theme == "silent_treatment"
    assert choose_card("xyzzy £40", None, "hurt", near).card.theme == "money_spent"


def test_nothing_known_takes_the_plain_card() -> None:
    chosen = choose_card("xyzzy", None, "used")
    assert chosen.card.theme == "other"
    assert not chosen.sure


def test_a_broken_card_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    folder.mkdir()
    row = CARDS["other"].model_dump(mode="json")
    (folder / "other.yaml").write_text(yaml.safe_dump({**row, "theme": "lying"}), encoding="utf-8")
    with pytest.raises(KnowledgeError, match="theme is 'lying'"):
        load_cards(tmp_path)
    del row["hurt"]["needs"]
    (folder / "other.yaml").write_text(yaml.safe_dump(row), encoding="utf-8")
    with pytest.raises(KnowledgeError, match="needs"):
        load_cards(tmp_path)


def test_the_plain_card_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "cards").mkdir()
    with pytest.raises(KnowledgeError, match="other"):
        load_cards(tmp_path)
