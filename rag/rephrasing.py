"""Let a chat model draft a statement, and show it only when every part stands up to the message.

The built-in statement comes first and stays. The model gives four parts; they are put together by
the same code as a person's own edits and checked against the message: roles, numbers, names, blame,
and that the facts are the message's own. One more round names the fault; then the built-in
statement is shown.
"""

import re
import time
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from rag.blame import find_blame
from rag.checker import Fault
from rag.editing import Edited, recompose
from rag.errors import ModelUnavailable
from rag.feelings import load_feelings
from rag.guard import Guard
from rag.lexical import words
from rag.models import Drafted
from rag.prompts import as_data, load_prompt
from rag.rewording import Difference, Rewording
from rag.talking import Chat, UnusableReply
from rag.vetting import find_banned

ROUNDS = 2
"""One draft, and one more that knows what was wrong with the first."""
FROM_MESSAGE = 0.7
"""Share of the observation's words that the message must hold."""
_MOST_WORDS = 110
_MOST_FEELINGS = 3
_BRIEF = 8
_ALTERNATIVES = 3
_OUTSIDE = re.compile(
    r"\b(?:he|she|him|his|her|hers|they|them|their|the (?:writer|partner|user|speaker))\b",
    re.IGNORECASE,
)


# A bound lets a server that can hold a model to a shape end a model that repeats itself.
Part = Annotated[str, Field(max_length=300)]
Word = Annotated[str, Field(max_length=40)]


class StatementDraft(BaseModel):
    """The four parts of a statement."""

    model_config = ConfigDict(extra="forbid")

    observation: Part = Field(description="What was seen, heard or done, from the message.")
    feelings: list[Word] = Field(
        description="One or two true feelings, each a single word.", max_length=_MOST_FEELINGS
    )
    need: Part = Field(description="One sentence that begins with: I need")
    request: Part = Field(description="One small question that the other may refuse.")


@dataclass(frozen=True, slots=True)
class _Tried:
    """One draft with what is wrong with it; `edited` is None when it was no draft at all."""

    draft: StatementDraft | None
    edited: Edited | None
    faults: tuple[Fault, ...]


class Rephraser:
    """Drafts statements with a chat model; safe to share between threads."""

    def __init__(self, chat: Chat, guard: Guard) -> None:
        self.chat = chat
        self._guard = guard

    def reword(self, message: str, made: Rewording) -> Rewording:
        """The rewording that is shown: the model's where it stands up, else the built-in one.

        Args:
            message: The message as typed.
            made: The built-in rewording, with a statement that differs from the message.
        """
        prompt = load_prompt("reword")
        began = time.monotonic()
        why, tried, rounds = "", _Tried(None, None, ()), 0
        try:
            while rounds < ROUNDS and (rounds == 0 or tried.faults):
                rounds += 1
                tried = self._try(message, made, tried)
        except ModelUnavailable as error:
            why = str(error).rstrip(".")
        if not why and tried.faults:
            why = f"the model's draft did not pass: {tried.faults[0].why.rstrip('.').lower()}"
        told = f"The built-in statement is shown, because {why}."
        if not why:
            told = f"Written by {self.chat.name} and checked against your message."
        drafted = Drafted(
            model=self.chat.name,
            prompt=prompt.name,
            used=not why,
            told=told,
            rounds=rounds,
            seconds=round(time.monotonic() - began, 2),
            faults=tuple(dict.fromkeys(fault.kind for fault in tried.faults)),
        )
        if why or tried.draft is None or tried.edited is None:
            return replace(made, drafted=drafted)
        return _accepted(made, tried.draft, tried.edited, drafted, self.chat.name)

    def _try(self, message: str, made: Rewording, before: _Tried) -> _Tried:
        values: dict[str, Any] = {
            "message": as_data(message),
            "hurt": made.speaker == "hurt",
            "used": made.speaker == "used",
            "faults": [
                {"why": fault.why, "text": as_data(fault.text)} for fault in before.faults[:1]
            ],
        }
        try:
            draft = self.chat.structured(load_prompt("reword"), values, StatementDraft)
        except UnusableReply as error:
            return _Tried(None, None, (Fault("no_draft", "", f"{error}."),))
        edited = recompose(
            message,
            speaker=made.speaker or "hurt",
            observation=draft.observation,
            feelings=tuple(draft.feelings[:_MOST_FEELINGS]),
            need=draft.need,
            request=draft.request,
            boundary=made.boundary,
        )
        return _Tried(draft, edited, (*edited.faults, *self._more_faults(message, draft, edited)))

    def _more_faults(
        self, message: str, draft: StatementDraft, edited: Edited
    ) -> tuple[Fault, ...]:
        """What the checker leaves to a writer that invents nothing; a model may."""
        statement = edited.statement
        found = [Fault(ban.kind, ban.text, ban.why) for ban in find_banned(statement)]
        found += _foreign(message, draft)
        found += _false_feelings(draft)
        low = " ".join(statement.split()).lower()
        for span in find_blame(message):
            if len(span.text) > _BRIEF and span.text.lower() in low:
                found.append(Fault("blame", span.text, span.why))
        if len(statement.split()) > _MOST_WORDS:
            found.append(Fault("long", "", f"Keep it under {_MOST_WORDS} words."))
        if not draft.request.strip().endswith("?"):
            found.append(Fault("no_request", draft.request, "The request must be a question."))
        if self._guard.look(statement).safety.severity != "none":
            found.append(Fault("danger", "", "The statement reads as danger."))
        return tuple(found)


def _foreign(message: str, draft: StatementDraft) -> list[Fault]:
    """An observation that is not the message's own, or that speaks of the two from outside."""
    own, told = set(words(draft.observation)), set(words(message))
    found = []
    if not own or len(own & told) < FROM_MESSAGE * len(own):
        why = "The observation says what the message does not."
        found.append(Fault("invented_thing", draft.observation, why))
    outside = {match.lower() for match in _OUTSIDE.findall(draft.observation)}
    if outside - set(re.findall(r"[a-z]+", message.lower())):
        why = 'The statement is from "I" to "you".'
        found.append(Fault("swapped_role", draft.observation, why))
    return found


def _false_feelings(draft: StatementDraft) -> list[Fault]:
    known = load_feelings().word
    if not draft.feelings:
        return [Fault("no_feeling", "", "Name one or two feelings.")]
    why = "This is not the name of a feeling."
    return [
        Fault("false_feeling", word, why)
        for word in draft.feelings[:_MOST_FEELINGS]
        if word.strip().lower() not in known
    ]


def _accepted(
    made: Rewording, draft: StatementDraft, edited: Edited, drafted: Drafted, name: str
) -> Rewording:
    told = Difference("", edited.statement, "A chat model put it into words; the facts are yours.")
    kept = tuple(one for one in made.why if one.before)
    others = [one for one in (made.statement, *made.alternatives) if one]
    return replace(
        made,
        statement=edited.statement,
        short=edited.short,
        spoken=edited.spoken,
        letter=edited.letter,
        alternatives=tuple(others[:_ALTERNATIVES]),
        observation=draft.observation,
        feelings=tuple(word.strip().lower() for word in draft.feelings[:_MOST_FEELINGS]),
        need=draft.need,
        request=draft.request,
        why=(*kept, told),
        written_by=name,
        built_in=made,
        drafted=drafted,
    )
