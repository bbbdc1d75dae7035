"""A real Chroma server to start and stop, and a reader for another process. No tests here."""

import contextlib
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import child_environment, free_port

from rag.errors import SoftstartError, StoreUnavailable
from rag.settings import Settings
from rag.store import Store


class Server:
    """`chroma run` on a folder and a port that stay the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._child: subprocess.Popen | None = None

    def start(self) -> None:
        chroma = str(Path(sys.executable).with_name("chroma"))
        where = ["--path", str(self.folder / "data"), "--host", "127.0.0.1"]
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen(
                [chroma, "run", *where, "--port", str(self.port)],
                env=child_environment(ANONYMIZED_TELEMETRY="False"),
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 120
        while time.monotonic() < end and self._child.poll() is None:
            with contextlib.suppress(StoreUnavailable):
                Store(Settings(data_dir=self.folder, chroma_url=self.url)).close()
                return
            time.sleep(0.2)
        raise AssertionError((self.folder / "log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        """Gone at once, as when the machine fails."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(20)
            self._child = None


def on_a_server(test: Callable) -> Callable:
    """Chroma's own HTTP client leaves its sockets to the garbage collector."""
    test = pytest.mark.usefixtures("collect_garbage")(test)
    return pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")(test)


@contextlib.contextmanager
def garbage_collected() -> Iterator[None]:
    yield
    gc.collect()


def read(folder: str, url: str, stop: str) -> dict[str, int]:
    """Query until a file appears; say how often it went well, and how not."""
    from killing import Embedder

    store = Store(Settings(data_dir=Path(folder), chroma_url=url or None))
    vector = Embedder().embed(["note number 1 speaks of thing 1"])[0]
    seen: dict[str, int] = {}
    while not Path(stop).exists():
        try:
            found = store.query("notes", vector, 5)
            ids = [str(about["passage"]) for _, about in found]
            fetched = store.passages("notes", ids)
            whole = len(found) == 5 and all(fetched[id][0].id == id for id in fetched)
            outcome = "whole" if whole else f"{len(found)} found"
        except SoftstartError as error:
            outcome = f"{type(error).__name__}: {error} <- {error.__cause__!r}"
        seen[outcome] = seen.get(outcome, 0) + 1
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read(*sys.argv[1:])))
