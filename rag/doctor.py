"""Look at everything that Softstart stands on and say what is wrong and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.embeddings import export_folder, export_is_complete, find_model
from rag.errors import IndexMissing, SoftstartError
from rag.knowledge import load_knowledge
from rag.llm import check_ready, model_info
from rag.paths import KNOWLEDGE
from rag.settings import Settings
from rag.store import Store


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    about: str
    fine: bool
    detail: str


def examine() -> Iterator[Finding]:
    """Check settings, notes, model and index, in that order."""
    try:
        settings = Settings.load()
    except SoftstartError as error:
        yield Finding("settings", False, str(error))
        return
    origins = settings.origins()
    for name, value in settings.model_dump().items():
        yield Finding(name, True, f"{value if value is not None else '-'} ({origins[name]})")
    for about, check in (
        ("notes", _notes),
        ("embedding model", _model),
        ("index", _index),
        ("chat model", _chat_model),
    ):
        yield _finding(about, check, settings)


def _finding(about: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(about, True, check(settings))
    except SoftstartError as error:
        return Finding(about, False, str(error))


def _notes(settings: Settings) -> str:
    knowledge = load_knowledge(settings.knowledge_dir or KNOWLEDGE)
    notes = len({passage.note for passage in knowledge.passages})
    return f"{notes} notes, {len(knowledge.passages)} passages, {len(knowledge.sources)} sources"


def _model(settings: Settings) -> str:
    files = find_model(settings.embedding_model)
    if export_is_complete(export_folder(files, settings.data_dir)):
        return f"{files.name}, exported to ONNX"
    return f"{files.name}, not exported yet: slow until `softstart index` has run"


def _chat_model(settings: Settings) -> str:
    info = model_info(settings, probe=False)
    if info is None:
        return "none is set; answers and statements come from the built-in engine"
    check_ready(settings)
    where = "on this computer" if info.local else "a hosted model, asked only with your yes"
    return f"{info.model} at {info.host}, {where}; it can be reached"


def _index(settings: Settings) -> str:
    store = Store(settings)
    try:
        built_with = store.model("notes")
        expected = find_model(settings.embedding_model).name
        if built_with != expected:
            raise IndexMissing(f"built with {built_with}, not {expected}. Run: softstart index")
        yours = "with your notes" if store.current("yours") else "without notes of your own"
        return f"built with {built_with}, {yours}"
    finally:
        store.close()
