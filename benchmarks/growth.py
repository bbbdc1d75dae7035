"""How search grows with the shelf: from a hundred passages to a hundred thousand.

The passages are made from the shipped ones: sentences shuffled together, vectors moved a little.
Their number is what counts here, not their sense.
"""

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measuring import Times, open_rows, time_in_turn
from rag.embeddings import Embedder, Vectors, load_embedder
from rag.knowledge import load_knowledge
from rag.models import Passage
from rag.search import Search
from rag.sentences import split_sentences
from rag.settings import Settings
from rag.shipped import load_shipped
from rag.store import Record, Store, passage_records

SIZES = (100, 1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured at one size."""

    passages: int
    build: float
    find: Times
    megabytes: float


class _Made:
    """Gives each made passage its made vector."""

    name = "made"

    def __init__(self, vectors: Vectors) -> None:
        self.dimension = vectors.shape[1]
        self._vectors = vectors

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The vector that belongs to the number at the end of a text."""
        return self._vectors[[int(text.rpartition(" ")[2]) for text in texts]]


def growth(settings: Settings, sizes: Sequence[int] = SIZES) -> list[Size]:
    """Build a shelf of each size and time questions over it."""
    embedder = load_embedder(settings.embedding_model, settings.data_dir)
    records, vectors = _passages(max(sizes))
    questions = open_rows("questions")
    return [_measure(size, records[:size], vectors, embedder, questions) for size in sizes]


def _measure(
    size: int,
    records: Sequence[Record],
    vectors: Vectors,
    embedder: Embedder,
    questions: Sequence[str],
) -> Size:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store(Settings(data_dir=folder))
        start = time.perf_counter()
        made = _Made(vectors)
        store.sync("notes", records, lambda: made, made.name)
        build = time.perf_counter() - start
        search = Search(store, embedder, folder)
        search.find(questions[0])  # builds and loads the table of words
        times = time_in_turn({"find": search.find}, questions, rounds=3)["find"]
        store.close()
        bytes_ = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Size(size, build, times, bytes_ / 1e6)


def _passages(count: int) -> tuple[list[Record], Vectors]:
    dice, noise = random.Random(7), np.random.default_rng(7)
    shipped = load_shipped()
    known = [p for p in load_knowledge().passages if shipped and p.text in shipped]
    if shipped is None or not known:
        raise RuntimeError("The growth curve needs rag/vectors.npz: python -m training.vectors")
    sentences = [s for passage in known for s in split_sentences(passage.text)]
    places = noise.integers(len(known), size=count)
    vectors = shipped.vectors([p.text for p in known])[places]
    vectors = vectors + noise.normal(scale=0.03, size=vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    records = []
    for n in range(count):
        like: Passage = known[places[n]]
        text = " ".join([*dice.sample(sentences, 7), str(n)])
        passage = Passage(
            id=f"made-{n}",
            key=f"made#{n}",
            text=text,
            **{
                name: getattr(like, name)
                for name in (
                    "note title heading kind steps reader standing sources reviewed reflect".split()
                )
            },
        )
        records += passage_records(passage)
    return records, vectors.astype(np.float32)
