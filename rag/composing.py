"""Put the parts of a statement together: facts, feelings, need, request, in varied patterns.

Every sentence is the writer's own words, a line of a card, or a joining word from
`knowledge/composing.yaml`. Nothing here decides what is true.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.cleaning import load_observing
from rag.facts import COUNTED
from rag.grammar import known_word
from rag.knowledge import read_yaml
from rag.observation import Observation
from rag.texting import load_texting

MOST_WORDS = 78
_MAIN_WORDS = 20
_PAIR_WORDS = 34
_NOT_WHEN = re.compile(
    r"(?:I|you|we|it|he|she|they)"
    r"(?:'m|'re|'ve|'ll|'s|'d| am| are| is| have| has| keep| will| can| would| could)\b"
    r"|(?:I|you|we|he|she|they) used to\b|there\b|that\b|when\b"
    r"|(?:my|your|the|our) [^,]* (?:is|are|has|have)\b",
    re.IGNORECASE,
)
_DONE_TO_ME = re.compile(
    r"(?:you|your|he|she|they)\b"
    r"|I (?:found|saw|heard|noticed|read|learned|learnt|woke|came (?:in|home|across|down|out)"
    r"|walked in|opened|had to|was told|looked (?:up|over)|picked up|checked)\b",
    re.IGNORECASE,
)
_SECOND_CLAUSE = re.compile(r", (?:I|you|we|he|she|it|they)\b|\?|\bI (?:keep|feel|felt)\b")

_IS = re.compile(r"(?:I'm|how I am:) \{feelings\}")


class _Pattern(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    needs: Literal["clause", "any"]
    text: str


class _Asks(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    order: tuple[str, ...] = Field(min_length=1)
    stop: tuple[str, ...] = Field(min_length=1)
    dont: tuple[str, ...] = Field(min_length=1)
    question: str


class ComposingTable(BaseModel):
    """The tables of `knowledge/composing.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: tuple[_Pattern, ...]
    framed: tuple[str, ...]
    short: str
    spoken_openings: tuple[str, ...]
    spoken_closings: tuple[str, ...]
    letter_openings: tuple[str, ...]
    letter_closings: tuple[str, ...]
    owning: tuple[str, ...]
    owning_slip: tuple[str, ...]
    slip: str
    complaint_themes: tuple[str, ...]
    controlled: str
    asks: _Asks
    avoid_asks: str
    felt_only: frozenset[str]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a statement is made of.

    Attributes:
        observations: What was seen, heard or done; may be empty.
        frame: A card's "When ..." line for a message without facts.
        feelings: One or two true feelings.
        need: A full sentence.
        request: A question that can be refused.
        owning: A line that owns the porn use, or empty.
        boundary: A boundary, as written, or empty.
        address: The name that the writer uses for the other, or empty.
    """

    observations: tuple[Observation, ...]
    frame: str
    feelings: tuple[str, ...]
    need: str
    request: str
    owning: str
    boundary: str
    address: str


@cache
def load_composing(folder: Path = paths.KNOWLEDGE) -> ComposingTable:
    """Load the tables.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    table: ComposingTable = read_yaml(folder / "composing.yaml", ComposingTable)
    return table


def compose(parts: Parts, pattern: str) -> str | None:
    """Write a statement in one pattern; None when the parts do not fit it."""
    if not parts.observations:
        return _framed(parts, pattern)
    table = load_composing()
    found = next((p for p in table.patterns if p.id == pattern), None)
    if found is None:
        return None
    main = main_of(parts.observations)
    if found.needs == "clause" and main is None:
        return None
    if _IS.search(found.text) and table.felt_only & set(parts.feelings):
        return None
    slots = _slots(parts, main)
    text = found.text
    made = _fill(text, slots)
    if len(made.split()) > MOST_WORDS:
        made = _fill(text, {**slots, "need": ""})
    return _addressed(made, parts.address)


def main_of(observations: Sequence[Observation]) -> Observation | None:
    """The observation that carries most and can follow "When"."""
    fit = [
        one
        for one in observations
        if one.clause
        and len(one.text.split()) <= _MAIN_WORDS
        and _DONE_TO_ME.match(one.text)
        and not _NOT_WHEN.match(one.text)
        and not _SECOND_CLAUSE.search(one.text)
    ]
    return max(fit, key=lambda one: (one.weight, -one.at)) if fit else None


def sentences_of(observations: Sequence[Observation]) -> str:
    """Observations as sentences; two short ones are joined."""
    done: list[str] = []
    waiting: Observation | None = None
    for one in observations:
        if waiting is not None and (rest := _resumed(waiting, one)):
            done[-1] = f"{done[-1][:-1]}, and {rest}."
            waiting = None
            continue
        if waiting is not None and _join(waiting, one):
            done[-1] = f"{done[-1][:-1]}, and {_low(one.text)}."
            waiting = None
            continue
        done.append(f"{_up(one.text)}.")
        waiting = one
    return " ".join(done)


def name_feelings(feelings: Sequence[str]) -> str:
    """One or two feelings in words."""
    return feelings[0] if len(feelings) == 1 else f"{feelings[0]} and {feelings[1]}"


def _framed(parts: Parts, pattern: str) -> str | None:
    table = load_composing()
    order = {p.id: n for n, p in enumerate(table.patterns)}
    text = table.framed[order.get(pattern, 0) % len(table.framed)]
    slots = {
        "frame": parts.frame,
        "frame_low": _low(parts.frame),
        "feelings": name_feelings(parts.feelings),
        "owning": parts.owning,
        "need": parts.need,
        "request": f"{_up(parts.boundary)}. {parts.request}" if parts.boundary else parts.request,
    }
    return _addressed(_fill(text, slots), parts.address)


def _slots(parts: Parts, main: Observation | None) -> dict[str, str]:
    at = main.at if main else -1
    before = [one for one in parts.observations if one.at < at]
    after = [one for one in parts.observations if one.at > at]
    boundary = f"{_up(parts.boundary)}. " if parts.boundary else ""
    return {
        "facts": sentences_of(parts.observations),
        "main": _low(main.text) if main else "",
        "Main": _up(main.text) if main else "",
        "before": sentences_of(before),
        "after": sentences_of(after),
        "felt": "felt" if main and main.past else "feel",
        "feelings": name_feelings(parts.feelings),
        "need": parts.need,
        "request": f"{boundary}{parts.request}",
        "owning": parts.owning,
    }


def _fill(text: str, slots: Mapping[str, str]) -> str:
    made = re.sub(r"\{(\w+)\}", lambda m: slots.get(m[1], ""), text)
    return re.sub(r"\s+", " ", made).strip()


def _addressed(text: str, name: str) -> str:
    return f"{name}, {_low(text)}" if name else text


def _resumed(first: Observation, second: Observation) -> str:
    """What is left of an observation that begins as its neighbour does: "and of you going"."""
    table = load_observing().resumed
    lead = next((one for one in table if first.text.startswith(one)), "")
    own = next((one for one in table if second.text.startswith(one)), "")
    short = len(first.text.split()) + len(second.text.split()) <= _PAIR_WORDS
    if not lead or not own or not short or re.search(r", and ", first.text + second.text):
        return ""
    return f"{table[lead]} {second.text[len(own) :].strip()}".strip()


def _join(first: Observation, second: Observation) -> bool:
    total = len(first.text.split()) + len(second.text.split())
    plain = not re.search(r"[,;?]| and ", first.text + second.text)
    view = any(first.text.startswith(lead) for lead in load_observing().resumed)
    both = first.clause and second.clause and first.past == second.past and not view
    return both and plain and total <= 16


def _low(text: str) -> str:
    """The text as it stands inside a sentence: its first letter small, unless it is a name."""
    first = re.match(r"[A-Za-z]+", text)
    if not first or first[0] == "I" or not first[0].istitle():
        return text
    low = first[0].lower()
    proper = low in load_texting().proper and low not in {"lent"}
    known = low in COUNTED or known_word(low)
    return text if proper or not known else text[0].lower() + text[1:]


def _up(text: str) -> str:
    return text[:1].upper() + text[1:]
