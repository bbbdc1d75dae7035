"""Number what an answer rests on and prove each of its sentences."""

from collections.abc import Mapping, Sequence

from rag.cards import load_cards
from rag.help import HelpReply
from rag.helplines import Helpline
from rag.models import Citation, Source
from rag.writer import Part


def cite(parts: Sequence[Part], sources: Mapping[str, Source]) -> tuple[str, tuple[Citation, ...]]:
    """Join the parts into one text with numbered citations.

    Args:
        parts: What the writer took from each passage, in reading order.
        sources: All sources by id.

    Returns:
        The text, a marker such as `[1]` behind each passage's sentences, and the citations.
    """
    text = "\n\n".join(f"{part.quote} [{n}]" for n, part in enumerate(parts, 1))
    citations = tuple(
        Citation(
            number=n,
            id=part.hit.passage.key,
            title=part.hit.passage.title,
            heading=part.hit.passage.heading,
            quote=part.quote,
            passage=part.hit.passage.text,
            standing=part.hit.passage.standing,
            sources=tuple(sources[id] for id in part.hit.passage.sources),
            origin=part.hit.passage.origin,
        )
        for n, part in enumerate(parts, 1)
    )
    return text, citations


def cite_card(name: str) -> tuple[Citation, ...]:
    """Cite the statement card that a rewording was made with, such as `lying-hurt`."""
    theme, _, speaker = name.rpartition("-")
    card = load_cards().get(theme)
    if card is None:
        return ()
    side = card.hurt if speaker == "hurt" else card.used
    return (
        Citation(
            number=1,
            id=f"cards/{theme}#{speaker}",
            title=card.title,
            heading="Statement card",
            quote=side.why,
            passage="\n\n".join((side.about, side.why)),
            standing="practice",
            sources=(),
        ),
    )


def cite_lines(lines: Sequence[Helpline]) -> tuple[str, tuple[Citation, ...]]:
    """Print help lines as they stand, each with its own citation."""
    text = "\n\n".join(f"{line.render()} [{n}]" for n, line in enumerate(lines, 1))
    citations = tuple(
        Citation(
            number=n,
            id=f"helplines#{line.country}-{line.need}-{n}",
            title="Help lines",
            heading=line.service,
            quote=line.render(),
            passage=line.render(),
            standing="settled",
            sources=(
                Source(
                    id=f"helpline-{n}",
                    author=line.service,
                    title=f"{line.source}, read {line.verified_on.isoformat()}",
                    year=None,
                    link=None,
                    kind="official",
                ),
            ),
        )
        for n, line in enumerate(lines, 1)
    )
    return text, citations


def cite_help(reply: HelpReply) -> tuple[str, tuple[Citation, ...]]:
    """Print a help reply with its lines; the reply is our own text, the lines are data."""
    _, lines = cite_lines(reply.helplines)
    own = Citation(
        number=0,
        id="help",
        title="Get help now",
        heading="",
        quote=reply.render(),
        passage=reply.render(),
        standing="practice",
        sources=(),
    )
    return reply.render(), (own, *lines)
