"""The vectors of the shipped texts, computed beforehand, so that the first index takes seconds.

`rag/vectors.npz` holds them at eight bits a number, keyed by the text's hash and made for one
model: of all records of the index, and of all sentences that an answer may quote. A text that is
not in it is simply embedded, so a note can be edited without a thought for this file. To make it
anew after many edits, which embeds only what is new:

    python -m training.vectors
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embeddings import Embedder, Vectors

VECTORS = Path(__file__).resolve().parent / "vectors.npz"
_LEVELS = 127
_CHECKED = 12


class Shipped:
    """Vectors by text, for one model."""

    def __init__(self, model: str, keys: NDArray[np.uint64], packed: NDArray[np.int8]) -> None:
        self.model = model
        self._packed = packed
        self._rows = {int(key): row for row, key in enumerate(keys)}

    def __contains__(self, text: str) -> bool:
        return _key(text) in self._rows

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are all in here."""
        return _unpack(self._packed[[self._rows[_key(text)] for text in texts]])


@cache
def load_shipped(path: Path = VECTORS) -> Shipped | None:
    """Read the file; None when it is not there or not whole."""
    try:
        with path.open("rb") as file, np.load(file) as parts:
            return Shipped(str(parts["model"]), parts["keys"], parts["packed"])
    except Exception:  # a damaged archive raises whatever its reader stumbles over
        return None


def save_shipped(path: Path, texts: Sequence[str], embedder: Embedder) -> None:
    """Embed texts and write the file."""
    texts = sorted(set(texts), key=_key)
    packed = _pack(embedder.embed(texts))
    keys = np.array([_key(text) for text in texts], dtype=np.uint64)
    np.savez_compressed(path, model=np.array(embedder.name), keys=keys, packed=packed)


class ReadyEmbedder:
    """Takes vectors that are shipped and has the others embedded."""

    def __init__(self, shipped: Shipped, inner: Embedder) -> None:
        self._shipped = shipped
        self._inner = inner
        self.name = inner.name
        self.dimension = inner.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts into unit vectors, shape (texts, dimension), float32."""
        known = [n for n, text in enumerate(texts) if text in self._shipped]
        other = [n for n, text in enumerate(texts) if text not in self._shipped]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if known:
            vectors[known] = self._shipped.vectors([texts[n] for n in known])
        if other:
            vectors[other] = self._inner.embed([texts[n] for n in other])
        return vectors


def with_shipped(
    embedder: Embedder, texts: Sequence[str], least: float, *, shipped: Shipped | None
) -> Embedder:
    """The same embedder, spared the texts whose vectors are shipped.

    A sample is compared with what the embedder itself says; when it differs, or when the file is
    for another model, nothing of it is used.

    Args:
        embedder: The live model.
        texts: What will be embedded.
        least: Cosine that every vector of the sample must reach.
        shipped: The file's content, or None when there is none.
    """
    if shipped is None or shipped.model != embedder.name:
        return embedder
    known = [text for text in texts if text in shipped]
    sample = known[:: max(1, len(known) // _CHECKED)][:_CHECKED]
    if not sample:
        return embedder
    cosines = (shipped.vectors(sample) * embedder.embed(sample)).sum(axis=1)
    return ReadyEmbedder(shipped, embedder) if cosines.min() >= least else embedder


def spared(embedder: Embedder) -> Embedder:
    """The same embedder, spared the shipped texts, with vectors that the index was built with."""
    shipped = load_shipped()
    if shipped is None or shipped.model != embedder.name:
        return embedder
    return ReadyEmbedder(shipped, embedder)


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def _pack(vectors: Vectors) -> NDArray[np.int8]:
    """Eight bits a number; the scale of a row is left out, because its length is known to be 1."""
    peak = np.abs(vectors).max(axis=1, keepdims=True)
    levels: NDArray[np.int8] = np.rint(vectors / peak * _LEVELS).astype(np.int8)
    return levels


def _unpack(packed: NDArray[np.int8]) -> Vectors:
    vectors = packed.astype(np.float32)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(length, 1e-9)
    return unit
