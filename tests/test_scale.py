"""Light to start, and more than one process: readers and writers on one folder or one server."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import TESTS, CountingEmbedder, child_environment, hashed_vector, run_python
from killing import Embedder, records
from serving import Server, garbage_collected, on_a_server

from rag import Settings
from rag.errors import IndexMissing, StoreUnavailable
from rag.store import Store

HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "safetensors",
    "onnx",
    "streamlit",
    "pandas",
    "sklearn",
    "tensorflow",
}

# What is loaded


@pytest.mark.parametrize("command", ["ask", "step", "check", "reword"])
def test_no_command_that_answers_loads_anything_heavy(command: str, data_dir: Path) -> None:
    code = (
        "import sys; sys.argv = ['softstart', *sys.argv[1:]]\n"
        "from rag.cli import app\n"
        "app(standalone_mode=False)\n"
        "print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    where = {"SOFTSTART_DATA_DIR": str(data_dir)}
    ran = run_python("-c", code, command, "You never listen to me when I am upset", **where)
    assert ran.status == 0, ran.err
    loaded = set(ran.out.rpartition("\nloaded")[2].split())
    assert "onnxruntime" in loaded
    assert not HEAVY & loaded


def test_looking_for_danger_opens_no_database(tmp_path: Path) -> None:
    code = (
        "import sys; from rag.assistant import look_for_danger\n"
        "look_for_danger('You never listen to me'); print('chromadb' in sys.modules)"
    )
    ran = run_python("-c", code, SOFTSTART_DATA_DIR=str(tmp_path))
    assert ran.out.strip() == "False", ran.err


def test_the_first_screen_loads_no_model_library() -> None:
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('app.py', default_timeout=120).run(); assert not at.exception\n"
        "print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    ran = run_python("-c", code)
    loaded = set(ran.out.rpartition("loaded")[2].split())
    assert "streamlit" in loaded, ran.err
    assert not {"torch", "transformers", "sentence_transformers", "onnx"} & loaded


# Readers and a writer


@pytest.fixture
def collect_garbage() -> Iterator[None]:
    with garbage_collected():
        yield


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    server.start()
    yield server
    server.stop()


def start_readers(count: int, folder: Path, url: str, stop: Path) -> list[subprocess.Popen]:
    return [
        subprocess.Popen(
            [sys.executable, str(TESTS / "serving.py"), str(folder), url, str(stop)],
            env=child_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]


def write_while_they_read(settings: Settings, tmp_path: Path) -> list[dict[str, int]]:
    """Sync and rebuild a few times under two readers; what they saw."""
    stop = tmp_path / "stop"
    store = Store(settings)
    store.sync("notes", records(200), Embedder, "m")
    readers = start_readers(2, settings.data_dir, settings.chroma_url or "", stop)
    time.sleep(4)
    for n in range(4):
        store.sync("notes", [*records(200), *records(40, f"new{n}")], Embedder, "m")
        store.sync("notes", records(200), Embedder, "m", rebuild=True)
    stop.touch()
    seen = []
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        assert reader.returncode == 0, err
        seen.append(json.loads(out))
    assert {r.id for r in store.everything("notes")} == {r.id for r in records(200)}
    store.close()
    return seen


@on_a_server
def test_processes_read_from_a_server_while_another_writes(server: Server, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, chroma_url=server.url)
    for seen in write_while_they_read(settings, tmp_path):
        assert set(seen) == {"whole"}, seen
        assert seen["whole"] > 3


@on_a_server
def test_a_server_that_comes_back_has_lost_nothing(server: Server, tmp_path: Path) -> None:
    store = Store(Settings(data_dir=tmp_path, chroma_url=server.url))
    store.sync("notes", records(30), CountingEmbedder("m"), "m")
    vector = hashed_vector(records(30)[3].text)
    before = [round(cosine, 5) for cosine, _ in store.query("notes", vector, 30)]
    server.stop()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="chroma run") as caught:
            store.query("notes", vector, 3)
        assert "\n" not in str(caught.value)
        assert server.url in str(caught.value)
    server.start()
    # The same open store, no restart of ours.
    assert [round(cosine, 5) for cosine, _ in store.query("notes", vector, 30)] == before
    assert not store.sync("notes", records(30), CountingEmbedder("m"), "m").changed
    store.close()


@on_a_server
@pytest.mark.parametrize("model", ["m", "other"])
def test_a_server_that_dies_in_the_middle_of_a_sync(
    model: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store._BATCH", 32)
    store = Store(Settings(data_dir=tmp_path, chroma_url=server.url))
    old, new = records(60), [*records(60), *records(60, "new")]
    store.sync("notes", old, CountingEmbedder("m"), "m")
    with pytest.raises(StoreUnavailable, match="chroma run"):
        store.sync("notes", new, CountingEmbedder(model), model, lambda done, total: server.stop())
    server.start()
    assert store.model("notes") == "m"
    assert {r.id for r in store.everything("notes")} >= {r.id for r in old}
    store.sync("notes", new, CountingEmbedder(model), model)
    assert {r.id for r in store.everything("notes")} == {r.id for r in new}
    assert store.model("notes") == model
    store.close()


def test_an_index_that_is_deleted_and_built_again_under_an_open_store(tmp_path: Path) -> None:
    first, second = (Store(Settings(data_dir=tmp_path)) for _ in range(2))
    first.sync("notes", records(50), CountingEmbedder("m"), "m")
    assert {r.id for r in second.everything("notes")} == {r.id for r in records(50)}
    shutil.rmtree(tmp_path / "chroma")
    for store in (first, second, first):
        with pytest.raises(IndexMissing, match="Run: softstart index"):
            store.digest("notes")
    assert not (tmp_path / "chroma").exists()
    code = (
        "import sys; from pathlib import Path; from killing import Embedder, records\n"
        "from rag.settings import Settings; from rag.store import Store\n"
        "Store(Settings(data_dir=Path(sys.argv[1]))).sync('notes', records(60), Embedder, 'm')"
    )
    ran = run_python("-c", code, str(tmp_path))
    assert ran.status == 0, ran.err
    # Both go on by themselves, on the new index.
    for store in (first, second):
        assert {r.id for r in store.everything("notes")} == {r.id for r in records(60)}
        store.close()


def test_two_writers_at_once_leave_a_whole_shelf(tmp_path: Path) -> None:
    one, two = (Store(Settings(data_dir=tmp_path)) for _ in range(2))
    one.sync("notes", records(20), CountingEmbedder("m"), "m")
    drafts = [s.begin("notes", records(30), CountingEmbedder("n"), "n") for s in (one, two)]
    two.finish(drafts[1])
    one.finish(drafts[0])
    for store in (one, two):
        assert {r.id for r in store.everything("notes")} == {r.id for r in records(30)}
        assert not store.sync("notes", records(30), CountingEmbedder("n"), "n").changed
    one.close()
    two.close()
