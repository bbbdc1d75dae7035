"""Which Chroma collection is which shelf: a pointer that is moved last, and what is left behind.

A small collection's metadata names the current collection of each shelf. Whoever builds a shelf
anew does it under another name and moves the pointer when it is whole.
"""

import contextlib
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from rag.chroma import Connection

_POINTER = "softstart-shelves"
_WIDTH = 1000
"""How many neighbours a search keeps in sight: enough that two builds of one index agree."""
_STALE_SECONDS = 3600.0


class Shelves:
    """The shelves of one Chroma database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def name(self, shelf: str) -> str | None:
        """Name of the collection that is this shelf now, or None before the first sync."""
        return self._names().get(shelf)

    def collection(self, shelf: str) -> Any:
        """The collection that is this shelf now, or None before the first sync."""
        return self.collections((shelf,)).get(shelf)

    def collections(self, shelves: Sequence[str]) -> dict[str, Any]:
        """The current collections of those shelves that there are."""
        found: dict[str, Any] = {}
        for _ in range(2):  # another process may replace one between the two looks
            names = self._names()
            wanted = [shelf for shelf in shelves if shelf in names]
            found = {shelf: self._get(names[shelf]) for shelf in wanted}
            if None not in found.values():
                break
        return {shelf: collection for shelf, collection in found.items() if collection is not None}

    def create(self, shelf: str, about: Mapping[str, Any]) -> Any:
        """A new collection for this shelf, which nobody sees yet."""
        return self._client.create_collection(
            f"{shelf}-{uuid.uuid4().hex[:12]}",
            metadata={**about, "shelf": shelf, "created": time.time()},
            configuration={"hnsw": {"space": "cosine", "ef_search": _WIDTH}},
            embedding_function=None,
        )

    def point(self, shelf: str, name: str | None) -> None:
        """Make this collection the shelf, or take the shelf away."""
        pointer = self._client.get_or_create_collection(
            _POINTER, metadata={"about": "which collection is current"}, embedding_function=None
        )
        names = {key: value for key, value in pointer.metadata.items() if key != shelf}
        pointer.modify(metadata={**names, shelf: name} if name else names)

    def delete(self, name: str) -> None:
        """Delete a collection, if it is still there."""
        from chromadb.errors import NotFoundError

        with contextlib.suppress(NotFoundError):
            self._client.delete_collection(name)

    def sweep(self, shelf: str) -> None:
        """Delete what a killed build left, but not what another process may be building."""
        current = self.name(shelf)
        for collection in self._client.list_collections():
            about = collection.metadata or {}
            stale = time.time() - float(about.get("created", 0)) > _STALE_SECONDS
            if about.get("shelf") == shelf and collection.name != current and stale:
                self.delete(collection.name)

    @property
    def _client(self) -> Any:
        return self._connection.client()

    def _names(self) -> dict[str, str]:
        pointer = self._get(_POINTER)
        return (
            {key: str(value) for key, value in (pointer.metadata or {}).items()} if pointer else {}
        )

    def _get(self, name: str) -> Any:
        from chromadb.errors import NotFoundError

        try:
            return self._client.get_collection(name, embedding_function=None)
        except NotFoundError:
            return None


def mark(collection: Any, digest: str) -> None:
    """Write into a collection what it holds."""
    # Chroma's own keys come with the metadata but cannot be written back.
    kept = {k: v for k, v in collection.metadata.items() if not k.startswith("hnsw:")}
    collection.modify(metadata={**kept, "digest": digest})
