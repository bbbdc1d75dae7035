"""Cut a chat model's stream into sentences, each with the numbers of the passages that it cites."""

import re
from collections.abc import Iterable, Iterator

from rag.sentences import split_sentences

_MARKERS = re.compile(r"\s*[\[(](?:passage\s*|note\s*)?\d+(?:\s*[,;]\s*\d+)*[\])]", re.IGNORECASE)
_LEADING = re.compile(r"^(?:\s*\[(?:passage\s*)?\d+(?:\s*[,;]\s*\d+)*\])+[.,;]?\s*", re.IGNORECASE)
_HALF_MARKER = re.compile(r"^\[[^\]]*$")
_BULLET = re.compile(r"^\s*(?:[-*•#>]+|\d+[.)])\s+")
_MARKS = re.compile(r"[*_`#]{1,3}")


def cut_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Cut a stream into sentences, each with the markers that stand behind it.

    A sentence is given out once the next one has begun, because its marker may come late.
    """
    waiting = ""
    for piece in pieces:
        *done, waiting = _sentences(waiting + piece)
        yield from done
    yield from (one for one in _sentences(waiting) if one)


def _sentences(text: str) -> list[str]:
    """The sentences of a text; the last may be unfinished, and is never only a marker."""
    # A line of its own is a sentence of its own: a model's headings and bullets end without a stop.
    found: list[str] = []
    for piece in split_sentences(text.replace("\n", "\n\n")):
        lead = _LEADING.match(piece)
        if lead and found:
            found[-1] = f"{found[-1]} {lead[0].strip()}"
            piece = piece[lead.end() :]
        if piece:
            found.append(piece)
    if len(found) > 1 and _HALF_MARKER.match(found[-1]):
        found[-2:] = [f"{found[-2]} {found[-1]}"]
    if text[-1:].isspace() and found:
        found[-1] += text[len(text.rstrip()) :]
    return found or [text]


def without_marks(said: str) -> str:
    """A sentence without markers, bullets and markup."""
    text = _MARKS.sub("", _MARKERS.sub("", _BULLET.sub("", said)))
    return " ".join(text.split())


def numbers_in(said: str) -> list[int]:
    """The numbers of the passages that a sentence cites."""
    found: list[int] = []
    for marker in _MARKERS.findall(said):
        found += [int(number) for number in re.findall(r"\d{1,3}", marker)]
    return list(dict.fromkeys(found))
