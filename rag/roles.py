"""Who does what and what belongs to whom, so that a draft never swaps the two.

Used by the checker: the draft's verbs and belongings are held against the message's own.
"""

import re
from collections.abc import Sequence

from rag.clauses import Clause
from rag.grammar import AUXILIARIES, base, is_past, is_verb

Doer = tuple[str, str, frozenset[str]]
"""`I` or `you`, a verb in its base form, and the words round it."""
Belonging = tuple[str, str]
_LOOSE = frozenset("be have do keep feel need want know think like would could mean".split())


def swapped(
    clauses: Sequence[Clause], doers: Sequence[Doer], belongings: frozenset[Belonging]
) -> list[tuple[str, str]]:
    """Verbs and belongings that the source gives to the other person only.

    Args:
        clauses: Clauses of the draft.
        doers: Who does what in the source.
        belongings: What belongs to whom in the source.
    """
    told_clauses = [clause for clause in clauses if not _skips(clause)]
    theirs, ours = doers, doers_in(told_clauses)
    sure = {(who, verb) for who, verb, _ in theirs}
    found = []
    for who, verb, words in ours:
        if (who, verb) in sure or verb in _LOOSE:
            continue
        if any(other != who and verb == act and words & said for other, act, said in theirs):
            found.append(("swapped_role", f"{who} {verb}"))
    mine = belongings_in(" ".join(clause.text for clause in told_clauses))
    for who, thing in mine:
        other = "your" if who == "my" else "my"
        shared = ("our", thing) in belongings
        if (who, thing) not in belongings and (other, thing) in belongings and not shared:
            found.append(("swapped_role", f"{who} {thing}"))
    return found


def doers_in(clauses: Sequence[Clause]) -> list[Doer]:
    """Who does what, `I` or `you` with each verb in the base form, and the words round it."""
    found: list[Doer] = []
    for clause in clauses:
        for match in re.finditer(r"\b(I|you)(?:'\w+)?((?: \w+(?:'t)?){1,3})", clause.text, re.I):
            done_to = bool(re.search(r"\b(?:been|was|were|am|being|wasn't|weren't)\b", match[0]))
            for word in match[2].split():
                low = word.lower()
                if done_to and is_past(low) and low not in AUXILIARIES:
                    break
                if low in AUXILIARIES or not is_verb(low) or low in _SKIPPED:
                    continue
                words = set(re.findall(r"[a-z]{4,}", clause.text.lower())) - {low}
                found.append(("I" if match[1] in "Ii" else "you", base(low), frozenset(words)))
                break
    return found


_SKIPPED = frozenset(
    "just only really still even not never also always then to be been being".split()
)


def _skips(clause: Clause) -> bool:
    wishes = ("i need", "i want", "i'd like", "it matters", "i know that my", "i think ", "i can ")
    return clause.mood == "question" or clause.text.lower().startswith(wishes)


def belongings_in(text: str) -> frozenset[Belonging]:
    """What belongs to whom in a text: `my`, `your` or `our`, and the thing."""
    return frozenset(
        (match[1].lower(), match[2].lower())
        for match in re.finditer(r"\b(my|your|our) (\w+)\b", text, re.IGNORECASE)
    )
