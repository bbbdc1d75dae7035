"""Give a statement its other forms: a short text message, spoken aloud, a fuller letter."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.cards import Chosen, pick
from rag.checker import Source, check_draft
from rag.choosing import fair_views
from rag.composing import Parts, load_composing, main_of, name_feelings, sentences_of
from rag.observation import Observation


@dataclass(frozen=True, slots=True)
class Forms:
    """A statement as a short text, to say aloud, and as a letter."""

    short: str
    spoken: str
    letter: str


def forms_of(source: Source, parts: Parts, every: Sequence[Observation], chosen: Chosen) -> Forms:
    """The statement as a text message, aloud, and as a letter."""
    table = load_composing()
    text, speaker = source.text, source.speaker
    main = main_of(parts.observations) or (parts.observations[0] if parts.observations else None)
    feeling = f"I feel {name_feelings(parts.feelings)}."
    fact = sentences_of([main]) if main else f"{parts.frame}, I feel {parts.feelings[0]}."
    bound = f"{parts.boundary[:1].upper()}{parts.boundary[1:]}." if parts.boundary else ""
    short = " ".join(p for p in (fact, feeling if main else "", bound, parts.request) if p)
    body = sentences_of(parts.observations) or f"{parts.frame}, I feel {parts.feelings[0]}."
    tell = feeling if parts.observations else ""
    spoken = [pick(table.spoken_openings, text, 7), body, tell, parts.owning, parts.need, bound]
    spoken += [parts.request, pick(table.spoken_closings, text, 8)]
    views = fair_views(chosen, parts, speaker, text)
    whole = sentences_of([one for one in every if one.weight >= 1][:12]) or body
    letter = [f"{parts.address}," if parts.address else "", pick(table.letter_openings, text, 9)]
    letter += [
        pick(views, text, 10) if views else "",
        whole,
        " ".join(filter(None, [tell, parts.owning])),
    ]
    letter += [parts.need, bound, parts.request, pick(table.letter_closings, text, 11)]
    plain = " ".join(p for p in (body, tell, parts.owning, parts.need, bound, parts.request) if p)
    return Forms(
        *(
            plain if check_draft(made, source, speaker) else made
            for made in (
                short,
                " ".join(p for p in spoken if p),
                "\n\n".join(p for p in letter if p),
            )
        )
    )
