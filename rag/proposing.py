"""Try drafts of a statement, from the fullest to the plainest.

Each draft takes facts of the message, feelings, a need, a request and a pattern; the caller keeps
those that pass the checker.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.asking import own_request
from rag.cards import Chosen, Speaker, order_by
from rag.choosing import (
    apart,
    choose_feelings,
    choose_request,
    frames_for,
    mixed,
    owning_line,
)
from rag.cleaning import clean
from rag.composing import Parts, compose, load_composing
from rag.encoder import Reading
from rag.message import Message
from rag.observation import Observation
from rag.topics import fitting
from rag.weighing import choose_facts

_LEAST_WISH, _MOST_WISH = 4, 16


@dataclass(frozen=True, slots=True)
class _Offer:
    """What there is to choose from for a message, the best first."""

    feelings: Sequence[tuple[str, ...]]
    needs: Sequence[str]
    requests: Sequence[str]
    owning: Sequence[str]


def drafts(
    message: Message,
    every: Sequence[Observation],
    chosen: Chosen,
    speaker: Speaker,
    reading: Reading | None,
) -> Iterator[tuple[str, Parts]]:
    """Drafts from the fullest to the plainest, with the parts that each is made of.

    Args:
        message: The message.
        every: What was observed in it.
        chosen: The card.
        speaker: Whose message it is.
        reading: What the taught encoder read in it, if anything.
    """
    seed = message.tidy.text
    facts = choose_facts(every)
    offer = _offer(message, facts, chosen, speaker, reading)
    patterns = order_by([p.id for p in load_composing().patterns][:-1], seed, 5)
    tries = 0
    for observations, frame in _sets(facts, frames_for(chosen, seed)):
        for turn, pattern in enumerate(patterns):
            need = offer.needs[turn % len(offer.needs)]
            requests = [*offer.requests[turn:], *offer.requests[:turn]]
            parts = Parts(
                observations=observations,
                frame=frame,
                feelings=offer.feelings[min(turn, len(offer.feelings) - 1) if tries else 0],
                need=need,
                request=apart(need, requests)[0],
                owning=owning_line(message, observations, offer.owning, speaker),
                boundary=message.boundary,
                address=message.address,
            )
            if (draft := compose(parts, pattern)) is not None:
                tries += 1
                yield draft, parts


def plainest(message: Message, chosen: Chosen) -> tuple[str, Parts]:
    """The draft that always passes: the plainest frame, a feeling, a need and a request."""
    side = chosen.plain
    parts = Parts(
        observations=(),
        frame=side.frames[0],
        feelings=(side.feelings.middle[0],),
        need=side.needs[0],
        request=side.requests[0],
        owning="",
        boundary=message.boundary,
        address="",
    )
    draft = compose(parts, "when")
    return draft or f"I feel {parts.feelings[0]}. {parts.need} {parts.request}", parts


def _offer(
    message: Message,
    facts: Sequence[Observation],
    chosen: Chosen,
    speaker: Speaker,
    reading: Reading | None,
) -> _Offer:
    """The writer's own wishes and asks first, then the topic's and the card's."""
    seed = message.tidy.text
    said = " ".join(one.text for one in facts)
    fit = fitting(seed, said, speaker, bounded=bool(message.boundary))
    wishes = [clean(clause.text) for clause in message.needs]
    wishes = [wish for wish in wishes if _LEAST_WISH <= len(wish.split()) <= _MOST_WISH]
    words = chosen.words if facts or fit.topic or chosen.certain else chosen.plain
    card = order_by(words.needs, seed, 3)
    themes = fit.themes
    asks = choose_request(words, message, seed)
    return _Offer(
        feelings=choose_feelings(message, chosen, speaker, reading, fit.feelings),
        needs=[f"{wish}." for wish in wishes] + mixed(fit.needs, card, chosen, seed, themes),
        requests=own_request(message, seed) + mixed(fit.requests, asks, chosen, seed, themes),
        owning=fit.owning,
    )


def _sets(
    facts: tuple[Observation, ...], frames: Sequence[str]
) -> Iterator[tuple[tuple[Observation, ...], str]]:
    """All the facts, fewer, then none; a card's frame stands in where there are none."""
    for some in (facts, *_smaller(facts)):
        yield some, frames[0]
    for frame in frames:
        yield (), frame


def _smaller(facts: tuple[Observation, ...]) -> list[tuple[Observation, ...]]:
    """The facts without one of them, then one alone, the weightiest first."""
    if len(facts) <= 1:
        return []
    without = [tuple(x for x in facts if x is not one) for one in reversed(facts)]
    ranked = sorted(facts, key=lambda one: -one.weight)
    return without + [(one,) for one in ranked[:3]]
