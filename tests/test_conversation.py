"""Follow-ups: a question that leans on the one before is read with it, no other is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.conversation import depends, standalone

BEFORE = "How do I ask my wife to come to couples therapy?"


@pytest.mark.parametrize(
    "question",
    [
        "and what if she says no?",
        "why?",
        "what else",
        "How long does that take?",
        "what if he won't do it?",
        "tell me more about that",
        "Is that normal?",
        "he said that already. it didn't help",
        "can you say that shorter",
        "we tried that",
    ],
)
def test_a_follow_up_is_read_with_what_came_before(question: str) -> None:
    assert depends(question)
    assert standalone(question, [BEFORE]) == f"{BEFORE} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "What is the difference between a lapse and a relapse?",
        "How do I apologise to my husband for lying about it?",
        "Which books does the guide recommend for couples like us?",
    ],
)
def test_a_whole_question_stands_alone(question: str) -> None:
    assert not depends(question)
    assert standalone(question, [BEFORE]) == question


def test_without_a_history_a_question_is_itself() -> None:
    assert standalone("why?", []) == "why?"


def test_a_chain_of_follow_ups_reaches_back_to_the_question() -> None:
    text = standalone("and then?", ["Older question that nobody needs now at all", BEFORE, "why?"])
    assert text == f"{BEFORE} why? and then?"


def test_a_long_message_before_is_cut() -> None:
    assert len(standalone("why?", ["word " * 5000])) < 400


def test_a_very_long_history_is_no_fault_and_quick() -> None:
    start = time.process_time()
    text = standalone("why?", ["ok"] * 50_000)
    assert time.process_time() - start < 2
    assert text.endswith("why?")


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=6))
def test_any_conversation_keeps_the_question_last(question: str, history: list[str]) -> None:
    text = standalone(question, history)
    assert text == question or text.endswith(question.strip())
    if not depends(question):
        assert text == question
