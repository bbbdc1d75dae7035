"""Tell whether a sentence bends the passage whose words it uses: a line, a role, a contrast.

A measure of words and meaning cannot see these, because nearly every word is the passage's own.
"""

import re
from collections import defaultdict

from rag.lexical import words

_LEAST_LINE = 4
_REACH = 4
_LEAST_SHARED = 2
_LINE = re.compile(r"[\"“]([^\"“”]+)[\"”]")
_TURN = re.compile(
    r"\b(?:but|while|whereas|others?|critics|opponents|yet|however|although|though|still|instead|not"
    r"|nor|rather)\b|;",
    re.IGNORECASE,
)
_WHO = {
    "i": "I", "me": "I", "my": "I", "you": "you", "your": "you", "they": "other", "them": "other",
    "their": "other", "he": "other", "she": "other", "his": "other", "her": "other",
    "partner": "other", "we": "we", "our": "we", "us": "we",
}  # fmt: skip
_READ = {"I": "you", "you": "other", "we": "you"}
_EMPTY = frozenset(
    "about all also am any been being can could did do does down each else ever from had has have"
    " he her here him his how i its just may me might mine more most much my our ours out over own"
    " she should so some than them there they those too up us very was we were what when where"
    " which while who whom whose why will would you your".split()
)
"""Words that carry no claim of their own, beside the stop words that the search leaves out."""


def telling(text: str) -> set[str]:
    """The stems of the words that carry a claim."""
    return set(words(" ".join(w for w in re.findall(r"[\w'’-]+", text) if w.lower() not in _EMPTY)))


def bends(sentence: str, passage: str) -> str:
    """Say how a sentence bends a passage, or nothing.

    Args:
        sentence: A sentence that uses the passage's words.
        passage: The whole passage.
    """
    if _plain(sentence) in _plain(passage):
        return ""
    lines = [line for line in _LINE.findall(sentence) if len(line.split()) >= _LEAST_LINE]
    if any(_plain(line) not in _plain(passage) for line in lines):
        return "words to say that are not the passage's"
    told = _LINE.sub(" ", sentence)
    if _swaps(told, passage):
        return "somebody else doing it than in the passage"
    if not _TURN.search(told) and _joins(told, passage):
        return "two sides of the passage made one"
    return ""


def _swaps(sentence: str, passage: str) -> bool:
    """Whether something is done by one person that only another does in the passage."""
    told, ours = _doers(_LINE.sub(" ", passage)), _doers(sentence)
    # In a line to say, "I" is the person who reads, and "you" is the other.
    for deed, who in _doers(" . ".join(_LINE.findall(passage))).items():
        told[deed] |= who | {_READ.get(one, one) for one in who}
    return any(deed in told and not who & told[deed] for deed, who in ours.items())


def _doers(text: str) -> dict[str, set[str]]:
    """For each word that carries a claim, the people who stand shortly before it."""
    found: dict[str, set[str]] = defaultdict(set)
    for clause in re.split(r"[.,;:?!]|\b(?:and|but|that|who|which|because|if|when)\b", text):
        tokens = re.findall(r"[a-z]+", re.sub(r"\byour partner\b", "partner", clause.lower()))
        for n, token in enumerate(tokens):
            who = _WHO.get(token)
            after = tokens[n + 1 : n + 1 + _REACH]
            for stem in telling(" ".join(after)) if who else ():
                found[stem].add(who or "")
    return found


def _joins(sentence: str, passage: str) -> bool:
    """Whether a sentence takes words from both sides of a contrast in one passage sentence."""
    own = telling(sentence)
    for told in re.split(r"(?<=[.!?])\s", passage):
        if len(own & telling(told)) < _LEAST_SHARED * 2:
            continue
        sides = [telling(side) for side in _TURN.split(told)]
        only = [own & side - set().union(*(s for s in sides if s is not side)) for side in sides]
        if sum(len(one) >= _LEAST_SHARED for one in only) >= 2:
            return True
    return False


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower().replace("’", "'").replace("'", "")))
