"""Choose the occasion card that a request is about, and the side that asks.

Five things speak for a card: its nearest example requests, what all examples together have taught,
the passages that search found and the card rests on, the encoder's themes, and plain words.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.cards import Speaker
from rag.embeddings import Embedder, Vectors
from rag.encoder import Reading
from rag.models import Reader
from rag.occasions import PARTS, SIDES, CardSide, Occasion, Occasions
from rag.search import Found
from rag.shipped import spared

_SECOND = 0.25
_LEARNT = 2.0
_THEME = 0.2
_CITED = 0.4
_FAR = 0.3
_SHARE = 0.2
_WORDS = 0.3
_CUE = 0.15
_RIDGE = 3.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """The card for a request and the side that asks.

    Attributes:
        near: How near its nearest example is, -1 to 1.
        sure: How much speaks for it: the nearest example, all examples and the themes together.
    """

    occasion: Occasion
    speaker: Speaker
    side: CardSide
    near: float
    sure: float


class Chooser:
    """Chooses the card for a request by its examples; safe to share between threads.

    Args:
        occasions: The cards.
        embedder: Gives the vectors of the cards' example requests that are not shipped, once.
    """

    def __init__(self, occasions: Occasions, embedder: Embedder) -> None:
        self._occasions = occasions
        self._rows: list[tuple[str, Speaker]] = []
        texts: list[str] = []
        for card in occasions.cards.values():
            for speaker in SIDES:
                side = card.side(speaker)
                if side is not None:
                    self._rows += [(card.id, speaker)] * len(side.asks)
                    texts += side.asks
        self._homes = _homes(occasions)
        self._vectors = spared(embedder).embed(texts)
        self._keys = list(dict.fromkeys(self._rows))
        self._weights = _learn(self._vectors, [self._keys.index(row) for row in self._rows])

    def choose(self, text: str, found: Found, reading: Reading | None, reader: Reader) -> Chosen:
        """Choose by the example requests, the passages found, the themes and the wording.

        Args:
            text: The request.
            found: What search found for it.
            reading: What the encoder read in it, where there is one.
            reader: Which partner asks; with `both` the wording decides.
        """
        near: dict[tuple[str, Speaker], list[float]] = {}
        for row, value in zip(self._rows, self._vectors @ found.vector, strict=True):
            near.setdefault(row, []).append(float(value))
        cued = self._cued(text)
        cited = self._cited(found)
        learnt = np.append(found.vector, 1.0) @ self._weights
        scores: dict[tuple[str, Speaker], float] = {}
        sure: dict[tuple[str, Speaker], float] = {}
        for n, (id, speaker) in enumerate(self._keys):
            if reader in (speaker, "both") and self._open(id, text):
                first, second = sorted(near[id, speaker], reverse=True)[:2]
                theme, known = _THEME * self._theme(id, reading), float(learnt[n])
                score = (1 - _SECOND) * first + _SECOND * second + _LEARNT * known + theme
                score += _CITED * cited.get((id, speaker), 0.0)
                score += _WORDS * _says(self._occasions.cards[id].words, text)
                scores[id, speaker] = score + (_CUE if speaker in cued else 0.0)
                sure[id, speaker] = first + known + theme
        best = max(scores, key=lambda key: scores[key])
        return self._chosen(*best, max(near[best]), sure[best])

    def general(self, chosen: Chosen) -> Chosen:
        """The card for any hard talk, for the same side."""
        id = self._occasions.common.general
        return self._chosen(id, chosen.speaker, chosen.near, chosen.sure)

    def _chosen(self, id: str, speaker: Speaker, near: float, sure: float) -> Chosen:
        occasion = self._occasions.cards[id]
        side = occasion.side(speaker)
        if side is None:
            raise AssertionError("only sides that a card has are chosen")
        return Chosen(occasion, speaker, side, near, sure)

    def _cited(self, found: Found) -> Mapping[tuple[str, Speaker], float]:
        """How near the passages are that few cards but this one rest on."""
        best: dict[tuple[str, Speaker], float] = {}
        for hit in found.hits:
            for name in (hit.passage.key, hit.passage.note):
                for key in self._homes.get(name, ()):
                    best[key] = max(best.get(key, 0.0), hit.cosine - _FAR)
        return best

    def _open(self, id: str, text: str) -> bool:
        needed = self._occasions.cards[id].only_with
        return not needed or _says((needed,), text)

    def _theme(self, id: str, reading: Reading | None) -> float:
        if reading is None:
            return 0.0
        return max(reading.theme.get(name, 0.0) for name in self._occasions.cards[id].themes)

    def _cued(self, text: str) -> frozenset[Speaker]:
        """The side that the wording speaks for, when it speaks for one only."""
        cues = self._occasions.common.cues
        hurt, used = _says(cues.hurt, text), _says(cues.used, text)
        if hurt == used:
            return frozenset()
        return frozenset({"hurt"} if hurt else {"used"})


def _says(patterns: Sequence[str], text: str) -> bool:
    plain = text.replace("’", "'")
    return any(re.search(pattern, plain, re.IGNORECASE) for pattern in patterns)


def _homes(occasions: Occasions) -> Mapping[str, tuple[tuple[str, Speaker], ...]]:
    """For each passage and each note, the cards that rest on it most."""
    counts: dict[str, Counter[tuple[str, Speaker]]] = {}
    for card in occasions.cards.values():
        for speaker in SIDES:
            side = card.side(speaker)
            for line in (line for part in PARTS for line in (side.part(part) if side else ())):
                for name in {line.source, line.source.partition("#")[0]} - {""}:
                    counts.setdefault(name, Counter())[card.id, speaker] += 1
    return {
        name: tuple(key for key, n in count.items() if n >= _SHARE * count.total())
        for name, count in counts.items()
    }


def _learn(vectors: Vectors, labels: Sequence[int]) -> NDArray[np.float64]:
    """What tells the cards apart in all of their examples together: ridge regression."""
    rows = np.c_[vectors, np.ones(len(vectors))].astype(np.float64)
    targets = np.eye(max(labels) + 1)[list(labels)]
    weights: NDArray[np.float64] = np.linalg.solve(
        rows.T @ rows + _RIDGE * np.eye(rows.shape[1]), rows.T @ targets
    )
    return weights
