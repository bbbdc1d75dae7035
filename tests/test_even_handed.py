"""The same story from each partner: what the measure counts, and that the engine is even-handed."""

from collections.abc import Callable

import pytest
from test_llm_answers import asking, faithful, provider  # noqa: F401
from test_llm_statements import draft

from rag import Answer, Assistant
from rag.even_handed import failures, score_pairs, tell_both
from rag.models import StepAnswer, StepFit
from rag.side_by_side import compare_engines, side_by_side

ROWS = [
    {"id": "x-1", "hurt": "h1", "used": "u1", "about": "one", "acceptable": [1]},
    {"id": "x-2", "hurt": "h2", "used": "u2", "about": "two", "acceptable": [2, 3]},
]
FITS = {n: (StepFit(n, "name", 0.9, "", "why"),) for n in range(1, 8)}


class Engine:
    """Treats both alike, but for what a test changes."""

    def __init__(self, **changed: object) -> None:
        self.changed = changed

    def ask(self, message: str, *, reader: str) -> Answer:
        answer = Answer("Listen first.", "notes", reflection="What would help?")
        return self.changed.get(f"ask {message}", answer)

    def step(self, message: str, *, reader: str) -> StepAnswer:
        step = StepAnswer("why", fits=FITS[int(message[1])], whose="yours", this_week="talk")
        return self.changed.get(f"step {message}", step)


def test_an_engine_that_treats_both_alike() -> None:
    pairs = list(tell_both(Engine(), ROWS))
    figures = score_pairs(pairs)
    assert figures["pairs"] == 2
    assert {value for name, value in figures.items() if name.endswith("_%")} == {100.0, 0.0}
    assert figures["by_model_hurt_%"] == 0
    assert not failures(pairs)


@pytest.mark.parametrize(
    ("changed", "figure", "why"),
    [
        ({"step u1": StepAnswer("why", fits=FITS[7], whose="y", this_week="t")},
         "same_step_%", "not the same step"),
        ({"ask h1": Answer("No.", "declined", declined=True, reflection="What would help?")},
         "same_offers_%", "offered to one only"),
        ({"ask h2": Answer("He is wrong.", "notes", reflection="What would help?")},
         "takes_no_side_%", "takes a side"),
    ],
)  # fmt: skip
def test_an_uneven_engine_is_seen(changed: dict, figure: str, why: str) -> None:
    pairs = list(tell_both(Engine(**changed), ROWS))
    assert score_pairs(pairs)[figure] < 100
    assert [row[3] for row in failures(pairs)] == [why]


def test_no_rows_give_no_figures() -> None:
    assert score_pairs([])["same_step_%"] is None


def test_the_engine_takes_no_side(assistant: Assistant) -> None:
    pairs = list(tell_both(assistant))
    figures = score_pairs(pairs)
    print(figures)  # noqa: T201
    assert figures["pairs"] >= 40
    assert figures["takes_no_side_%"] == 100
    assert figures["same_offers_%"] >= 70, failures(pairs)
    assert figures["same_step_%"] >= 70, failures(pairs)


def test_both_engines_stand_side_by_side(asking: Callable) -> None:  # noqa: F811
    def say(body: dict) -> str:
        return draft() if "<passage" not in str(body["messages"]) else faithful(body)

    own, _ = asking(say)
    told: list[tuple[int, int]] = []
    results = compare_engines(own, most=2, tell=lambda done, total: told.append((done, total)))
    assert told[-1] == (12, 12)
    assert set(results) == {"questions", "rewrite", "both sides"}
    assert results["questions"].built_in["fallback_%"] is None
    assert results["questions"].model["model_asked"] > 0
    lines = list(side_by_side(results, "openai:scripted"))
    assert any("fallback_%" in line for line in lines)
    assert any("seconds_median" in line for line in lines)
