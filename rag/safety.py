"""Notice crisis and abuse before anything else happens to a message.

Rules only, no model: quick, deterministic, and joined later with the reading of the taught encoder
through `find_risks`. It never raises; when it fails, it says so and errs towards help.
"""

import logging
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag import paths
from rag.models import Safety
from rag.normalise import Normal, normalise
from rag.safety_rules import Category, Rule, load_rules

UNKNOWN = "unknown"
"""The category when the check itself failed."""
UNKNOWN_WHY = (
    "My safety check could not read this message, so help comes first in case it is needed."
)

_WINDOW = 5_000
_OVERLAP = 500
_LONGEST = 200_000
_MOST_WORDS = 6
_LONGEST_WORDS = 160
_SENTENCE_END = re.compile(r"[.!?]+[\"')]*(?:\s+|$)|\n+")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Risk:
    """One rule that matched.

    Attributes:
        rule: The rule's id.
        category: Its category.
        rank: The category's rank; 1 is gravest.
        severity: How grave.
        why: The reason in plain words.
        words: The person's own words that matched.
    """

    rule: str
    category: str
    rank: int
    severity: Literal["elevated", "immediate"]
    why: str
    words: str


def check(text: str, *, folder: Path = paths.KNOWLEDGE) -> Safety:
    """Say whether a message shows a risk, which, how grave, and why.

    Args:
        text: The message as typed, of any length.
        folder: A folder laid out like the shipped `knowledge/`.
    """
    try:
        return join_risks(find_risks(text, folder=folder))
    except Exception:
        # Whatever went wrong in here, the person must still be shown where help is.
        _log.exception("the safety check failed")
        return Safety(UNKNOWN, "elevated", (UNKNOWN,), UNKNOWN_WHY, ())


def find_risks(text: str, *, folder: Path = paths.KNOWLEDGE) -> tuple[Risk, ...]:
    """Every rule that matches, gravest first.

    Raises:
        KnowledgeError: When the rules cannot be loaded.
    """
    categories = load_rules(folder)
    found: dict[str, Risk] = {}
    for window in _windows(text):
        plain = normalise(window, folder=folder)
        for risk in _read(plain, categories):
            known = found.get(risk.rule)
            if known is None or (known.severity, risk.severity) == ("elevated", "immediate"):
                found[risk.rule] = risk
    return tuple(sorted(found.values(), key=gravity))


def join_risks(risks: Iterable[Risk]) -> Safety:
    """Put risks, from rules or elsewhere, together into one reading."""
    ordered = sorted(risks, key=gravity)
    if not ordered:
        return Safety()
    gravest = ordered[0]
    return Safety(
        category=gravest.category,
        severity=gravest.severity,
        categories=tuple(dict.fromkeys(risk.category for risk in ordered)),
        why=gravest.why,
        words=tuple(dict.fromkeys(risk.words for risk in ordered))[:_MOST_WORDS],
    )


def gravity(risk: Risk) -> tuple[bool, int]:
    """Sort key: immediate first, then by the category's rank."""
    return risk.severity != "immediate", risk.rank


def _windows(text: str) -> Iterator[str]:
    """Overlapping pieces of a long text; of a very long one, its first and its last part."""
    if len(text) > _LONGEST:
        half = _LONGEST // 2
        yield from _windows(text[:half])
        yield from _windows(text[-half:])
        return
    start = 0
    while True:
        yield text[start : start + _WINDOW]
        if start + _WINDOW >= len(text):
            return
        start += _WINDOW - _OVERLAP


def _read(plain: Normal, categories: Iterable[Category]) -> Iterator[Risk]:
    ends = [match.end() for match in _SENTENCE_END.finditer(plain.text)]
    for category in categories:
        for rule in category.rules:
            risk = _match(rule, category, plain, ends)
            if risk:
                yield risk


def _match(rule: Rule, category: Category, plain: Normal, ends: list[int]) -> Risk | None:
    text = plain.text
    found: Risk | None = None
    for match in rule.pattern.finditer(text):
        start, end = _around(match.start(), max(match.start(), match.end() - 1), ends, len(text))
        sentence, wide = text[start:end], _beside(start, end, ends, text)
        if _excused(rule, category, sentence, wide):
            continue
        severity = rule.severity
        if severity == "elevated" and category.urgent:
            severity = "immediate" if category.urgent.search(wide) else severity
        words = plain.original(match.start(), match.end())[:_LONGEST_WORDS]
        found = Risk(rule.id, category.name, category.rank, severity, rule.why, words)
        if severity == "immediate":
            break
    return found


def _excused(rule: Rule, category: Category, sentence: str, wide: str) -> bool:
    """Whether the sentence says that the match is no danger: another sense, or past and over."""
    if any(unless and unless.search(sentence) for unless in (rule.unless, category.unless)):
        return True
    if not (category.past and category.past.search(sentence)):
        return False
    return not (category.returned and category.returned.search(wide))


def _around(start: int, last: int, ends: list[int], length: int) -> tuple[int, int]:
    """The sentence or sentences that a match stands in."""
    before = bisect_right(ends, start)
    after = bisect_right(ends, last)
    return (ends[before - 1] if before else 0), (ends[after] if after < len(ends) else length)


def _beside(start: int, end: int, ends: list[int], text: str) -> str:
    """The sentences of a match with the one before and the one after."""
    first, _ = _around(max(0, start - 1), max(0, start - 1), ends, len(text))
    _, last = _around(min(end, len(text)), min(end, len(text)), ends, len(text))
    return text[first:last]
