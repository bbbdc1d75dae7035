"""One shelf as it stands now: everything that reading from it takes.

A search looks up once which collections are current and then reads from these, so that all parts
of one answer come from the same state.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rag.chroma import reported
from rag.embeddings import Vectors
from rag.models import Passage
from rag.records import Record, record_passage
from rag.settings import Settings

_PAGE = 2000


class View:
    """A shelf's collection, open for reading."""

    def __init__(self, settings: Settings, collection: Any) -> None:
        self._settings = settings
        self._collection = collection
        self.name = str(collection.name)
        about = collection.metadata or {}
        self.digest = str(about.get("digest", ""))
        """Changes whenever the shelf's records do."""
        self.model = str(about.get("model", ""))
        """Name of the embedding model that the shelf was built with."""

    def nearest(
        self, vector: Vectors, n: int, where: Mapping[str, Any] | None = None
    ) -> list[tuple[float, str]]:
        """Find the records nearest to a unit vector: (cosine, id), nearest first."""
        found = self._query(vector, n, where, ["distances"])
        return [
            (1 - distance, str(id))
            for distance, id in zip(found["distances"][0], found["ids"][0], strict=True)
        ]

    def query(
        self, vector: Vectors, n: int, where: Mapping[str, Any] | None = None
    ) -> list[tuple[float, Mapping[str, Any]]]:
        """The same with each record's metadata, which takes longer."""
        found = self._query(vector, n, where, ["metadatas", "distances"])
        return [
            (1 - distance, about)
            for distance, about in zip(found["distances"][0], found["metadatas"][0], strict=True)
        ]

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Vectors]]:
        """Fetch passages with the vectors of their texts; ids that are not there are left out."""
        with reported(self._settings):
            rows = self._collection.get(
                ids=list(ids), include=["documents", "metadatas", "embeddings"]
            )
        return {
            id: (record_passage(id, text, about), vector)
            for id, text, about, vector in zip(
                rows["ids"], rows["documents"], rows["metadatas"], rows["embeddings"], strict=True
            )
        }

    def everything(self) -> Iterator[Record]:
        """All records, in pages."""
        with reported(self._settings):
            for offset in range(0, self._collection.count(), _PAGE):
                rows = self._collection.get(
                    include=["documents", "metadatas"], limit=_PAGE, offset=offset
                )
                texts, metadatas = rows["documents"] or [], rows["metadatas"] or []
                for id, text, metadata in zip(rows["ids"], texts, metadatas, strict=True):
                    yield Record(id, text, metadata)

    def _query(
        self, vector: Vectors, n: int, where: Mapping[str, Any] | None, include: list[str]
    ) -> Any:
        with reported(self._settings):
            return self._collection.query(
                query_embeddings=[vector],
                n_results=n,
                where=dict(where) if where else None,
                include=include,
            )
