"""Put a statement together again after its parts were edited, and check it anew.

The parts are the person's own now: they stand as they were written, and what the checker finds is
told, not mended.
"""

from dataclasses import dataclass

from rag.cards import Speaker
from rag.checker import Fault, check_draft, read_source
from rag.composing import load_composing, name_feelings


@dataclass(frozen=True, slots=True)
class Edited:
    """An edited statement.

    Attributes:
        statement: The statement.
        short: As a short text message.
        spoken: To say aloud.
        letter: A fuller letter.
        faults: What the checker sees in the statement; none when it may be sent.
    """

    statement: str
    short: str
    spoken: str
    letter: str
    faults: tuple[Fault, ...]


def recompose(
    text: str,
    *,
    speaker: Speaker,
    observation: str,
    feelings: tuple[str, ...],
    need: str,
    request: str,
    boundary: str = "",
) -> Edited:
    """Put edited parts together.

    Args:
        text: The message that they come from, as typed.
        speaker: Whose message it is.
        observation: What was seen, heard or done, as sentences.
        feelings: The feelings, as words.
        need: The need, as a sentence.
        request: The request.
        boundary: What the person will do to look after themselves, or empty.
    """
    table = load_composing()
    seen, wish, asked, bound = map(_sentence, (observation, need, request, boundary))
    felt = f"I feel {name_feelings(feelings)}." if feelings else ""
    body = _joined(seen, felt, wish, bound, asked)
    return Edited(
        statement=body,
        short=_joined(seen, felt, bound, asked),
        spoken=_joined(table.spoken_openings[0], body, table.spoken_closings[0]),
        letter="\n\n".join(
            part
            for part in (
                table.letter_openings[0],
                _joined(seen, felt),
                _joined(wish, bound, asked),
                table.letter_closings[0],
            )
            if part
        ),
        faults=check_draft(body, read_source(text, speaker), speaker),
    )


def _sentence(text: str) -> str:
    """The text with a capital and a closing mark."""
    text = " ".join(text.split())
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.?!' else '.'}"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
