"""Put the found passages in the order that suits how the question was put and who asks."""

import math
import re
from collections.abc import Sequence

from rag.forms import Form
from rag.models import Hit, Reader

_NUMBERS = {
    word: n
    for n, names in enumerate(
        (
            ("1", "one", "first"),
            ("2", "two", "second"),
            ("3", "three", "third"),
            ("4", "four", "fourth"),
            ("5", "five", "fifth"),
            ("6", "six", "sixth"),
            ("7", "seven", "seventh", "last"),
        ),
        1,
    )
    for word in names
}
_NAMED_STEP = re.compile(
    rf"\bstep ({'|'.join(_NUMBERS)})\b|\b({'|'.join(_NUMBERS)}) step\b", re.IGNORECASE
)
_NAMED_KINDS = frozenset({"book", "app", "group"})
_PREFERRED = 1.6
_OTHER_READER = 0.6
_OTHER_STEP = 0.5
_YOURS = 1.1
_SAME, _SAME_FROM = 3.0, 0.8
"""How much a question counts that is nearly one of a passage's own, and from which cosine."""
_FAR, _NEAR = 0.15, 0.6
"""A passage this much less like the question than the first, and below `_NEAR`, is beside it."""


def rerank(question: str, hits: Sequence[Hit], form: Form, reader: Reader) -> list[Hit]:
    """Order hits by fused score, weighted by form, reader and a step named in the question.

    Args:
        question: What was asked.
        hits: Found passages.
        form: How the question is put.
        reader: Who asks; `both` favours nobody.
    """
    step = named_step(question)

    def weight(hit: Hit) -> float:
        passage = hit.passage
        like = max(0.0, 0.5 + (hit.cosine + hit.text_cosine) / 2)
        value = hit.score * math.pow(like, form.nearness)
        value *= 1 + _SAME * max(0.0, hit.cosine - _SAME_FROM)
        if passage.kind in form.prefers:
            value *= _PREFERRED
        if reader != "both" and passage.reader not in ("both", reader):
            value *= _OTHER_READER
        if step and step not in passage.steps:
            value *= _OTHER_STEP
        if passage.origin == "yours":
            value *= _YOURS
        return value

    return sorted(hits, key=weight, reverse=True)


def to_the_point(ranked: Sequence[Hit]) -> list[Hit]:
    """Leave out what comes after the first passage and is much less like the question."""
    bar = min(ranked[0].cosine - _FAR, _NEAR) if ranked else 0.0
    return [hit for n, hit in enumerate(ranked) if n == 0 or hit.cosine >= bar]


def named_only(question: str, hits: Sequence[Hit]) -> list[Hit]:
    """Only the passages on a book, an app or a group, when the question calls it by its name.

    Its neighbours speak of other authors and other rules, which is not what was asked.
    """
    low = question.lower()
    named = {
        hit.passage.note
        for hit in hits
        if hit.passage.kind in _NAMED_KINDS and _names_of(hit.passage.title) & _phrases(low)
    }
    return [hit for hit in hits if hit.passage.note in named] if len(named) == 1 else list(hits)


def _names_of(title: str) -> frozenset[str]:
    """A title's name and, in brackets, its short form, lower case: "SMART Recovery"."""
    name = re.split(r", | \(| - ", title.lower())[0]
    return frozenset({name, *re.findall(r"\((\w+)\)", title.lower())})


def _phrases(text: str) -> frozenset[str]:
    """Every run of up to five words of a text."""
    words = re.findall(r"[\w'-]+", text)
    return frozenset(
        " ".join(words[n : n + size]) for size in range(1, 6) for n in range(len(words) - size + 1)
    )


def named_step(question: str) -> int | None:
    """The step of the guide that a question names by its number, if it names just one."""
    found = {_NUMBERS[(a or b).lower()] for a, b in _NAMED_STEP.findall(question)}
    return found.pop() if len(found) == 1 else None
