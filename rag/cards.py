"""Statement cards: for each theme and each side, what a message does not say itself.

A card supplies feelings, needs, small requests, fair views of the other, and an observation frame
for a message without facts. Choosing is deterministic: the same message always gets the same words.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.encoder import Reading
from rag.errors import KnowledgeError
from rag.knowledge import content_hash, read_yaml
from rag.store import Record

Speaker = Literal["hurt", "used"]
OTHER = "other"

_Lines = Annotated[tuple[str, ...], Field(min_length=4)]
_Question = Annotated[str, Field(pattern=r"\?$")]


class CardFeelings(BaseModel):
    """Feelings by strength; each completes "I feel ..."."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mild: Annotated[tuple[str, ...], Field(min_length=3)]
    middle: Annotated[tuple[str, ...], Field(min_length=3)]
    strong: Annotated[tuple[str, ...], Field(min_length=3)]

    @property
    def every(self) -> tuple[str, ...]:
        """All of them, the middle ones first."""
        return (*self.middle, *self.mild, *self.strong)


class Side(BaseModel):
    """One side of a card."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    examples: Annotated[tuple[str, ...], Field(min_length=10)]
    frames: _Lines
    feelings: CardFeelings
    needs: _Lines
    requests: Annotated[tuple[_Question, ...], Field(min_length=5)]
    views: Annotated[tuple[str, ...], Field(min_length=3)]
    why: str


class Card(BaseModel):
    """A theme from both sides; `only_with` are the words that most messages about it hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: str
    title: str
    only_with: str = ""
    steps: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1)]
    hurt: Side
    used: Side

    def side(self, speaker: Speaker) -> Side:
        """The side of the person who writes."""
        return self.hurt if speaker == "hurt" else self.used


@dataclass(frozen=True, slots=True)
class Chosen:
    """The card for a message, and the themes that are left for another talk."""

    card: Card
    side: Side
    others: tuple[Card, ...]
    plain: Side
    sure: bool
    certain: bool

    @property
    def words(self) -> Side:
        """The side whose needs, requests and views are used: the plain card's when in doubt."""
        return self.side if self.sure else self.plain


@cache
def load_cards(folder: Path = paths.KNOWLEDGE) -> Mapping[str, Card]:
    """Load the cards by theme.

    Raises:
        KnowledgeError: When a card is broken, misnamed, or the card for anything else is missing.
    """
    cards: dict[str, Card] = {}
    for path in sorted((folder / "cards").glob("*.yaml")):
        card: Card = read_yaml(path, Card)
        if card.theme != path.stem:
            raise KnowledgeError(f"{path.name}:1: theme is '{card.theme}'. Name them alike.")
        cards[card.theme] = card
    if OTHER not in cards:
        raise KnowledgeError("cards/other.yaml:1: missing. Restore it.")
    return cards


def card_records(cards: Mapping[str, Card]) -> list[Record]:
    """The cards' example messages as records of the index."""
    return [
        Record(
            content_hash("card", card.theme, name, example),
            example,
            {"part": "card", "theme": card.theme, "speaker": name, "kind": "card"},
        )
        for card in cards.values()
        for name, side in (("hurt", card.hurt), ("used", card.used))
        for example in side.examples
    ]


def choose_card(
    text: str,
    reading: Reading | None,
    speaker: Speaker,
    near: Mapping[str, float] | None = None,
) -> Chosen:
    """Choose the card for a message: what the encoder reads and the nearest examples, together.

    Args:
        text: The message.
        reading: What the encoder read in it.
        speaker: Whose message it is.
        near: Similarity to the nearest example of each theme by meaning, when it is known.
    """
    cards = load_cards()
    theme = dict(reading.theme) if reading is not None else {}
    for name, value in nearness(text, speaker).items():
        theme[name] = theme.get(name, 0.0) + _NEARNESS * value
    for name, value in (near or {}).items():
        theme[name] = theme.get(name, 0.0) + max(0.0, value - _FAR)
    for name in [name for name in theme if name in cards and not _speaks_of(cards[name], text)]:
        theme[name] *= _UNSPOKEN
    more = _BY_MEANING if near else 0.0
    order = sorted((name for name in theme if name in cards), key=lambda name: -theme[name])
    named = [name for name in order if name != OTHER]
    first = order[0] if order and theme[order[0]] >= _BAR + more else OTHER
    if first == OTHER and named and theme[named[0]] >= _NEAR * theme.get(OTHER, 0.0):
        first = named[0]
    others = tuple(cards[n] for n in named if n != first and theme[n] >= _ALSO + more)[:2]
    plain = cards[OTHER].side(speaker)
    sure = theme.get(first, 0.0) >= _SURE + more
    certain = theme.get(first, 0.0) >= _CERTAIN + more
    return Chosen(cards[first], cards[first].side(speaker), others, plain, sure, certain)


def _speaks_of(card: Card, text: str) -> bool:
    return not card.only_with or bool(re.search(card.only_with, text, re.IGNORECASE))


_UNSPOKEN = 0.6
"""What is left of a theme's score when none of its words stands in the message."""
_NEARNESS = 0.8
_FAR = 0.2
"""Cosine of texts that have nothing to do with each other."""
_BY_MEANING = 0.15
"""How much nearness by meaning lifts the scores: the bars below were set without it."""
_BAR = 0.12
_SURE = 0.4
_CERTAIN = 0.6
_NEAR = 0.5
_ALSO = 0.35


def nearness(text: str, speaker: Speaker) -> Mapping[str, float]:
    """How near each card's nearest example is to a text, by their rarer words, 0 to 1."""
    weights, examples = _examples()
    words = _stems(text)
    own = math.sqrt(sum(weights.get(word, 0.0) ** 2 for word in words)) or 1.0
    best: dict[str, float] = {}
    for theme, side, stems, size in examples:
        shared = sum(weights[word] ** 2 for word in words & stems) if side == speaker else 0.0
        if shared:
            best[theme] = max(best.get(theme, 0.0), shared / (own * size))
    return best


@cache
def _examples() -> tuple[Mapping[str, float], tuple[tuple[str, str, frozenset[str], float], ...]]:
    rows = []
    for card in load_cards().values():
        for name, side in (("hurt", card.hurt), ("used", card.used)):
            for text in (*side.examples, f"{card.title} {side.about}"):
                rows.append((card.theme, name, _stems(text)))
    seen = Counter(word for _, _, stems in rows for word in stems)
    weights = {word: math.log(len(rows) / count) for word, count in seen.items()}
    return weights, tuple(
        (theme, name, stems, math.sqrt(sum(weights[w] ** 2 for w in stems)) or 1.0)
        for theme, name, stems in rows
    )


def _stems(text: str) -> frozenset[str]:
    import Stemmer

    words = re.findall(r"[a-z]+", text.lower().replace("'", ""))
    return frozenset(Stemmer.Stemmer("english").stemWords(words))


def pick(options: Sequence[str], seed: str, salt: int = 0) -> str:
    """Choose one of several, always the same for the same message."""
    digest = hashlib.sha256(f"{salt}\x1f{seed}".encode()).digest()
    return options[int.from_bytes(digest[:4], "big") % len(options)]


def order_by(options: Sequence[str], seed: str, salt: int = 0) -> list[str]:
    """All options in an order that varies with the message and is always the same for it."""
    return sorted(
        options, key=lambda one: hashlib.sha256(f"{salt}\x1f{seed}\x1f{one}".encode()).digest()
    )
