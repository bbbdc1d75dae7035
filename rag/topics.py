"""What a message is plainly about, by its words, with needs and requests that fit just that.

A card is chosen by theme, which can be wrong; a topic is seen in the words themselves
(`knowledge/topics.yaml`), so what it offers speaks of what the message speaks of.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.cards import Speaker
from rag.knowledge import read_yaml

_Question = Annotated[str, Field(pattern=r"\?$")]
_Sentence = Annotated[str, Field(pattern=r"\.$")]


class TopicSide(BaseModel):
    """Needs, requests and the feelings that often go with it, from one side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs: Annotated[tuple[_Sentence, ...], Field(min_length=3)]
    requests: Annotated[tuple[_Question, ...], Field(min_length=3)]
    owning: tuple[_Sentence, ...] = ()
    feelings: tuple[str, ...] = ()


class Topic(BaseModel):
    """Something that a message can be about, and what fits it from each side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    pattern: str
    used_pattern: str = ""
    with_boundary: bool = True
    themes: tuple[str, ...] = ()
    matches: Annotated[tuple[str, ...], Field(min_length=2)]
    ignores: Annotated[tuple[str, ...], Field(min_length=1)]
    hurt: TopicSide
    used: TopicSide


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Fitting:
    """What fits what a message is about, and the cards that go with it; empty when not plain."""

    topic: str = ""
    needs: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    owning: tuple[str, ...] = ()
    feelings: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()


@cache
def load_topics(folder: Path = paths.KNOWLEDGE) -> tuple[Topic, ...]:
    """Load the topics.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    file: _File = read_yaml(folder / "topics.yaml", _File)
    return file.topics


def topics_in(text: str, speaker: Speaker) -> Counter[str]:
    """How many different words of each topic stand in a tidied text."""
    return Counter(
        {
            name: len({match[0].lower() for match in pattern.finditer(text)})
            for name, pattern in _patterns(speaker)
        }
    )


def fitting(text: str, said: str, speaker: Speaker, *, bounded: bool = False) -> Fitting:
    """What fits a message from one side, by its strongest topic.

    Args:
        text: The message, tidied.
        said: The part of it that the statement keeps; it counts double.
        speaker: Whose message it is.
        bounded: Whether the message sets a boundary, which no request may lean against.
    """
    found = topics_in(text, speaker) + topics_in(said, speaker) + topics_in(said, speaker)
    fit = [one for one in load_topics() if found[one.id] and (one.with_boundary or not bounded)]
    if not fit:
        return Fitting()
    topic = max(fit, key=lambda one: found[one.id])
    side = topic.hurt if speaker == "hurt" else topic.used
    return Fitting(topic.id, side.needs, side.requests, side.owning, side.feelings, topic.themes)


@cache
def _patterns(speaker: Speaker) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (
            one.id,
            re.compile(
                (one.used_pattern if speaker == "used" else "") or one.pattern, re.IGNORECASE
            ),
        )
        for one in load_topics()
    )
