"""Which partner asks, read from the words: each side's own examples, and what fools neither."""

import time

import pytest
import yaml

from rag.asker import asker_of
from rag.paths import KNOWLEDGE

ROWS = yaml.safe_load((KNOWLEDGE / "sides.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("side", "text"), [(row["side"], text) for row in ROWS for text in row["matches"]]
)
def test_a_side_is_told_by_its_own_words(side: str, text: str) -> None:
    assert asker_of([text]) == side


@pytest.mark.parametrize(
    ("side", "text"), [(row["side"], text) for row in ROWS for text in row["ignores"]]
)
def test_the_other_sides_words_are_not_taken_for_it(side: str, text: str) -> None:
    assert asker_of([text]) != side


@pytest.mark.parametrize(
    "text",
    [
        "",
        "what is flooding",
        "I slipped and he slipped too",
        "how do we talk about it",
    ],
)
def test_where_nobody_or_both_speak_nobody_is_favoured(text: str) -> None:
    assert asker_of([text]) == "both"


def test_the_newest_message_that_shows_it_decides() -> None:
    assert asker_of(["I found it on his phone", "what now"]) == "hurt"
    assert asker_of(["I found it on his phone", "but I'm the one who watched"]) == "used"
    assert asker_of([]) == "both"


def test_curly_quotes_make_no_difference() -> None:
    assert asker_of(["I’m the one who watched"]) == "used"


def test_a_hostile_text_is_read_quickly() -> None:
    start = time.process_time()
    asker_of(["my my my he he watch I I " * 5_000])
    assert time.process_time() - start < 2
