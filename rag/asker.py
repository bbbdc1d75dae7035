"""Tell which partner is asking by the words, where nobody has said so.

"I'm the one who watched" needs other passages than "I found it on his phone". The wording is data
(`knowledge/sides.yaml`), each side with sentences that it matches and ignores. Where both sides
speak, or neither, nobody is favoured.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.knowledge import read_yaml
from rag.models import Reader

_LONGEST = 2_000


class SideRow(BaseModel):
    """Wording that only one of the two partners uses, as it stands in the data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: Literal["hurt", "used"]
    patterns: Annotated[tuple[str, ...], Field(min_length=1)]
    matches: tuple[str, ...]
    ignores: tuple[str, ...]


def asker_of(messages: Sequence[str], folder: Path = paths.KNOWLEDGE) -> Reader:
    """The partner who is asking, from the newest message that shows it.

    Args:
        messages: What the person wrote, oldest first.
        folder: A folder laid out like the shipped `knowledge/`.
    """
    for message in reversed(messages):
        plain = message[:_LONGEST].replace("’", "'")
        sides = [side for side, said in _sides(folder).items() if said.search(plain)]
        if len(sides) == 1:
            return sides[0]
    return "both"


@cache
def _sides(folder: Path) -> Mapping[Reader, re.Pattern[str]]:
    rows: list[SideRow] = read_yaml(folder / "sides.yaml", list[SideRow])
    return {row.side: re.compile("|".join(row.patterns), re.IGNORECASE) for row in rows}
