"""What a chat model's words must never hold: phone digits, a diagnosis, a side, a promise, a link.

The patterns are data (`knowledge/vetting.yaml`), each with sentences that it matches and ignores.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.knowledge import read_yaml

_QUOTED = re.compile(r"[\"“][^\"”]*[\"”]")
SAID = frozenset({"self", "promise"})
"""Kinds that may stand inside quotation marks: there a person is to say it, not the program."""


class Ban(BaseModel):
    """One kind of words, as it stands in the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    why: str
    pattern: str
    matches: tuple[str, ...] = Field(min_length=3)
    ignores: tuple[str, ...] = Field(min_length=3)


@dataclass(frozen=True, slots=True)
class Banned:
    """Words that must not stand there: their kind, themselves, and why."""

    kind: str
    text: str
    why: str


@cache
def load_bans(folder: Path = paths.KNOWLEDGE) -> tuple[tuple[Ban, re.Pattern[str]], ...]:
    """Load the patterns.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    rows: list[Ban] = read_yaml(folder / "vetting.yaml", list[Ban])
    return tuple((row, re.compile(row.pattern, re.IGNORECASE)) for row in rows)


def find_banned(text: str) -> tuple[Banned, ...]:
    """Find what must not stand in a model's words, one of each kind."""
    plain = text.replace("’", "'")
    outside = _QUOTED.sub('"..."', plain)
    found = []
    for ban, pattern in load_bans():
        match = pattern.search(outside if ban.kind in SAID else plain)
        if match:
            found.append(Banned(ban.kind, match[0], ban.why))
    return tuple(found)
