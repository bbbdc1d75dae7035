"""Keep passages and their vectors in Chroma: on disk here, or on a Chroma server.

A *shelf* is one set of passages: `notes` (ours) and `yours` (handouts that the user added). Each
shelf is one Chroma collection; a small pointer collection says which one is current. A shelf whose
fingerprint no longer fits is built anew under another name and the pointer is moved last, so a
kill at any moment leaves the old shelf working.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rag.chroma import Connection, reported
from rag.embeddings import Embedder, Vectors
from rag.errors import IndexMissing, StoreUnavailable
from rag.knowledge import content_hash
from rag.models import Passage, SyncReport
from rag.records import Record as Record
from rag.records import passage_records as passage_records
from rag.records import record_passage as record_passage
from rag.settings import Settings
from rag.shelves import Shelves, mark
from rag.views import View

FORMAT = "1"
"""Version of the records' layout: part of the fingerprint."""

UNFINISHED = "unfinished-"
"""How the digest of a shelf begins while records are being written to it."""

_BATCH = 512
_PAGE = 2000

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with the number of records done and the number of all."""


@dataclass(slots=True)
class Draft:
    """A sync that has been begun; `Store.finish` shows its result.

    Attributes:
        shelf: Which shelf it is for.
        digest: What the shelf's digest will be.
        wanted: How many records it will hold.
        old: The collection that was the shelf before, or None.
        fits: Whether that one is kept and brought up to date.
        target: The collection written to, or None when there was nothing to do.
        added: How many records were written.
        gone: Ids to take out.
        start: When it began.
    """

    shelf: str
    digest: str
    wanted: int
    old: Any = None
    fits: bool = False
    target: Any = None
    added: int = 0
    gone: list[str] = field(default_factory=list)
    start: float = field(default_factory=time.monotonic)

    def report(self) -> SyncReport:
        """What it did."""
        return SyncReport(
            added=self.added,
            removed=len(self.gone),
            kept=self.wanted - self.added,
            rebuilt=not self.fits,
            seconds=time.monotonic() - self.start,
        )


class Store:
    """All shelves of one index."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection = Connection(settings)
        self._shelves = Shelves(self._connection)

    def close(self) -> None:
        """Let go of the files or the connection."""
        self._connection.close()

    def current(self, shelf: str) -> str | None:
        """Name of the collection that is this shelf now, or None before the first sync."""
        with reported(self._settings):
            return self._shelves.name(shelf)

    def digest(self, shelf: str) -> str:
        """A value that changes whenever the shelf's records do.

        Raises:
            IndexMissing: When the shelf was never finished.
        """
        return self.view(shelf).digest

    def model(self, shelf: str) -> str:
        """Name of the embedding model that the shelf was built with."""
        return self.view(shelf).model

    def sync(
        self,
        shelf: str,
        records: Sequence[Record],
        embedder: Callable[[], Embedder],
        model: str,
        progress: Progress | None = None,
        *,
        rebuild: bool = False,
    ) -> SyncReport:
        """Make the shelf hold exactly these records, doing only the work that differs.

        Args:
            shelf: `notes`, `cards` or `yours`.
            records: Everything that the shelf shall hold.
            embedder: Makes the embedder; called only when something must be embedded.
            model: Name of the embedding model, for the fingerprint.
            progress: Told after each batch.
            rebuild: Build anew even if the shelf fits.
        """
        return self.finish(self.begin(shelf, records, embedder, model, progress, rebuild=rebuild))

    def begin(
        self,
        shelf: str,
        records: Sequence[Record],
        embedder: Callable[[], Embedder],
        model: str,
        progress: Progress | None = None,
        *,
        rebuild: bool = False,
        confirm: Callable[[], None] | None = None,
    ) -> "Draft":
        """The first and long part of a sync: write what is missing.

        Args:
            shelf: As for `sync`, and so are the others.
            records: Everything that the shelf shall hold.
            embedder: Makes the embedder.
            model: Name of the embedding model.
            progress: Told after each batch.
            rebuild: Build anew even if the shelf fits.
            confirm: Called before a vector is written where readers see it at once; raises to
                call it off.
        """
        wanted = {record.id: record for record in records}
        draft = Draft(shelf, content_hash(FORMAT, model, *sorted(wanted)), len(wanted))
        with reported(self._settings):
            draft.old = self._shelves.collection(shelf)
            about = {} if draft.old is None or rebuild else draft.old.metadata
            draft.fits = about.get("format") == FORMAT and about.get("model") == model
            if draft.fits and about.get("digest") == draft.digest:
                return draft
            have = set(draft.old.get(include=[])["ids"]) if draft.fits else set()
            missing = [record for record in wanted.values() if record.id not in have]
            draft.added, draft.gone = len(missing), sorted(have - set(wanted))
            maker = embedder() if missing else None
            if draft.fits:
                if maker and confirm:
                    confirm()
                draft.target = draft.old
                # Until it is whole again it must not pass for what it was: a kill may come.
                mark(draft.old, f"{UNFINISHED}{uuid.uuid4().hex[:8]}")
            else:
                draft.target = self._shelves.create(shelf, {"format": FORMAT, "model": model})
            if maker:
                _add(draft.target, missing, maker, progress)
        return draft

    def finish(self, draft: "Draft") -> SyncReport:
        """The last and short part of a sync: take out what is gone and show the result."""
        target = draft.target
        if target is not None:
            with reported(self._settings):
                for n in range(0, len(draft.gone), _PAGE):
                    target.delete(ids=draft.gone[n : n + _PAGE])
                mark(target, draft.digest)
                if target is not draft.old:
                    self._shelves.point(draft.shelf, target.name)
                    if draft.old is not None:
                        self._shelves.delete(draft.old.name)
                self._shelves.sweep(draft.shelf)
        return draft.report()

    def drop(self, shelf: str) -> bool:
        """Take a shelf away; False when there was none."""
        with reported(self._settings):
            name = self._shelves.name(shelf)
            if name is None:
                return False
            self._shelves.point(shelf, None)
            self._shelves.delete(name)
            return True

    def view(self, shelf: str) -> View:
        """The shelf as it stands now, open for reading.

        Raises:
            IndexMissing: When the shelf was never finished.
        """
        found = self.views((shelf,)).get(shelf)
        if found is None:
            raise IndexMissing("There is no index yet. Run: softstart index")
        return found

    def views(self, shelves: Sequence[str]) -> dict[str, View]:
        """Those of the shelves that there are, open for reading."""
        with reported(self._settings):
            found = self._shelves.collections(shelves)
        return {shelf: View(self._settings, collection) for shelf, collection in found.items()}

    def query(
        self, shelf: str, vector: Vectors, n: int, where: Mapping[str, Any] | None = None
    ) -> list[tuple[float, Mapping[str, Any]]]:
        """Find the records nearest to a unit vector: (cosine, metadata), nearest first."""
        return self._read(shelf, lambda view: view.query(vector, n, where))

    def passages(self, shelf: str, ids: Sequence[str]) -> dict[str, tuple[Passage, Vectors]]:
        """Fetch passages with the vectors of their texts; ids that are not there are left out."""
        return self._read(shelf, lambda view: view.passages(ids))

    def everything(self, shelf: str) -> Iterator[Record]:
        """All records of a shelf, in pages."""
        return self.view(shelf).everything()

    def _read(self, shelf: str, read: Callable[[View], T]) -> T:
        """Read from a shelf; once more if another process replaced it meanwhile."""
        view = self.view(shelf)
        try:
            return read(view)
        except StoreUnavailable:
            now = self.view(shelf)
            if now.name == view.name:
                raise
            return read(now)


def _add(target: Any, records: list[Record], model: Embedder, progress: Progress | None) -> None:
    """Write records in batches; while one is written, the next is embedded."""
    # Texts of like length share a batch, so that little of it is padding.
    records = sorted(records, key=lambda record: len(record.text))
    batches = [records[n : n + _BATCH] for n in range(0, len(records), _BATCH)]

    def embed(batch: list[Record]) -> Vectors:
        return model.embed([record.text for record in batch])

    done = 0
    with ThreadPoolExecutor(1, thread_name_prefix="embed") as ahead:
        vectors = ahead.submit(embed, batches[0])
        for n, batch in enumerate(batches):
            ready = vectors.result()
            if n + 1 < len(batches):
                vectors = ahead.submit(embed, batches[n + 1])
            target.upsert(
                ids=[record.id for record in batch],
                embeddings=ready,
                documents=[record.text for record in batch],
                metadatas=[dict(record.metadata) for record in batch],
            )
            done += len(batch)
            if progress:
                progress(done, len(records))
