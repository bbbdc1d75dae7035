"""The safety stage as the rest of the program uses it: rules and the taught encoder together.

Either can raise the alarm: their evidence is weighed together, and the weights and the bar stand
in the model's card (`training/joining.py`). A long message is read whole and in windows of a few
sentences, so that one clause of danger inside a story is found. Whatever fails in here errs
towards help.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag import paths
from rag.encoder import Encoder, Reading
from rag.models import Safety
from rag.safety import UNKNOWN, UNKNOWN_WHY, Risk, find_risks, join_risks
from rag.safety_rules import load_rules
from rag.sentences import split_sentences

IMMEDIATE_BAR = 0.5
"""Share of the risk that must be read as immediate."""
_NAMED_BAR = 0.25
"""Probability from which the encoder's category is listed beside a rule's."""
_CLIP = 6.0
_FEW_WORDS = 16
PREPARE, SEND = 0.8, 1.2
"""How much lower the bar is before a page for a talk, and before a message is polished.

Both are words for somebody who may be feared. Chosen on our own messages, see docs/training.md.
"""
_WINDOW_SENTENCES = 3
_SHORT_WORDS = 40
_MOST_WINDOWS = 30
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """What the first look at a message gave; `reading` is None when the encoder is missing."""

    safety: Safety
    reading: Reading | None


class Guard:
    """Reads messages for danger; safe to share between threads.

    Args:
        encoder: The taught encoder, or None when it could not be loaded: the rules still run.
        folder: A folder laid out like the shipped `knowledge/`.
    """

    def __init__(self, encoder: Encoder | None, folder: Path = paths.KNOWLEDGE) -> None:
        self._encoder = encoder
        self._folder = folder
        self._categories = {category.name: category for category in load_rules(folder)}

    def look(self, text: str, *, caution: float = 0.0) -> Read:
        """Say whether a message shows a risk; never raises.

        Args:
            text: The message.
            caution: How much lower the bar is, to notice more.
        """
        reading: Reading | None = None
        try:
            risks = list(find_risks(text, folder=self._folder))
            if self._encoder is None:
                return Read(join_risks(risks), None)
            windows = _windows(text)
            reading, *parts = self._encoder.read_all([text, *windows])
            joint = self._encoder.joint
            bar = joint.bar - caution
            quiet = joint.score(_features(reading, parts, risks)) < bar
            if quiet and not speaks_for_itself(text, risks):
                return Read(Safety(), reading)
            grave = max([(reading, text), *zip(parts, windows, strict=True)], key=_danger)
            if not risks or grave[0].risk >= _NAMED_BAR:
                risks.append(self._risk(*grave))
            return Read(join_risks(risks), reading)
        except Exception:
            # Whatever went wrong in here, the person must still be shown where help is.
            _log.exception("the safety check failed")
            return Read(Safety(UNKNOWN, "elevated", (UNKNOWN,), UNKNOWN_WHY, ()), reading)

    def _risk(self, reading: Reading, text: str) -> Risk:
        name = max(
            (label for label in reading.category if label != "none"),
            key=lambda label: reading.category[label],
        )
        category = self._categories[name]
        grave = reading.severity["immediate"] / max(1 - reading.severity["none"], 1e-6)
        severity: Literal["elevated", "immediate"] = (
            "immediate" if grave >= IMMEDIATE_BAR else "elevated"
        )
        words = " ".join(text.split()[:_SHORT_WORDS])
        return Risk("encoder", name, category.rank, severity, category.about, words)


def speaks_for_itself(text: str, risks: Sequence[Risk]) -> bool:
    """Whether what the rules found is enough, whatever the encoder reads.

    A grave finding always is. So is any finding in a few words: there is no story around it that
    could have made it harmless.
    """
    grave = any(risk.severity == "immediate" for risk in risks)
    return grave or (bool(risks) and len(text.split()) <= _FEW_WORDS)


def features(text: str, encoder: Encoder, risks: Sequence[Risk]) -> list[float]:
    """What rules and encoder say of a text, as the joint weighs it (`training/joining.py`)."""
    whole, *parts = encoder.read_all([text, *_windows(text)])
    return _features(whole, parts, risks)


def _features(whole: Reading, parts: Sequence[Reading], risks: Sequence[Risk]) -> list[float]:
    """Log-odds of the whole and of the gravest window, and whether rules matched."""
    return [
        _log_odds(whole.risk),
        max(_log_odds(reading.risk) for reading in (whole, *parts)),
        float(bool(risks)),
        float(any(risk.severity == "immediate" for risk in risks)),
    ]


def _danger(read: tuple[Reading, str]) -> float:
    return read[0].risk


def _log_odds(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return max(-_CLIP, min(_CLIP, math.log(p / (1 - p))))


def _windows(text: str) -> list[str]:
    """Overlapping windows of three sentences; none for a text that is short as a whole."""
    if len(text.split()) <= _SHORT_WORDS:
        return []
    sentences = split_sentences(text)
    if len(sentences) <= 1:
        words = text.split()
        size = _SHORT_WORDS
        pieces = [" ".join(words[n : n + size]) for n in range(0, len(words), size // 2)]
    else:
        pieces = [
            " ".join(sentences[n : n + _WINDOW_SENTENCES])
            for n in range(0, max(1, len(sentences) - 1), 2)
        ]
    half = _MOST_WINDOWS // 2
    return pieces if len(pieces) <= _MOST_WINDOWS else pieces[:half] + pieces[-half:]
