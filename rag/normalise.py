"""Make what was typed plain to read, without losing what was typed.

The safety rules read this form: lower case, straight quotes, no invisible characters or
look-alike letters, slang and disguised words undone (`k1ll`, `su*cide`, `k i l l`). Every change
is remembered, so a match can be shown in the person's own words. All tables are data
(`knowledge/normalise.yaml`).
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rag import paths
from rag.knowledge import read_yaml

_TOKEN = re.compile(r"[a-z0-9'@$!|+€£#(*_%/.-]+|[^\S ]+| {2,}")
_AROUND = "'(*_.-/#%!|"
_PLAIN = re.compile(r"[a-z]+(?:['-][a-z]+)*\Z")
_LONG_RUN = re.compile(r"([a-z])\1\1+")
_SPACED = re.compile(r"(?<![a-z0-9])(?:[a-z0-9@$!*][ ._*/-]{1,2}){3,40}[a-z0-9@$!*](?![a-z0-9])")
_LONGEST_WORD = 24
_SHORTEST_DISGUISE = 3
_QUOTES = {"‘": "'", "’": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"'}
_DASHES = {"–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "…": "..."}
_MARKS = {"Cf", "Cs", "Co", "Mn", "Me", "Cn"}


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lookalikes: dict[str, str]
    emoji: dict[str, str]
    leet: dict[str, str]
    guarded: tuple[str, ...]
    words: dict[str, str]
    phrases: dict[str, str]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Tables:
    characters: Mapping[str, str]
    leet: Mapping[str, str]
    guarded: frozenset[str]
    words: Mapping[str, str]
    phrases: Mapping[str, str]
    phrase: re.Pattern[str]
    kept: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Normal:
    """A text made plain, with the way back.

    Attributes:
        text: The plain form.
        source: What was typed.
    """

    text: str
    source: str
    _starts: tuple[int, ...]
    _edits: tuple[tuple[int, int, int], ...]
    _index: tuple[int, ...] | None

    def original(self, start: int, end: int) -> str:
        """The typed words behind a part of the plain form, whole words only."""
        first, _ = self._behind(start)
        _, last = self._behind(max(start, end - 1))
        if self._index is not None:
            top = len(self._index)
            first = self._index[first] if first < top else len(self.source)
            last = self._index[last] if last < top else len(self.source)
        return self.source[first:last].strip()

    def _behind(self, position: int) -> tuple[int, int]:
        """Where a position of the plain form lies in the cleaned text, as start and end."""
        at = bisect_right(self._starts, position) - 1
        if at < 0:
            return position, position + 1
        new_end, old_start, old_end = self._edits[at]
        if position < new_end:
            return old_start, old_end
        behind = old_end + position - new_end
        return behind, behind + 1


def normalise(text: str, *, folder: Path = paths.KNOWLEDGE) -> Normal:
    """Make a text plain to read."""
    tables = _tables(folder)
    cleaned, index = _clean(text, tables.characters)
    edits = _edits(cleaned, tables)
    pieces: list[str] = []
    starts: list[int] = []
    behind: list[tuple[int, int, int]] = []
    length = position = 0
    for edit in edits:
        kept = cleaned[position : edit.start]
        starts.append(length + len(kept))
        length += len(kept) + len(edit.new)
        behind.append((length, edit.start, edit.end))
        pieces += (kept, edit.new)
        position = edit.end
    pieces.append(cleaned[position:])
    return Normal("".join(pieces), text, tuple(starts), tuple(behind), index)


def _clean(text: str, characters: Mapping[str, str]) -> tuple[str, tuple[int, ...] | None]:
    """Lower case and one plain letter for each look-alike; the index tells where each stood."""
    if text.isascii() and (text.isprintable() or _ordinary(text)):
        return text.lower(), None
    letters: list[str] = []
    index: list[int] = []
    for position, character in enumerate(text):
        plain = _plain(character, characters)
        letters.append(plain)
        index += [position] * len(plain)
    return "".join(letters), (*index, len(text))


def _ordinary(text: str) -> bool:
    return text.replace("\n", "").replace("\t", "").replace("\r", "").isprintable()


def _plain(character: str, characters: Mapping[str, str]) -> str:
    if character.isascii():
        return character.lower() if character.isprintable() or character in "\n\t\r" else ""
    return _plain_other(character.lower(), characters)


def _plain_other(character: str, characters: Mapping[str, str]) -> str:
    if character in characters:
        return characters[character]
    kept = [c for c in unicodedata.normalize("NFKD", character) if _kept(c)]
    return "".join(characters.get(c, c) for c in kept).lower()


def _kept(character: str) -> bool:
    return unicodedata.category(character) not in _MARKS


def _edits(text: str, tables: _Tables) -> list[_Edit]:
    """All replacements, in order, none overlapping."""
    large = [_Edit(m.start(), m.end(), m.group()) for m in tables.kept.finditer(text)]
    large += [
        _Edit(m.start(), m.end(), tables.phrases[m.group()]) for m in tables.phrase.finditer(text)
    ]
    large += [edit for m in _SPACED.finditer(text) if (edit := _joined(m, tables))]
    edits: list[_Edit] = []
    position = 0
    for edit in sorted(large, key=lambda edit: edit.start):
        if edit.start >= position:
            edits += _token_edits(text, position, edit.start, tables)
            edits.append(edit)
            position = edit.end
    return edits + _token_edits(text, position, len(text), tables)


def _token_edits(text: str, start: int, end: int, tables: _Tables) -> list[_Edit]:
    edits = []
    for match in _TOKEN.finditer(text, start, end):
        token = match.group()
        new = _token(token, tables)
        if new != token:
            edits.append(_Edit(match.start(), match.end(), new))
    return edits


def _token(token: str, tables: _Tables) -> str:
    if token.isspace():
        return "\n" if token.count("\n") > 1 else " "
    known = tables.words.get(token)
    if known is not None:
        return known
    if _PLAIN.match(token):
        return _squeezed(token, tables) if _LONG_RUN.search(token) else token
    core = token.strip(_AROUND)
    if not core or len(core) > _LONGEST_WORD:
        return token
    start = token.index(core)
    new = tables.words.get(core) or _disguised(core, tables)
    return token[:start] + new + token[start + len(core) :]


def _squeezed(token: str, tables: _Tables) -> str:
    """Shorten `killlll` to a word that is known, else to single letters."""
    for keep in (r"\1\1", r"\1"):
        word = _LONG_RUN.sub(keep, token)
        if word in tables.guarded or word in tables.words:
            return tables.words.get(word, word)
    return _LONG_RUN.sub(r"\1", token)


def _disguised(core: str, tables: _Tables) -> str:
    """Undo signs and digits inside a word where that gives a word of the guarded list."""
    if _PLAIN.match(core):
        return _squeezed(core, tables) if _LONG_RUN.search(core) else core
    if len(core) < _SHORTEST_DISGUISE or not any(c.isalpha() for c in core):
        return core
    squeezed = _LONG_RUN.sub(r"\1\1", core)
    spellings = [c if c.isalpha() else tables.leet.get(c, c) for c in squeezed]
    if any(c == "?" or len(c) > 1 for c in spellings):
        return _guess(spellings, tables.guarded) or core
    word = "".join(spellings)
    known = word in tables.guarded or word in tables.words
    return tables.words.get(word, word) if known else core


def _guess(spellings: list[str], guarded: frozenset[str]) -> str | None:
    parts = ("[a-z]?" if part == "?" else f"[{re.escape(part)}]" for part in spellings)
    pattern = re.compile("".join(parts) + r"\Z")
    return next((word for word in sorted(guarded) if pattern.match(word)), None)


def _joined(match: re.Match[str], tables: _Tables) -> _Edit | None:
    """Join letters that were spaced out, where they spell words of the guarded list."""
    letters = re.sub(r"[ ._*/-]", "", match.group())
    plain = "".join(tables.leet.get(c, c)[0] if not c.isalpha() else c for c in letters)
    words = _split_words(plain, tables.guarded | _SMALL_WORDS)
    if not words or not any(word in tables.guarded for word in words):
        return None
    plain = " ".join(tables.words.get(word, word) for word in words)
    return _Edit(match.start(), match.end(), plain)


_SMALL_WORDS = frozenset(
    "i me my myself him himself her herself you yourself the a it to is am going want will"
    " he she and".split()
)


def _split_words(letters: str, known: frozenset[str]) -> list[str]:
    """Split run-together letters into known words, longest first; empty when they do not fit."""
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 10), end):
            before = best[start]
            if before is not None and letters[start:end] in known:
                best[end] = [*before, letters[start:end]]
                break
    return best[-1] or []


@cache
def _tables(folder: Path) -> _Tables:
    table: _Table = read_yaml(folder / "normalise.yaml", _Table)
    longest = sorted(table.phrases, key=len, reverse=True)
    emoji = {sign: f" {word} " for sign, word in table.emoji.items()}
    return _Tables(
        characters={**_QUOTES, **_DASHES, **table.lookalikes, **emoji},
        leet=table.leet,
        guarded=frozenset(table.guarded),
        words={k: v for k, v in table.words.items() if k != v},
        phrases=table.phrases,
        phrase=re.compile(r"(?<![a-z])(?:" + "|".join(map(re.escape, longest)) + r")(?![a-z])"),
        kept=re.compile("|".join(table.kept)),
    )
