"""Words that a chat model's text must never hold."""

import pytest

from rag.knowledge import load_knowledge
from rag.paths import KNOWLEDGE
from rag.sentences import split_sentences
from rag.vetting import find_banned, load_bans

BANS = [ban for ban, _ in load_bans()]


@pytest.mark.parametrize(
    ("kind", "text"), [(ban.kind, text) for ban in BANS for text in ban.matches]
)
def test_what_is_banned_is_found(kind: str, text: str) -> None:
    assert kind in {found.kind for found in find_banned(text)}


@pytest.mark.parametrize(
    ("kind", "text"), [(ban.kind, text) for ban in BANS for text in ban.ignores]
)
def test_what_is_not_banned_is_left_alone(kind: str, text: str) -> None:
    assert kind not in {found.kind for found in find_banned(text)}


def test_a_line_to_say_may_say_sorry() -> None:
    assert not find_banned('You could say: "I\'m sorry that I hid it."')
    assert find_banned("I'm sorry that you are hurt.")


def test_our_own_notes_are_almost_never_banned() -> None:
    sentences = [
        sentence
        for passage in load_knowledge(KNOWLEDGE).passages
        for sentence in split_sentences(passage.text)
    ]
    share = sum(bool(find_banned(sentence)) for sentence in sentences) / len(sentences)
    assert 0 < share < 0.02, share
