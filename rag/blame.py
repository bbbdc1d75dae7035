"""Find what blames in a message: where, of which kind, and why it does not help.

Rules as data (`knowledge/blame.yaml`) are joined with the taught encoder's spans. A boundary ("I
will sleep in the spare room until we have talked") and a hard fact ("you watched it on Tuesday")
are not blame.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.clauses import Clause, cut_clauses
from rag.encoder import Reading
from rag.knowledge import read_yaml
from rag.texting import Tidy, tidy

FINE_BAR = 0.6
"""Probability of a fine message above which the encoder's weak spans are not used."""
_SURE = 0.8
_EVEN = 0.5
"""A stretch that the encoder finds less likely than this needs a rule or a whole clause."""
_COVER = 0.45
_FULL_CLAUSE = 0.6
_SCRAP = 0.35
_FEWEST = 3
_QUOTE = re.compile(r'(?<=\w )"[^"]{2,160}"')
"""Words of somebody else, told as they were said."""


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: str
    reach: Literal["match", "clause"]
    pattern: str
    unless: str = ""
    certain: bool = False
    matches: tuple[str, ...] = Field(min_length=3)
    ignores: tuple[str, ...] = Field(min_length=2)


class BlameFile(BaseModel):
    """The rules of `knowledge/blame.yaml` and the reason for each kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: Mapping[str, str]
    rules: tuple[_Rule, ...]


@dataclass(frozen=True, slots=True)
class BlameSpan:
    """A stretch of a message that blames.

    Attributes:
        start: Where it begins in the message as typed.
        end: Where it ends.
        text: The stretch as typed.
        kind: Its kind.
        why: Why it does not help, in one kind line.
    """

    start: int
    end: int
    text: str
    kind: str
    why: str


@cache
def load_blame(folder: Path = paths.KNOWLEDGE) -> BlameFile:
    """Load the rules.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    file: BlameFile = read_yaml(folder / "blame.yaml", BlameFile)
    return file


@cache
def _compiled() -> tuple[tuple[_Rule, re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple(
        (
            rule,
            re.compile(rule.pattern, re.IGNORECASE),
            re.compile(rule.unless, re.IGNORECASE) if rule.unless else None,
        )
        for rule in load_blame().rules
    )


def find_blame(text: str, reading: Reading | None = None) -> tuple[BlameSpan, ...]:
    """Find the stretches of a message that blame, in order.

    Args:
        text: The message as typed.
        reading: What the taught encoder read in it; without it the rules stand alone.
    """
    page = tidy(text)
    clauses = cut_clauses(page.text, facts=False)
    marks: dict[int, str] = {}
    if reading is not None:
        _mark_taught(text, page, clauses, reading, marks)
    fine = reading is not None and reading.kind.get("fine", 0.0) >= FINE_BAR
    for start, end, kind in rule_spans(page.text, clauses, certain=fine):
        a, b = page.back(start, end)
        for n in range(a, b):
            marks.setdefault(n, kind)
    return _join(text, marks)


def telling(blame: Sequence[BlameSpan]) -> tuple[BlameSpan, ...]:
    """The stretches that say something: not a word or two that no rule marks."""
    return tuple(s for s in blame if len(s.text.split()) >= _FEWEST or blame_kinds(s.text))


def rule_spans(
    tidied: str, clauses: list[Clause], *, certain: bool = False
) -> list[tuple[int, int, str]]:
    """The stretches that the rules find in a tidied text; only by certain rules if so asked."""
    spans = []
    for clause in clauses:
        whole = f"{clause.joiner} {clause.text}" if clause.joiner else clause.text
        for rule, pattern, unless in _compiled():
            if certain and not rule.certain:
                continue
            part = whole if rule.reach == "clause" else clause.text
            if (match := pattern.search(part)) is None or (unless and unless.search(part)):
                continue
            if rule.reach == "clause":
                spans.append((clause.start, clause.end, rule.kind))
            else:
                spans.append((clause.start + match.start(), clause.start + match.end(), rule.kind))
    return spans


def blame_kinds(text: str) -> tuple[str, ...]:
    """The kinds of blame that the rules find in a short piece of text."""
    page = tidy(text)
    found = rule_spans(page.text, cut_clauses(page.text, facts=False))
    return tuple(dict.fromkeys(kind for _, _, kind in found))


def _mark_taught(
    text: str, page: Tidy, clauses: list[Clause], reading: Reading, marks: dict[int, str]
) -> None:
    """Mark the encoder's spans, stretched to the clause where they fill most of it."""
    spans = [page.back(clause.start, clause.end) for clause in clauses]
    ruled = [page.back(start, end) for start, end, _ in rule_spans(page.text, clauses)]
    fine = reading.kind.get("fine", 0.0) >= FINE_BAR
    quotes = [page.back(*match.span()) for match in _QUOTE.finditer(page.text)]
    for span in reading.blame:
        if any(a <= span.start and span.end <= b for a, b in quotes):
            continue
        if fine and span.probability < _SURE:
            continue
        start, end = _whole_words(text, span.start, span.end)
        whole = [s for s in spans if _share(start, end, s) >= _FULL_CLAUSE]
        borne_out = whole or any(a < end and b > start for a, b in ruled)
        unsure = span.probability < _EVEN or " " not in text[start:end].strip()
        if unsure and not borne_out:
            continue
        if whole:
            start, end = _to_clauses(start, end, spans)
        for n in range(start, end):
            marks[n] = span.kind


def _share(start: int, end: int, clause: tuple[int, int]) -> float:
    """The share of a clause that a stretch covers."""
    return (min(end, clause[1]) - max(start, clause[0])) / max(1, clause[1] - clause[0])


def _to_clauses(start: int, end: int, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """A stretch that marks a clause, without the scraps of clauses that it only touches."""
    for span in spans:
        share = _share(start, end, span)
        if share >= _FULL_CLAUSE:
            start, end = min(start, span[0]), max(end, span[1])
        elif 0 < share < _SCRAP and span[0] < start and span[1] < end:
            start = span[1]
        elif 0 < share < _SCRAP and span[1] > end and span[0] > start:
            end = span[0]
    return start, end


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalnum() and start < len(text) and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end


def _join(text: str, marks: Mapping[int, str]) -> tuple[BlameSpan, ...]:
    groups: list[list[int]] = []
    for n in sorted(marks):
        last = groups[-1][-1] if groups else -9
        gap = text[last + 1 : n]
        joined = bool(groups) and (not gap.strip(" ") and len(gap) <= 1)
        if joined and marks[last] == marks[n]:
            groups[-1].append(n)
        else:
            groups.append([n])
    kinds = load_blame().kinds
    spans = []
    for group in groups:
        start, end = group[0], group[-1] + 1
        while start < end and text[start] in " \n\t.,;:!?-–—":
            start += 1
        while end > start and text[end - 1] in " \n\t.,;:!?-–—":
            end -= 1
        if end - start >= 3:
            kind = marks[start]
            spans.append(BlameSpan(start, end, text[start:end], kind, kinds[kind]))
    return tuple(spans)
