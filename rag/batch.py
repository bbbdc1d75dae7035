"""Run rows of a JSON Lines file through the engine and write one object a row.

The formats stand in `evals/README.md`. A row that fails is written with an `error` key and the run
goes on.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.cards import Speaker
from rag.errors import InputError
from rag.models import Answer, Reader, Safety, StepAnswer
from rag.rewording import rewording_object

TASKS = ("questions", "steps", "rewrite", "safety")

Row = Mapping[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Read a JSON Lines file.

    Raises:
        InputError: With the line that is not a JSON object with an `id`.
    """
    rows: list[Row] = []
    try:
        # Only "\n" ends a line: a text may hold other line separators.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text.") from None
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(f"{path.name}:{n}: not JSON.") from None
        if not isinstance(row, dict) or "id" not in row:
            raise InputError(f"{path.name}:{n}: not an object with an id.")
        rows.append(row)
    return rows


def run_rows(task: str, rows: Iterable[Row], assistant: Assistant) -> Iterator[dict[str, Any]]:
    """Run each row of a task; the object of a failed row carries `error`."""
    run = _runner(task, assistant)
    for row in rows:
        try:
            yield {"id": row["id"], **run(row)}
        except Exception as error:  # one bad row must not cost the others
            yield {"id": row["id"], "error": f"{type(error).__name__}: {error}"}


def _runner(task: str, assistant: Assistant) -> Callable[[Row], dict[str, Any]]:
    if task == "questions":
        return lambda row: answer_object(assistant.ask(_words(row, "question")))
    if task == "steps":
        return lambda row: step_object(assistant.step(_words(row, "text"), reader=_reader(row)))
    if task == "rewrite":
        return lambda row: rewording_object(
            assistant.reword(_words(row, "text"), speaker=_speaker(row))
        )
    if task == "safety":
        return lambda row: check_object(assistant.check(_words(row, "text")))
    raise InputError(f"{task} is no task. Tasks: {', '.join(TASKS)}.")


def _words(row: Row, key: str) -> str:
    if not isinstance(row[key], str):
        raise InputError(f"{key} is not a text.")
    return str(row[key])


def answer_object(answer: Answer) -> dict[str, Any]:
    """An answer in the shape of the batch format."""
    return {
        "answer": answer.text,
        "written_by": answer.written_by,
        "citations": [
            {
                "id": citation.id,
                "title": citation.title,
                "quote": citation.quote,
                "sources": [
                    {"author": s.author, "title": s.title, "year": s.year, "link": s.link}
                    for s in citation.sources
                ],
            }
            for citation in answer.citations
        ],
        "steps": list(answer.steps),
        "declined": answer.declined,
        "safety": safety_object(answer.safety),
    }


def step_object(answer: StepAnswer) -> dict[str, Any]:
    """A step answer in the shape of the batch format."""
    return {
        "steps": [{"step": fit.step, "score": fit.score, "why": fit.why} for fit in answer.fits],
        "declined": answer.declined,
        "safety": safety_object(answer.safety),
    }


def check_object(safety: Safety) -> dict[str, Any]:
    """A safety reading in the shape of the batch format."""
    return {
        **safety_object(safety),
        "categories": list(safety.categories),
        "why": safety.why,
    }


def _reader(row: Row) -> Reader:
    speaker = row.get("speaker")
    return speaker if speaker == "hurt" or speaker == "used" else "both"


def _speaker(row: Row) -> Speaker | None:
    speaker = row.get("speaker")
    return speaker if speaker == "hurt" or speaker == "used" else None


def safety_object(safety: Safety) -> dict[str, Any]:
    """A safety reading as it stands inside other objects."""
    return {"category": safety.category, "severity": safety.severity}
