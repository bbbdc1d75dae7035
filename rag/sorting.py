"""Decide of each clause whether it is kept as an observation, turned, or left out."""

import re
from collections.abc import Sequence
from functools import cache

from rag.blame import BlameSpan, blame_kinds
from rag.clauses import Clause
from rag.cleaning import clean, edited, edits_of, free_of, load_observing
from rag.facts import load_table
from rag.feelings import load_feelings
from rag.message import Message, is_ask, is_boundary, is_empty, is_need
from rag.turning import contrary, happens, is_pressed, missed, promised, unseen

BLAMING = 0.5
"""Share of its letters from which a clause counts as blaming."""
_LATER = re.compile(
    r"(?:I|you|we|it)(?:'d|'ll| would(?:n't)?| will)\b(?! (?:said|told|agreed))"
    r"(?!(?<='d) (?:even |just |already |ever |only )?(?:\w+ed|been|gone|done|seen|known|found|made"
    r"|got|given|taken|left|come|had|put|thrown|told|hidden|sent|bought|kept|locked)\b)",
    re.IGNORECASE,
)

_WITNESS = re.compile(
    r"(?:every|all|half|most)\w*(?: \w+){0,5} (?:knows?|heard|saw)\b"
    r"|(?:now )?(?:he|she|they|(?:my|our|your|the) (?:own )?\w+|(?-i:[A-Z])[a-z]+)"
    r" (?:won't (?:speak|talk|come|bring|look|let)|can't look|found out|rang|knows|knew|read"
    r"|said|told|asked|noticed|cried|heard|saw)\b",
    re.IGNORECASE,
)
_WISHING = re.compile(r"(?:it|that)(?:'d| would) be \w+|I(?:'d| would) (?:love|like) it", re.I)
_LEAVING = re.compile(r"I(?:'m| am) (?:not )?\w+ing\b", re.IGNORECASE)


def fate_of(clause: Clause, message: Message, speaker: str) -> str:
    """What becomes of a clause: `keep`, `turn` or `drop`."""
    if missed(clause) or _asks_why(clause) or (contrary(clause) and _measured(clause, message)):
        return "turn"
    if _doubted(clause, message) or _background(clause, message, speaker):
        return "drop"
    if _untold().search(clause.text) or _is_no_fact(clause, message, speaker):
        return "drop"
    if clause.mood == "question":
        charged = clause.solid and _WHY.match(clause.text)
        return "drop" if is_ask(clause) and not charged else "turn"
    if is_hard_fact(clause):
        return "keep"
    if clause.blame >= BLAMING or blame_kinds(clean(clause.text)) or is_pressed(clause.text):
        return "turn"
    return "turn" if clause.blame and _stands(clause, message) else "keep"


def argues(clause: Clause, message: Message) -> bool:
    """Whether a clause holds a fact against what was said: "it's only pictures when you're ..."."""
    doing = re.match(r"you(?:'re| are) \w+ing\b", clause.text) and clause.facts
    seen = doing or _SAYING.match(clause.text)
    if clause.joiner != "when" or not seen or _opens_sentence(clause, message):
        return False
    before = message.clauses[message.clauses.index(clause) - 1]
    asked = not doing and before.mood == "question" and before.blame >= BLAMING
    return asked or bool(doing and _PLAYED_DOWN.search(before.text))


_SAYING = re.compile(r"you (?:tell|told|call|called|ask|asked|shout|say|said) (?:me|at)\b", re.I)
_WHY = re.compile(r"(?:why|how come)\b", re.IGNORECASE)
_PLAYED_DOWN = re.compile(
    r"\b(?:say|saying|tell me|swear|claim|call(?:ing)? it|it's (?:only|just|nothing|over))\b", re.I
)


def _measured(clause: Clause, message: Message) -> bool:
    """Whether love or care is measured by a clause: "if you loved me you would have stopped"."""
    same = [c for c in message.clauses if c.sentence == clause.sentence]
    return any(c.joiner == "if" and unseen().search(c.text) for c in same)


