"""Turn what a message itself asks for, an order or an open question, into a refusable request."""

import re

from rag.cards import pick
from rag.cleaning import acceptable, clean
from rag.composing import load_composing
from rag.grammar import gerund, is_verb, uninvert
from rag.message import Message


def own_request(message: Message, seed: str) -> list[str]:
    """Requests made of what the message itself asks for."""
    table = load_composing()
    made = _demanded(message)
    for clause in message.asks:
        text = clean(clause.text)
        if re.search(table.avoid_asks, text, re.IGNORECASE) or not 2 <= len(text.split()) <= 18:
            continue
        if clause.mood == "question":
            if (whole := _asked(text)) is not None:
                made.append(whole)
        elif (phrase := _ordered(text, seed)) is not None:
            made.append(phrase)
    return made


def _demanded(message: Message) -> list[str]:
    """What is demanded under a threat: "if you don't sit down with me tonight, I'm ..."."""
    made = []
    for clause in message.clauses:
        match = _UNLESS.match(clause.text) if clause.joiner == "if" else None
        if match is None or not is_verb(match[1]) or len(clause.text.split()) > _MOST_WORDS:
            continue
        text = clean(f"{match[1]}{match[2]}")
        avoided = re.search(load_composing().avoid_asks, text, re.IGNORECASE)
        if acceptable(text) and not avoided:
            made.append(f"Would you {text}?")
    return made


_UNLESS = re.compile(r"you (?:don't|won't|do not|can't) (\w+)\b(.*)$", re.IGNORECASE)
_MOST_WORDS = 20


def _asked(text: str) -> str | None:
    low = text.lower()
    if re.match(r"(?:would|could|can|will) (?:you|we|I)\b", low):
        return f"{text[:1].upper()}{text[1:]}?"
    match = re.match(
        r"(how long|how many \w+|how much(?: \w+)?|how often|when|where|who|what(?: \w+)?) "
        r"(do|does|did|are|is|was|were|have|has) (you|we|it|she|he|they|that) (.+)$",
        text,
        re.IGNORECASE,
    )
    if not match:
        return _whether(text)
    statement = uninvert(match[2], match[3], match[4])
    question = load_composing().asks.question
    return question.format(clause=f"{match[1].lower()} {statement}") if statement else None


def _whether(text: str) -> str | None:
    """`did you ring the clinic` becomes `Would you tell me whether you rang the clinic?`."""
    match = re.match(r"(did|have|has|is|was|were) (you|it|she|he|they|that) (.+)$", text, re.I)
    statement = uninvert(match[1], match[2], match[3]) if match else None
    question = load_composing().asks.question
    return question.format(clause=f"whether {statement}") if statement else None


def _ordered(text: str, seed: str) -> str | None:
    asks = load_composing().asks
    text = re.sub(r"^(?:please|just|now|then|so|and|ok|okay)[, ]+", "", text, flags=re.IGNORECASE)
    if match := re.match(r"(?:stop|quit|don't keep|do not keep) (\w+ing\b.*)$", text, re.I):
        return pick(asks.stop, seed, 31).format(ing=match[1])
    if match := re.match(
        r"(?:don't|do not|never) (?:you |even |ever |dare )*(\w+)(.*)$", text, re.I
    ):
        if not is_verb(match[1]):
            return None
        return pick(asks.dont, seed, 31).format(ing=f"{gerund(match[1])}{match[2]}")
    words = text.split()
    if not is_verb(words[0]) or not acceptable(text):
        return None
    phrase = " ".join([gerund(words[0]), *words[1:]])
    phrase = re.sub(r"\band (\w+)\b", lambda m: _and_verb(m[1]), phrase, count=1)
    return pick(asks.order, seed, 31).format(ing=phrase)


def _and_verb(word: str) -> str:
    plain = {"tell", "ask", "show", "say", "give", "talk", "come", "sit", "call", "explain", "go"}
    return f"and {gerund(word) if word in plain else word}"
