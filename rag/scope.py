"""Know what is not Softstart's to answer, and say so kindly.

Out-of-scope requests are recognised the same way as questions: each category has example requests
in `knowledge/limits.yaml`, which stand in the index beside the notes' own example questions. When
the nearest examples are out of scope, the category's reply is the answer.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.encoder import Reading
from rag.helplines import Request
from rag.knowledge import content_hash, read_yaml
from rag.search import Found
from rag.store import Record

RELEVANCE_BAR = 0.45
"""Cosine below which a passage is not used. Chosen on our own questions, see docs/evaluation.md."""
_MARGIN = -0.03
"""How much nearer an example request must be than the nearest example question."""


_INTENT, _NO_STEP, _BAR = 0.2, 0.05, 0.03
"""Weights of what the encoder reads beside that distance, and the bar for their sum.

Chosen on unseen rows of intents and our own questions: 95 % declined at 4 % of fair ones.
"""
_LINE_BAR = 0.5
"""Cosine below which an example request for a line says nothing."""
_WORDS_BAR = 0.2
"""The bar for a request for words to say: to find those is the program's own work."""
LINE = "line-"
"""How the ids of requests for a help line begin."""


class Limit(BaseModel):
    """One kind of request that is declined."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: str
    about: str
    reply: str
    examples: Annotated[tuple[str, ...], Field(min_length=10)]


@cache
def load_limits(folder: Path = paths.KNOWLEDGE) -> Mapping[str, Limit]:
    """Load the categories by name.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    rows: list[Limit] = read_yaml(folder / "limits.yaml", list[Limit])
    return {row.category: row for row in rows}


def limit_records(limits: Mapping[str, Limit]) -> list[Record]:
    """The example requests as records of the index."""
    return [
        _record(limit.category, example) for limit in limits.values() for example in limit.examples
    ]


def line_records(requests: Mapping[str, Request]) -> list[Record]:
    """Example requests for a help line as records of the index."""
    return [_record(row.id, example) for row in requests.values() for example in row.examples]


def _record(category: str, example: str) -> Record:
    return Record(
        content_hash("limit", category, example),
        example,
        {"part": "limit", "category": category, "kind": "limit"},
    )


def out_of_scope(
    found: Found, reading: Reading | None = None, *, words: bool = False
) -> str | None:
    """Tell whether a question is out of scope, or asks for a help line.

    Args:
        found: What search brought up.
        reading: What the taught encoder read in the question; without it the nearest example
            decides alone.
        words: Whether the question asks for words to say.

    Returns:
        The category, or the id of a kind of request for a line, or None when the notes' own
        example questions are the nearer match.
    """
    if not found.limits:
        return None
    category = max(found.limits, key=lambda name: found.limits[name])
    # A handout has no example questions: its own text speaks for it.
    yours = [hit.cosine for hit in found.hits if hit.passage.origin == "yours"]
    nearer = found.limits[category] - max(found.ask, *yours, -1.0)
    if category.startswith(LINE) and found.limits[category] < _LINE_BAR:
        return None
    if reading is None or category.startswith(LINE):
        return category if nearer > _MARGIN else None
    read = _INTENT * reading.intent["out_of_scope"] + _NO_STEP * reading.step["0"]
    return category if nearer + read > (_WORDS_BAR if words else _BAR) else None
