"""Tidy what was typed into plain written English, and remember where every character came from.

Texting (`u`, `dont`, `bc`), shouting and emoji go; names, acronyms and every word that carries a
fact stay. The tables are data (`knowledge/texting.yaml`).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rag import paths
from rag.grammar import known_word
from rag.knowledge import read_yaml

_QUOTES = {"‘": "'", "’": "'", "‛": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"'}
_WORD = re.compile(r"\w+(?:'\w+)*")
_SINGLE = r"(?<!\w)'(\S(?:[^'\n\"]|(?<=\w)'(?=\w)){1,90}?)'(?!\w)"
_SHOUT_SHARE = 0.7
_SHOUT_LETTERS = 8
_ACRONYM = 3
_BACK = 40
_AFTER_TO = (
    "(?:be|bed|call|come|cry|do|get|give|go|have|hear|keep|know|look|make|me|say|see|sleep|stop"
    "|take|talk|tell|u|watch|work|you)"
)
_NEXT = re.compile(r"\s+([A-Za-z']+)")
_OPENERS = frozenset(
    [
        "",
        *"and but so because that when if think thinks know say says said while cause even".split(),
    ]
)
_KEPT_SYMBOLS = "£$€₹¥₦₱%&+#@=/°"

_Edit = Callable[[re.Match[str]], str]


class TextingTable(BaseModel):
    """The tables of `knowledge/texting.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Mapping[str, str]
    fillers: tuple[str, ...]
    are_before: tuple[str, ...]
    it_is_before: tuple[str, ...]
    not_your_before: tuple[str, ...]
    acronyms: tuple[str, ...]
    proper: Mapping[str, str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tidy:
    """A tidied text with the way back.

    Attributes:
        text: The tidied text.
        source: What was typed.
        starts: For each character of `text`, where its origin begins in `source`.
        ends: For each character of `text`, where its origin ends in `source`.
    """

    text: str
    source: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the source of a stretch of the tidied text."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.source)
            return at, at
        return self.starts[start], max(self.ends[start:end])

    def forth(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the tidied text of a stretch of the source; empty when nothing is left."""
        inside = [
            n
            for n, (a, b) in enumerate(zip(self.starts, self.ends, strict=True))
            if b > start and a < end
        ]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


@cache
def load_texting(folder: Path = paths.KNOWLEDGE) -> TextingTable:
    """Load the tables.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    table: TextingTable = read_yaml(folder / "texting.yaml", TextingTable)
    return table


def tidy(text: str) -> Tidy:
    """Tidy a typed message."""
    table = load_texting()
    page = _Page(text)
    page.edit(r"[‘’‛`´“”„]", lambda m: _QUOTES[m[0]])
    page.edit(_SINGLE, lambda m: f'"{m[1]}"')
    page.edit(r"[^\w\s.,;:!?'\"()\-–—…*]", lambda m: _symbol(page.text, m))
    page.edit(r"[\u200b-\u200f\u2060\ufeff\ufe0f\u20e3]", lambda m: "")
    page.edit(r"\*+|(?<!\w)_+|_+(?!\w)", lambda m: "")
    page.edit(r"(?i)\byour(?= (?:on|at|in|with) (?:the|that|a|it|your|my)\b)", lambda m: "you're")
    page.edit(r"(?i)\bits(?= \d)", lambda m: "it's")
    page.edit(rf"(?<=\w )2(?= {_AFTER_TO}\b)", lambda m: "to")
    page.edit(r"(?<=\b[Ii]n )(?:march|may)\b(?! (?:be|have))", lambda m: m[0].capitalize())
    page.edit(r"\b([Yy]ou|[Ww]e|[Tt]hey|I|i)(?= been \w+)", lambda m: f"{m[1]}'ve")
    page.edit(r"\s*\n\s*", lambda m: " " if _ends(page.text, m.start()) else ". ")
    page.edit(r"\s*[—–]\s*|\s+--?\s+", lambda m: ", " if not _digits(page.text, m) else "-")
    page.edit(r"\s*(?:\.\.+|…)\s*", lambda m: _dots(page.text, m))
    page.edit(r"[!?]*\?[!?]*", lambda m: "?")
    page.edit(r"!+", lambda m: "!")
    shouting = _shouting(page.text)
    page.edit(_WORD.pattern, lambda m: _word(page.text, m, table, shouting))
    page.edit(r"\bto to\b", lambda m: "to")
    page.edit(r"\s+(?=[.,;:!?])", lambda m: "")
    page.edit(r"(?<=[.,;:!?])(?:\s*[.,;:])+", lambda m: "")
    page.edit(r"\s+", lambda m: " ")
    page.edit(r"^[\s,.;:!?)]+|\s+$", lambda m: "")
    starts = tuple(a for a, _ in page.origin)
    return Tidy(page.text, text, starts, tuple(b for _, b in page.origin))


