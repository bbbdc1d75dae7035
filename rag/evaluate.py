"""Measure the engine on the open rows and hold the figures against a committed baseline."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from rag.assistant import Assistant
from rag.batch import read_rows, run_rows
from rag.errors import InputError
from rag.paths import EVALS

BASELINE = EVALS / "baseline.json"
_TOLERANCE = 2.0
"""Percentage points that a figure may fall before it counts as dropped."""

SETS: Mapping[str, tuple[str, str]] = {
    "questions": ("questions", "questions.jsonl"),
    "own questions": ("questions", "own_questions.jsonl"),
    "steps": ("steps", "steps.jsonl"),
    "rewrite": ("rewrite", "rewrite.jsonl"),
    "safety": ("safety", "safety.jsonl"),
}
"""Name of a set: the task that scores it, and its file."""


@dataclass(frozen=True, slots=True)
class Result:
    """Figures of one set, those of the baseline, and the rows that failed."""

    figures: Mapping[str, float | None]
    baseline: Mapping[str, float | None] = field(default_factory=dict)
    failures: tuple[tuple[str, str, str, str], ...] = ()

    @property
    def dropped(self) -> tuple[str, ...]:
        """Percentages that fell by more than the tolerance."""
        return tuple(
            name
            for name, value in self.baseline.items()
            if name.endswith("_%")
            and value is not None
            and (self.figures.get(name) or 0.0) < value - _TOLERANCE
        )


def evaluate_all(assistant: Assistant) -> dict[str, Result]:
    """Run and score every set whose file is there."""
    score = load_scorer()
    baseline = _baseline()
    results: dict[str, Result] = {}
    for name, (task, file) in SETS.items():
        rows = {row["id"]: row for row in read_rows(EVALS / file)}
        outs = {out["id"]: out for out in run_rows(task, rows.values(), assistant)}
        figures, failures = score.TASKS[task](rows, outs)
        results[name] = Result(figures, baseline.get(name, {}), tuple(failures))
    return results


def compare(results: Mapping[str, Result], *, show: int = 0) -> Iterator[str]:
    """Lines of a table: each figure, the baseline, the difference; then failing rows."""
    for name, result in results.items():
        yield f"{name:42s} {'now':>8s} {'baseline':>9s}"
        for figure, value in result.figures.items():
            old = result.baseline.get(figure)
            mark = "  dropped" if figure in result.dropped else ""
            yield f"  {figure:40s} {_number(value):>8s} {_number(old):>9s}{mark}"
        for id, text, got, why in result.failures[:show]:
            yield f"\n  {id}: {text}\n     got: {got}\n     why: {why}"
        yield ""


def write_baseline(results: Mapping[str, Result]) -> None:
    """Make today's figures the baseline."""
    figures = {name: result.figures for name, result in results.items()}
    BASELINE.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _baseline() -> dict[str, dict[str, float]]:
    if not BASELINE.is_file():
        return {}
    found: dict[str, dict[str, float]] = json.loads(BASELINE.read_text(encoding="utf-8"))
    return found


def load_scorer() -> Any:
    """The scorer is a script beside the rows, so that it runs alone as well."""
    path: Path = EVALS / "score.py"
    if not path.is_file():
        raise InputError(f"{path} is missing. Evaluation runs from a checkout.")
    module = ModuleType("score")
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)  # noqa: S102
    return module
