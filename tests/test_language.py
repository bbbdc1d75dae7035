"""Another language gets a kind line with what helps, English never does."""

import time

import pytest
from conftest import unalarmed

from rag import Assistant
from rag.helplines import load_helplines
from rag.knowledge import load_knowledge
from rag.language import is_foreign

FOREIGN = [
    "Mannen min ser på porno og jeg vet ikke hva jeg skal gjøre",
    "mi marido me miente y no puedo más",
    "mein Mann lügt mich an, was soll ich tun",
    "je ne sais plus quoi faire, mon mari regarde du porno",
    "мой муж смотрит порно",
    "夫がポルノを見ています",
    "ayuda por favor",
]
ENGLISH = [
    "is SA any good",
    "my husband says 'no es nada' when I ask",
    "hubby porn phone secrets counsellor",
    "I've been lying for years",
    "covenant eyes vs ever accountable",
    "can you speak spanish",
    "",
    "123",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language_is_seen(text: str) -> None:
    assert is_foreign(text)


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_not_taken_for_another_language(text: str) -> None:
    assert not is_foreign(text)


def test_none_of_the_notes_questions_is_taken_for_another_language() -> None:
    asks = [ask for passage in load_knowledge().passages for ask in passage.asks]
    assert [ask for ask in asks if is_foreign(ask)] == []


def test_the_line_is_kind_and_names_what_helps(assistant: Assistant) -> None:
    answer = unalarmed(assistant).ask("hvordan får jeg hjelp, jeg vet ikke", country="GB")
    assert answer.kind == "declined"
    assert answer.why == "not in English"
    assert "English only" in answer.text
    assert "Get help now" in answer.text
    shown = [line for line in load_helplines() if line.render() in answer.text]
    assert {line.country for line in shown} == {"GB"}


def test_without_a_country_the_directories_are_named(assistant: Assistant) -> None:
    answer = unalarmed(assistant).ask("je suis perdue, mon mari ment")
    shown = [line for line in load_helplines() if line.render() in answer.text]
    assert {line.need for line in shown} >= {"emergency", "talk"}


def test_a_hostile_text_is_read_quickly() -> None:
    start = time.process_time()
    is_foreign("ich nicht " * 50_000)
    assert time.process_time() - start < 2
