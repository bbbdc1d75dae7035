"""Fit observations to each other: who "she" is, and one tense in one sentence."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.message import Message
from rag.observation import Observation
from rag.well_formed import in_the_past, is_event


def named(one: Observation, every: Sequence[Observation], message: Message) -> Observation:
    """Somebody who was named in the clause before, which was left out: "she" is "your mother"."""
    at = next((n for n, c in enumerate(message.clauses) if c.start == one.at), 0)
    before = [c for c in message.clauses[:at][-2:] if all(c.start != o.at for o in every)]
    who = _WHO.match(before[0].text) if before and one is every[0] else None
    if who is None or not _SHE.match(one.text):
        return one
    return replace(one, text=_SHE.sub(who[0], one.text, count=1))


_WHO = re.compile(
    r"(?:your|my|our) (?:mother|mum|mom|dad|father|sister|brother|boss|friend|counsell?or|therapist"
    r"|son|daughter|cousin|aunt|uncle|pastor|doctor|sponsor|ex)\b",
    re.IGNORECASE,
)
_SHE = re.compile(r"(?:she|he)\b(?!')", re.IGNORECASE)


def one_tense(every: Sequence[Observation], message: Message) -> list[Observation]:
    """What stands beside an event of the same sentence told in the past, told in the past too."""
    done: list[Observation] = []
    for one in every:
        before = done[-1] if done else None
        beside = before and _sentence_at(message, before.at) == _sentence_at(message, one.at)
        if before and beside and before.past and not one.past and is_event(before.text):
            one = replace(one, text=in_the_past(one.text), past=True)
        done.append(one)
    return done


def _sentence_at(message: Message, at: int) -> int:
    """The number of the sentence in which a clause begins."""
    return next((c.sentence for c in message.clauses if c.start == at), -1)
