"""Read a user's own handouts: Markdown, text or PDF, kept apart from our notes.

A handout is data and nothing else. Its text is cut into passages, labelled "your notes" wherever
it is quoted, and never read as markup or as an instruction.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.errors import InputError
from rag.knowledge import content_hash, slug
from rag.models import Passage

SUFFIXES = (".md", ".markdown", ".txt", ".pdf")
_CHARACTERS = 900
"""Longest passage: about 200 of the embedder's 256 tokens."""
_MAX_BYTES = 30_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Handouts:
    """What a folder gave: passages, and the files that could not be read, each with its reason."""

    passages: tuple[Passage, ...]
    files: int
    skipped: dict[str, str]


def read_handouts(folder: Path) -> Handouts:
    """Read every handout below a folder.

    Raises:
        InputError: When the folder is missing or holds nothing that can be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder. Name the folder that holds your handouts.")
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
    if not paths:
        raise InputError(f"{folder} holds no .md, .txt or .pdf file.")
    passages: list[Passage] = []
    skipped: dict[str, str] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix().encode(errors="replace").decode()
        try:
            passages.extend(read_handout(name, path.read_bytes()))
        except (InputError, OSError) as error:
            skipped[name] = str(error)
    if not passages:
        name, why = next(iter(skipped.items()))
        raise InputError(f"No handout in {folder} could be read. {name}: {why}")
    unique = {passage.id: passage for passage in passages}
    return Handouts(tuple(unique.values()), len(paths) - len(skipped), skipped)


def read_handout(name: str, data: bytes) -> list[Passage]:
    """Cut one handout into passages.

    Args:
        name: The file's name, shown in citations.
        data: Its bytes.

    Raises:
        InputError: When there is no text in it, or it is not what its name says.
    """
    if len(data) > _MAX_BYTES:
        raise InputError("larger than 30 MB. Split it.")
    text = _pdf_text(data) if name.lower().endswith(".pdf") else _plain_text(data)
    text = _CONTROL.sub("", text.replace("\r\n", "\n")).strip() + "\n"
    title = Path(name).stem.replace("_", " ").replace("-", " ").strip() or name
    passages = [_passage(title, name, heading, body) for heading, body in _pieces(text)]
    if not passages:
        raise InputError("no text in it. A scanned PDF needs text recognition first.")
    return passages


def _passage(title: str, name: str, heading: str, body: str) -> Passage:
    return Passage(
        id=content_hash("yours", name, heading, body),
        key=f"yours/{name}#{slug(heading)}-{content_hash(body)[:6]}",
        note=f"yours/{name}",
        title=title,
        heading=heading or title,
        text=body,
        kind="handout",
        steps=(),
        reader="both",
        standing="yours",
        sources=(),
        reviewed="",
        reflect="",
        origin="yours",
    )


def _plain_text(data: bytes) -> str:
    if b"\x00" in data[:4096]:
        raise InputError("not a text file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _pdf_text(data: bytes) -> str:
    import io

    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data))
        return "\n\n".join(page.extract_text() for page in reader.pages)
    except Exception as error:  # a broken PDF makes pypdf raise nearly anything
        raise InputError("a PDF that cannot be read. Save it again, without a password.") from error


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Cut at headings, then by size, at paragraph and sentence ends where there are some."""
    from langchain_text_splitters import MarkdownHeaderTextSplitter, RecursiveCharacterTextSplitter

    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    by_heading = MarkdownHeaderTextSplitter([("#", "1"), ("##", "2"), ("###", "3")])
    by_size = RecursiveCharacterTextSplitter(
        chunk_size=_CHARACTERS,
        chunk_overlap=0,
        separators=["\n\n", "\n", ". ", " ", ""],
        keep_separator="end",
    )
    for section in by_heading.split_text(text):
        heading = " / ".join(str(value) for value in section.metadata.values())
        for piece in by_size.split_text(section.page_content):
            body = re.sub(r"\s*\n\s*", " ", piece).strip()
            if body:
                yield heading, body
