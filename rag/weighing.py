"""Choose which observations a statement tells: what carries most, and what that needs."""

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.observation import Observation
from rag.well_formed import is_loose

_FACT_WORDS = 52
_MOST_FACTS = 6
_CONTEXT_WORDS = 12
_WORTH = 1.0
_LEAST = 0.4
_NEW_WORDS = 3
_DANGLING = re.compile(
    r"(?:the ones?|it|she|he|they|that|this|there|those|these)(?:'\w+)?\b", re.IGNORECASE
)


def choose_facts(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """The observations that fit in one statement, in the order of the message."""
    chosen: list[Observation] = []
    words = 0
    seen: set[str] = set()
    ranked = sorted(observations, key=lambda one: (-one.weight, one.at))
    for one in ranked:
        size = len(one.text.split())
        new = one.facts - seen
        worth = (one.weight >= _WORTH or not chosen) and one.weight >= _LEAST
        worth = worth and bool(new or not one.facts or not _told(one, chosen))
        if not worth or len(chosen) >= _MOST_FACTS:
            continue
        if chosen and (words + size > _FACT_WORDS or (not one.facts and one.weight < 2)):
            continue
        chosen.append(one)
        words += size
        seen |= one.facts
    chosen += _needed(chosen, observations)
    if not chosen:
        return ()
    return _with_what_it_means(sorted(chosen, key=lambda one: one.at))


def _with_what_it_means(chosen: Sequence[Observation]) -> tuple[Observation, ...]:
    """Without a first sentence whose "it" or "that" stands for something that was left out.

    Where it opens the message, or nothing else is left, it stands as the writer put it.
    """
    first = next((n for n, one in enumerate(chosen) if not (one.at and is_loose(one.text))), -1)
    return tuple(chosen[max(first, 0) :]) if first >= 0 else tuple(chosen[:1])


def _told(one: Observation, chosen: Sequence[Observation]) -> bool:
    """Whether the words of an observation stand in those chosen already, all but a few."""
    said = {word for other in chosen for word in re.findall(r"[a-z]{4,}", other.text.lower())}
    return len(set(re.findall(r"[a-z]{4,}", one.text.lower())) - said) < _NEW_WORDS


def _needed(chosen: Sequence[Observation], every: Sequence[Observation]) -> list[Observation]:
    """What stands before an "it" or a "she" that was chosen, when it is short and was not."""
    added = []
    for before, one in pairwise(every):
        apart = one in chosen and before not in chosen and before not in added
        if apart and _DANGLING.match(one.text) and len(before.text.split()) <= _CONTEXT_WORDS:
            added.append(before)
    return added
