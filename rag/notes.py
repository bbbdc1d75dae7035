"""Read one note: a Markdown file with front matter and sections, as `docs/writing-notes.md` says.

Reading is strict. Whatever is wrong is reported with file and line, so that a writer can mend it
without reading this code.
"""

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import KnowledgeError
from rag.models import Reader

_FENCE = "---"
_KEY = re.compile(r"(for|sources): *(.*)")
_MARKUP = re.compile(r"#|[-*+] |\d+\. |\||```|>|\? ")
_READERS = ("hurt", "used", "both")
MAX_WORDS = 180
"""Longest section body, in words: beyond it the embedder's 256 tokens would cut it off."""


# The parser in C is many times faster; where it was not built, the one in Python does the same.
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LOADER: Any = type(
    "_Loader",
    (_BASE,),
    {
        # Dates stay text, so that one that cannot be is reported like any other value.
        "yaml_implicit_resolvers": {
            first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
            for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }
    },
)


def parse_yaml(text: str) -> Any:
    """Parse YAML into plain values; dates stay text."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506


class FrontMatter(BaseModel):
    """What a note says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Annotated[str, Field(min_length=3)]
    kind: Literal["guide", "topic", "words", "book", "app", "group", "about"]
    steps: tuple[Annotated[int, Field(ge=1, le=7)], ...]
    reader: Annotated[Reader, Field(alias="for")]
    standing: Literal["settled", "contested", "practice"]
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    reviewed: datetime.date
    reflect: Annotated[str, Field(pattern=r"\?$")]


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of a note with its body; `line` is where the heading stands, from 1."""

    heading: str
    text: str
    asks: tuple[str, ...]
    reader: Reader
    sources: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Note:
    """A whole note."""

    path: Path
    front: FrontMatter
    sections: tuple[Section, ...]


def read_note(path: Path) -> Note:
    """Read and validate one note.

    Raises:
        KnowledgeError: With file, line, what is wrong and what to do.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path.name}:1: not UTF-8 text. Save it as UTF-8.") from error
    except OSError as error:
        raise KnowledgeError(f"{path.name}:1: cannot be read, {error.strerror}.") from error
    front, start = _front_matter(path, lines)
    sections = _sections(path, lines, start, front)
    if not sections:
        raise KnowledgeError(f"{path.name}:{start}: no section. Add a '## heading' with text.")
    headings = [section.heading.lower() for section in sections]
    for section in sections:
        if headings.count(section.heading.lower()) > 1:
            raise KnowledgeError(
                f"{path.name}:{section.line}: heading '{section.heading}' stands twice. Rename one."
            )
    return Note(path, front, sections)


def _front_matter(path: Path, lines: list[str]) -> tuple[FrontMatter, int]:
    if not lines or lines[0] != _FENCE or _FENCE not in lines[1:]:
        raise KnowledgeError(f"{path.name}:1: no front matter. Start the note with '---' lines.")
    end = lines.index(_FENCE, 1)
    block = lines[1:end]
    try:
        front = FrontMatter.model_validate(parse_yaml("\n".join(block)) or {})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 2 + (mark.line if mark else 0)
        raise KnowledgeError(f"{path.name}:{line}: not YAML. Mend the front matter.") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        line = next((n for n, text in enumerate(block, 2) if text.startswith(f"{key}:")), 1)
        remedy = "Remove it" if first["type"] == "extra_forbidden" else "Mend it"
        raise KnowledgeError(f"{path.name}:{line}: {key}: {first['msg']}. {remedy}.") from error
    if front.id != path.stem:
        raise KnowledgeError(
            f"{path.name}:2: id '{front.id}' is not the file's name. Make the two the same."
        )
    return front, end + 1


def _sections(path: Path, lines: list[str], start: int, front: FrontMatter) -> tuple[Section, ...]:
    sections: list[Section] = []
    starts = [n for n in range(start, len(lines)) if lines[n].startswith("## ")]
    before = starts[0] if starts else len(lines)
    for n in range(start, before):
        if lines[n].strip():
            raise KnowledgeError(f"{path.name}:{n + 1}: text before the first '## heading'.")
    for n, stop in zip(starts, [*starts[1:], len(lines)], strict=False):
        sections.append(_section(path, lines[n:stop], n + 1, front))
    return tuple(sections)


def _section(path: Path, lines: list[str], line: int, front: FrontMatter) -> Section:
    heading = lines[0][3:].strip()
    reader: Reader = front.reader
    sources = front.sources
    asks: list[str] = []
    start = len(lines)
    for n, text in enumerate(lines[1:], 1):
        key = _KEY.fullmatch(text.strip())
        if key and key[1] == "sources":
            sources = tuple(part.strip() for part in key[2].split(","))
        elif key:
            reader = _reader(path, line + n, key[2])
        elif text.startswith("? "):
            asks.append(text[2:].strip())
        elif text.strip():
            start = n
            break
    text = _body(path, heading, lines[start:], line + start)
    if not text:
        raise KnowledgeError(f"{path.name}:{line}: section '{heading}' is empty. Write or drop it.")
    if not asks:
        raise KnowledgeError(f"{path.name}:{line}: section '{heading}' has no '? ' question.")
    return Section(heading, text, tuple(asks), reader, sources, line)


def _reader(path: Path, line: int, value: str) -> Reader:
    if value not in _READERS:
        raise KnowledgeError(f"{path.name}:{line}: for: is one of {', '.join(_READERS)}.")
    return cast(Reader, value)


def _body(path: Path, heading: str, lines: list[str], line: int) -> str:
    """Join the lines of a section's text; one empty line between paragraphs stays."""
    for n, text in enumerate(lines, line):
        if _MARKUP.match(text):
            raise KnowledgeError(
                f"{path.name}:{n}: '{text[:20]}' is markup. Write whole sentences instead."
            )
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip())
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    if len(text.split()) > MAX_WORDS:
        raise KnowledgeError(
            f"{path.name}:{line}: section '{heading}' has {len(text.split())} words, at most"
            f" {MAX_WORDS} fit. Split it."
        )
    return text
