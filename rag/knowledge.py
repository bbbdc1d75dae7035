"""Load the shipped content and resolve every reference in it.

The rest of the program sees only the frozen `Knowledge` object, never a file.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rag import paths
from rag.errors import KnowledgeError
from rag.models import Passage, Source
from rag.notes import Note, Section, parse_yaml, read_note

T = TypeVar("T")


class _SourceRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    author: Annotated[str, Field(min_length=2)]
    title: Annotated[str, Field(min_length=2)]
    year: int | None
    link: Annotated[str, Field(pattern=r"^https?://")] | None
    kind: Literal["paper", "book", "guideline", "official", "guide", "article", "practice"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All notes, as passages, with their sources."""

    passages: tuple[Passage, ...]
    sources: Mapping[str, Source]


def read_yaml(path: Path, kind: type[T] | Any) -> Any:
    """Read a data file into the given type.

    Raises:
        KnowledgeError: When the file is missing, not YAML, or not of that shape.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = parse_yaml(text)
        return TypeAdapter(kind).validate_python(data)
    except FileNotFoundError:
        raise KnowledgeError(f"{path.name}: missing from {path.parent}. Restore it.") from None
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path.name}:1: not UTF-8 text. Save it as UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise KnowledgeError(f"{path.name}:{line}: not YAML. Mend that line.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        line = _line_of(text, first["loc"])
        raise KnowledgeError(f"{path.name}:{line}: {where}: {first['msg']}. Mend it.") from error


def load_knowledge(folder: Path | None = None) -> Knowledge:
    """Load and check every note.

    Args:
        folder: A folder laid out like the shipped `knowledge/`, which is the default.

    Raises:
        KnowledgeError: For the first fault found.
    """
    return _load(folder or paths.KNOWLEDGE)


@cache
def _load(folder: Path) -> Knowledge:
    rows = read_yaml(folder / "sources.yaml", dict[str, _SourceRow])
    sources = {key: Source(id=key, **row.model_dump()) for key, row in rows.items()}
    files = sorted((folder / "guide").glob("*.md")) + sorted((folder / "notes").glob("*.md"))
    notes = [read_note(path) for path in files]
    passages = tuple(
        _passage(note, section, sources) for note in notes for section in note.sections
    )
    return Knowledge(passages, sources)


def _passage(note: Note, section: Section, sources: Mapping[str, Source]) -> Passage:
    front = note.front
    for source in section.sources:
        if source not in sources:
            raise KnowledgeError(
                f"{note.path.name}:{section.line}: source '{source}' is not in sources.yaml."
                " Add it there or mend the name."
            )
    key = f"{front.id}#{slug(section.heading)}"
    parts = (key, front.title, section.heading, section.text, front.kind, section.reader)
    more = (*map(str, front.steps), front.standing, *section.sources, front.reflect, *section.asks)
    return Passage(
        id=content_hash(*parts, *more),
        key=key,
        note=front.id,
        title=front.title,
        heading=section.heading,
        text=section.text,
        kind=front.kind,
        steps=front.steps,
        reader=section.reader,
        standing=front.standing,
        sources=section.sources,
        reviewed=front.reviewed.isoformat(),
        reflect=front.reflect,
        asks=section.asks,
    )


def slug(heading: str) -> str:
    """Turn a heading into the part of a key behind `#`."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def content_hash(*parts: str) -> str:
    """Hash texts into a short stable id."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]


def _line_of(text: str, location: tuple[int | str, ...]) -> int:
    """Find the line of a validation error: walk the parsed YAML tree along its location."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = node.start_mark.line if node else 0
    for part in location:
        if isinstance(node, yaml.MappingNode):
            node = next((v for k, v in node.value if k.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part] if part < len(node.value) else None
        else:
            node = None
        if node is None:
            break
        line = node.start_mark.line
    return int(line) + 1
