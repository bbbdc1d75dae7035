"""Find what can be checked in a message: times, dates, numbers, money, names, places, devices.

The patterns are data (`knowledge/message.yaml`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.grammar import known_word
from rag.knowledge import read_yaml


class FactRow(BaseModel):
    """A kind of fact, as it stands in the data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    pattern: str
    matches: tuple[str, ...] = Field(min_length=1)
    ignores: tuple[str, ...] = Field(min_length=1)


class Bounding(BaseModel):
    """An order that sets a boundary, and the boundary that it sets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    find: str
    put: str


class MessageTable(BaseModel):
    """The tables of `knowledge/message.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    facts: tuple[FactRow, ...]
    not_names: tuple[str, ...]
    endearments: tuple[str, ...]
    join: tuple[str, ...]
    under: tuple[str, ...]
    orders: tuple[str, ...]
    no_orders: tuple[str, ...]
    empty: tuple[str, ...]
    boundary: tuple[str, ...]
    own_truth: str
    not_boundary: str
    bounding: tuple[Bounding, ...]
    need: str
    not_need: str
    owning: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that can be checked: a time, a number, a place, a device, a person."""

    kind: str
    text: str
    start: int
    end: int


@cache
def load_table(folder: Path = paths.KNOWLEDGE) -> MessageTable:
    """Load the tables.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    table: MessageTable = read_yaml(folder / "message.yaml", MessageTable)
    return table


@cache
def fact_patterns() -> Mapping[str, re.Pattern[str]]:
    """The pattern of each kind of fact."""
    return {row.kind: re.compile(row.pattern, re.IGNORECASE) for row in load_table().facts}


def find_facts(text: str, offset: int = 0) -> tuple[Fact, ...]:
    """Find what can be checked in a text, in order; a longer find hides those inside it."""
    found = [
        Fact(kind, match[0], offset + match.start(), offset + match.end())
        for kind, pattern in fact_patterns().items()
        for match in pattern.finditer(text)
    ]
    found += [Fact("name", text[a:b], offset + a, offset + b) for a, b in _names(text)]
    found.sort(key=lambda fact: (fact.start, -(fact.end - fact.start)))
    kept: list[Fact] = []
    for fact in found:
        if not kept or fact.start >= kept[-1].end:
            kept.append(fact)
    return tuple(kept)


def names_in(text: str) -> frozenset[str]:
    """Capitalised names inside the sentences of a text, lower case."""
    return frozenset(text[a:b].lower() for a, b in _names(text))


def _names(text: str) -> list[tuple[int, int]]:
    table = load_table()
    skip = {word.lower() for word in table.not_names}
    found = []
    for match in _NAME.finditer(text):
        before = text[: match.start()].rstrip(" \"'(")
        opening = not before or before[-1] in '.!?:"'
        low = match[0].lower()
        if low in skip or low in COUNTED or (opening and known_word(low)):
            continue
        found.append(match.span())
    return found


_NAME = re.compile(r"\b[A-Z][a-zà-ÿ]+(?:-[A-Z][a-zà-ÿ]+)?\b")
COUNTED = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
    " hundred".split()
)
