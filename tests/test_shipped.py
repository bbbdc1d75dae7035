"""The vectors that are shipped: right, for this model, used only where they fit, not stale."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.embeddings import PACKAGE, OnnxEmbedder, export_folder, find_model
from rag.exporting import MIN_COSINE
from rag.knowledge import load_knowledge
from rag.sentences import split_sentences
from rag.shipped import (
    VECTORS,
    ReadyEmbedder,
    Shipped,
    load_shipped,
    save_shipped,
    spared,
    with_shipped,
)
from training.vectors import shipped_texts


@pytest.fixture(scope="module")
def live(data_dir: Path) -> OnnxEmbedder:
    files = find_model(PACKAGE)
    return OnnxEmbedder(files.name, export_folder(files, data_dir))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return shipped_texts()


@pytest.fixture
def shipped() -> Shipped:
    found = load_shipped()
    assert found is not None
    return found


class Asked:
    """Passes texts on to a real embedder and remembers them."""

    def __init__(self, inner: OnnxEmbedder) -> None:
        self.inner = inner
        self.name, self.dimension = inner.name, inner.dimension
        self.texts: list[str] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        self.texts.extend(texts)
        return self.inner.embed(texts)


def test_shipped_vectors_are_the_models_own(
    shipped: Shipped, texts: list[str], live: OnnxEmbedder
) -> None:
    sample = [text for text in texts if text in shipped][::100]
    cosines = (shipped.vectors(sample) * live.embed(sample)).sum(axis=1)
    assert shipped.model == live.name
    assert len(sample) > 100
    assert cosines.min() > 0.9999


def test_shipped_vectors_are_not_stale_and_not_too_large(
    shipped: Shipped, texts: list[str]
) -> None:
    missing = sum(text not in shipped for text in texts)
    assert missing <= 0.1 * len(texts), (
        f"{missing} of {len(texts)} texts have no shipped vector. Run: python -m training.vectors"
    )
    assert VECTORS.stat().st_size <= 7_000_000


def test_only_texts_without_a_vector_are_embedded(
    shipped: Shipped, texts: list[str], live: OnnxEmbedder
) -> None:
    asked = Asked(live)
    known = [text for text in texts if text in shipped][:200]
    ready = with_shipped(asked, known, MIN_COSINE, shipped=shipped)
    checked = list(asked.texts)
    assert 0 < len(checked) <= 12
    mixed = ["a text that nobody has written yet", *known, "and another one"]
    vectors = ready.embed(mixed)
    assert asked.texts[len(checked) :] == [mixed[0], mixed[-1]]
    assert (vectors * live.embed(mixed)).sum(axis=1).min() > 0.9999
    assert (ready.name, ready.dimension) == (live.name, live.dimension)


def test_wrong_vectors_and_those_of_another_model_are_not_used(
    shipped: Shipped, texts: list[str], live: OnnxEmbedder, tmp_path: Path
) -> None:
    known = [text for text in texts if text in shipped][:200]
    assert with_shipped(live, known, MIN_COSINE, shipped=None) is live
    assert with_shipped(live, ["nothing known"], MIN_COSINE, shipped=shipped) is live

    class Turned(Asked):
        def embed(self, texts: list[str]) -> np.ndarray:
            return np.roll(self.inner.embed(texts), 1, axis=1)

    wrong = Turned(live)
    save_shipped(tmp_path / "wrong.npz", known, wrong)
    assert with_shipped(live, known, MIN_COSINE, shipped=load_shipped(tmp_path / "wrong.npz")) is (
        live
    )
    other = Asked(live)
    other.name = "another-model@123"
    assert with_shipped(other, known, MIN_COSINE, shipped=shipped) is other


def test_the_writer_is_spared_the_shipped_sentences(shipped: Shipped, live: OnnxEmbedder) -> None:
    asked = Asked(live)
    ready = spared(asked)
    assert isinstance(ready, ReadyEmbedder)
    sentences = split_sentences(load_knowledge().passages[0].text)
    known = [sentence for sentence in sentences if sentence in shipped]
    assert known
    ready.embed(known)
    assert asked.texts == []
    asked.name = "another-model@123"
    assert spared(asked) is asked


@pytest.mark.parametrize("how", ["missing", "short", "noise", "empty"])
def test_a_damaged_file_is_no_file(how: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    if how != "missing":
        shutil.copyfile(VECTORS, path)
        data = bytearray(path.read_bytes())
        if how == "noise":
            data[len(data) // 2] ^= 1
        path.write_bytes({"short": data[:-100], "noise": data, "empty": b""}[how])
    assert load_shipped(path) is None


def test_eight_bits_lose_nothing_that_counts(tmp_path: Path) -> None:
    class Random:
        name, dimension = "m", 384

        def embed(self, texts: list[str]) -> np.ndarray:
            rows = np.random.default_rng(7).normal(size=(len(texts), 384)).astype(np.float32)
            return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    texts = [f"text {n}" for n in range(500)]
    save_shipped(tmp_path / "v.npz", texts, Random())
    found = load_shipped(tmp_path / "v.npz")
    assert found is not None
    rows = found.vectors(texts)
    back = {text: row for text, row in zip(texts, rows, strict=True)}
    again = found.vectors(texts[::-1])
    assert np.array_equal(again, np.stack([back[text] for text in texts[::-1]]))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    cosines = np.sort((rows @ Random().embed(texts).T).max(axis=1))
    assert cosines[0] > 0.9999
