"""A real, bad chat model from end to end: nothing of what it writes gets past the checks.

The messages are the project's own. The share of fallbacks is printed under `pytest -s`.
"""

from collections.abc import Iterator

import pytest
from llama import Llama
from test_llm_answers import with_model

from rag import Assistant
from rag.checker import check_draft
from rag.grounding import Grounds
from rag.sentences import split_sentences
from rag.vetting import find_banned

QUESTIONS = ["What is flooding?", "How do I say sorry so that it lands?"]
MESSAGES = [
    ("You were on that site again at 1am on Sunday and you looked me in the eye and lied.", "hurt"),
    ("You check my phone every hour like a jailer, I told you about the lapse on Friday.", "used"),
]


@pytest.fixture(scope="module")
def own(assistant: Assistant) -> Iterator[Assistant]:
    llama = Llama()
    yield with_model(assistant, llama.url, seconds=30)
    llama.close()


def test_the_model_is_there(own: Assistant) -> None:
    info = own.model_info()
    assert info.local
    assert info.reachable is True


def test_no_answer_says_what_the_notes_do_not(own: Assistant) -> None:
    grounds = Grounds(own._embedder)
    passages = {passage.key: passage for passage in own.knowledge.passages}
    fallbacks = 0
    for question in QUESTIONS:
        answer = own.ask(question)
        assert answer.drafted is not None
        fallbacks += not answer.drafted.used
        if not answer.drafted.used:
            assert answer.text == own.without_model().ask(question).text
            continue
        for paragraph in answer.text.split("\n\n"):
            said, number = paragraph.rsplit(" [", 1)
            passage = passages[answer.citations[int(number[:-1]) - 1].id]
            for sentence in split_sentences(said):
                assert grounds.support(sentence, passage).holds, sentence
                assert not find_banned(sentence), sentence
    print(f"answers: {fallbacks} of {len(QUESTIONS)} fell back")  # noqa: T201


def test_no_statement_blames_swaps_or_invents(own: Assistant) -> None:
    fallbacks = 0
    for message, speaker in MESSAGES:
        made = own.reword(message, speaker=speaker)
        assert made.drafted is not None
        fallbacks += not made.drafted.used
        assert not check_draft(made.statement, message, speaker), made.statement
        assert not find_banned(made.statement), made.statement
        plain = own.without_model().reword(message, speaker=speaker)
        assert (made.built_in or made).statement == plain.statement
    print(f"statements: {fallbacks} of {len(MESSAGES)} fell back")  # noqa: T201
