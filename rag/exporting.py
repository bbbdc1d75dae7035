"""Export the embedding model to ONNX, and let nothing be seen until it is proved right.

The export can be used at once, while sentence-transformers loads in another process. Its vectors
are then compared, and only an export that passes is put in place. It is written beside its final
place and renamed, so a kill leaves no half export.
"""

import contextlib
import json
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from rag.bert import write_bert
from rag.embeddings import (
    Embedder,
    ModelFiles,
    OnnxEmbedder,
    export_folder,
    export_is_complete,
)
from rag.errors import ModelUnavailable
from rag.reference import SAMPLE, Reference

MIN_COSINE = 0.9999
"""Least similarity of an export's vectors, and of shipped ones, to the original's."""

_PREFIX = "export-"
_STALE_SECONDS = 3600.0


class Export:
    """A model made ready for the index: `embedder` works, `confirm` proves it.

    Args:
        files: The model.
        data_dir: Where exports are kept.

    Raises:
        ModelUnavailable: When the model cannot be exported.
    """

    def __init__(self, files: ModelFiles, data_dir: Path) -> None:
        self._files = files
        self._target = export_folder(files, data_dir)
        self._reference: Reference | None = None
        self._draft: Path | None = None
        if export_is_complete(self._target):
            self.embedder: Embedder = OnnxEmbedder(files.name, self._target)
            return
        self._target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(self._target.parent)
        self._draft = self._target.parent / f"{_PREFIX}{uuid.uuid4().hex[:12]}"
        self._draft.mkdir()
        try:
            self.embedder = self._begin(self._draft)
        except BaseException:
            self.close()
            raise

    def _begin(self, draft: Path) -> Embedder:
        written = write_bert(self._files.folder, draft / "model.onnx")
        self._reference = Reference(self._files, draft, graph=not written)
        if not written:
            self._reference.vectors()
        try:
            shutil.copyfile(self._files.folder / "tokenizer.json", draft / "tokenizer.json")
            return OnnxEmbedder(self._files.name, draft)
        except Exception as error:  # ONNX Runtime and tokenizers each raise their own kinds
            raise ModelUnavailable(
                f"{self._files.folder} does not hold a model that can be exported."
                " Check SOFTSTART_EMBEDDING_MODEL."
            ) from error

    def confirm(self) -> None:
        """Compare the export with the original and put it in place; at once when it is there.

        Raises:
            ModelUnavailable: When the vectors differ (cosine below 0.9999 on a sample).
        """
        if self._reference is None or self._draft is None:
            return
        expected = self._reference.vectors()
        cosine = float((expected * self.embedder.embed(SAMPLE)).sum(axis=1).min())
        if not cosine >= MIN_COSINE:
            raise ModelUnavailable(
                f"The exported model differs from the original (cosine {cosine:.5f})."
                " Use the shipped model, or report this."
            )
        (self._draft / "reference.npy").unlink()
        sizes = {path.name: path.stat().st_size for path in self._draft.iterdir()}
        (self._draft / "manifest.json").write_text(
            json.dumps({"model": self._files.name, "cosine": cosine, "sizes": sizes}),
            encoding="utf-8",
        )
        shutil.rmtree(self._target, ignore_errors=True)
        self._draft.rename(self._target)
        self._reference = self._draft = None

    def close(self) -> None:
        """Give up what was not confirmed."""
        if self._reference is not None:
            self._reference.stop()
        if self._draft is not None:
            shutil.rmtree(self._draft, ignore_errors=True)


def export_model(files: ModelFiles, data_dir: Path) -> Embedder:
    """Export the model, prove it, and give its embedder.

    Raises:
        ModelUnavailable: When it cannot be exported, or differs from the original.
    """
    with contextlib.closing(Export(files, data_dir)) as export:
        export.confirm()
        return export.embedder


def _sweep(folder: Path) -> None:
    """Delete drafts that a kill left, but not what another process may be writing."""
    for draft in _old(folder):
        shutil.rmtree(draft, ignore_errors=True)


def _old(folder: Path) -> Iterator[Path]:
    for draft in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > _STALE_SECONDS:
                yield draft
