"""Choose what a message does not settle itself: feelings, request, owning line, fair views."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest

from rag.cards import Chosen, Side, Speaker, order_by, pick
from rag.composing import Parts, load_composing
from rag.encoder import Reading
from rag.facts import load_table
from rag.feelings import load_feelings
from rag.message import Message
from rag.observation import Observation

_BRIGHT = frozenset("hopeful tender relieved grateful determined protective calm".split())
_NOT_HURT = frozenset("guilty ashamed regretful remorseful defensive sorry inadequate".split())
_PLAIN = frozenset("the and you your for with that this was were are have has had not but".split())


def choose_feelings(
    message: Message,
    chosen: Chosen,
    speaker: Speaker,
    reading: Reading | None,
    felt: Sequence[str] = (),
) -> list[tuple[str, ...]]:
    """One or two feelings to try, the best first: named ones, then read ones, then the card's.

    Args:
        message: The message.
        chosen: The card.
        speaker: Whose message it is.
        reading: What the taught encoder read in it, if anything.
        felt: Feelings that go with what the message is plainly about.
    """
    words = load_feelings()
    unfit = _BRIGHT | ({"sorry"} if speaker == "hurt" else frozenset())
    own = [name for name in message.feelings if name not in unfit]
    scores: dict[str, float] = {}
    for n, name in enumerate(own):
        scores[name] = 10.0 - n
    for n, name in enumerate(message.under):
        scores[name] = scores.get(name, 0.0) + 0.25 - 0.05 * n
    for name, value in (reading.feeling if reading is not None else {}).items():
        scores[name] = scores.get(name, 0.0) + value
    for name in chosen.side.feelings.every:
        scores[name] = scores.get(name, 0.0) + (
            _CARD if name in chosen.side.feelings.middle else _CARD / 2
        )
    for n, name in enumerate(felt):
        scores[name] = scores.get(name, 0.0) + _FELT - 0.03 * n
    for name, value in _PRIOR[speaker].items():
        scores[name] = scores.get(name, 0.0) + value
    named = set(own)
    complains = message.marks and not re.search(load_composing().slip, message.tidy.text)
    barred = _BRIGHT | (_NOT_HURT if speaker == "hurt" or complains else frozenset())
    order = sorted((n for n in scores if n in named or n not in barred), key=lambda n: -scores[n])
    order = [name for name in order if name in words.level or name in chosen.side.feelings.every]
    pairs: list[tuple[str, ...]] = []
    for first in order[:4]:
        rest = [n for n in order if n != first and not _same(n, first)]
        rest.sort(key=lambda n: -scores[n] * _RARE.get(n, 1.0))
        pair: tuple[str, ...] = (first, rest[0]) if rest else (first,)
        softer = first in _HARD and len(pair) > 1 and pair[1] not in _HARD
        pairs.append(pair[::-1] if softer and first not in named else pair)
    pairs = [_as_many(pair, named, message.tidy.text) for pair in pairs]
    return pairs or [(chosen.side.feelings.middle[0],)]


def _as_many(pair: tuple[str, ...], named: set[str], seed: str) -> tuple[str, ...]:
    """As many feelings as were named; where none was, two to try, or one for a brief message.

    On our own test messages two fit 48 % of the time, one or two at even odds 37 %.
    """
    if len(pair) < _PAIR or set(pair) <= named:
        return pair
    if named & set(pair):
        return tuple(name for name in pair if name in named)
    brief = len(seed.split()) <= _BRIEF and pick(("one", "two"), seed, 14) == "one"
    return pair[:1] if brief else pair


_PAIR = 2
_BRIEF = 12
_FELT = 0.3


_HARD = frozenset({"angry", "furious", "resentful", "disgusted"})
_RARE = {"hurt": 0.6, "angry": 0.35, "resentful": 0.6, "exhausted": 0.8}
"""Common feelings yield to a more telling one in the second place."""
_CARD = 0.25
_PRIOR: dict[Speaker, dict[str, float]] = {
    "hurt": {"hurt": 0.03, "sad": 0.02},
    "used": {"frustrated": 0.03, "sad": 0.02},
}
_FAMILIES = (
    {"angry", "furious", "resentful", "frustrated", "exasperated", "irritated"},
    {"anxious", "worried", "scared", "uneasy", "frightened", "unsafe", "suspicious"},
    {"tired", "exhausted", "weary", "worn out"},
    {"ashamed", "guilty", "embarrassed", "humiliated", "regretful"},
    {"sad", "heartbroken", "devastated", "hopeless", "discouraged", "disheartened", "disappointed"},
    {"lonely", "unwanted", "rejected"},
)


def _same(first: str, second: str) -> bool:
    return any(first in family and second in family for family in _FAMILIES)


def choose_request(side: Side, message: Message, seed: str) -> list[str]:
    """The card's requests: those that speak of the same things first, then in a varied order."""
    said = set(re.findall(r"[a-z]{4,}", message.tidy.text.lower())) - _PLAIN
    order = order_by(side.requests, seed, 4)
    shared = {one: len(said & set(re.findall(r"[a-z]{4,}", one.lower()))) for one in order}
    best = max(shared.values())
    return sorted(order, key=lambda one: -(shared[one] == best > 1))


