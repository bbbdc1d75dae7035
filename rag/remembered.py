"""Passages that were found before, so that they need not be read and taken apart again.

Only our content is remembered, never a question. What is asked for most stays.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import TypeVar

from rag.embeddings import Vectors
from rag.models import Hit, Passage
from rag.views import View

_MOST = 4_000
_NEAR_DUPLICATE = 0.7

K = TypeVar("K")
V = TypeVar("V")
Grams = frozenset[tuple[str, str, str]]


class Remembered:
    """A bounded memory of passages, their vectors and their word trigrams."""

    def __init__(self) -> None:
        self._passages: OrderedDict[tuple[str, str], tuple[Passage, Vectors]] = OrderedDict()
        self._grams: OrderedDict[str, Grams] = OrderedDict()
        self._lock = Lock()

    def passages(self, view: View, ids: Sequence[str]) -> dict[str, tuple[Passage, Vectors]]:
        """Passages with their vectors, read from the shelf where they are not known yet."""
        with self._lock:
            known = {id: _take(self._passages, (view.name, id)) for id in ids}
        missing = [id for id, found in known.items() if found is None]
        read = view.passages(missing) if missing else {}
        with self._lock:
            for id, found in read.items():
                _put(self._passages, (view.name, id), found)
        return {id: found for id, found in known.items() if found is not None} | read

    def distinct(self, hits: Sequence[Hit], n: int) -> tuple[Hit, ...]:
        """The first n, without those that say nearly the same as a better one (Jaccard)."""
        kept: list[tuple[Hit, Grams]] = []
        for hit in hits:
            if len(kept) == n:
                break
            grams = self._of(hit.passage)
            if not any(_alike(grams, other) for _, other in kept):
                kept.append((hit, grams))
        return tuple(hit for hit, _ in kept)

    def _of(self, passage: Passage) -> Grams:
        with self._lock:
            grams = _take(self._grams, passage.id)
        if grams is None:
            tokens = passage.text.lower().split()
            grams = frozenset(zip(tokens, tokens[1:], tokens[2:], strict=False))
            with self._lock:
                _put(self._grams, passage.id, grams)
        return grams


def _alike(one: Grams, other: Grams) -> bool:
    common = len(one & other)
    return common >= _NEAR_DUPLICATE * max(1, len(one) + len(other) - common)


def _take(memory: OrderedDict[K, V], key: K) -> V | None:
    found = memory.get(key)
    if found is not None:
        memory.move_to_end(key)
    return found


def _put(memory: OrderedDict[K, V], key: K, value: V) -> None:
    memory[key] = value
    while len(memory) > _MOST:
        memory.popitem(last=False)
