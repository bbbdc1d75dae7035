"""Sentences that use a passage's own words and say something else."""

import pytest

from rag.bending import bends
from rag.knowledge import load_knowledge
from rag.paths import KNOWLEDGE
from rag.sentences import split_sentences

PASSAGE = (
    "Friends of a shared calendar find that it calms both; others say that it turns a home into a"
    " station. You decide what goes into it, and your partner reads it on Sunday. You could say:"
    ' "I am tired tonight. Could we look at it tomorrow?" It is a habit, not a test.'
)


@pytest.mark.parametrize(
    "said",
    [
        "Friends of a shared calendar find that it calms both.",
        "Friends of the calendar find it calming, while others say it turns a home into a station.",
        "You decide what goes into the calendar.",
        "Your partner may read it on Sunday.",
        "You might say that you are tired tonight and ask to look at it tomorrow.",
        'One line: "Could we look at it tomorrow?"',
        "It is a habit, not a test.",
        'The word "calendar" helps.',
    ],
)
def test_other_words_for_the_same_thing_do_not_bend_it(said: str) -> None:
    assert bends(said, PASSAGE) == ""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Friends of a shared calendar find that it turns a home into a station and calms both.",
         "two sides"),
        ("Your partner decides what goes into it.", "somebody else"),
        ("You read it on Sunday.", "somebody else"),
        ('You could say: "I am tired of you tonight."', "words to say"),
        ('Try “Could we not look at it tomorrow?” at supper.', "words to say"),
    ],
)  # fmt: skip
def test_a_bent_sentence_is_seen(said: str, why: str) -> None:
    assert bends(said, PASSAGE).startswith(why)


def test_no_sentence_bends_its_own_passage() -> None:
    for passage in load_knowledge(KNOWLEDGE).passages[::5]:
        for sentence in split_sentences(passage.text):
            assert bends(sentence, passage.text) == "", sentence
