"""Say of a clause how it is put, who acts in it, and whether it speaks of the past."""

import re
from typing import Literal

from rag.facts import load_table
from rag.grammar import AUXILIARIES, base, form, is_past, is_verb, known_word

Subject = Literal["I", "you", "we", "other", "none"]
Mood = Literal["statement", "question", "order", "fragment"]

_LEADS = re.compile(
    r"^(?:(?:now|then|today|yesterday|last night|still|maybe|perhaps|tonight|honestly|again|even"
    r"|also|really|here|just|this morning|\"?yeah|yes|no|oh|ok|okay|well|right|look|listen|sorry"
    r"|apparently|meanwhile|sometimes|god|please)[, ]+)+",
    re.IGNORECASE,
)
_TIME_FIRST = re.compile(
    r"(?:since|from|on|in|at|for|by|after|before|last|this|all|every|each|yesterday|today|tonight|now"
    r"|the other|two|three|four|five|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
    r"[^,]{0,60}?,? ((?:you|I|we)(?:'\w+)? .*)$",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r" (?:me|him|her|them|us|it|this|that|these|those|the|my|your|our|a|an|some|every\w*|\w+ing"
    r"|up|out|off|down|back|to|with|at|in|on|something|anything|one|yourself)\b",
    re.IGNORECASE,
)
_WH = r"(?:why|how|what|who|where|when|which|whose|what's|who's|where's|how's|when's)"
_AUXILIARY = "|".join(sorted(AUXILIARIES, key=len, reverse=True))
_INVERTED = re.compile(
    rf"(?:{_WH}(?: (?!I |you |we )\w+){{0,2}} )?(?:{_AUXILIARY})"
    r" (?:I|you|we|he|she|they|it|there|that|this|my|your|the|our)\b|(?:what|who|where|how)'s\b"
    r"|who \w+s (?:that|this|it|the|a|my|your)\b|why\b|how (?:many|much|dare|come)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"^(?:{_WH}\b|(?:{_AUXILIARY})\s+"
    r"(?:I|you|we|he|she|they|it|there|that|this|my|your|the|our)\b)",
    re.IGNORECASE,
)


_TOLD_BY = re.compile(r" my (?:i?phone|friends) (?:had|has|says?|said|shows?|showed|puts?)\b", re.I)


def asks(words: str) -> bool:
    """Whether a clause begins as a question does."""
    return bool(_ASKS.match(words))


def put(words: str, asked: bool) -> tuple[Mood, Subject]:
    """How a clause is put, and who acts in it.

    Args:
        words: The clause.
        asked: Whether its sentence ends with a question mark.
    """
    bare = _LEADS.sub("", words)
    subject = subject_of(bare)
    if subject == "none" and (late := _TIME_FIRST.match(bare)):
        subject = subject_of(late[1])
    if asks(bare) and (asked or _INVERTED.match(bare)):
        return "question", subject
    if subject in {"I", "you", "we"}:
        return "statement", subject
    first = re.match(r"(?:don't |do not |please |never )*([a-z]+)", bare, re.IGNORECASE)
    if first and subject == "none" and _is_order(first[1].lower(), bare[first.end() :]):
        return "order", "you"
    if subject == "other" or has_finite_verb(bare):
        return "statement", "other"
    return "fragment", "none"


def _is_order(verb: str, rest: str) -> bool:
    """Whether a clause that begins with a verb is an order: a noun needs an object after it."""
    if verb not in load_table().orders or _TOLD_BY.match(rest):
        return False
    return not known_word(verb, "NOUN") or not rest or bool(_OBJECT.match(rest))


def subject_of(words: str) -> Subject:
    """Who acts in a clause, by its first word."""
    first = re.match(r"[\"']?([A-Za-z]+)", words)
    low = first[1].lower() if first else ""
    if low in {"i", "you", "we"}:
        return {"i": "I", "you": "you", "we": "we"}[low]  # type: ignore[return-value]
    if low in {"he", "she", "they", "it", "there"} or re.match(r"that's\b", words, re.I):
        return "other"
    return "none"


def has_finite_verb(words: str) -> bool:
    """Whether some word after the first is surely a verb with a tense."""
    parts = re.findall(r"[A-Za-z]+(?:'[a-z]+)?", words)
    for n, word in enumerate(parts[1:], 1):
        low = word.lower()
        month = word == "May" or low == "march"
        if (low in AUXILIARIES and not month) or low in {"'s"}:
            return True
        if is_past(low) and parts[n - 1].lower() not in {
            "be",
            "been",
            "being",
            "the",
            "a",
            "an",
            "my",
            "your",
            "not",
        }:
            return True
        stem = base(low)
        third = stem != low and form(stem, "VBZ") == low and is_verb(low)
        if third and not known_word(low, "NOUN"):
            return True
    return bool(re.match(r"\w+'s (?!\w+$)\w+ing\b|\w+'s (?:a|an|the|not|been|on|in|at)\b", words))


def speaks_of_past(words: str) -> bool:
    """Whether a clause speaks of the past."""
    parts = [w.lower() for w in re.findall(r"[A-Za-z]+(?:'[a-z]+)?", words)]
    if parts and parts[0].endswith(("'m", "'re", "'ll", "'s", "'ve")):
        return False
    for word in parts[1:6]:
        if is_past(word) or word in {"didn't", "wasn't", "weren't", "hadn't"}:
            return True
        if word in AUXILIARIES or (is_verb(word) and word == base(word)):
            return False
    return False
