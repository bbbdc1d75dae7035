"""Measure the user's chat model beside the built-in engine, on the same rows with the same scorer.

Only the tasks where a model writes anything are run: questions, rewording, and the stories told
from both sides.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.assistant import Assistant
from rag.batch import answer_object, read_rows
from rag.errors import InputError
from rag.evaluate import SETS, load_scorer
from rag.even_handed import PAIRS, score_pairs, tell_both
from rag.models import Answer
from rag.paths import EVALS
from rag.rewording import Rewording, rewording_object

_WRITTEN = ("questions", "rewrite")
BOTH_SIDES = "both sides"

Figures = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of one set: the built-in engine's and the model's."""

    built_in: Figures
    model: Figures


def compare_engines(
    assistant: Assistant, *, most: int | None = None, tell: Callable[[int, int], None] | None = None
) -> dict[str, Compared]:
    """Run both engines.

    Args:
        assistant: With a chat model that may be used.
        most: Rows to take of each set; all by default.
        tell: Told how many of how many rows are done.

    Raises:
        InputError: When no chat model is set, or it may not be used.
        ModelUnavailable: When it cannot be reached.
    """
    info = assistant.model_info(probe=False)
    if info is None or not info.usable:
        raise InputError(
            "eval --model needs a chat model: set SOFTSTART_MODEL, and for a hosted one add"
            " --send-to-model. The rows of evals/ go to it."
        )
    plain = assistant.without_model()
    sets = {name: read_rows(EVALS / SETS[name][1])[:most] for name in _WRITTEN}
    pairs = read_rows(PAIRS)[:most]
    total = 2 * (sum(map(len, sets.values())) + len(pairs))
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if tell:
            tell(done, total)

    results = {}
    for name, rows in sets.items():
        built_in, model = (_score(name, rows, engine, count) for engine in (plain, assistant))
        results[name] = Compared(built_in, model)
    built_in, model = (_score_pairs(pairs, engine, count) for engine in (plain, assistant))
    results[BOTH_SIDES] = Compared(built_in, model)
    return results


def side_by_side(results: Mapping[str, Compared], name: str) -> Iterator[str]:
    """Lines of a table: each figure of the built-in engine and of the model."""
    for set_, one in results.items():
        yield f"{set_:42s} {'built-in':>10s} {name:>24s}"
        for figure in {**one.built_in, **one.model}:
            left, right = one.built_in.get(figure), one.model.get(figure)
            yield f"  {figure:40s} {_number(left):>10s} {_number(right):>24s}"
        yield ""


def _score(
    task: str, rows: Sequence[Mapping[str, Any]], engine: Assistant, count: Callable[[], None]
) -> dict[str, float | None]:
    outs: dict[str, Any] = {}
    replies: list[Answer | Rewording] = []
    seconds: list[float] = []
    for row in rows:
        began = time.monotonic()
        reply: Answer | Rewording
        if task == "questions":
            reply = engine.ask(row["question"])
            outs[row["id"]] = answer_object(reply)
        else:
            reply = engine.reword(row["text"], speaker=row["speaker"])
            outs[row["id"]] = rewording_object(reply)
        replies.append(reply)
        seconds.append(time.monotonic() - began)
        count()
    scored, _ = load_scorer().TASKS[task]({row["id"]: row for row in rows}, outs)
    return {**scored, **_shares(replies), **_times(seconds)}


def _score_pairs(
    rows: Sequence[Mapping[str, Any]], engine: Assistant, count: Callable[[], None]
) -> dict[str, float | None]:
    pairs, seconds = [], []
    began = time.monotonic()
    for pair in tell_both(engine, rows):
        pairs.append(pair)
        seconds.append(time.monotonic() - began)
        began = time.monotonic()
        count()
    return {**score_pairs(pairs), **_times(seconds)}


def _shares(replies: Sequence[Answer | Rewording]) -> dict[str, float | None]:
    """Of the replies for which the model was asked, how many fell back to the built-in engine."""
    asked = [reply.drafted for reply in replies if reply.drafted]
    if not asked:
        return {"model_asked": 0.0, "fallback_%": None, "sentences_dropped": None}
    return {
        "model_asked": float(len(asked)),
        "fallback_%": round(100 * sum(not one.used for one in asked) / len(asked), 1),
        "sentences_dropped": float(sum(one.dropped for one in asked)),
    }


def _times(seconds: Sequence[float]) -> dict[str, float | None]:
    if not seconds:
        return {"seconds_median": None, "seconds_most": None}
    return {
        "seconds_median": round(statistics.median(seconds), 3),
        "seconds_most": round(max(seconds), 3),
    }


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
