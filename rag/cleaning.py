"""Take scorn, swearing, absolutes and likenesses out of a clause (`knowledge/observing.yaml`)."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.facts import find_facts
from rag.grammar import base, form, inflect
from rag.knowledge import read_yaml

_FEWEST_WORDS = 3
_SHORT = 8


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    find: str
    put: str


class _Example(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(alias="from")
    to: str


class ObservingTable(BaseModel):
    """The tables of `knowledge/observing.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    edits: tuple[_Edit, ...]
    negated: str
    made_me: str
    questions: tuple[_Edit, ...]
    inverted: str
    unseen: str
    missed: tuple[_Edit, ...]
    contrary: tuple[_Edit, ...]
    unmet: tuple[_Edit, ...]
    views: tuple[str, ...] = Field(min_length=2)
    resumed: Mapping[str, str]
    fragments: tuple[_Edit, ...]
    seen: frozenset[str]
    mental: frozenset[str]
    thoughts: str
    figures: str
    thread: str
    excuses: str
    dangling: str
    examples: tuple[_Example, ...]


@cache
def load_observing(folder: Path = paths.KNOWLEDGE) -> ObservingTable:
    """Load the tables.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    table: ObservingTable = read_yaml(folder / "observing.yaml", ObservingTable)
    return table


def free_of(text: str, marks: Sequence[str]) -> bool:
    """Whether no blaming stretch stands in a text word for word."""
    low = text.lower()
    return not any(len(mark) > _SHORT and mark in low for mark in marks)


def clean(text: str) -> str:
    """Take the scorn, the swearing, the absolutes and the likenesses out of a clause."""
    table = load_observing()
    text = re.sub(table.negated, r"\1", text, flags=re.IGNORECASE)
    if made := re.match(table.made_me, text, re.IGNORECASE):
        verb = form(base(made[1].split()[0]), "VBD")
        text = " ".join(["I", verb, *made[1].split()[1:]]) + text[made.end() :]
    for find, put in _edits():
        if put.startswith("@") or "@" in find.pattern:
            continue
        changed = find.sub(put, text)
        text = inflect(changed) if changed != text else text
    text = re.sub(r"\s+([,.;])", r"\1", re.sub(r"\s+", " ", text))
    return re.sub(r"([,;])(?:\s*[,;.])+", r"\1", text).strip(" ,;:.-")


def acceptable(text: str) -> bool:
    """Whether a cleaned clause can be said: long enough, nothing dangling, nothing coarse."""
    words = text.split()
    if not words or (len(words) < _FEWEST_WORDS and not find_facts(text)):
        return False
    if re.search(load_observing().dangling, text, re.IGNORECASE):
        return False
    return text.count('"') % 2 == 0 and text.count("(") == text.count(")")


def edited(text: str, edits: Sequence[tuple[re.Pattern[str], str]]) -> str:
    """The text after the first edit that fits it, or empty when none does."""
    for find, put in edits:
        if find.search(text):
            return inflect(find.sub(put, text, count=1))
    return ""


@cache
def edits_of(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """A list of edits of the table, ready to be tried."""
    rows: tuple[_Edit, ...] = getattr(load_observing(), name)
    return tuple((re.compile(e.find, re.IGNORECASE), e.put) for e in rows)


@cache
def _edits() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(e.find, re.IGNORECASE), e.put) for e in load_observing().edits)
