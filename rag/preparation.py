"""The page for a hard talk as a plain result, and how it is numbered, printed and written down.

`rag/prepare.py` makes it; the app, the command line and the Python API show the same object.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import InputError
from rag.help import HelpReply
from rag.models import Citation, Passage, Safety, Source
from rag.sentences import split_sentences

_MARKER = re.compile(r"\\\[(\d+)\\\]$")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the page with its lines, and the citations that they name.

    A line that rests on a passage ends with the citation's number, such as `[3]`.
    """

    heading: str
    lines: tuple[str, ...]
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Preparation:
    """A page to read before a hard talk.

    Attributes:
        title: What the talk is about; when declined, the reply to the person.
        occasion: The id of the card that was used, or empty.
        sections: The page; empty when declined, or when only help is shown.
        declined: Whether there is no page.
        reason: Why there is none, or why this card, in plain words.
        safety: What the safety stage saw.
        help: Help to show before anything else, or None.
        speaker: Which partner it is written for, or empty.
        intro: What is said above the page.
    """

    title: str
    occasion: str
    sections: tuple[Section, ...] = ()
    declined: bool = False
    reason: str = ""
    safety: Safety = field(default_factory=Safety)
    help: HelpReply | None = None
    speaker: str = ""
    intro: str = ""

    def as_markdown(self) -> str:
        """The page with its help lines and sources, complete in itself."""
        parts = [_plain(self.help.render())] if self.help else []
        if self.sections:
            parts += [f"# {_plain(self.title)}", _plain(self.intro)]
        elif self.title:
            parts.append(_plain(self.title))
        for section in self.sections:
            rows = [f"- {_MARKER.sub(_unescaped, _plain(line))}" for line in section.lines]
            parts.append("\n".join([f"## {section.heading}", "", *rows]))
        cited = {c.number: c for section in self.sections for c in section.citations}
        if cited:
            rows = [_source_row(cited[n]) for n in sorted(cited)]
            parts.append("\n".join(["## Sources", "", *rows]))
        return "\n\n".join(parts) + "\n"


def only_help(safety: Safety, reply: HelpReply) -> Preparation:
    """No page, because a talk may not be safe: help alone."""
    return Preparation("", "", declined=True, reason=safety.why, safety=safety, help=reply)


def declined(reply: str, why: str) -> Preparation:
    """No page, and why not."""
    return Preparation(reply, "", declined=True, reason=why)


@dataclass(frozen=True, slots=True)
class Row:
    """A line, the passage that it rests on, and the sentences of it that say so."""

    text: str
    passage: Passage | None
    quote: str


class Page:
    """Numbers the passages in reading order while the page is put together."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._rows: list[tuple[str, list[Row]]] = []
        self._number: dict[str, int] = {}
        self._quotes: dict[str, list[str]] = {}

    @property
    def cited(self) -> frozenset[str]:
        """The keys of the passages cited so far."""
        return frozenset(self._number)

    def add(self, heading: str, rows: list[Row]) -> None:
        """Add a section."""
        self._rows.append((heading, rows))
        for row in rows:
            if row.passage is not None:
                self._number.setdefault(row.passage.key, len(self._number) + 1)
                self._quotes.setdefault(row.passage.key, []).append(row.quote)

    def sections(self) -> tuple[Section, ...]:
        """The sections with their citations, once all of them are there."""
        return tuple(self._section(heading, rows) for heading, rows in self._rows)

    def _section(self, heading: str, rows: list[Row]) -> Section:
        passages = {row.passage.key: row.passage for row in rows if row.passage is not None}
        return Section(
            heading,
            tuple(
                f"{row.text} [{self._number[row.passage.key]}]" if row.passage else row.text
                for row in rows
            ),
            tuple(self._citation(passage) for passage in passages.values()),
        )

    def _citation(self, passage: Passage) -> Citation:
        said = " ".join(self._quotes[passage.key])
        kept = [sentence for sentence in split_sentences(passage.text) if sentence in said]
        return Citation(
            number=self._number[passage.key],
            id=passage.key,
            title=passage.title,
            heading=passage.heading,
            quote=" ".join(kept),
            passage=passage.text,
            standing=passage.standing,
            sources=tuple(self._sources[id] for id in passage.sources),
            origin=passage.origin,
        )


def write_page(page: Preparation, path: Path) -> None:
    """Write a page to a new file.

    Raises:
        InputError: When the file is there already, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(page.as_markdown())
    except FileExistsError:
        raise InputError(f"{path} exists already. Name another file.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None


def preparation_object(page: Preparation) -> dict[str, Any]:
    """A page as the plain object that the command line writes."""
    return {
        "title": page.title,
        "occasion": page.occasion,
        "speaker": page.speaker,
        "sections": [
            {
                "heading": section.heading,
                "lines": list(section.lines),
                "citations": [_citation_object(citation) for citation in section.citations],
            }
            for section in page.sections
        ],
        "declined": page.declined,
        "reason": page.reason,
        "safety": {"category": page.safety.category, "severity": page.safety.severity},
        "help": page.help.render() if page.help else None,
    }


def _citation_object(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        "id": citation.id,
        "title": citation.title,
        "heading": citation.heading,
        "quote": citation.quote,
        "sources": [
            {"author": s.author, "title": s.title, "year": s.year, "link": s.link}
            for s in citation.sources
        ],
    }


def _unescaped(marker: re.Match[str]) -> str:
    return f"[{marker[1]}]"


def _plain(text: str) -> str:
    """A text with nothing left in it that Markdown would read as markup."""
    text = re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)
    return re.sub(r"^(\s*)([-+]|\d+\.)(?= )", r"\1\\\2", text)


def _source_row(citation: Citation) -> str:
    label = "your notes, " if citation.origin == "yours" else ""
    where = "; ".join(
        ", ".join(str(part) for part in (s.author, s.title, s.year, s.link) if part)
        for s in citation.sources
    )
    row = f"- [{citation.number}] {label}{_plain(citation.title)}: {_plain(citation.heading)}."
    row += f" {_plain(citation.quote)}"
    return f"{row} Sources: {_plain(where)}." if where else row
