"""From a blaming message to an honest "I feel" statement, with its working shown.

The facts are the writer's own; the card of the theme supplies what the message does not say. Each
draft passes the checker, or a plainer one is taken; the plainest always passes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.asker import asker_of
from rag.blame import BlameSpan, find_blame, telling
from rag.cards import Chosen, Speaker, choose_card
from rag.checker import Source, check_draft, read_source
from rag.composing import Parts, sentences_of
from rag.encoder import Reading
from rag.message import Message, read_message
from rag.observation import Observation
from rag.observing import observe
from rag.proposing import drafts, plainest
from rag.rewording import Choices, Difference, Rewording
from rag.screening import decline, is_fine, load_declines, praise
from rag.shaping import forms_of
from rag.sorting import owns, without_facts

_ALTERNATIVES = 3
_BRIEF = 8
_TOLD_TOO = 2
"""Words that blame in one place and stand elsewhere in the message as well are no blame there."""


def reword(
    text: str,
    *,
    speaker: Speaker | None,
    reading: Reading | None = None,
    near: Mapping[str, float] | None = None,
) -> Rewording:
    """Reword a message.

    Args:
        text: The message as typed.
        speaker: `hurt`, `used`, or None to read it from the message.
        reading: What the taught encoder read in it; without it, rules and cards stand alone.
        near: Similarity of the message to the nearest example of each theme's card, if known.
    """
    if key := decline(text, reading):
        return Rewording(statement=None, declined=True, reason=load_declines().reasons[key])
    blame = find_blame(text, reading)
    message = read_message(text, telling(blame))
    blame = without_facts(blame, message)
    if is_fine(message, blame, reading):
        return Rewording(
            statement=text.strip(),
            short=text.strip(),
            spoken=text.strip(),
            letter=text.strip(),
            unchanged=True,
            reason=" ".join(praise(message)),
            feelings=message.feelings,
            boundary=message.boundary,
        )
    side = speaker or infer_speaker(message)
    return _worded(text, message, blame, side, reading, near)


def infer_speaker(message: Message) -> Speaker:
    """The side that a message speaks from, by what it owns and by its wording."""
    own = any(owns(clause.text) for clause in message.clauses)
    return "used" if own or asker_of([message.tidy.text]) == "used" else "hurt"


def _worded(
    text: str,
    message: Message,
    blame: tuple[BlameSpan, ...],
    speaker: Speaker,
    reading: Reading | None,
    near: Mapping[str, float] | None,
) -> Rewording:
    chosen = choose_card(text, reading, speaker, near)
    every = observe(message, speaker)
    source = read_source(text, speaker)
    passed = _pass_some(drafts(message, every, chosen, speaker, reading), source, telling(blame))
    passed = passed or [plainest(message, chosen)]
    statement, parts = passed[0]
    others = [draft for draft, _ in passed[1:] if _unlike(draft, statement)]
    made = Rewording(
        statement=statement,
        alternatives=tuple(others[:_ALTERNATIVES]),
        blame=blame,
        observation=sentences_of(parts.observations) or f"{parts.frame}.",
        feelings=parts.feelings,
        need=parts.need,
        request=parts.request,
        boundary=message.boundary,
        issues_left=_left(every, parts, chosen),
        speaker=speaker,
        card=f"{chosen.card.theme}-{speaker}",
        choices=_choices(chosen),
    )
    forms = forms_of(source, parts, every, chosen)
    return replace(
        made,
        short=forms.short,
        spoken=forms.spoken,
        letter=forms.letter,
        why=_differences(made, message, chosen),
    )


def _pass_some(
    tried: Iterator[tuple[str, Parts]], source: Source, blame: Sequence[BlameSpan]
) -> list[tuple[str, Parts]]:
    """The first drafts that pass: the statement and its alternatives."""
    passed: dict[str, Parts] = {}
    for draft, parts in tried:
        if draft not in passed and _passes(draft, parts, source, blame):
            passed[draft] = parts
        if len(passed) > _ALTERNATIVES:
            break
    return list(passed.items())


def _passes(draft: str, parts: Parts, source: Source, blame: Sequence[BlameSpan]) -> bool:
    """Whether a draft leaves out all the blame, word for word too, and passes the checker.

    What was turned is no longer word for word what was written; `turn_clause` sees to that.
    """
    low = re.sub(r"\s+", " ", draft).lower()
    for one in parts.observations:
        low = low.replace(one.text.lower(), "") if one.turned else low
    told = source.text.lower()
    for span in blame:
        words = span.text.lower()
        if len(words) > _BRIEF and words in low and told.count(words) < _TOLD_TOO:
            return False
    return not check_draft(draft, source, source.speaker)


def _unlike(draft: str, other: str) -> bool:
    first, second = set(draft.lower().split()), set(other.lower().split())
    return len(first & second) < 0.9 * max(len(first), len(second))


def _choices(chosen: Chosen) -> Choices:
    """What the card offers beside what was chosen."""
    offered, words = chosen.side.feelings, chosen.words
    feelings = {"mild": offered.mild, "middle": offered.middle, "strong": offered.strong}
    return Choices(feelings, words.needs, words.requests)


def _left(every: Sequence[Observation], parts: Parts, chosen: Chosen) -> tuple[str, ...]:
    said = {one.text for one in parts.observations}
    facts = [one.text for one in every if one.text not in said and one.facts]
    return tuple([*(card.title for card in chosen.others), *facts])[:5]


def _differences(made: Rewording, message: Message, chosen: Chosen) -> tuple[Difference, ...]:
    changes = [Difference(span.text, "", span.why) for span in made.blame]
    named = set(message.feelings)
    for feeling in made.feelings:
        why = (
            "You named it yourself."
            if feeling in named
            else "It fits what you wrote; change it if not."
        )
        changes.append(Difference("", feeling, why))
    changes.append(Difference("", made.request, chosen.words.why))
    if made.boundary:
        changes.append(Difference(made.boundary, made.boundary, "A boundary stays as you said it."))
    return tuple(changes)