class _Page:
    """A text under edit, with the origin of every character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.origin = [(n, n + 1) for n in range(len(text))]

    def edit(self, pattern: str, new: _Edit) -> None:
        parts: list[str] = []
        origin: list[tuple[int, int]] = []
        last = 0
        for match in _pattern(pattern).finditer(self.text):
            a, b = match.span()
            made = new(match)
            if a == b or made == match[0]:
                continue
            parts += [self.text[last:a], made]
            whole = (self.origin[a][0], self.origin[b - 1][1])
            same = len(made) == b - a
            origin += self.origin[last:a]
            origin += self.origin[a:b] if same else [whole] * len(made)
            last = b
        self.text = "".join([*parts, self.text[last:]])
        self.origin = [*origin, *self.origin[last:]]


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _symbol(text: str, match: re.Match[str]) -> str:
    mark = match[0]
    if mark in _KEPT_SYMBOLS or unicodedata.category(mark) == "Sc":
        return mark
    following = text[match.end() :].lstrip()[:1]
    before = text[: match.start()].rstrip()[-1:]
    return ". " if following.isalnum() and before.isalnum() else " "


def _ends(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] in ".!?,;:…"


def _digits(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start()], text[match.end() :]
    return before[-1:].isdigit() and after[:1].isdigit()


def _dots(text: str, match: re.Match[str]) -> str:
    following = text[match.end() : match.end() + 1]
    return ", " if following.islower() else ". "


def _shouting(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    upper = sum(c.isupper() for c in letters)
    return len(letters) >= _SHOUT_LETTERS and upper >= _SHOUT_SHARE * len(letters)


def _word(text: str, match: re.Match[str], table: TextingTable, shouting: bool) -> str:
    word = match[0]
    low = word.lower()
    following = _NEXT.match(text, match.end())
    after = following[1].lower() if following else ""
    if low in table.fillers and not (word.istitle() and following and following[1].istitle()):
        return ""
    lead = _word_before(text, match.start()) if low == "your" else ""
    if (made := _short_form(low, after, lead, table)) is not None:
        return made.capitalize() if word[0].isupper() and len(word) > 1 else made
    if low in table.proper and not _verb_use(low, after):
        return table.proper[low]
    if word[0].islower() and (name := low.removesuffix("'s")) in table.names:
        return word if known_word(name) else word.capitalize()
    if shouting and (word == "A" or (word == "AM" and text[: match.start()].endswith("I "))):
        return _calm(text, match, low)
    if word.isupper() and len(word) > 1 and word not in table.acronyms:
        if shouting or known_word(low):
            return _calm(text, match, low)
        if len(word) > _ACRONYM:
            return word.capitalize()
    return word


def _word_before(text: str, at: int) -> str:
    """The word before a place, lower case, or empty."""
    words = re.findall(r"[A-Za-z']+", text[max(0, at - _BACK) : at])
    return words[-1].lower() if words else ""


def _short_form(low: str, after: str, lead: str, table: TextingTable) -> str | None:
    going_on = after in table.are_before or (after.endswith("ing") and len(after) > 5)
    if low == "ur":
        return "you're" if going_on and after not in table.not_your_before else "your"
    if low == "your":
        sure = going_on and after not in {"on", "in", "out", "back", "late", "dead", "all", "right"}
        sure = sure and lead in _OPENERS
        return "you're" if sure and after not in table.not_your_before else None
    if low == "its":
        plain = known_word(after, "ADJ") and not known_word(after, "NOUN") if after else False
        return "it's" if after in table.it_is_before or plain else None
    if low == "ill":
        return "I'll" if after and known_word(after, "VERB") else None
    if low == "id":
        sure = after in {"rather", "better"} or known_word(after, "VERB")
        return "I'd" if after and sure else None
    if low == "cannot" or low not in table.words:
        return None
    return table.words[low]


def _verb_use(low: str, after: str) -> bool:
    return low == "lent" and after in {"me", "you", "him", "her", "them", "it", "money"}


def _calm(text: str, match: re.Match[str], low: str) -> str:
    before = text[: match.start()].rstrip()
    opening = not before or before[-1] in ".!?"
    return low.capitalize() if opening or low == "i" or low.startswith("i'") else low
