"""Help lines: loaded from data, chosen by country and need, printed exactly as they stand.

A number is never typed from memory, indexed or put in a prompt. How a request for a line is
recognised is data too (`knowledge/directory.yaml`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.errors import KnowledgeError
from rag.knowledge import read_yaml

Need = Literal[
    "emergency",
    "crisis",
    "abuse",
    "sexual_violence",
    "child",
    "own_thoughts",
    "own_behaviour",
    "treatment",
    "talk",
    "images",
]
NEEDS: tuple[Need, ...] = Need.__args__  # type: ignore[attr-defined]
"""Everything that a line can be for."""

ANYWHERE = "INT"
EUROPE = "EU"
_LONGEST_REQUEST = 2_000
_Text = Annotated[str, Field(min_length=2)]


@dataclass(frozen=True, slots=True)
class Helpline:
    """One service, as its own page gives it.

    Attributes:
        country: Two-letter code, `EU` for shared European numbers, `INT` for directories.
        need: What it is for.
        service: Its name.
        serves: Who may use it, and where.
        contact: Each way to reach it, to be shown unchanged.
        hours: When it answers.
        grade: How well the row is proved: `A`, `B+` or `B`.
        source: Where the contact was read.
        verified_on: The day on which it was last compared with that source.
    """

    country: str
    need: Need
    service: str
    serves: str
    contact: tuple[str, ...]
    hours: str
    grade: str
    source: str
    verified_on: date

    def render(self) -> str:
        """The row as plain text."""
        ways = "; ".join(self.contact)
        return f"{self.service} ({self.serves}): {ways}. Hours: {self.hours}."


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    country: Annotated[str, Field(pattern=r"^([A-Z]{2}|INT)$")]
    need: Need
    service: _Text
    serves: _Text
    contact: Annotated[tuple[_Text, ...], Field(min_length=1)]
    hours: _Text
    grade: Literal["A", "B+", "B"]
    source: _Text
    verified_on: date


class _Pattern(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pattern: str
    matches: Annotated[tuple[str, ...], Field(min_length=3)]
    ignores: Annotated[tuple[str, ...], Field(min_length=3)]


class _Ask(_Pattern):
    id: str
    about: str
    unless: str = ""


class _Subject(_Pattern):
    id: str
    needs: tuple[Need, ...]


class _Country(_Pattern):
    code: str


class Request(BaseModel):
    """Requests for a line that name none, with what the lines are for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^line-[a-z-]+$")]
    needs: Annotated[tuple[Need, ...], Field(min_length=1)]
    examples: Annotated[tuple[str, ...], Field(min_length=8)]


class Directory(BaseModel):
    """How requests for a line are recognised, as it stands in the data file."""

    model_config = ConfigDict(extra="forbid")

    asks: tuple[_Ask, ...]
    needs: tuple[_Subject, ...]
    countries: tuple[_Country, ...]
    also: dict[str, str]
    european: tuple[str, ...]
    instead: dict[Need, tuple[Need, ...]]


@cache
def load_helplines(folder: Path = paths.KNOWLEDGE) -> tuple[Helpline, ...]:
    """Load every help line.

    Raises:
        KnowledgeError: When a row is broken, stands twice, or the first resort is missing.
    """
    rows: list[_Row] = read_yaml(folder / "helplines.yaml", list[_Row])
    lines = tuple(Helpline(**row.model_dump()) for row in rows)
    keys = [(line.country, line.need, line.service) for line in lines]
    for key in keys:
        if keys.count(key) > 1:
            raise KnowledgeError(f"helplines.yaml: {' '.join(key)} stands twice. Remove one.")
    for need in ("emergency", "talk"):
        if not any(line.country == ANYWHERE and line.need == need for line in lines):
            raise KnowledgeError(f"helplines.yaml: no {ANYWHERE} row for {need}. Add one.")
    return lines


