"""Decide whether there is a message to reword at all, or one that is fine as it is.

Empty, huge, other language, only emoji, code, a list, an instruction to the program: each gets its
own kind and clear line from `knowledge/declines.yaml`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.blame import BlameSpan, blame_kinds, rule_spans
from rag.encoder import Reading
from rag.feelings import load_feelings
from rag.knowledge import read_yaml
from rag.message import CONDITION, Message

_FEW_WORDS = 2
_FOREIGN_SHARE = 0.12
_FOREIGN_WORDS = 4
_STRANGE = 0.25
_LIST_LINES = 4
_LIST_WORDS = 4
_MESSAGE_BAR = 0.55
_SPOKEN_BAR = 0.75
_SURE_BAR = 0.85
_FINE_BAR = 0.6
_LEAST_FINE = 0.25
_HALF_FINE = 0.1
_WARM = 2
_STRONG = frozenset(
    "label threat contempt absolute mind_reading accusation comparison why_question".split()
)


class _Pattern(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    pattern: str
    matches: tuple[str, ...] = Field(min_length=1)
    ignores: tuple[str, ...] = Field(min_length=1)


class DeclinesFile(BaseModel):
    """The lines and patterns of `knowledge/declines.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    longest: int
    reasons: Mapping[str, str]
    patterns: tuple[_Pattern, ...]
    foreign: frozenset[str]
    english: tuple[str, ...]
    praise: Mapping[str, str]
    warm: tuple[_Pattern, ...]


@cache
def load_declines(folder: Path = paths.KNOWLEDGE) -> DeclinesFile:
    """Load the lines.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    file: DeclinesFile = read_yaml(folder / "declines.yaml", DeclinesFile)
    return file


def decline(text: str, reading: Reading | None) -> str:
    """Why there is nothing to reword here, as a key of the reasons; empty when there is."""
    file = load_declines()
    bare = text.strip()
    if not bare:
        return "empty"
    if len(bare) > file.longest:
        return "huge"
    if not any(c.isalpha() for c in bare):
        return "marks"
    for pattern in file.patterns:
        if re.search(pattern.pattern, bare, re.IGNORECASE):
            return pattern.kind
    if _is_list(bare):
        return "list"
    if _is_foreign(bare):
        return "language"
    if len(re.findall(r"[^\W\d_]+", bare)) < _FEW_WORDS and not blame_kinds(bare):
        return "short"
    to_somebody = re.search(r"\b(?:you|your|you're|u|ur)\b", bare, re.IGNORECASE)
    bar = _SPOKEN_BAR if to_somebody else _MESSAGE_BAR
    if reading is not None and reading.kind.get("not_a_message", 0.0) >= bar:
        return "not_a_message"
    return ""


def is_fine(message: Message, blame: Sequence[BlameSpan], reading: Reading | None) -> bool:
    """Whether a message is good as it is."""
    strong = bool(_STRONG & set(blame_kinds(message.tidy.text)))
    if reading is None:
        return not blame and _open(message)
    fine = reading.kind.get("fine", 0.0)
    if rule_spans(message.tidy.text, list(message.clauses), certain=True):
        return False
    if fine >= _SURE_BAR:
        return True
    if strong:
        return False
    if fine >= _FINE_BAR or (fine >= _LEAST_FINE and _open(message)):
        return True
    warm = len(warmth(message.tidy.text))
    return warm >= _WARM or (warm == 1 and fine >= _HALF_FINE) or _only_bound(message)


def _only_bound(message: Message) -> bool:
    """Whether a message does nothing but state a boundary, with its reason and its condition."""
    about_you = any(c.subject == "you" and c.joiner not in CONDITION for c in message.clauses)
    plain = all(c.mood in {"statement", "fragment"} for c in message.clauses)
    return bool(message.boundary) and plain and not about_you and not blame_kinds(message.tidy.text)


def warmth(text: str) -> tuple[str, ...]:
    """The kinds of good faith that a tidied text speaks with: thanks, owning, room, plans."""
    return tuple(kind for kind, pattern in _warm() if pattern.search(text))


@cache
def _warm() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((p.kind, re.compile(p.pattern, re.IGNORECASE)) for p in load_declines().warm)


def praise(message: Message) -> tuple[str, ...]:
    """What is good about a message that needs no rewording."""
    lines = load_declines().praise
    owning = any(re.match(r"I(?:'m sorry| own| lied| hid| did)\b", c.text) for c in message.clauses)
    found = {
        "feeling": bool(message.feelings),
        "fact": any(clause.solid for clause in message.clauses),
        "need": bool(message.needs),
        "request": bool(message.asks),
        "boundary": bool(message.boundary),
        "owning": owning,
    }
    good = [lines[key] for key, holds in found.items() if holds]
    return tuple([*good, lines["plain"]])


def _open(message: Message) -> bool:
    """Whether the writer speaks of themselves: a feeling, a need, a boundary or an ask."""
    return bool(message.feelings or message.needs or message.boundary or message.asks)


def _is_list(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    marked = sum(bool(re.match(r"\s*(?:[-*•]|\d+[.)])\s", line)) for line in lines)
    brief = sum(len(line.split()) <= _LIST_WORDS for line in lines)
    said = re.search(r"\b(?:you|u|ur|your|i|im|me)\b", text, re.IGNORECASE)
    return len(lines) >= _LIST_LINES and (marked >= 3 or brief == len(lines)) and not said


def _is_foreign(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text.lower())
    plain = [word for word in words if word.isascii()]
    if len(words) >= _FOREIGN_WORDS and len(plain) < len(words) / 2:
        return True
    if not plain:
        return True
    known = sum(word in load_declines().english for word in words)
    strange = sum(word in load_declines().foreign for word in words)
    if len(words) >= _FOREIGN_WORDS and strange > known and strange >= _STRANGE * len(words):
        return True
    feeling = any(word in load_feelings().word for word in words)
    return len(words) >= 6 and known / len(words) < _FOREIGN_SHARE and not feeling
