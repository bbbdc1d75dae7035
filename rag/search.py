"""Find the passages that answer a question: vectors and words, fused by rank.

Dense search compares the question with each passage and with each passage's example questions;
BM25 compares words. The two rankings are fused by reciprocal rank (Cormack, Clarke and Büttcher
2009), so that neither scale has to be calibrated against the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.embeddings import Embedder, Vectors
from rag.errors import StoreUnavailable
from rag.lexical import TABLES, LexicalIndex
from rag.models import Hit, Passage, Reader
from rag.remembered import Remembered
from rag.store import UNFINISHED, Store
from rag.views import View

SHELVES = ("notes", "yours")
CARDS = "cards"
_CARDS_DEPTH = 24
_DEPTH = 100
"""Records looked at by dense search; several may belong to one passage."""
_RRF_K = 10
_ASK = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What to search in; an empty field means everything."""

    kinds: tuple[str, ...] = ()
    steps: tuple[int, ...] = ()
    readers: tuple[Reader, ...] = ()

    def as_mapping(self) -> dict[str, Any] | None:
        """The filters that are set."""
        given = {"kinds": self.kinds, "steps": self.steps, "readers": self.readers}
        return {name: value for name, value in given.items() if value} or None

    def as_where(self) -> dict[str, Any] | None:
        """The same as a Chroma filter."""
        parts: list[dict[str, Any]] = []
        if self.kinds:
            parts.append({"kind": {"$in": list(self.kinds)}})
        if self.readers:
            parts.append({"reader": {"$in": list(self.readers)}})
        if self.steps:
            any_step = [{"steps": {"$contains": step}} for step in self.steps]
            parts.append({"$or": any_step} if len(any_step) > 1 else any_step[0])
        return {"$and": parts} if len(parts) > 1 else (parts[0] if parts else None)


def fuse(
    rankings: Iterable[Sequence[str]], *, k: int = _RRF_K, weights: Sequence[float] | None = None
) -> dict[str, float]:
    """Fuse rankings by reciprocal rank.

    Args:
        rankings: Lists of ids, best first.
        k: Softens the lead of the first places.
        weights: One for each ranking, 1 by default.

    Returns:
        Ids with their fused scores, best first; ties keep the order of first sight.
    """
    scores: dict[str, float] = {}
    for n, ranking in enumerate(rankings):
        weight = weights[n] if weights else 1.0
        for rank, id in enumerate(ranking, 1):
            scores[id] = scores.get(id, 0.0) + weight / (k + rank)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


@dataclass(frozen=True, slots=True)
class Found:
    """What one search brought up.

    Attributes:
        vector: The question's vector.
        hits: Passages, best first.
        ask: Highest similarity to an example question of any passage.
        limits: Highest similarity to an out-of-scope example, by category.
    """

    vector: Vectors
    hits: tuple[Hit, ...]
    ask: float
    limits: Mapping[str, float]


class Search:
    """Searches the shelves of one store; safe to share between threads.

    It remembers passages, which are our content; of a question it keeps nothing.
    """

    def __init__(self, store: Store, embedder: Embedder, data_dir: Path) -> None:
        self._store = store
        self._embedder = embedder
        self._cache = data_dir / TABLES
        self._lexical: dict[str, tuple[str, LexicalIndex]] = {}
        self._known = Remembered()

    def find(self, question: str, *, n: int = 8, filters: Filters | None = None) -> Found:
        """Find up to n passages for a question.

        Raises:
            IndexMissing: When there is no finished index.
            StoreUnavailable: When the index cannot be read.
        """
        vector = self._embedder.embed([question])[0]
        views = self._views()
        try:
            return self._find(question, vector, views, n, filters or Filters())
        except StoreUnavailable:
            now = self._views()
            if [view.name for view in now.values()] == [view.name for view in views.values()]:
                raise
            # Another process has built a shelf anew meanwhile.
            return self._find(question, vector, now, n, filters or Filters())

    def _find(
        self,
        question: str,
        vector: Vectors,
        views: Mapping[str, View],
        n: int,
        filters: Filters,
    ) -> Found:
        cosines: dict[str, float] = {}
        homes: dict[str, str] = {}
        examples: dict[str, float] = {_ASK: -1.0}
        by_words: list[list[str]] = []
        for shelf, view in views.items():
            table = self._table(shelf, view)
            for cosine, record in view.nearest(vector, _DEPTH, filters.as_where()):
                part = table.parts.get(record)
                if part is None:  # written by a sync that has not finished
                    continue
                if part.part != "text":
                    example = part.passage if part.part == "limit" else _ASK
                    examples[example] = max(cosine, examples.get(example, -1.0))
                if part.part != "limit":
                    cosines[part.passage] = max(cosine, cosines.get(part.passage, -1.0))
                    homes[part.passage] = shelf
            ranked = table.rank(question, _DEPTH, filters.as_mapping())
            homes.update((id, shelf) for id, _ in ranked)
            by_words.append([id for id, _ in ranked])
        dense = sorted(cosines, key=lambda id: -cosines[id])
        fused = fuse([dense, *by_words])
        passages = self._fetch(list(fused)[: 3 * n], homes, views)
        hits = []
        for id, score in fused.items():
            if id in passages:
                passage, text_vector = passages[id]
                text_cosine = float(text_vector @ vector)
                cosine = max(cosines.get(id, -1.0), text_cosine)
                hits.append(Hit(passage, score, cosine, text_cosine))
        kept = self._known.distinct(hits, n)
        return Found(vector, kept, examples.pop(_ASK), examples)

    def nearest_cards(self, message: str) -> dict[str, float]:
        """How near each theme's nearest card example is to a message, as a cosine."""
        vector = self._embedder.embed([message])[0]
        near: dict[str, float] = {}
        for cosine, about in self._store.query(CARDS, vector, _CARDS_DEPTH):
            theme = str(about["theme"])
            near[theme] = max(cosine, near.get(theme, 0.0))
        return near

    def _views(self) -> dict[str, View]:
        views = self._store.views(SHELVES)
        return views if "notes" in views else {"notes": self._store.view("notes")}

    def _table(self, shelf: str, view: View) -> LexicalIndex:
        held = self._lexical.get(shelf)
        if held and (held[0] == view.digest or view.digest.startswith(UNFINISHED)):
            return held[1]
        folder = self._cache / view.digest
        table = LexicalIndex.load(folder)
        if table is None:
            table = LexicalIndex.build(view.everything())
            table.save(folder)
        self._lexical[shelf] = (view.digest, table)
        return table

    def _fetch(
        self, ids: Sequence[str], homes: Mapping[str, str], views: Mapping[str, View]
    ) -> dict[str, tuple[Passage, Vectors]]:
        passages: dict[str, tuple[Passage, Vectors]] = {}
        for shelf, view in views.items():
            here = [id for id in ids if homes[id] == shelf]
            passages.update(self._known.passages(view, here))
        return passages
