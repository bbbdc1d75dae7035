"""One message on its way through the engine, and what every entry point does with it first."""

import unicodedata
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.encoder import Reading
from rag.errors import InputError
from rag.help import HelpReply
from rag.models import Answer, Reader, Safety
from rag.search import Found
from rag.writer import Part

Kind = Literal["declined", "nothing"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message on its way through the engine.

    Attributes:
        message: What the person wrote.
        history: Their earlier messages, oldest first.
        reader: Which partner is asking, where known.
        country: Two-letter code for helplines, where known.
        calm: Whether the person has said that an earlier alarm was wrong.
        safety: What the safety stage saw.
        reading: What the encoder read, where there is one.
        help: The help to show before anything else, or None.
        question: The message made to stand alone.
        found: What search found.
        parts: The sentences chosen for the answer.
        answer: The reply, once a stage has settled it.
    """

    message: str
    history: tuple[str, ...] = ()
    reader: Reader = "both"
    country: str | None = None
    calm: bool = False
    safety: Safety = field(default_factory=Safety)
    reading: Reading | None = None
    help: HelpReply | None = None
    question: str = ""
    found: Found | None = None
    parts: tuple[Part, ...] = ()
    answer: Answer | None = None

    @property
    def searched(self) -> Found:
        """What search found, for a stage that comes after it."""
        if self.found is None:
            raise AssertionError("search comes before this stage")
        return self.found

    @property
    def settled(self) -> Answer:
        """The reply, once the way has ended."""
        if self.answer is None:
            raise AssertionError("the last stage always settles an answer")
        return self.answer

    def declined(self, text: str, *, why: str, kind: Kind = "declined") -> "Turn":
        """The turn, settled by a text that answers nothing."""
        answer = Answer(
            text=text, kind=kind, declined=True, safety=self.safety, why=why, help=self.help
        )
        return replace(self, answer=answer)


def clean(message: str) -> str:
    """Take control and invisible characters out of what was typed; line breaks stay."""
    return "".join(
        c for c in message if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}
    ).strip()


def something(message: str) -> str:
    """The message without control characters.

    Raises:
        InputError: When nothing is left.
    """
    message = clean(message)
    if not message:
        raise InputError("There is nothing to read. Type a few words.")
    return message
