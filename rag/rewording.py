"""What a rewording is, and its plain form for the command line and batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.blame import BlameSpan
from rag.cards import Speaker
from rag.help import HelpReply
from rag.models import BUILT_IN, Citation, Drafted, Safety

FORMS = ("statement", "short", "spoken", "letter")
"""The forms that a statement has."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Other words that would fit: feelings by intensity, needs, and requests."""

    feelings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was changed or added: what stood there, what stands now, and why."""

    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Rewording:
    """A message reworded.

    Attributes:
        statement: The statement, or None when there was nothing to reword.
        short: As a short text message.
        spoken: To say aloud.
        letter: A fuller letter.
        alternatives: Other statements, truly different.
        unchanged: Whether the message is good as it is.
        declined: Whether it is not a message to reword.
        reason: Why it was declined or left alone, in plain words.
        blame: Where the message blames.
        observation: What was seen, heard or done.
        feelings: The feelings named.
        need: The need.
        request: The request.
        boundary: The writer's boundary, as written.
        issues_left: Other issues in the message, for another talk.
        speaker: The side that the message was read from, or None when it was not reworded.
        card: The card that was used.
        choices: What the card offers beside what was chosen.
        citations: The card, as it stands.
        why: What is different and why.
        safety: What the safety stage saw.
        help: Help to show before anything else, or None.
        written_by: `built-in`, or the chat model that wrote the statement.
        built_in: The built-in rewording, where a model wrote the statement.
        drafted: How a chat model was used, or None where none was.
    """

    statement: str | None
    short: str = ""
    spoken: str = ""
    letter: str = ""
    alternatives: tuple[str, ...] = ()
    unchanged: bool = False
    declined: bool = False
    reason: str = ""
    blame: tuple[BlameSpan, ...] = ()
    observation: str = ""
    feelings: tuple[str, ...] = ()
    need: str = ""
    request: str = ""
    boundary: str = ""
    issues_left: tuple[str, ...] = ()
    speaker: Speaker | None = None
    card: str = ""
    choices: Choices = field(default_factory=Choices)
    citations: tuple[Citation, ...] = ()
    why: tuple[Difference, ...] = ()
    safety: Safety = field(default_factory=Safety)
    help: HelpReply | None = None
    written_by: str = BUILT_IN
    built_in: "Rewording | None" = None
    drafted: Drafted | None = None


def rewording_object(rewording: Rewording) -> dict[str, Any]:
    """The rewording as the plain object that the command line and batch write."""
    return {
        "statement": rewording.statement,
        "written_by": rewording.written_by,
        "alternatives": list(rewording.alternatives),
        "unchanged": rewording.unchanged,
        "declined": rewording.declined,
        "reason": rewording.reason,
        "blame": [
            {"start": s.start, "end": s.end, "text": s.text, "kind": s.kind, "why": s.why}
            for s in rewording.blame
        ],
        "observation": rewording.observation,
        "feelings": list(rewording.feelings),
        "need": rewording.need,
        "request": rewording.request,
        "boundary": rewording.boundary,
        "forms": {
            "short": rewording.short,
            "spoken": rewording.spoken,
            "letter": rewording.letter,
        },
        "citations": [
            {"id": c.id, "title": c.title, "quote": c.quote} for c in rewording.citations
        ],
        "safety": {"category": rewording.safety.category, "severity": rewording.safety.severity},
    }


def render_rewording(rewording: Rewording, form: str = "statement") -> str:
    """A rewording as plain text for a terminal."""
    if rewording.help:
        return rewording.help.render()
    if rewording.statement is None:
        return rewording.reason
    lines = [str(getattr(rewording, form))]
    if rewording.unchanged:
        return "\n\n".join((*lines, rewording.reason))
    changes = [_change(one) for one in rewording.why]
    if changes:
        lines += ["What is different:\n" + "\n".join(changes)]
    if rewording.issues_left:
        left = "\n".join(f"- {one}" for one in rewording.issues_left)
        lines += [f"For another talk:\n{left}"]
    if rewording.alternatives:
        others = "\n".join(f"- {one}" for one in rewording.alternatives)
        lines += [f"Other ways to say it:\n{others}"]
    if rewording.drafted:
        lines.append(rewording.drafted.told)
    return "\n\n".join(lines)


def _change(one: Difference) -> str:
    if one.before and not one.after:
        return f'- left out "{one.before}": {one.why}'
    return f'- "{one.after}": {one.why}'
