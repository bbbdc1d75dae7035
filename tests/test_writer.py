"""The built-in writer: only sentences of the passages, opened to suit the question, bounded."""

from dataclasses import fields, replace
from functools import cache

import pytest
from conftest import CountingEmbedder, hashed_vector, unalarmed
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rag import Assistant, Hit, Passage
from rag.citing import cite
from rag.forms import form_of, forms
from rag.knowledge import load_knowledge
from rag.sentences import split_sentences
from rag.writer import Part, Writer

LIMIT = 140


@cache
def passages() -> tuple[Passage, ...]:
    return load_knowledge().passages


def hit(passage: Passage, score: float = 1.0) -> Hit:
    given_ = {"passage": passage, "score": score}
    return Hit(**{field.name: given_.get(field.name, 0.7) for field in fields(Hit)})


def text_hit(text: str, id: str = "x") -> Hit:
    return hit(replace(passages()[0], text=text, id=id))


def write(question: str, hits: list[Hit], writer: Writer | None = None) -> tuple[Part, ...]:
    writer = writer or Writer(CountingEmbedder())
    return writer.write(hashed_vector(question), hits, form_of(question))


def length(parts: tuple[Part, ...]) -> int:
    return sum(len(part.quote.split()) for part in parts)


@hypothesis_settings(max_examples=60)
@given(
    chosen=st.lists(st.integers(0, 1_000_000), min_size=1, max_size=6),
    form=st.integers(0, 9),
    question=st.text(max_size=80),
)
def test_every_sentence_is_a_sentence_of_its_passage(
    chosen: list[int], form: int, question: str
) -> None:
    all_ = passages()
    hits = [hit(all_[n % len(all_)]) for n in dict.fromkeys(n % len(all_) for n in chosen)]
    how = forms()[form % len(forms())]
    parts = Writer(CountingEmbedder()).write(hashed_vector(question), hits, how)
    assert parts
    assert length(parts) <= LIMIT
    for part in parts:
        own = split_sentences(part.hit.passage.text)
        assert all(sentence in own for sentence in part.sentences)
        assert len(set(part.sentences)) == len(part.sentences)
        assert part.hit in hits
    assert len({part.hit.passage.id for part in parts}) == len(parts)
    text, citations = cite(parts, load_knowledge().sources)
    for number, citation in enumerate(citations, 1):
        assert citation.number == number
        assert f"{citation.quote} [{number}]" in text
        assert all(sentence in citation.passage for sentence in split_sentences(citation.quote))
        assert citation.sources


def test_no_hits_give_no_answer() -> None:
    assert write("what is flooding", []) == ()


def test_the_first_passage_always_speaks_even_when_its_opening_is_long() -> None:
    parts = write("what is it", [text_hit("word " * 170 + "end.")])
    assert len(parts) == 1
    assert parts[0].sentences


def test_a_request_for_words_opens_with_a_line_to_say() -> None:
    text = 'Shame makes people hide. You could say: "I hid it. I am sorry." Then stop.'
    assert write("what do I say?", [text_hit(text)])[0].sentences[0].startswith("You could say")
    assert write("what is shame?", [text_hit(text)])[0].sentences[0] == "Shame makes people hide."


def test_a_what_if_question_opens_with_the_condition() -> None:
    text = "Trust takes months. If they refuse, look after yourself first. Waiting is hard."
    assert write("what if they refuse?", [text_hit(text)])[0].sentences[0].startswith("If they")


def test_a_sentence_that_leans_back_never_follows_a_gap() -> None:
    text = "A lapse is one event. Alpha beta gamma. This is why alpha matters more than beta."
    for question in ("alpha", "beta gamma", "why", "what is a lapse"):
        sentences = write(question, [text_hit(text)])[0].sentences
        if any(s.startswith("This") for s in sentences):
            assert "Alpha beta gamma." in sentences
        assert not sentences[0].startswith("This")


def test_a_short_text_without_a_stop_is_one_sentence() -> None:
    assert write("x", [text_hit("no stop here")])[0].quote == "no stop here"


def test_passages_are_embedded_once_and_questions_never_kept() -> None:
    counting = CountingEmbedder()
    writer = Writer(counting)
    hits = [hit(passage) for passage in passages()[:3]]
    first = write("a secret question of mine", hits, writer)
    count = len(counting.texts)
    assert write("a secret question of mine", hits, writer) == first
    assert len(counting.texts) == count
    assert not any("secret" in text for text in counting.texts)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.writer._REMEMBERED", 5)
    writer = Writer(CountingEmbedder())
    for passage in passages()[:30]:
        write("x", [hit(passage)], writer)
    assert len(writer._known) <= 5


QUESTIONS = [
    "what is betrayal trauma?",
    "how do I tell my wife I slipped last night?",
    "should I look through his phone?",
    "is it true that porn shrinks the brain?",
    "what if he refuses to see a therapist?",
    "which step is about passwords?",
    "how long does it take to trust again?",
    "he says I'm overreacting, what do I answer?",
    "my girlfriend found my browser history and won't talk to me",
    "do we have to tell the children?",
    "what is the difference between a lapse and a relapse",
    "how do we do a check-in",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_real_answer_is_cited_bounded_and_verbatim(question: str, assistant: Assistant) -> None:
    answer = unalarmed(assistant).ask(question)
    assert answer.kind == "notes", answer.why
    assert not answer.declined
    assert answer.citations
    assert answer.reflection.endswith("?")
    paragraphs = answer.text.split("\n\n")
    assert len(paragraphs) == len(answer.citations)
    words = 0
    for paragraph, citation in zip(paragraphs, answer.citations, strict=True):
        assert paragraph == f"{citation.quote} [{citation.number}]"
        shown = split_sentences(citation.passage)
        assert all(sentence in shown for sentence in split_sentences(citation.quote))
        assert citation.sources
        words += len(citation.quote.split())
    assert words <= LIMIT
    cited = {citation.id for citation in answer.citations}
    assert not cited & {pointer.id for pointer in answer.more}


def test_forms_read_differently(assistant: Assistant) -> None:
    say = assistant.ask("how do I ask for a break from this talk?").text
    what = assistant.ask("what is a break in a talk for?").text
    assert '"' in split_sentences(say)[0]
    assert say != what


def test_a_contested_topic_shows_both_sides(assistant: Assistant) -> None:
    answer = assistant.ask("is porn addiction a real diagnosis?")
    assert any(citation.standing == "contested" for citation in answer.citations)
    text = answer.text.lower()
    both = ("disput", "disagree", "others", "while", "critics", "debate", "neither", "but")
    assert any(word in text for word in both)
