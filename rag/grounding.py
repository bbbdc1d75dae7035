"""Tell whether a sentence is borne out by the passage that it cites, by measures that run here.

Words of the sentence must stand in the passage, and some stretch of the passage must mean nearly
the same. What a small measure of meaning cannot see is looked at apart: numbers, names, and whether
something is said or denied. The bars and the figures behind them stand in `docs/models.md`.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

from rag.bending import bends, telling
from rag.embeddings import Embedder, Vectors
from rag.facts import names_in
from rag.models import Passage
from rag.sentences import split_sentences

WORD_BAR = 0.65
"""Share of the sentence's words, stemmed and without empty ones, that the passage must hold."""
NEAR_BAR = 0.5
"""Share of them that the nearest stretch of the passage must hold."""
MEANING_BAR = 0.65
"""Cosine of the sentence and the nearest stretch of the passage."""
_REMEMBERED = 200
_SHORT = 3
_DENIES = re.compile(
    r"\b(?:not|no|never|nobody|nothing|none|neither|nor|without|cannot|rather than)\b|n['’]t\b",
    re.IGNORECASE,
)
_STRONG = re.compile(r"\b(?:must|should|ha(?:s|ve) to|always|every|all|only|best)\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*|[a-z]+(?:-[a-z]+)?")
_COUNTS = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen twenty thirty forty fifty"
    " sixty seventy eighty ninety hundred thousand half third quarter twice".split()
)
_OPPOSITES = tuple(
    frozenset(pair.split("/"))
    for pair in "more/less better/worse before/after first/last start/stop early/late most/least"
    " easy/hard strong/weak keep/break give/take open/closed".split()
)


@dataclass(frozen=True, slots=True)
class Support:
    """How well a passage bears out a sentence.

    Attributes:
        words: Share of the sentence's words that the passage holds.
        near: Share of them that the nearest stretch holds.
        meaning: Cosine of the sentence and the nearest stretch.
        stretch: That stretch: one sentence of the passage, or two that follow each other.
        fault: What speaks against it, in plain words, or empty when it is supported.
    """

    words: float
    near: float
    meaning: float
    stretch: tuple[str, ...]
    fault: str

    @property
    def holds(self) -> bool:
        """Whether the sentence is borne out."""
        return not self.fault


class Grounds:
    """Measures support; safe to share between threads. It remembers vectors of passages only."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, tuple[list[tuple[str, ...]], Vectors]] = OrderedDict()
        self._lock = Lock()

    def support(self, sentence: str, passage: Passage) -> Support:
        """Measure how well a passage bears out a sentence."""
        stretches, vectors = self._stretches(passage)
        own = telling(sentence)
        if not own:
            return Support(0.0, 0.0, 0.0, stretches[0], "nothing that can be checked")
        cosines = vectors @ self._embedder.embed([sentence])[0]
        shares = [len(own & telling(" ".join(one))) / len(own) for one in stretches]
        best = max(range(len(stretches)), key=lambda n: float(cosines[n]) + shares[n])
        stretch, meaning, near = stretches[best], float(cosines[best]), shares[best]
        share = len(own & telling(passage.text)) / len(own)
        fault = _unlike(share, near, meaning, short=len(own) < _SHORT)
        fault = fault or _differs(sentence, " ".join(stretch)) or bends(sentence, passage.text)
        return Support(share, near, meaning, stretch, fault)

    def _stretches(self, passage: Passage) -> tuple[list[tuple[str, ...]], Vectors]:
        with self._lock:
            if passage.id not in self._known:
                single = split_sentences(passage.text)
                pairs = pairwise(single)
                every: list[tuple[str, ...]] = [*((one,) for one in single), *pairs]
                vectors = self._embedder.embed([" ".join(stretch) for stretch in every])
                self._known[passage.id] = (every, vectors)
            self._known.move_to_end(passage.id)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return self._known[passage.id]


def _unlike(share: float, near: float, meaning: float, *, short: bool) -> str:
    """Too few of the same words, or another meaning; a short sentence needs all its words."""
    if share < (1.0 if short else WORD_BAR) or near < NEAR_BAR:
        return "words that the passage does not use"
    if meaning < MEANING_BAR:
        return "a meaning that the passage does not have"
    return ""


def _differs(sentence: str, stretch: str) -> str:
    """What a small measure of meaning cannot see: numbers, names, denial, certainty, opposites."""
    if not _in_order(_figures(sentence), _figures(stretch)):
        return "a number that the passage does not hold"
    if any(name not in stretch.lower() for name in names_in(sentence[:1].lower() + sentence[1:])):
        return "a name that the passage does not hold"
    if bool(_DENIES.search(sentence)) != bool(_DENIES.search(stretch)):
        return "something denied that the passage says, or the other way round"
    if _STRONG.search(sentence) and not _STRONG.search(stretch):
        return "more certainty than the passage has"
    said, told = set(sentence.lower().split()), set(stretch.lower().split())
    if any(said & pair and told & pair and not said & told & pair for pair in _OPPOSITES):
        return "the opposite of what the passage says"
    return ""


def _figures(text: str) -> list[str]:
    """Numbers in digits and in words, in order."""
    return [
        word
        for word in _FIGURE.findall(text.lower())
        if word[0].isdigit() or _COUNTS & set(word.split("-"))
    ]


def _in_order(some: list[str], every: list[str]) -> bool:
    rest = iter(every)
    return all(one in rest for one in some)
