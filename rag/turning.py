"""Turn a blaming clause into what was seen or heard, in the writer's own words.

Scorn, swearing, absolutes and likenesses are cut (`knowledge/observing.yaml`); a charge becomes a
plain fact ("I keep thinking of you going ..."); what holds no fact is left out.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from rag.blame import blame_kinds
from rag.clauses import Clause
from rag.cleaning import acceptable, clean, edited, edits_of, free_of, load_observing
from rag.facts import find_facts
from rag.grammar import AUXILIARIES, as_gerund, base, is_past, is_verb, uninvert
from rag.moods import speaks_of_past
from rag.observation import Observation, made_of
from rag.well_formed import fault_in, mend

_DROPPED = {"label", "contempt", "false_feeling", "threat", "comparison", "guilt_trip", "demand"}
_NOT_RESCUED = {"threat", "comparison", "label", "demand"}
_VAGUE = re.compile(r"(?:last|this|next|a|one|a good) (?:time|day)|today|tonight|yesterday", re.I)
_THIN = 0.9
_SEEN = 2.4
_TELLING = 5
"""Words from which something seen is worth telling though no fact stands in it."""
_LARGE = 0.5
_PRESSED = re.compile(
    r"you\b(?! (?:said|told|promised|swore|agreed)\b).*\bagain\b"
    r"|you (?:still|even|just|only|had to|have to)\b",
    re.IGNORECASE,
)
_TIME_FIRST = re.compile(
    r"((?:since|on|in|at|for|by|after|before|last|this|the other|all|yesterday|tonight|today)\b"
    r"[^,]{0,60}?),? (you\b.*)$",
    re.IGNORECASE,
)
_VERDICT_BEING = re.compile(
    r"\bas an? (?:weapon|pawn|punchbag|excuse)\b|\bagainst (?:me|us)\b"
    r"|\bhaving (?:no|(?:a|some|the) (?:nerve|cheek|gall)|a heart|the right|had it|not)\b"
    r"|\b(?:having )?(?:ruin|destroy|wreck|betray|humiliat|sham)\w+ (?:my|our|us|me|every\w+)\b"
    r"|\b(?:having made|having turned|making|turning) (?:this|it|us|me|our|my|everything)\b"
    r"|\bbeing (?!in|at|on|up|down|out|there|here|upstairs|downstairs|home|away|with|off|late"
    r"|locked|stuck|asleep|awake|sat|stood|lying|curled|shut|parked|on your)"
)
_TOLD = re.compile(
    r"\w+ (?:that |when |after |because |since |how )?"
    r"(you (?:promised|said|swore|agreed|told me|gave (?:me )?your word)\b.+)$",
    re.IGNORECASE,
)
_BESIDE = re.compile(r", with (?:all )?((?:the|your) [^,.;]+)$", re.IGNORECASE)
_SPOKEN = frozenset("say tell promise ask talk speak shout sigh laugh mutter swear".split())
_MANNER = re.compile(r"(?:without|like|as|with no|not even|again)\b", re.IGNORECASE)
_WEIGHED = re.compile(r"\b(?:more|worse|better|less)\b.*\bthan\b", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:\b(?:(?:the |my |our )?last|my|your|our|the|his|her|their) "
    r"(?:(?!on |in |at |of |to |for )\w+ )?)$"
)
_TAIL = re.compile(
    r"(?:'s \w+| (?:night|morning|evening|afternoon|check-?in|account|app|call|party|thing)\b)"
)


def turn_clause(clause: Clause, marks: Sequence[str] = ()) -> Observation | None:
    """Turn a blaming clause into what was seen or heard, or None when nothing is left.

    Args:
        clause: The clause.
        marks: The blaming stretches in it, lower case: none may stand word for word.
    """
    if said := edited(clean(clause.text), edits_of("contrary")):
        done = replace(made_of(said, clause, 4.0, turned=True), past=True)
        return done if _can_be_said(said) else None
    if clause.joiner == "if":
        text = edited(clean(clause.text), edits_of("missed"))
        return made_of(text, clause, 2.0, turned=True) if acceptable(text) else None
    plain = clean(clause.text)
    seen = _is_seen(clause) or plain.startswith("I notice") or edited(plain, edits_of("unmet"))
    if not clause.facts and not seen:
        return None
    text = _opened(clause) if clause.mood in {"question", "order"} else clause.text
    text = _trimmed(clean(text), marks)
    if unseen().search(text) and (seen := edited(text, edits_of("unmet"))):
        text = seen
    if not text or unseen().search(text):
        return _rescued(clause, marks)
    scorn = not clause.solid and _scorned(clause)
    if scorn and not _distinct(text, clause.text) and "comparison" not in clause.kinds[:1]:
        return None
    weight = sum(3.0 if clause.solid else 1.0 for _ in clause.facts) + _THIN
    if not clause.facts and len(clause.text.split()) >= _TELLING:
        weight = _SEEN
    large = [mark for mark in marks if len(mark) >= _LARGE * len(clause.text)]
    ways = (
        ("" if is_pressed(clause.text) and text.lower().startswith("you") else text, marks),
        (edited(text, edits_of("unmet")), large),
        (_habit(text), large),
        (_in_view(text, clause.sentence), large),
        (edited(mend(f"{text[:1].lower()}{text[1:]}"), edits_of("fragments")), large),
    )
    for less, (made, barred) in enumerate(ways):
        made = mend(made)
        if made and free_of(made, barred) and _can_be_said(made):
            return made_of(made, clause, weight - 0.1 * less, turned=True)
    return _rescued(clause, marks)


def _can_be_said(text: str) -> bool:
    """Whether what a clause became is a sound sentence without blame."""
    return acceptable(text) and not fault_in(text) and not blame_kinds(text)


def _trimmed(text: str, marks: Sequence[str]) -> str:
    """The text without a blaming stretch at its end that holds no fact: "without a word"."""
    for mark in marks:
        rest = text[: -len(mark)].rstrip(" ,")
        told = any(fact.kind != "thing" for fact in find_facts(mark))
        loose = _MANNER.match(mark) and text.lower().endswith(mark)
        if loose and not told and acceptable(rest):
            return rest
    return text


def _distinct(text: str, before: str) -> bool:
    """Whether the clause no longer stands word for word in the message."""
    return before.lower().strip(" .,!?") not in text.lower()


def _is_seen(clause: Clause) -> bool:
    """Whether a clause tells of something seen or heard, or that the writer did, unlabelled."""
    if clause.subject == "other" and _DONE_TO_WRITER.match(clause.text):
        return not blame_kinds(clean(clause.text))
    mine = clause.subject == "I" and clause.past and happens(clause)
    if mine:
        return not blame_kinds(clean(clause.text))
    return clause.subject == "you" and not _scorned(clause) and tells(clause)


_DONE_TO_WRITER = re.compile(
    r"(?:they|he|she|my \w+)(?:'ve|'s| have| has)? \w+(?:ed|t|en|g)? (?:\w+ )?me\b", re.IGNORECASE
)


def _scorned(clause: Clause) -> bool:
    """Whether scorn is what a clause is made of; something seen outweighs an unsure mark."""
    if not clause.kinds or clause.kinds[0] not in _DROPPED:
        return False
    told = clause.past or clause.kinds[0] != "demand"
    seen = clause.subject == "you" and told and tells(clause)
    return not seen or bool(blame_kinds(clause.text))


def tells(clause: Clause) -> bool:
    """Whether the clause's verb is one that can be seen or heard."""
    return _verb_of(clause) in load_observing().seen