def _doubted(clause: Clause, message: Message) -> bool:
    """Whether somebody else's act is only asked about: "your counsellor cancelled? no"."""
    alone = [c for c in message.clauses if c.sentence == clause.sentence] == [clause]
    asked = message.tidy.text[clause.end :].startswith("?")
    return alone and asked and clause.subject == "other" and clause.mood == "statement"


def _background(clause: Clause, message: Message, speaker: str) -> bool:
    """Whether a clause only says how things stood when what is left out happened."""
    if clause.joiner not in {"when", "while"} or not _STOOD.match(clause.text):
        return False
    if _opens_sentence(clause, message):
        return False
    before = message.clauses[message.clauses.index(clause) - 1]
    return fate_of(before, message, speaker) == "drop"


_STOOD = re.compile(r"\w+(?: \w+)? ?(?:was|were|'s|'re|'m|'ve been|is|are|am)\b", re.IGNORECASE)


def _is_no_fact(clause: Clause, message: Message, speaker: str) -> bool:
    """Whether a clause tells of nothing: a wish, a feeling, an order, a condition, an excuse."""
    bare = is_empty(clause) and clause.joiner not in {"before", "after", "until", "till"}
    if bare or is_need(clause) or is_boundary(clause) or clause.mood == "order":
        return True
    if _wished(clause, message):
        return True
    leads = leads_to(clause, message)
    if clause.text in message.boundary or (clause.joiner in {"if", "unless", "or"} and not leads):
        return True
    if _thought().search(clean(clause.text)) and not _owning(clause, speaker):
        return not promised(clause)
    if _names_feeling(clause) or (clause.joiner and _asked_before(clause, message)):
        return not argues(clause, message)
    opens = clause.joiner == "so" and _opens_sentence(clause, message)
    if leads is not None:
        return fate_of(leads, message, speaker) != "keep"
    if hangs(clause) and not opens and _alone(clause, message, speaker):
        return not argues(clause, message)
    if _LATER.match(clause.text) and (not clause.solid or _conditional(clause, message)):
        return True
    if _LEAVING.match(clause.text) and _on_terms(clause, message):
        return True
    return speaker == "used" and bool(_excuse().search(f"{clause.joiner} {clean(clause.text)}"))


_REVERSING = {
    "before",
    "until",
    "till",
    "since",
    "although",
    "though",
    "even though",
    "even if",
    "so",
}
_OPEN_ENDED = {"when", "whenever", "once", "as soon as", "now that"}
_HARD_KINDS = {"accusation", "absolute", "mind_reading", "guilt_trip", "contempt", "why_question"}


def without_facts(blame: Sequence[BlameSpan], message: Message) -> tuple[BlameSpan, ...]:
    """The blame without what is a hard fact or a boundary after all."""
    facts = [
        message.tidy.back(clause.start, clause.end)
        for clause in message.clauses
        if clause.blame and is_hard_fact(clause)
    ]
    if message.boundary and (at := message.tidy.text.find(message.boundary)) >= 0:
        facts.append(message.tidy.back(at, at + len(message.boundary)))
    return tuple(s for s in blame if not any(a <= s.start and s.end <= b for a, b in facts))


def is_hard_fact(clause: Clause) -> bool:
    """Whether a clause tells of something past that can be checked, and blames by no rule."""
    told = clause.past and clause.solid and clause.subject in {"other", "we"}
    told = told or is_witnessed(clause)
    mine = clause.facts and (
        (clause.subject == "I" and (clause.past or _PERFECT.match(clause.text))) or happens(clause)
    )
    return bool(
        (told or mine)
        and clause.mood == "statement"
        and (set(clause.kinds) <= _HARD_KINDS or is_witnessed(clause))
        and not unseen().search(clause.text)
        and not blame_kinds(clean(clause.text))
        and not re.search(r"\b(?:would|could|should|must|shall|'d have|will|'ll)\b", clause.text)
    )


def _asks_why(clause: Clause) -> bool:
    """Whether an order asks to explain something that can be checked."""
    order = clause.mood == "order" and clause.solid
    return order and bool(edited(clause.text, edits_of("questions")))


def is_witnessed(clause: Clause) -> bool:
    """Whether a third person said, asked or saw something: `Ben noticed`."""
    return clause.subject == "other" and bool(_WITNESS.match(clause.text))


