"""Blame: every rule on its own examples, spans in the typed text, what is not blame."""

import pytest

from rag.blame import find_blame, load_blame, rule_spans
from rag.clauses import cut_clauses
from rag.encoder import Reading, Span
from rag.texting import tidy

RULES = load_blame().rules


def kinds_of(text: str) -> set[str]:
    page = tidy(text)
    return {kind for _, _, kind in rule_spans(page.text, cut_clauses(page.text))}


def reading(*spans: Span, kind: str = "blame") -> Reading:
    return Reading(
        risk=0.0,
        category={"none": 1.0},
        severity={"none": 1.0},
        step={"0": 1.0},
        intent={"reword": 1.0},
        kind={kind: 1.0},
        theme={"other": 1.0},
        feeling={"hurt": 0.5},
        blame=spans,
    )


@pytest.mark.parametrize(
    ("kind", "sentence"), [(rule.kind, one) for rule in RULES for one in rule.matches]
)
def test_a_rule_matches_its_examples(kind: str, sentence: str) -> None:
    assert kind in kinds_of(sentence)


@pytest.mark.parametrize(
    ("kind", "sentence"), [(rule.kind, one) for rule in RULES for one in rule.ignores]
)
def test_a_rule_ignores_its_counterexamples(kind: str, sentence: str) -> None:
    assert kind not in kinds_of(sentence)


def test_every_kind_has_a_reason_and_a_rule() -> None:
    file = load_blame()
    assert set(file.kinds) == {rule.kind for rule in file.rules}
    assert all(len(why) > 20 and "you should" not in why for why in file.kinds.values())


@pytest.mark.parametrize(
    "text",
    [
        "I will sleep in the spare room until we have talked.",
        "You watched it on Tuesday.",
        "You came home at 11 and I had put the kids to bed.",
        "I won't be sharing a bed until I've had some rest.",
        "I feel sad and I miss you.",
    ],
)
def test_a_boundary_or_a_hard_fact_is_not_blame(text: str) -> None:
    assert find_blame(text) == ()


def test_spans_stand_in_the_typed_text() -> None:
    text = "ur ALWAYS on that thing 🙄 and dont say otherwise. u never listen!!"
    spans = find_blame(text)
    assert spans
    for span in spans:
        assert text[span.start : span.end] == span.text
        assert span.why == load_blame().kinds[span.kind]
    starts = [span.start for span in spans]
    assert starts == sorted(starts)


def test_the_encoder_adds_what_no_rule_knows() -> None:
    text = "Lovely weather in the attic tonight, I expect. The bins are out."
    end = text.index(",")
    spans = find_blame(text, reading(Span(0, end, "contempt", 0.9)))
    assert [(span.text, span.kind) for span in spans] == [(text[:end], "contempt")]


def test_a_fine_message_keeps_only_sure_spans() -> None:
    text = "I felt sad when the lamp was on."
    weak = reading(Span(0, 10, "contempt", 0.6), kind="fine")
    assert find_blame(text, weak) == ()


@pytest.mark.parametrize("text", ["", " ", "🙂🙂", "...", "\n\n", "a" * 3000])
def test_nothing_to_find_is_fine(text: str) -> None:
    assert isinstance(find_blame(text), tuple)