def happens(clause: Clause) -> bool:
    """Whether the clause tells something that the writer or both did, not what they think."""
    verb = _verb_of(clause)
    return clause.subject in {"I", "we"} and bool(verb) and verb not in load_observing().mental


def _verb_of(clause: Clause) -> str:
    """The base form of the clause's first verb that is no auxiliary, or empty."""
    words = re.findall(r"[a-z']+", clean(clause.text).lower())[1:5]
    first = next((w for w in words if is_verb(w) and w not in AUXILIARIES), "")
    return base(first) if first else ""


def is_pressed(text: str) -> bool:
    """Whether a clause about the other leans on a word: "again", "still", "even"."""
    return bool(_PRESSED.match(text))


def missed(clause: Clause) -> bool:
    """Whether a condition says what the writer misses: "if you touched me more"."""
    return clause.joiner == "if" and bool(edited(clean(clause.text), edits_of("missed")))


def contrary(clause: Clause) -> bool:
    """Whether a clause says what would have been done, and so what was not."""
    return clause.subject == "you" and bool(edited(clean(clause.text), edits_of("contrary")))


def promised(clause: Clause) -> bool:
    """Whether what was promised or said stands inside a clause, with something to check."""
    told = _TOLD.search(clause.text) or _BESIDE.search(clause.text)
    return bool(told and clause.solid and find_facts(told[1]))


