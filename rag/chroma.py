"""Open Chroma, in a folder here or on a server, and report its failures in one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from rag.errors import IndexMissing, SoftstartError, StoreUnavailable
from rag.settings import Settings


class Connection:
    """A client that is opened anew when its database is no longer the file that was opened.

    Somebody may delete the index while the app is open, and build it again. Going on with the
    deleted file would be wrong, and dangerous: SQLite would take the new file's journal for its own
    and delete it.

    Raises:
        StoreUnavailable: When it cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._opened: tuple[int, int] | None = None
        self._open()

    def client(self) -> Any:
        """The client, fit to use now.

        Raises:
            IndexMissing: When the database was deleted.
            StoreUnavailable: When it cannot be opened again.
        """
        if self._settings.chroma_url or self._whole():
            return self._client
        with self._lock:
            if not self._whole():
                _abandon(self._client, self._system)
                if self._file() is None:
                    raise IndexMissing("There is no index any more. Run: softstart index")
                self._open()
        return self._client

    def close(self) -> None:
        """Let go of the files or the connection."""
        self._client.close()

    def _open(self) -> None:
        with reported(self._settings):
            self._client: Any = _connect(self._settings)
            self._system: Any = self._client._system
        self._opened = self._file()

    def _whole(self) -> bool:
        """Whether the file that was opened is still the one in its place."""
        file = self._file()
        return file is not None and file == self._opened

    def _file(self) -> tuple[int, int] | None:
        try:
            about = (self._settings.data_dir / "chroma" / "chroma.sqlite3").stat()
        except OSError:
            return None
        return about.st_dev, about.st_ino


def _connect(settings: Settings) -> Any:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    if settings.chroma_url:
        scheme, _, rest = settings.chroma_url.rstrip("/").partition("://")
        host, _, port = rest.partition(":")
        ssl = scheme == "https"
        return chromadb.HttpClient(
            host, int(port or (443 if ssl else 8000)), ssl=ssl, settings=quiet
        )
    folder = settings.data_dir / "chroma"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return chromadb.PersistentClient(folder, settings=quiet)
    except BaseException:
        # What failed to start stays in Chroma's own table, to be handed out on the next try.
        if not SharedSystemClient._identifier_to_refcount.get(str(folder)):
            SharedSystemClient._identifier_to_system.pop(str(folder), None)
        raise


def _abandon(client: Any, system: Any) -> None:
    """Close a client whose file is gone, for everybody here who shares it."""
    from chromadb.api.shared_system_client import SharedSystemClient

    name, table = client._identifier, SharedSystemClient._identifier_to_system
    held = table.get(name)
    if held is not None and held is system:
        del table[name]
        SharedSystemClient._identifier_to_refcount.pop(name, None)
        held.stop()


@contextmanager
def reported(settings: Settings) -> Iterator[None]:
    """Turn whatever the database throws into one clear line."""
    try:
        yield
    except (SoftstartError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # Chroma raises everything from ValueError to Rust panics, which are no Exception.
        if settings.chroma_url:
            raise StoreUnavailable(
                f"The Chroma server at {settings.chroma_url} does not answer as expected."
                " Start it with: chroma run, or unset SOFTSTART_CHROMA_URL."
            ) from error
        raise StoreUnavailable(
            f"The index in {settings.data_dir} cannot be used ({type(error).__name__})."
            " Check that the folder can be written; if it can, delete"
            f" {settings.data_dir / 'chroma'} and run: softstart index"
        ) from error