@cache
def load_directory(folder: Path = paths.KNOWLEDGE) -> Directory:
    """Load how requests for a line are recognised.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    directory: Directory = read_yaml(folder / "directory.yaml", Directory)
    for row in (*directory.asks, *directory.needs, *directory.countries):
        try:
            re.compile(row.pattern)
        except re.error as error:
            raise KnowledgeError(f"directory.yaml: {row.pattern[:40]}: {error}. Mend it.") from None
    return directory


@cache
def load_requests(folder: Path = paths.KNOWLEDGE) -> Mapping[str, Request]:
    """Load example requests for a line, by id.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    rows: list[Request] = read_yaml(folder / "line_requests.yaml", list[Request])
    return {row.id: row for row in rows}


def find_helplines(
    country: str | None, needs: Sequence[str], *, folder: Path = paths.KNOWLEDGE
) -> tuple[Helpline, ...]:
    """Choose the lines to show, in the order of the needs, emergency first where asked for.

    Args:
        country: Two-letter code. With None or one without rows of its own, the emergency note and
            the international directory are returned, and European numbers in the Union.
        needs: What the lines are for, most pressing first.
        folder: Where the data lies.
    """
    lines = load_helplines(folder)
    directory = load_directory(folder)
    home = _home(country, lines, directory)
    wanted = sorted(dict.fromkeys(needs), key=lambda need: need != "emergency")
    chosen: list[Helpline] = []
    everywhere = home is None or home == EUROPE
    for need in wanted:
        found = _lines_for(home, need, lines, directory.instead)
        everywhere = everywhere or not found
        chosen += found or _lines_for(ANYWHERE, need, lines, {})
    if home is None:
        chosen = [line for line in lines if _first_resort(line, "emergency")] + chosen
    if everywhere:
        chosen += [line for line in lines if _first_resort(line, "talk")]
    return _once(chosen)


def recognise(text: str, *, folder: Path = paths.KNOWLEDGE) -> tuple[str | None, tuple[Need, ...]]:
    """Tell whether somebody asks for a help line, for what, and in which country.

    Returns:
        The country where one is named, and the needs, most pressing first; without needs the
        message is not a request for a line.
    """
    text = text[:_LONGEST_REQUEST].replace("’", "'").replace("‘", "'").strip()
    directory = load_directory(folder)
    country = next((c.code for c in directory.countries if _search(c.pattern, text)), None)
    if not any(asks_for_line(row, text) for row in directory.asks):
        return country, ()
    needs = [need for row in directory.needs if _search(row.pattern, text) for need in row.needs]
    return country, tuple(dict.fromkeys(needs or ("crisis", "talk")))


def asks_for_line(row: _Ask, text: str) -> bool:
    """Tell whether one pattern sees a request for a line."""
    return bool(_search(row.pattern, text)) and not (row.unless and _search(row.unless, text))


def _home(country: str | None, lines: Sequence[Helpline], directory: Directory) -> str | None:
    """The code under which a country's rows stand, or None."""
    code = (country or "").strip().upper()
    code = directory.also.get(code, code)
    if code != ANYWHERE and any(line.country == code for line in lines):
        return code
    return EUROPE if code in directory.european else None


def _lines_for(
    home: str | None,
    need: str,
    lines: Sequence[Helpline],
    instead: Mapping[Need, Sequence[Need]],
) -> list[Helpline]:
    options = (need, *next((v for k, v in instead.items() if k == need), ()))
    for option in options:
        found = [line for line in lines if line.country == home and line.need == option]
        if found:
            return found
    return []


def _first_resort(line: Helpline, need: str) -> bool:
    return line.country == ANYWHERE and line.need == need


def _once(lines: Sequence[Helpline]) -> tuple[Helpline, ...]:
    """Each service once, where it stood first, even when it serves two needs."""
    first: dict[tuple[str, str], Helpline] = {}
    for line in lines:
        first.setdefault((line.country, line.service), line)
    return tuple(first.values())


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _search(pattern: str, text: str) -> re.Match[str] | None:
    return _compiled(pattern).search(text)
