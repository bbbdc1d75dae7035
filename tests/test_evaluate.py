"""Evaluation: the same figures as the scorer gives, held against a baseline."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rag import Assistant, InputError, evaluate
from rag.batch import read_rows, run_rows
from rag.paths import EVALS


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's scorer beside six of the open rows, with a baseline of its own."""
    rows = read_rows(EVALS / "questions.jsonl")[:6]
    (tmp_path / "few.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )
    (tmp_path / "score.py").write_bytes((EVALS / "score.py").read_bytes())
    monkeypatch.setattr(evaluate, "EVALS", tmp_path)
    monkeypatch.setattr(evaluate, "BASELINE", tmp_path / "baseline.json")
    monkeypatch.setattr(evaluate, "SETS", {"few": ("questions", "few.jsonl")})
    return tmp_path


def test_figures_are_those_of_the_scorer(few: Path, assistant: Assistant) -> None:
    result = evaluate.evaluate_all(assistant)["few"]
    rows = read_rows(few / "few.jsonl")
    out = few / "out.jsonl"
    lines = (json.dumps(o) + "\n" for o in run_rows("questions", rows, assistant))
    out.write_text("".join(lines), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, EVALS / "score.py", "questions", few / "few.jsonl", out, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    figures = json.loads(done.stdout)
    figures = figures.get("figures", figures)
    assert {k: v for k, v in figures.items() if k in result.figures} == dict(result.figures)
    assert result.figures


def test_a_drop_is_told_and_a_rewrite_mends_it(few: Path, assistant: Assistant) -> None:
    results = evaluate.evaluate_all(assistant)
    assert not results["few"].dropped  # no baseline yet
    evaluate.write_baseline(results)
    assert not evaluate.evaluate_all(assistant)["few"].dropped
    high = {"few": {n: (v or 0) + 50 for n, v in results["few"].figures.items()}}
    (few / "baseline.json").write_text(json.dumps(high), encoding="utf-8")
    worse = evaluate.evaluate_all(assistant)
    assert worse["few"].dropped
    assert any(line.endswith("dropped") for line in evaluate.compare(worse))


def test_failing_rows_are_listed(few: Path, assistant: Assistant) -> None:
    result = evaluate.Result({"x_%": 1.0}, {}, (("q1", "text", "got", "why"),))
    text = "\n".join(evaluate.compare({"few": result}, show=3))
    assert "q1: text" in text
    assert "why: why" in text


def test_a_missing_scorer_is_one_clear_line(few: Path, assistant: Assistant) -> None:
    (few / "score.py").unlink()
    with pytest.raises(InputError, match=r"score.py is missing"):
        evaluate.evaluate_all(assistant)


def test_every_set_is_there() -> None:
    for task, file in evaluate.SETS.values():
        assert read_rows(EVALS / file), file
        assert task
