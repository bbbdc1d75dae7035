"""What the tests share: one real index a session, copies of it to spoil, and a network guard."""

import copy
import dataclasses
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import guard
import numpy as np
import pytest
from hypothesis import settings as hypothesis_settings

from rag import Assistant, Safety, Settings
from rag.embeddings import Vectors
from rag.paths import KNOWLEDGE
from rag.store import Store

TESTS = Path(__file__).parent
ROOT = TESTS.parent

hypothesis_settings.register_profile("softstart", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("softstart")

_SWITCHED = ("SOFTSTART_", "LANGSMITH_", "LANGCHAIN_")


def pytest_configure() -> None:
    """Watch connections from the first import on, and forget whatever the shell has set."""
    guard.start()
    for name in list(os.environ):
        if name.startswith(_SWITCHED):
            del os.environ[name]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(_SWITCHED):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _only_this_machine() -> Iterator[None]:
    """Fail a test that reaches for anything but 127.0.0.1, even if its code swallowed the error."""
    guard.GUARD.attempts.clear()
    yield
    assert not guard.GUARD.attempts, f"reached for the network: {guard.GUARD.attempts}"


@pytest.fixture
def no_network() -> Iterator[list[str]]:
    """Fail on any connection at all, 127.0.0.1 included."""
    guard.GUARD.local_allowed = False
    yield guard.GUARD.attempts
    guard.GUARD.local_allowed = True


@dataclass
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


def child_environment(**more: str) -> dict[str, str]:
    """The environment for a child process: ours, the checkout importable, `more` on top."""
    paths = os.pathsep.join((str(ROOT), str(TESTS)))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONWARNINGS": "", **more}


def run_python(*arguments: str, timeout: float = 180, **environment: str) -> Ran:
    """Run this Python in a child process."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=child_environment(**environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def run_sealed(task: str, home: Path, **environment: str) -> Ran:
    """Run a task of `sealed.py` in a bare environment: libraries keep quiet when they see a CI."""
    done = subprocess.run(
        [sys.executable, str(TESTS / "sealed.py"), task],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(TESTS))),
            "HOME": str(home),
            # Without a name, libc asks a name cache for it, through a socket file.
            "LOGNAME": "somebody",
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_API_KEY": "not-a-key",
            **environment,
        },
        cwd=home,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The index of the shipped notes, built once with connections forbidden; and how that went."""
    folder = tmp_path_factory.mktemp("built")
    home = tmp_path_factory.mktemp("home")
    ran = run_sealed("build", home, SOFTSTART_DATA_DIR=str(folder))
    assert ran.status == 0, ran.err
    return folder, ran


@pytest.fixture(scope="session")
def built(build: tuple[Path, Ran]) -> Path:
    """The built folder as it came: to be copied, never opened."""
    return build[0]


@pytest.fixture(scope="session")
def data_dir(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the built index: to be read by everybody, changed by nobody."""
    folder = tmp_path_factory.mktemp("shared") / "softstart"
    shutil.copytree(built, folder)
    return folder


@pytest.fixture(scope="session")
def settings(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir)


@pytest.fixture(scope="session")
def index(settings: Settings) -> Iterator[Store]:
    """The shared index, open."""
    store = Store(settings)
    yield store
    store.close()


@pytest.fixture(scope="session")
def assistant(settings: Settings, index: Store) -> Assistant:
    return Assistant(settings)


def unalarmed(assistant: Assistant) -> Assistant:
    """The same assistant with a safety stage that sees nothing, for tests of later stages."""
    other = copy.copy(assistant)
    other.guard = _CalmGuard(assistant.guard)
    other._answer_with(None)
    return other


class _CalmGuard:
    def __init__(self, guard: object) -> None:
        self._guard = guard

    def look(self, text: str, **options: bool) -> object:
        return dataclasses.replace(self._guard.look(text, **options), safety=Safety())


@pytest.fixture
def own_index(built: Path, tmp_path: Path) -> Settings:
    """A copy of the built index, to be changed or broken at will."""
    folder = tmp_path / "softstart"
    shutil.copytree(built, folder)
    return Settings(data_dir=folder)


SMALL_NOTES = {
    "guide/step-6-communication.md": ("guide", 6, "What flooding is", "what is flooding"),
    "notes/apology.md": ("words", 1, "An apology that lands", "how do I say sorry"),
    "notes/passwords.md": ("topic", 2, "Sharing passwords", "should we share passwords"),
}


def note_text(
    name: str,
    *,
    kind: str = "topic",
    step: int = 1,
    heading: str = "A heading",
    ask: str = "what is this",
    body: str = "One sentence answers on its own. Another says why.",
) -> str:
    """A small valid note."""
    return f"""---
id: {name}
title: About {name}
kind: {kind}
steps: [{step}]
for: both
standing: practice
sources: [practice]
reviewed: 2026-11-24
reflect: What would help?
---

## {heading}
? {ask}
{body}
"""


@pytest.fixture
def tiny_knowledge(tmp_path: Path) -> Path:
    """A folder laid out like `knowledge/`, with three notes and everything else as shipped."""
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder, ignore=shutil.ignore_patterns("guide", "notes"))
    for path, (kind, step, heading, ask) in SMALL_NOTES.items():
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        body = f"{heading} is the subject of this small note. It helps to talk about it calmly."
        text = note_text(file.stem, kind=kind, step=step, heading=heading, ask=ask, body=body)
        file.write_text(text, encoding="utf-8")
    return folder


class CountingEmbedder:
    """A quick embedder: words hashed into a unit vector; remembers what it was given."""

    name = "counting@1"
    dimension = 32

    def __init__(self, name: str = "counting@1") -> None:
        self.name = name
        self.texts: list[str] = []
        self.made = 0

    def __call__(self) -> "CountingEmbedder":
        self.made += 1
        return self

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        return np.stack([hashed_vector(text) for text in texts])


def hashed_vector(text: str, dimension: int = 32) -> Vectors:
    vector = np.full(dimension, 0.01, dtype=np.float32)
    for word in text.lower().split():
        digest = hashlib.sha256(word.encode()).digest()
        vector[digest[0] % dimension] += 1.0
    return vector / np.linalg.norm(vector)


@pytest.fixture
def counting() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `softstart` in this process: `cli("ask", "what is flooding?", data_dir=...)`."""
    from rag.cli import main

    def run(*arguments: str, stdin: str | bytes | None = None, **environment: object) -> Ran:
        typed = stdin.encode() if isinstance(stdin, str) else (stdin or b"")
        monkeypatch.setattr(sys, "argv", ["softstart", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
        for name, value in environment.items():
            monkeypatch.setenv(f"SOFTSTART_{name.upper()}", str(value))
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pdf(*pages: str, encrypt: str | None = None, algorithm: str = "RC4-128") -> bytes:
    """A minimal PDF, one line of text a page; an empty string gives a page without text."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(width=595, height=842)
        if not text:
            continue
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        stream.set_data(f"BT /F1 12 Tf 40 800 Td ({escaped}) Tj ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    if encrypt is not None:
        writer.encrypt(encrypt, algorithm=algorithm)
    buffer = io.BytesIO()
    writer.write(buffer)
    assert PdfReader(io.BytesIO(buffer.getvalue())).pages is not None or encrypt
    return buffer.getvalue()
