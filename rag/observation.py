"""An observation: something seen, heard or done, ready to be said."""

from dataclasses import dataclass

from rag.clauses import Clause
from rag.facts import find_facts
from rag.moods import speaks_of_past


@dataclass(frozen=True, slots=True)
class Observation:
    """Something seen, heard or done, ready to be said.

    Attributes:
        text: The words, without closing punctuation.
        past: Whether it speaks of the past.
        clause: Whether it is a full clause and can follow "When".
        facts: The facts in it, lower case.
        weight: How much it carries, for choosing.
        at: Where it begins in the message.
        turned: Whether it was changed from what was written.
    """

    text: str
    past: bool
    clause: bool
    facts: frozenset[str]
    weight: float
    at: int
    turned: bool


def made_of(text: str, clause: Clause, weight: float, *, turned: bool) -> Observation:
    """An observation from its words and the clause that they come from."""
    first = text.split()[0].strip("\"'").lower() if text.split() else ""
    starts = first in {"i", "you", "we", "he", "she", "they"} or (
        first in {"my", "your", "our", "the"} and clause.subject == "other" and clause.past
    )
    return Observation(
        text=text,
        past=clause.past or speaks_of_past(text),
        clause=clause.mood != "fragment" and starts,
        facts=frozenset(fact.text.lower() for fact in find_facts(text)),
        weight=weight,
        at=clause.start,
        turned=turned,
    )