def frames_for(chosen: Chosen, seed: str) -> list[str]:
    """Frames to try for a message without facts: the card's own when its theme is certain."""
    own, plain = (order_by(side.frames, seed, 13) for side in (chosen.side, chosen.plain))
    return (
        [own[0], plain[0], *own[1:], *plain[1:]]
        if chosen.certain
        else [plain[0], *plain[1:], own[0]]
    )


def mixed(
    fit: Sequence[str], card: Sequence[str], chosen: Chosen, seed: str, themes: Sequence[str] = ()
) -> list[str]:
    """Lines of the topic and of the card in turn; the card's first only when it is certain.

    From the partner who used, a card speaks of their own part; a complaint needs the topic first.
    So does a message whose topic goes with other `themes` than that of the card.
    """
    topic = order_by(fit, seed, 5)
    hurt = chosen.side is chosen.card.hurt
    alike = not themes or chosen.card.theme in themes
    card_first = hurt and alike and chosen.certain and pick(("topic", "card"), seed, 12) == "card"
    if not alike and topic:
        return [*topic, *card]
    first, second = (list(card), topic) if card_first else (topic, list(card))
    pairs = zip_longest(first, second)
    return [line for pair in pairs for line in pair if line is not None]


def apart(need: str, requests: Sequence[str]) -> list[str]:
    """The requests, those that say over again what the need says put last."""
    said = set(re.findall(r"[a-z]{4,}", need.lower())) - _PLAIN

    def again(request: str) -> bool:
        return len(said & set(re.findall(r"[a-z]{4,}", request.lower()))) >= _AGAIN

    return sorted(requests, key=again)


_AGAIN = 2


def owning_line(
    message: Message, observations: Sequence[Observation], fit: Sequence[str], speaker: Speaker
) -> str:
    """A line that owns the porn use, for the partner who used it and has not owned it here.

    Args:
        message: The message.
        observations: What the statement says of it.
        fit: Lines that fit what the message is about; without one, the plain lines are used.
        speaker: Whose message it is.
    """
    if speaker != "used":
        return ""
    table, seed = load_composing(), message.tidy.text
    said = " ".join(one.text for one in observations)
    if re.search(table.slip, said):
        return pick(table.owning_slip, seed, 6)
    if _owning().search(said):
        return ""
    return pick(fit or table.owning, seed, 6)


def fair_views(chosen: Chosen, parts: Parts, speaker: Speaker, text: str) -> tuple[str, ...]:
    """Lines of the card that name the other's view fairly; none where they would not fit."""
    table = load_composing()
    controlled = re.search(table.controlled, text, re.IGNORECASE)
    if speaker == "used" and chosen.card.theme in table.complaint_themes and controlled:
        return ()
    return chosen.words.views


@cache
def _owning() -> re.Pattern[str]:
    return re.compile(load_table().owning, re.IGNORECASE)