_PERFECT = re.compile(r"I(?:'ve| have)\b", re.IGNORECASE)


def leads_to(clause: Clause, message: Message) -> Clause | None:
    """The clause that a condition about the writer leads to, when both tell of a habit.

    `If I'm late, you're at the door` tells what happens; `if you do it again, I'm going` does not.
    """
    at = message.clauses.index(clause) + 1
    after = message.clauses[at] if at < len(message.clauses) else None
    if after is None or after.sentence != clause.sentence or after.joiner or after.past:
        return None
    habit = clause.subject in {"I", "we", "other"} and not clause.past
    opens = clause.joiner in {"if", "when", "whenever"} and _opens_sentence(clause, message)
    meant = after.subject == "you" and after.mood == "statement" and not _LATER.match(after.text)
    return after if habit and opens and meant and clause.blame < BLAMING else None


def _wished(clause: Clause, message: Message) -> bool:
    """Whether the clause only says what would be good: "it would be nice if, for once, ..."."""
    same = [c for c in message.clauses if c.sentence == clause.sentence]
    return clause is not same[0] and bool(_WISHING.match(same[0].text))


def _on_terms(clause: Clause, message: Message) -> bool:
    """Whether the sentence sets the other a condition: "if you do that again"."""
    same = [c for c in message.clauses if c.sentence == clause.sentence]
    return any(c.joiner in {"if", "unless", "or"} and c.subject == "you" for c in same)


def _alone(clause: Clause, message: Message, speaker: str) -> bool:
    """Whether what the clause depends on is left out, so that it would say the opposite."""
    at = message.clauses.index(clause)
    if _opens_sentence(clause, message):
        return True
    return fate_of(message.clauses[at - 1], message, speaker) != "keep"


def _opens_sentence(clause: Clause, message: Message) -> bool:
    same = [c for c in message.clauses if c.sentence == clause.sentence and c.start < clause.start]
    return all(is_empty(c) for c in same)


def _stands(clause: Clause, message: Message) -> bool:
    """Whether a blaming stretch inside the clause would stand there word for word."""
    return not free_of(clean(clause.text), marks_in(clause, message))


def marks_in(clause: Clause, message: Message) -> list[str]:
    """The blaming stretches in a clause, lower case."""
    return [
        message.tidy.text[max(a, clause.start) : min(b, clause.end)].strip(" .,!?").lower()
        for a, b in message.marks
        if a < clause.end and b > clause.start
    ]


def hangs(clause: Clause) -> bool:
    """Whether a clause would say something else without the one that it depends on."""
    return clause.joiner in _REVERSING or (clause.joiner in _OPEN_ENDED and not clause.past)


def _conditional(clause: Clause, message: Message) -> bool:
    same = [c for c in message.clauses if c.sentence == clause.sentence]
    return any(c.joiner in {"if", "unless"} for c in same) or " if " in clause.text


def _asked_before(clause: Clause, message: Message) -> bool:
    """Whether the clause only completes a question."""
    same = [c for c in message.clauses if c.sentence == clause.sentence and c.start < clause.start]
    return bool(same) and same[0].mood == "question"


def _names_feeling(clause: Clause) -> bool:
    """Whether the clause is about the writer's feeling and holds no fact."""
    if clause.solid or clause.subject != "I":
        return False
    named = load_feelings().named_in(clause.text) or load_feelings().under_verdicts(clause.text)
    return bool(named) and (len(clause.text.split()) <= 7 or not clause.facts)


def owns(text: str) -> bool:
    """Whether a text owns what the writer did."""
    return bool(re.search(load_table().owning, text, re.IGNORECASE))


def _owning(clause: Clause, speaker: str) -> bool:
    return speaker == "used" and owns(clause.text)


@cache
def _thought() -> re.Pattern[str]:
    return re.compile(load_observing().thoughts, re.IGNORECASE)


@cache
def _untold() -> re.Pattern[str]:
    """What tells of no event: a figure of speech, or talk about the message itself."""
    table = load_observing()
    return re.compile(f"{table.figures}|{table.thread}", re.IGNORECASE)


@cache
def _excuse() -> re.Pattern[str]:
    return re.compile(load_observing().excuses, re.IGNORECASE)
