"""Understand a follow-up question from the conversation so far.

"And what if she says no?" means nothing alone. Such a question is read together with the one
before it; nothing else of the conversation is needed, and nothing of it is kept.
"""

import re
from collections.abc import Sequence

_OPENS = re.compile(
    r"^(?:and|but|so|or|what about|how about|what if|why|why not|how long|how often|how so|"
    r"for how long|like what|such as|who|where|when|which one|more|tell me more|go on|"
    r"what else|anything else|is that|does that|would that|and if|even if|ok|okay|then|"
    r"(?:can|could|would) you (?:say|explain|shorten|repeat|give|put)|"
    r"(?:i |we )?tried (?:that|this|it)|(?:i|we|he|she|they)(?:'ve|'s| have| has)? "
    r"(?:already |just )?(?:said|did|done|asked|told) (?:that|this|it)|"
    r"(?:that|it) (?:didn'?t|doesn'?t|won'?t|never)|not really)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:that|this|it|those|them|these|one|he|she|they|him|her)\b", re.IGNORECASE
)
_SHORT = 9
_VERY_SHORT = 4
_KEPT = 300
_FAR_BACK = 20


def standalone(question: str, history: Sequence[str]) -> str:
    """Make a question that can be searched for on its own.

    Args:
        question: The newest message.
        history: The person's earlier messages, oldest first.

    Returns:
        The question itself, or the earlier one and this one together when it leans on it.
    """
    leaning = [question]
    for earlier in reversed(history[-_FAR_BACK:]):
        if not depends(leaning[-1]):
            break
        leaning.append(earlier)
    text = leaning.pop()
    while leaning:
        text = f"{text.strip()[:_KEPT]} {leaning.pop().strip()}"
    return text


def depends(question: str) -> bool:
    """Whether a question leans on what was said before."""
    text = question.strip()
    length = len(text.split())
    if length <= _VERY_SHORT:
        return True
    return (
        length <= _SHORT and bool(_OPENS.search(text)) and bool(_REFERS.search(text) or length <= 6)
    )
