"""How long the index takes: from nothing, with nothing changed, with some and with all changed."""

import re
import shutil
from pathlib import Path

from benchmarks.measuring import Child, run_child
from rag.paths import KNOWLEDGE


def building(folder: Path, stock: Path) -> dict[str, Child]:
    """Build and sync in fresh processes, as the command line does."""
    knowledge = folder / "knowledge"
    shutil.copytree(KNOWLEDGE, knowledge)
    where = {
        "SOFTSTART_DATA_DIR": str(folder / "data"),
        "SOFTSTART_KNOWLEDGE_DIR": str(knowledge),
    }
    taken = {"from nothing": run_child("softstart", "index", **where)}
    taken["nothing changed"] = run_child("softstart", "index", **where)
    notes = sorted((knowledge / "notes").glob("*.md"))
    _edit(notes[: max(1, len(notes) // 100)])
    taken["1 % of the notes changed"] = run_child("softstart", "index", **where)
    _edit([*notes, *(knowledge / "guide").glob("*.md")])
    taken["100 % of the notes changed"] = run_child("softstart", "index", **where)
    taken["stock pipeline, passages only"] = run_child("benchmarks.stock", str(stock))
    return taken


def _edit(notes: list[Path]) -> None:
    """Change one word of every section and of every example question."""
    for note in notes:
        text = note.read_text(encoding="utf-8")
        head, front, body = text.split("---\n", 2)
        body = re.sub(r"(?m)^(\? \S.*)$", r"\1 now", body)
        body = re.sub(r"(?m)^([A-Z][^\n]{40,})$", r"\1 Yes.", body)
        note.write_text("---\n".join((head, front, body)), encoding="utf-8")
