"""A sync in a process that kills itself at the n-th write to the database. No tests here."""

import hashlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rag.settings import Settings
from rag.store import Record, Store


def records(count: int, prefix: str = "note") -> list[Record]:
    """Small text records with all that a passage needs."""
    return [
        Record(
            f"{prefix}-{n}",
            f"{prefix} number {n} speaks of thing {n % 7}",
            {
                "key": f"{prefix}#{n}",
                "note": prefix,
                "title": prefix.title(),
                "heading": f"Heading {n}",
                "kind": "topic" if n % 2 else "words",
                "reader": ("hurt", "used", "both")[n % 3],
                "standing": "practice",
                "reviewed": "2026-11-24",
                "reflect": "What now?",
                "origin": "softstart",
                "steps": [n % 7 + 1],
                "sources": ["practice"],
                "part": "text",
                "passage": f"{prefix}-{n}",
            },
        )
        for n in range(count)
    ]


class Embedder:
    """Quick vectors."""

    name = "m"
    dimension = 32

    def embed(self, texts: list[str]) -> np.ndarray:
        rows = [np.frombuffer(hashlib.sha256(t.encode()).digest(), np.uint8) for t in texts]
        vectors = np.stack(rows).astype(np.float32) + 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def prepare(folder: Path) -> None:
    """The index as it is before the work that will be killed."""
    store = Store(Settings(data_dir=folder))
    store.sync("notes", records(70), Embedder, "m")
    store.close()


def work(folder: Path, job: str, moment: int) -> None:
    """Sync or rebuild to other records, and die at the given write."""
    left = [moment]

    def deadly(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return run

    from chromadb.api.models.Collection import Collection

    from rag import store as rag_store

    rag_store._BATCH = 64  # so that there are several writes to die at

    for name in ("upsert", "delete", "modify"):
        setattr(Collection, name, deadly(getattr(Collection, name)))
    store = Store(Settings(data_dir=folder))
    for name in ("create_collection", "delete_collection"):
        client = store._connection.client()
        setattr(client, name, deadly(getattr(client, name)))
    new = [*records(70)[10:], *records(80, "new")]
    store.sync("notes", new, Embedder, "other" if job == "rebuild" else "m")
    store.close()
