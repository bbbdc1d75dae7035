"""Bring the index up to date: notes and cards on shelves of ours, handouts on the user's own."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from rag.cards import card_records, load_cards
from rag.embeddings import (
    Embedder,
    ModelFiles,
    export_folder,
    export_is_complete,
    find_model,
)
from rag.exporting import MIN_COSINE, Export
from rag.handouts import Handouts, read_handouts
from rag.helplines import load_requests
from rag.knowledge import load_knowledge
from rag.lexical import TABLES, LexicalIndex
from rag.models import Passage, SyncReport
from rag.paths import KNOWLEDGE
from rag.reclaim import reclaim
from rag.scope import limit_records, line_records, load_limits
from rag.search import CARDS, SHELVES
from rag.settings import Settings
from rag.shipped import load_shipped, with_shipped
from rag.store import Progress, Record, Store, passage_records


def sync_notes(
    settings: Settings, store: Store, *, progress: Progress | None = None, rebuild: bool = False
) -> SyncReport:
    """Bring the shelf of our own notes up to date.

    Args:
        settings: Where the notes, the model and the index are.
        store: The open index.
        progress: Told after each batch of records.
        rebuild: Build anew even if the shelf fits.

    Raises:
        KnowledgeError: When a note is broken; the index stays as it was.
        ModelUnavailable: When the embedding model cannot be used.
        StoreUnavailable: When the index cannot be written.
    """
    # The cards go first: whoever sees finished notes can rely on finished cards.
    shelves = {
        CARDS: card_records(load_cards()),
        "notes": note_records(settings.knowledge_dir or KNOWLEDGE),
    }
    cards, notes = _sync(settings, store, shelves, progress=progress, rebuild=rebuild)
    return SyncReport(
        added=cards.added + notes.added,
        removed=cards.removed + notes.removed,
        kept=cards.kept + notes.kept,
        rebuilt=notes.rebuilt,
        seconds=max(cards.seconds, notes.seconds),
    )


def note_records(folder: Path) -> list[Record]:
    """All records of the notes' shelf: passages and their questions, and other requests."""
    passages = _records(load_knowledge(folder).passages)
    return passages + limit_records(load_limits(folder)) + line_records(load_requests(folder))


def add_handouts(
    settings: Settings, store: Store, folder: Path, *, progress: Progress | None = None
) -> tuple[SyncReport, Handouts]:
    """Make the second shelf hold the handouts of a folder, and only those.

    Raises:
        InputError: When nothing in the folder can be read; the shelf stays as it was.
    """
    handouts = read_handouts(folder)
    shelves = {"yours": _records(handouts.passages)}
    (report,) = _sync(settings, store, shelves, progress=progress, rebuild=False)
    return report, handouts


def forget_handouts(settings: Settings, store: Store) -> bool:
    """Take the user's handouts out, text and all; False when there were none."""
    gone = store.drop("yours")
    if gone:
        _reclaim(settings, store)
    return gone


def _records(passages: Sequence[Passage]) -> list[Record]:
    return [record for passage in passages for record in passage_records(passage)]


def _sync(
    settings: Settings,
    store: Store,
    shelves: Mapping[str, Sequence[Record]],
    *,
    progress: Progress | None,
    rebuild: bool,
) -> list[SyncReport]:
    """Bring shelves up to date together: nothing is shown before all of it is written."""
    files = find_model(settings.embedding_model)
    texts = [record.text for records in shelves.values() for record in records]
    with closing(_Model(files, settings.data_dir, texts)) as model:
        if not export_is_complete(export_folder(files, settings.data_dir)):
            model.embedder()
        drafts = [
            store.begin(
                shelf,
                records,
                model.embedder,
                files.name,
                progress,
                rebuild=rebuild,
                confirm=model.confirm,
            )
            for shelf, records in shelves.items()
        ]
        tables = {
            draft.digest: LexicalIndex.build(shelves[draft.shelf])
            for draft in drafts
            if draft.target is not None and draft.shelf in SHELVES
        }
        model.confirm()
        reports = [store.finish(draft) for draft in drafts]
    for digest, table in tables.items():
        table.save(settings.data_dir / TABLES / digest)
    if any(report.changed for report in reports):
        _reclaim(settings, store)
    return reports


class _Model:
    """The embedding model, made ready only when there is something to embed."""

    def __init__(self, files: ModelFiles, data_dir: Path, texts: Sequence[str]) -> None:
        self._files = files
        self._data_dir = data_dir
        self._texts = texts
        self._export: Export | None = None
        self._embedder: Embedder | None = None

    def embedder(self) -> Embedder:
        """What turns texts into vectors; not yet proved where the model was exported just now."""
        if self._embedder is None:
            self._export = Export(self._files, self._data_dir)
            self._embedder = with_shipped(
                self._export.embedder, self._texts, MIN_COSINE, shipped=load_shipped()
            )
        return self._embedder

    def confirm(self) -> None:
        """Prove the export, when there was one."""
        if self._export is not None:
            self._export.confirm()

    def close(self) -> None:
        """Give up what was not confirmed."""
        if self._export is not None:
            self._export.close()


def _reclaim(settings: Settings, store: Store) -> None:
    reclaim(settings.data_dir, {store.digest(s) for s in SHELVES if store.current(s)})
