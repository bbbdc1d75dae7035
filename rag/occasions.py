"""Occasions for a hard talk: written cards, one an occasion, for each side that meets it.

A card (`knowledge/prepare/`) holds what can be said, asked and left out. Each of its lines names
the passage that supports it, and a name that does not exist is an error with file and line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rag import paths
from rag.cards import Speaker
from rag.errors import KnowledgeError
from rag.knowledge import load_knowledge, read_yaml

PARTS = (
    "when_and_where",
    "openings",
    "ask",
    "listen",
    "avoid",
    "if_it_escalates",
    "how_to_end",
)
"""The parts of a card, in reading order."""
SIDES: tuple[Speaker, ...] = ("hurt", "used")

_COMMON = "common"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Data):
    """One line of a page, and the passage that supports it."""

    say: Annotated[str, Field(min_length=4)]
    source: str = Field(default="", alias="from")
    why: str = ""

    @property
    def text(self) -> str:
        """The line with its reason."""
        return f"{self.say} {self.why}".strip()


class Avoided(Line):
    """Something to leave out, with a short reason."""

    why: Annotated[str, Field(min_length=8)]


class FromFacts(_Data):
    """What stands around a fact of the person's own: before it, the feeling, and what follows."""

    lead: str
    feeling: Annotated[str, Field(min_length=3)]
    then: Annotated[str, Field(min_length=10)]
    source: str = Field(alias="from")


class CardSide(_Data):
    """An occasion as one partner meets it."""

    title: Annotated[str, Field(min_length=5)]
    asks: Annotated[tuple[str, ...], Field(min_length=8, max_length=12)]
    when_and_where: Annotated[tuple[Line, ...], Field(min_length=2)]
    openings: Annotated[tuple[Line, ...], Field(min_length=4)]
    from_facts: FromFacts
    ask: Annotated[tuple[Line, ...], Field(min_length=3, max_length=5)]
    listen: Annotated[tuple[Line, ...], Field(min_length=2, max_length=4)]
    avoid: Annotated[tuple[Avoided, ...], Field(min_length=3, max_length=5)]
    if_it_escalates: Annotated[tuple[Line, ...], Field(min_length=1)]
    how_to_end: Annotated[tuple[Line, ...], Field(min_length=1)]

    def part(self, name: str) -> tuple[Line, ...]:
        """The lines of one of `PARTS`."""
        lines: tuple[Line, ...] = getattr(self, name)
        return lines


class Occasion(_Data):
    """A card: an occasion, from each side that meets it.

    Attributes:
        words: Patterns of plain words that speak for it.
        only_with: A pattern without which it is not chosen: no child is put into a story.
    """

    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    themes: Annotated[tuple[str, ...], Field(min_length=1)]
    words: tuple[str, ...] = ()
    only_with: str = ""
    hurt: CardSide | None = None
    used: CardSide | None = None

    @model_validator(mode="after")
    def _some_side(self) -> "Occasion":
        if self.hurt is None and self.used is None:
            raise ValueError("a card has at least one side")
        return self

    def side(self, speaker: Speaker) -> CardSide | None:
        """The card for one partner, where there is one."""
        return self.hurt if speaker == "hurt" else self.used


class Cues(_Data):
    """Wording that only one of the two partners uses."""

    hurt: tuple[str, ...]
    used: tuple[str, ...]


class Wording(_Data):
    """Patterns from which an opening is started; see `rag/openings.py`."""

    telling: str
    asking: str
    topic: str
    topic_end: str
    topic_not: str
    partner: str
    unsaid: str
    others: str
    loaded: str


class Common(_Data):
    """What every page shares."""

    general: str
    headings: Mapping[str, str]
    intro: str
    own_words: str
    before: tuple[Line, ...]
    breaks: tuple[Line, ...]
    declines: Mapping[str, str]
    cues: Cues
    wording: Wording


@dataclass(frozen=True, slots=True)
class Occasions:
    """All cards, by id, and what they share."""

    cards: Mapping[str, Occasion]
    common: Common


@cache
def load_occasions(folder: Path = paths.KNOWLEDGE) -> Occasions:
    """Load the cards and check every reference in them.

    Raises:
        KnowledgeError: When a card is broken or misnamed, or names a passage that is not there.
    """
    home = folder / "prepare"
    common: Common = read_yaml(home / f"{_COMMON}.yaml", Common)
    known = {passage.key for passage in load_knowledge(folder).passages}
    _check_lines(home / f"{_COMMON}.yaml", (*common.before, *common.breaks), known)
    cards: dict[str, Occasion] = {}
    for path in sorted(home.glob("*.yaml")):
        if path.stem == _COMMON:
            continue
        card: Occasion = read_yaml(path, Occasion)
        if card.id != path.stem:
            raise KnowledgeError(f"{path.name}:1: id is '{card.id}'. Name them alike.")
        for side in filter(None, (card.hurt, card.used)):
            lines = [line for part in PARTS for line in side.part(part)]
            _check_lines(path, (*lines, side.from_facts), known)
        cards[card.id] = card
    general = cards.get(common.general)
    if general is None or general.hurt is None or general.used is None:
        raise KnowledgeError(f"{common.general}.yaml:1: needs both sides. Restore it.")
    return Occasions(cards, common)


def _check_lines(path: Path, lines: Sequence[Line | FromFacts], known: set[str]) -> None:
    for line in lines:
        if line.source and line.source not in known:
            rows = path.read_text(encoding="utf-8").splitlines()
            at = next((n for n, row in enumerate(rows, 1) if line.source in row), 1)
            raise KnowledgeError(
                f"{path.name}:{at}: '{line.source}' is no passage of the notes. Mend the name."
            )
