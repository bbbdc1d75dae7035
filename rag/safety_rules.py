"""Load the safety rules: one file a category in `knowledge/safety/`, terms in `terms.yaml`.

A rule is a pattern on plain text (see `rag/normalise.py`), what makes it not apply, the reason in
plain words, and sentences that it matches and ignores, each of which a test runs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.errors import KnowledgeError
from rag.knowledge import read_yaml

_TERM = re.compile(r"\{([A-Z][A-Z0-9]*)\}")

_Patterns = str | tuple[str, ...]
_Sentence = Annotated[str, Field(min_length=3)]


class RuleRow(BaseModel):
    """One rule as it stands in the data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]+$")]
    severity: Literal["elevated", "immediate"]
    pattern: _Patterns
    unless: _Patterns = ()
    why: Annotated[str, Field(min_length=20)]
    matches: Annotated[tuple[_Sentence, ...], Field(min_length=4)]
    ignores: Annotated[tuple[_Sentence, ...], Field(min_length=3)]


class CategoryRow(BaseModel):
    """One category as it stands in its data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    about: str
    rank: Annotated[int, Field(ge=1)]
    unless: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()
    rules: Annotated[tuple[RuleRow, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule ready to use.

    Attributes:
        id: Its name, unique over all categories.
        severity: How grave a match is at least.
        pattern: What it looks for in plain text.
        unless: What in the same sentence makes it not apply.
        why: The reason in plain words, for the person.
    """

    id: str
    severity: Literal["elevated", "immediate"]
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    why: str


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of risk with its rules.

    Attributes:
        name: The key used everywhere.
        about: What it is, in plain words.
        rank: 1 is shown first among equals.
        unless: What in the same sentence makes none of its rules apply.
        past: What in the same sentence says that it was long ago, so none of its rules apply.
        returned: What in or beside the sentence says that it is not over after all.
        urgent: What in or beside the sentence makes a match immediate.
        rules: Its rules.
    """

    name: str
    about: str
    rank: int
    unless: re.Pattern[str] | None
    past: re.Pattern[str] | None
    returned: re.Pattern[str] | None
    urgent: re.Pattern[str] | None
    rules: tuple[Rule, ...]


@cache
def load_rules(folder: Path = paths.KNOWLEDGE) -> tuple[Category, ...]:
    """Load every category, first rank first.

    Raises:
        KnowledgeError: When a file is broken or a rule's id stands twice.
    """
    terms = read_yaml(folder / "terms.yaml", dict[str, str])
    categories = [_category(row, terms) for row in load_rows(folder)]
    seen: set[str] = set()
    for rule in (rule for category in categories for rule in category.rules):
        if rule.id in seen:
            raise KnowledgeError(f"safety: rule {rule.id} stands twice. Rename one.")
        seen.add(rule.id)
    return tuple(sorted(categories, key=lambda category: category.rank))


@cache
def load_rows(folder: Path = paths.KNOWLEDGE) -> tuple[CategoryRow, ...]:
    """The category files as they stand, with their example sentences.

    Raises:
        KnowledgeError: When a file is broken or there is none.
    """
    files = sorted((folder / "safety").glob("*.yaml"))
    if not files:
        raise KnowledgeError(f"safety: no rules in {folder / 'safety'}. Restore them.")
    return tuple(read_yaml(path, CategoryRow) for path in files)


def _category(row: CategoryRow, terms: Mapping[str, str]) -> Category:
    rules = tuple(
        Rule(
            rule.id,
            rule.severity,
            _compile(rule.pattern, terms, rule.id),
            _compile(rule.unless, terms, rule.id) if rule.unless else None,
            rule.why,
        )
        for rule in row.rules
    )
    unless, past, returned, urgent = (
        _compile(patterns, terms, row.category) if patterns else None
        for patterns in (row.unless, row.past, row.returned, row.urgent)
    )
    return Category(row.category, row.about, row.rank, unless, past, returned, urgent, rules)


def _compile(patterns: _Patterns, terms: Mapping[str, str], where: str) -> re.Pattern[str]:
    parts = (patterns,) if isinstance(patterns, str) else patterns
    try:
        return re.compile("|".join(_filled(part, terms) for part in parts))
    except (re.error, KeyError) as error:
        raise KnowledgeError(f"safety: {where}: {error}. Mend its pattern.") from None


def _filled(pattern: str, terms: Mapping[str, str]) -> str:
    """Put each term in its place."""
    return _TERM.sub(lambda match: terms[match.group(1)], pattern)
