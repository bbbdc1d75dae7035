"""The replies to a risk: short, in several wordings, with the right lines for the country.

All text is data (`knowledge/help/`). A reply acknowledges, asks plainly, gives lines and a person
to be with, says what this program is, and keeps the way back open. It never holds a number itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.errors import KnowledgeError
from rag.helplines import ANYWHERE, Helpline, Need, find_helplines, recognise
from rag.knowledge import read_yaml
from rag.models import Safety
from rag.normalise import normalise
from rag.safety_rules import load_rows

ALONE = frozenset({"coercive_control", "violence_received", "sexual_coercion", "unknown"})
"""Categories in which the person may be afraid of their partner.

Then there is no rewording, no patience and nothing for two: support for the person alone.
"""

SPECIAL: frozenset[Need] = frozenset({"own_behaviour", "own_thoughts", "images"})
"""Needs that a general line does not answer."""

_WORDINGS = 3
_Line = Annotated[str, Field(min_length=10)]


@dataclass(frozen=True, slots=True)
class HelpReply:
    """What is shown when a message shows a risk.

    Attributes:
        paragraphs: The text, in order.
        helplines: The lines for the country and need.
        question: One plain question to ask back.
        way_back: How to say that the reading was wrong.
    """

    paragraphs: tuple[str, ...]
    helplines: tuple[Helpline, ...]
    question: str
    way_back: str

    def render(self) -> str:
        """The reply as plain text."""
        lines = "\n".join(f"- {line.render()}" for line in self.helplines)
        parts = (*self.paragraphs[:-1], lines, self.paragraphs[-1], self.question, self.way_back)
        return "\n\n".join(part for part in parts if part)


class _Wording(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    paragraphs: Annotated[tuple[_Line, ...], Field(min_length=1)]
    question: Annotated[str, Field(pattern=r"\?")]


class _Needs(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    immediate: tuple[Need, ...]
    elevated: tuple[Need, ...]


class _Note(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    when: str
    text: _Line


class HelpRow(BaseModel):
    """One path of help as it stands in its data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    category: str
    rules: tuple[str, ...] = ()
    needs: _Needs
    immediate: tuple[_Wording, ...]
    elevated: Annotated[tuple[_Wording, ...], Field(min_length=_WORDINGS)]
    notes: tuple[_Note, ...] = ()


class Common(BaseModel):
    """What every reply says, in its wordings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Annotated[tuple[_Line, ...], Field(min_length=_WORDINGS)]
    way_back: Annotated[tuple[_Line, ...], Field(min_length=_WORDINGS)]
    country_unknown: _Line
    no_line: _Line


def help_reply(
    safety: Safety,
    country: str | None,
    *,
    turn: int = 0,
    folder: Path = paths.KNOWLEDGE,
) -> HelpReply:
    """Answer a risk.

    Args:
        safety: What the safety stage saw.
        country: Two-letter code; None shows the emergency note and the directory.
        turn: How many help replies came before in this conversation; the wording follows it.
        folder: Where the data lies.

    Raises:
        KnowledgeError: When the data files are broken.
    """
    row = _path(safety, folder)
    common = load_common(folder)
    immediate = safety.severity == "immediate"
    wordings = (row.immediate if immediate else ()) or row.elevated
    wording = wordings[turn % len(wordings)]
    needs: Sequence[Need] = row.needs.immediate if immediate else row.needs.elevated
    lines = find_helplines(country, needs, folder=folder)
    return HelpReply(
        paragraphs=(
            *wording.paragraphs,
            *_notes(row, safety, folder),
            *_about_lines(needs, lines, common),
            common.program[turn % len(common.program)],
        ),
        helplines=lines,
        question=wording.question,
        way_back=common.way_back[turn % len(common.way_back)],
    )


def help_for(
    message: str, safety: Safety, country: str | None, *, turn: int = 0, folder: Path
) -> HelpReply:
    """Answer the risk in a message, with the lines of the country that it names or else `country`.

    Raises:
        KnowledgeError: When the data files are broken.
    """
    named, _ = recognise(message, folder=folder)
    return help_reply(safety, named or country, turn=turn, folder=folder)


@cache
def load_help(folder: Path = paths.KNOWLEDGE) -> tuple[HelpRow, ...]:
    """Load every path of help.

    Raises:
        KnowledgeError: When a file is broken, a category has none, or a wording holds a digit.
    """
    files = sorted(path for path in (folder / "help").glob("*.yaml") if path.stem != "common")
    rows: tuple[HelpRow, ...] = tuple(read_yaml(path, HelpRow) for path in files)
    risks = load_rows(folder)
    rules = {rule.id for risk in risks for rule in risk.rules}
    for row in rows:
        _check(row, rules)
    general = {row.category for row in rows if not row.rules}
    for category in (*(risk.category for risk in risks), "unknown"):
        if category not in general:
            raise KnowledgeError(f"help: no reply for {category}. Add {category}.yaml.")
    return rows


@cache
def load_common(folder: Path = paths.KNOWLEDGE) -> Common:
    """Load what every reply says.

    Raises:
        KnowledgeError: When the file is broken.
    """
    common: Common = read_yaml(folder / "help" / "common.yaml", Common)
    return common


def _about_lines(
    needs: Sequence[Need], lines: Sequence[Helpline], common: Common
) -> tuple[str, ...]:
    """Say so when the country is unknown, or has no line made for this."""
    if all(line.country == ANYWHERE for line in lines):
        return (common.country_unknown,)
    wanted = {need for need in needs if need in SPECIAL}
    served = {line.need for line in lines if line.country != ANYWHERE}
    return () if not wanted or wanted & served else (common.no_line,)


def _check(row: HelpRow, rules: set[str]) -> None:
    for rule in row.rules:
        if rule not in rules:
            raise KnowledgeError(f"help/{row.id}: no rule is called '{rule}'. Mend the name.")
    if row.immediate and len(row.immediate) < _WORDINGS:
        raise KnowledgeError(f"help/{row.id}: needs {_WORDINGS} wordings for immediate.")
    for wording in (*row.immediate, *row.elevated):
        if any(re.search(r"\d", part) for part in (*wording.paragraphs, wording.question)):
            raise KnowledgeError(f"help/{row.id}: a digit stands in a reply. Numbers are data.")


def _path(safety: Safety, folder: Path) -> HelpRow:
    """The path for the rule that led, else for its category, else the cautious one."""
    rows = load_help(folder)
    rule = _rule_of(safety.why, folder)
    for row in rows:
        if row.category == safety.category and rule in row.rules:
            return row
    plain = {row.category: row for row in rows if not row.rules}
    return plain.get(safety.category, plain["unknown"])


@cache
def _rule_of(why: str, folder: Path) -> str | None:
    """The rule behind a reason; each reason belongs to one rule."""
    rules = (rule for risk in load_rows(folder) for rule in risk.rules)
    return next((rule.id for rule in rules if rule.why == why), None)


def _notes(row: HelpRow, safety: Safety, folder: Path) -> tuple[str, ...]:
    """What is said besides, because of the words that led here."""
    words = normalise(" \n".join(safety.words), folder=folder).text
    fitting = [note.text for note in row.notes if note.when == "." or re.search(note.when, words)]
    return tuple(fitting[:2])
