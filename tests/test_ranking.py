"""The order of passages: form, reader, a named step, the user's own notes."""

from dataclasses import fields, replace

import pytest

from rag import Hit, Passage
from rag.forms import Form, form_of
from rag.knowledge import load_knowledge
from rag.ranking import named_step, rerank, to_the_point

BASE: Passage = next(
    passage
    for passage in load_knowledge().passages
    if passage.reader == "both" and passage.kind == "topic" and passage.steps
)
PLAIN: Form = form_of("what is flooding")
SAY: Form = form_of("what do I say")
TOLD: Form = form_of("he lied to me again")


def hit(score: float = 1.0, cosine: float = 0.6, **changes: object) -> Hit:
    given = {"passage": replace(BASE, **changes), "score": score, "cosine": cosine}
    return Hit(**{field.name: given.get(field.name, cosine) for field in fields(Hit)})


def order(question: str, hits: list[Hit], form: Form = PLAIN, reader: str = "both") -> list[str]:
    return [h.passage.id for h in rerank(question, hits, form, reader)]


def test_the_better_score_comes_first() -> None:
    assert order("x", [hit(0.5, id="b"), hit(1.0, id="a")]) == ["a", "b"]


def test_the_nearer_passage_comes_first() -> None:
    assert order("x", [hit(cosine=0.5, id="b"), hit(cosine=0.9, id="a")]) == ["a", "b"]


def test_a_preferred_kind_comes_first() -> None:
    hits = [hit(id="topic"), hit(id="words", kind="words", score=0.95)]
    assert order("what do I say", hits, SAY)[0] == "words"
    assert order("what is it", hits, PLAIN)[0] == "topic"


@pytest.mark.parametrize(("reader", "first"), [("hurt", "h"), ("used", "u"), ("both", "u")])
def test_the_other_partners_passages_come_later(reader: str, first: str) -> None:
    hits = [hit(1.0, id="u", reader="used"), hit(0.97, id="h", reader="hurt")]
    assert order("x", hits, reader=reader)[0] == first


def test_a_passage_for_both_is_never_put_back() -> None:
    hits = [hit(1.0, id="b", reader="both"), hit(0.99, id="h", reader="hurt")]
    assert order("x", hits, reader="hurt")[0] == "b"


def test_a_named_step_comes_first() -> None:
    hits = [hit(1.0, id="two", steps=(2,)), hit(0.8, id="five", steps=(5,))]
    assert order("what does step five say", hits)[0] == "five"
    assert order("what does it say", hits)[0] == "two"


def test_a_question_that_is_nearly_a_passages_own_brings_it_first() -> None:
    hits = [hit(1.0, cosine=0.7, id="words"), hit(0.75, cosine=0.98, id="same")]
    assert order("x", hits)[0] == "same"


def test_likeness_counts_for_more_where_a_situation_is_told() -> None:
    hits = [hit(1.0, cosine=0.5, id="words"), hit(0.8, cosine=0.7, id="meaning")]
    assert order("x", hits, PLAIN)[0] == "words"
    assert order("x", hits, TOLD)[0] == "meaning"


def test_what_is_beside_the_point_is_left_out_after_the_first() -> None:
    hits = [hit(cosine=c, id=str(c)) for c in (0.7, 0.5, 0.58, 0.9)]
    assert [h.cosine for h in to_the_point(hits)] == [0.7, 0.58, 0.9]
    assert [h.cosine for h in to_the_point([hit(cosine=0.95), hit(cosine=0.61)])] == [0.95, 0.61]
    assert to_the_point([]) == []


def test_nothing_is_lost_or_made_up() -> None:
    hits = [hit(n / 10, id=str(n)) for n in range(10)]
    assert sorted(order("x", hits)) == sorted(h.passage.id for h in hits)
    assert rerank("x", [], PLAIN, "both") == []


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("what is step 3", 3),
        ("Step Seven please", 7),
        ("the first step", 1),
        ("the last step", 7),
        ("step 2 or the second step", 2),
        ("step 2 and step 3", None),
        ("twelve steps", None),
        ("step 12", None),
        ("step 9", None),
        ("", None),
    ],
)
def test_the_step_that_a_question_names(question: str, step: int | None) -> None:
    assert named_step(question) == step