def _rescued(clause: Clause, marks: Sequence[str]) -> Observation | None:
    """Keep a part that can stand alone, or else the bare facts: "I keep thinking about ..."."""
    if not clause.solid or (clause.kinds and clause.kinds[0] in _NOT_RESCUED):
        return None
    told, beside = _TOLD.search(clause.text), _BESIDE.search(clause.text)
    if beside and (text := clean(f"I keep thinking about {beside[1]}")) and free_of(text, marks):
        return made_of(text, clause, 2.0, turned=True)
    parts = re.split(r",\s+|\s+and that\s+|\s+(?=while |after |before |when )", clause.text)[1:]
    for part in ([told[1]] if told else []) + parts:
        text = clean(re.sub(r"^(?:while|after|before|when|and|but|so) ", "", part))
        whole = re.match(r"(?:I|you|we|she|he|it)\b", text)
        if whole and find_facts(text) and _can_be_said(text) and not _timeless(part, text):
            if not unseen().search(text) and free_of(text, marks):
                return made_of(text, clause, 2.0, turned=True)
    return _about(clause, marks)


def _timeless(part: str, text: str) -> bool:
    """Whether a part says only when something happens each time: "when you've been on it"."""
    background = re.match(r"\w+(?:'s|'re|'ve|'m| was| were| is| are)\b", text)
    opened = re.match(r"(?:when|while|after|before)\b", part)
    return bool(opened and (background or not speaks_of_past(text)))


def _about(clause: Clause, marks: Sequence[str]) -> Observation | None:
    """The bare facts of a clause: `I keep thinking about Saturday night`."""
    pieces: list[str] = []
    for fact in clause.facts:
        if fact.kind not in _NAMEABLE or _VAGUE.fullmatch(fact.text):
            continue
        start, end = fact.start - clause.start, fact.end - clause.start
        before, after = clause.text[:start], clause.text[end:]
        lead = _LEAD.search(before)
        tail = _TAIL.match(after)
        if fact.kind != "money" and not (lead or tail):
            continue
        opening = lead[0] if lead else "the " if fact.kind == "money" else ""
        piece = f"{opening}{fact.text}{tail[0] if tail else ''}"
        pieces.append(clean(piece))
    pieces = list(dict.fromkeys(piece for piece in pieces if piece and not blame_kinds(piece)))
    if not pieces:
        return None
    text = "I keep thinking about " + " and ".join(pieces[:2])
    return made_of(text, clause, 1.2, turned=True) if free_of(text, marks) else None


_NAMEABLE = frozenset({"date", "money", "event"})


def _habit(text: str) -> str:
    """`you always walk out` becomes `I keep seeing you walk out`."""
    match = re.match(
        r"you (always|constantly|never) (?:(?:even|once|just) )?(\w+)(.*)$", text, re.I
    )
    if not match or not is_verb(match[2]) or is_past(match[2]) or "truth" in match[3]:
        return ""
    sense = "hear" if base(match[2]) in _SPOKEN else "see"
    lead = f"I don't {sense} you" if match[1].lower() == "never" else f"I keep {sense}ing you"
    return f"{lead} {match[2]}{match[3]}"


_BARE = 2
"""Words of a phrase that tells nothing yet: "you going"."""


def _in_view(text: str, turn: int) -> str:
    """`you went through my phone` becomes `I keep thinking of you going through my phone`."""
    lead = _TIME_FIRST.match(text)
    phrase = as_gerund(lead[2] if lead else text)
    if re.match(r"you(?:'re| are) not \w+ing\b", text, re.IGNORECASE):
        return ""
    if not phrase or len(phrase.split()) <= _BARE:
        return ""
    if _VERDICT_BEING.search(phrase) or _WEIGHED.search(phrase):
        return ""
    when = lead[1][0].lower() + lead[1][1:] if lead else ""
    views = load_observing().views
    return views[turn % len(views)].format(ing=f"{phrase} {when}".strip())


def _opened(clause: Clause) -> str:
    """The statement inside a question that is a charge."""
    text = re.sub(r"^(?:and|so|but|then) ", "", clause.text, flags=re.IGNORECASE)
    if made := edited(text, edits_of("questions")):
        return made
    if match := _inverted().match(text):
        return uninvert(match[1], match[2], match[3]) or ""
    return ""


@cache
def _inverted() -> re.Pattern[str]:
    return re.compile(load_observing().inverted, re.IGNORECASE)


@cache
def unseen() -> re.Pattern[str]:
    """What somebody else wants or thinks, which cannot be seen."""
    return re.compile(load_observing().unseen, re.IGNORECASE)
