"""Splitting prose: nothing lost, nothing cut inside a line to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.knowledge import load_knowledge
from rag.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        (
            'You could say: "I\'m hurt. Could we talk?"',
            ['You could say: "I\'m hurt. Could we talk?"'],
        ),
        (
            "Say: “I am sad. I need time.” Then wait.",
            ["Say: “I am sad. I need time.”", "Then wait."],
        ),
        ('"Yes." "No."', ['"Yes."', '"No."']),
        ("See e.g. Dr. Weiss. Then stop.", ["See e.g. Dr. Weiss.", "Then stop."]),
        ("It costs 3.5 pounds. Or more.", ["It costs 3.5 pounds.", "Or more."]),
        ("He asked why? and left.", ["He asked why? and left."]),
        (
            "First.\n\nSecond without a stop\n\nThird.",
            ["First.", "Second without a stop", "Third."],
        ),
        ("(One.) Two.", ["(One.)", "Two."]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


def test_no_shipped_passage_loses_a_word_or_a_half_quotation() -> None:
    for passage in load_knowledge().passages:
        sentences = split_sentences(passage.text)
        assert " ".join(sentences).split() == passage.text.split(), passage.key
        for sentence in sentences:
            assert sentence in passage.text
            assert sentence.count('"') % 2 == 0, (passage.key, sentence)
            assert sentence.count("“") == sentence.count("”"), (passage.key, sentence)


@given(st.text(alphabet='ab .!?…"“”\n', max_size=200))
def test_any_text_keeps_its_words_in_order(text: str) -> None:
    sentences = split_sentences(text)
    assert all(sentence and sentence == sentence.strip() for sentence in sentences)
    assert "".join("".join(sentences).split()) == "".join(text.split())
