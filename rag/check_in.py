"""The guided check-in of a couple: whose turn it is, breaks, the summary, and the next date.

Pure functions over `knowledge/check_in.yaml`. Nothing is kept and nothing is sent: a calendar entry
is text that the person downloads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.errors import InputError
from rag.knowledge import read_yaml

_Line = Annotated[str, Field(min_length=10)]
_LONGEST_LINE = 75
"""Octets of one line of a calendar file (RFC 5545, section 3.1)."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Data):
    """One question of the check-in, with prompts for each side."""

    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    ask: Annotated[str, Field(pattern=r"\?$")]
    speak: Annotated[tuple[_Line, ...], Field(min_length=1)]
    listen: Annotated[tuple[_Line, ...], Field(min_length=1)]


class CheckIn(_Data):
    """The check-in as it stands in the data file; `safety` is shown before anything."""

    minutes: Annotated[int, Field(ge=1, le=15)]
    pause_minutes: Annotated[int, Field(ge=20, le=60)]
    length_minutes: Annotated[int, Field(ge=5, le=60)]
    safety: _Line
    before: Annotated[tuple[_Line, ...], Field(min_length=1)]
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    say_back: _Line
    pause: Annotated[tuple[_Line, ...], Field(min_length=1)]
    close: Annotated[tuple[_Line, ...], Field(min_length=1)]
    event: Annotated[str, Field(min_length=3)]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: the question, and which of the two, 0 or 1, speaks and listens."""

    question: Question
    speaker: int
    listener: int


@cache
def load_check_in(folder: Path = paths.KNOWLEDGE) -> CheckIn:
    """Load the check-in.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    check_in: CheckIn = read_yaml(folder / "check_in.yaml", CheckIn)
    return check_in


def turns(check_in: CheckIn) -> tuple[Turn, ...]:
    """Both speak to every question; who begins changes with each question."""
    order: list[Turn] = []
    for number, question in enumerate(check_in.questions):
        first = number % 2
        order += [Turn(question, first, 1 - first), Turn(question, 1 - first, first)]
    return tuple(order)


def back_at(now: datetime, minutes: int) -> datetime:
    """When a break ends: on a whole minute, and never sooner than was agreed."""
    end = now + timedelta(minutes=minutes)
    whole = end.replace(second=0, microsecond=0)
    return whole if whole == end else whole + timedelta(minutes=1)


def next_start(now: datetime, *, days: int = 7) -> datetime:
    """A first proposal for the next one: a week on, at the nearest quarter of an hour."""
    day = now + timedelta(days=days)
    minutes = 15 * round((60 * day.hour + day.minute) / 15)
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(minutes=min(minutes, 24 * 60 - 15))


def calendar(
    title: str, start: datetime, minutes: int, *, made: datetime, uid: str, weekly: bool = False
) -> str:
    """A calendar file with one entry, at the clock time of wherever it is opened.

    Args:
        title: The entry's title, which anybody may see.
        start: When it begins, as a clock on the wall shows it.
        minutes: How long it lasts.
        made: When the file was made, with a time zone.
        uid: A name for the entry that no other has.
        weekly: Whether it repeats every week.

    Raises:
        InputError: When it would last no time, or longer than a day.
    """
    if not 0 < minutes <= 24 * 60:
        raise InputError("A check-in lasts between one minute and a day. Choose another length.")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Time//EN",
        "BEGIN:VEVENT",
        f"UID:{_escaped(uid)}",
        f"DTSTAMP:{made.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%S}",
        f"DURATION:PT{minutes}M",
        *(["RRULE:FREQ=WEEKLY"] if weekly else []),
        f"SUMMARY:{_escaped(title)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def summary(
    title: str, check_in: CheckIn, names: Sequence[str], notes: Mapping[int, str], day: str
) -> str:
    """What was noted, as plain text.

    Args:
        title: The first line.
        check_in: The check-in.
        names: What the two are called.
        notes: What was noted, by the number of the turn.
        day: The day, in words.
    """
    lines = [f"{title}, {day}", ""]
    for question in check_in.questions:
        lines.append(question.ask)
        for number, turn in enumerate(turns(check_in)):
            if turn.question is question and notes.get(number, "").strip():
                lines.append(f"- {names[turn.speaker]}: {' '.join(notes[number].split())}")
        lines.append("")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _folded(line: str) -> str:
    """Long lines go on behind a space; characters stay whole."""
    parts: list[str] = [""]
    for character in line:
        room = _LONGEST_LINE - (1 if len(parts) > 1 else 0)
        if len((parts[-1] + character).encode()) > room:
            parts.append("")
        parts[-1] += character
    return "\r\n ".join(parts)
