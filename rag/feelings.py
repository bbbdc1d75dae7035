"""Feelings: which ones a message names, which word is a verdict, what goes well together.

All words are data (`knowledge/feelings.yaml`). A verdict ("I feel manipulated") says what somebody
did; a feeling says what it is like in here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from rag import paths
from rag.knowledge import read_yaml

_REPORTED = re.compile(
    r"\b(?:\w+) (?:said|told|tell|say|says|think|thought|claim\w*|made out)"
    r"(?: \w+){0,3}\s*$",
    re.IGNORECASE,
)
_OF = re.compile(
    r" (?:of|to death|and tired of)\b(?! (?:you|losing|being|what))| (?:un)?till? (?:proven|I)\b",
    re.IGNORECASE,
)
Level = Literal["mild", "middle", "strong"]


class _Feeling(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Level
    also: tuple[str, ...]
    near: tuple[str, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    feelings: Mapping[str, _Feeling]
    verdicts: Mapping[str, tuple[str, ...]]
    named: tuple[str, ...]
    not_named: str


@dataclass(frozen=True, slots=True)
class Feelings:
    """The words for feelings.

    Attributes:
        level: The strength of each true feeling.
        near: Feelings that are often felt with it.
        word: The feeling behind every way of typing it.
        verdicts: Verdict words, with the true feelings often underneath.
    """

    level: Mapping[str, Level]
    near: Mapping[str, tuple[str, ...]]
    word: Mapping[str, str]
    verdicts: Mapping[str, tuple[str, ...]]
    _named: tuple[re.Pattern[str], ...]
    _sentence: re.Pattern[str]
    _not: re.Pattern[str]

    def named_in(self, text: str) -> tuple[str, ...]:
        """The true feelings that the writer names as their own, in the order of the text."""
        found: dict[str, int] = {}
        for pattern in self._named:
            for match in pattern.finditer(text):
                before = re.split(r"[.!?]", text[: match.start()])[-1]
                later = text[match.end() :]
                if (
                    self._not.search(match[0] + later[:3])
                    or _REPORTED.search(before)
                    or _OF.match(later)
                ):
                    continue
                said = next(group for group in match.groups() if group).lower()
                word = said if said in self.level else self.word[said]
                found.setdefault(word, match.start())
        return tuple(sorted(found, key=lambda name: found[name]))

    def under_verdicts(self, text: str) -> tuple[str, ...]:
        """True feelings under the verdicts that follow "I feel", "like" or "made me feel"."""
        found: list[str] = []
        for match in self._sentence.finditer(text):
            found += self.verdicts[match[1].lower()]
        return tuple(dict.fromkeys(found))


@cache
def load_feelings(folder: Path = paths.KNOWLEDGE) -> Feelings:
    """Load the words.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    file: _File = read_yaml(folder / "feelings.yaml", _File)
    word = {name: name for name in file.feelings}
    word |= {way: name for name, feeling in file.feelings.items() for way in feeling.also}
    every = "|".join(re.escape(w) for w in sorted(word, key=len, reverse=True))
    verdicts = "|".join(re.escape(w) for w in sorted(file.verdicts, key=len, reverse=True))
    return Feelings(
        level={name: feeling.level for name, feeling in file.feelings.items()},
        near={name: feeling.near for name, feeling in file.feelings.items()},
        word=word,
        verdicts=file.verdicts,
        _named=tuple(
            re.compile(pattern.replace("{W}", f"({every})"), re.IGNORECASE)
            for pattern in file.named
        ),
        _sentence=re.compile(
            rf"\b(?:feel|felt|feeling|am|was|I'm)(?: \w+){{0,2}}? (?:like )?({verdicts})\b",
            re.IGNORECASE,
        ),
        _not=re.compile(file.not_named, re.IGNORECASE),
    )
