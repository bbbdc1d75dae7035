"""The rows of the index: a passage taken apart into records, and put together again.

A passage has one record for its text and one for each of its example questions; a question that
resembles an example finds the passage even when it shares no word with the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.knowledge import content_hash
from rag.models import Passage


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a shelf: what is embedded, and what is known about it."""

    id: str
    text: str
    metadata: Mapping[str, Any]


def passage_records(passage: Passage) -> list[Record]:
    """Take a passage apart into its records: the text first, then the questions."""
    about: dict[str, Any] = {
        "key": passage.key,
        "note": passage.note,
        "title": passage.title,
        "heading": passage.heading,
        "kind": passage.kind,
        "reader": passage.reader,
        "standing": passage.standing,
        "reviewed": passage.reviewed,
        "reflect": passage.reflect,
        "origin": passage.origin,
    }
    if passage.sources:
        about["sources"] = list(passage.sources)
    filters: dict[str, Any] = {"kind": passage.kind, "reader": passage.reader}
    if passage.steps:
        about["steps"] = filters["steps"] = list(passage.steps)
    return [
        Record(passage.id, passage.text, {**about, "part": "text", "passage": passage.id}),
        *(
            Record(
                content_hash(passage.id, ask),
                ask,
                {**filters, "part": "ask", "passage": passage.id},
            )
            for ask in dict.fromkeys(passage.asks)
        ),
    ]


def record_passage(id: str, text: str, metadata: Mapping[str, Any]) -> Passage:
    """Put a passage together again from its text record (without its questions)."""
    return Passage(
        id=id,
        text=text,
        steps=tuple(metadata.get("steps", ())),
        sources=tuple(metadata.get("sources", ())),
        **{
            name: metadata[name]
            for name in (
                "key note title heading kind reader standing reviewed reflect origin".split()
            )
        },
    )
