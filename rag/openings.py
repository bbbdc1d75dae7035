"""An opening line that starts from what the person wrote.

The request speaks of the partner as "he" or "she"; the opening is said to them, so their part is
put into the second person. "I" is never changed: nobody's role is swapped. A sentence in which
"he" may be somebody else is not used. What is left passes the checker, or there is no such line.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

from rag.blame import blame_kinds, find_blame
from rag.cards import Speaker
from rag.checker import check_draft, read_source
from rag.clauses import sentence_spans
from rag.facts import find_facts
from rag.grammar import AUXILIARIES, base, form, is_verb, known_word
from rag.message import Message, read_message
from rag.observing import observe
from rag.occasions import CardSide, Wording
from rag.texting import tidy

_FEWEST, _LONGEST = 4, 30
_TOPIC_WORDS = 9
_MOST_LETTERS = 1_200
_THIRD = re.compile(r"\b(?:he|she|him|her|his|hers|himself|herself)\b", re.IGNORECASE)
_THEY = re.compile(r"\b(?:they|them|their|theirs|themself|themselves)\b", re.IGNORECASE)
_ADDRESSED = re.compile(r"\b(?:you|your|yours|you're|you've)\b", re.IGNORECASE)
_STANDS = re.compile(r"(?:I|you|we|my|your|our|there)\b(?!'d)", re.IGNORECASE)
_ENDS = re.compile(
    r"\s*(?:$|[.,;:!?\"')-]|(?:and|but|so|or|then|while|when|because|after|before|since|if|which"
    r"|who|I|you|we|it|the|my|your|to|in|on|at|for|with|from|by)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:'[a-z]+)?|[^A-Za-zÀ-ÿ]+")
_SUBJECT = {"he": "you", "she": "you", "they": "you"}
_OTHER = {
    "him": "you",
    "them": "you",
    "his": "your",
    "their": "your",
    "hers": "yours",
    "theirs": "yours",
    "himself": "yourself",
    "herself": "yourself",
    "themself": "yourself",
    "themselves": "yourself",
}
_AGREES = {
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "isn't": "aren't",
    "wasn't": "weren't",
    "hasn't": "haven't",
    "doesn't": "don't",
}
_BETWEEN = frozenset(
    "just still even only never always also really then often usually now already once".split()
)
_OBJECTS = frozenset(
    "it me him her them us this that these those the a an my his their our some all every"
    " everything nothing to from up out off away".split()
)
_AFTER_HER = frozenset(
    "that about to and but when if i on in at for with the a an what how why again off up out"
    " last yesterday today tonight because without so this before after while once it we"
    " everything all nothing something anything more most much everyone up to not no now then"
    " alone here there both her his my our their some".split()
)


def start_from(text: str, speaker: Speaker, side: CardSide, wording: Wording) -> str:
    """An opening line that starts from a fact of the request, or empty.

    Args:
        text: The request as typed.
        speaker: Whose request it is.
        side: The card's side, which supplies what follows the fact.
        wording: The patterns of `knowledge/prepare/common.yaml`.
    """
    told, topics = addressed(text, wording)
    message = read_message(told, find_blame(told))
    feeling = " and ".join(message.feelings[:2]) or side.from_facts.feeling
    source = read_source(" ".join((told, *topics)), speaker)
    seen = (start for start in _seen(message, speaker, wording) if _whole(start, told))
    for start in chain(seen, (f"I'd like to talk about {topic}" for topic in topics)):
        lead = "" if start.startswith("I'd like to talk") else side.from_facts.lead
        draft = f"{lead} {start}. I feel {feeling}. {side.from_facts.then}".strip()
        if not check_draft(draft, source, speaker):
            return draft
    return ""


def addressed(text: str, wording: Wording) -> tuple[str, tuple[str, ...]]:
    """What the request tells, said to the partner; and the subjects that it wants to raise."""
    plain = tidy(_beginning(text)).text
    many = bool(_pattern(wording.others).search(plain))
    they = bool(
        re.search(r"\bmy (?:partner|spouse)\b", plain, re.IGNORECASE)
    ) and not _THIRD.search(plain)
    told: list[str] = []
    topics: list[str] = []
    for start, end in sentence_spans(plain):
        sentence = plain[start:end]
        third = bool(_THIRD.search(sentence) or _pattern(wording.partner).search(sentence))
        if third and _ADDRESSED.search(sentence):
            continue  # the "you" is this program
        for topic in _topics(sentence, wording):
            if not (many and _THIRD.search(topic)):
                topics.append(to_you(topic, wording, they=they))
        kept = _pattern(wording.telling).sub(". ", sentence)
        kept = _pattern(wording.asking).sub(". ", kept)
        kept = _pattern(wording.unsaid).sub("", kept).strip(" .,;:?!")
        if not kept or (many and _THIRD.search(kept)) or (_THEY.search(kept) and not they):
            continue
        told.append(to_you(kept, wording, they=they) + ".")
    return " ".join(told), tuple(topic for topic in topics if topic)


def _beginning(text: str) -> str:
    """As much of a long request as one opening can start from, in whole sentences."""
    if len(text) <= _MOST_LETTERS:
        return text
    head = text[:_MOST_LETTERS]
    return head[: max(head.rfind(end) for end in (". ", "? ", "! ", "\n")) + 1]


def to_you(text: str, wording: Wording, *, they: bool = False) -> str:
    """Put a text about the partner into words to the partner; empty when that is not sure."""
    text = re.sub(rf"{wording.partner}'?s(?= \w)", "your", text, flags=re.IGNORECASE)
    text = re.sub(rf"{wording.partner}\b(?! of\b)", "he", text, flags=re.IGNORECASE)
    pieces = _WORD.findall(text)
    subject = False
    for n, piece in enumerate(pieces):
        low = piece.lower()
        stem, _, tail = low.partition("'")
        if low in {"they", "them", "their", "theirs", "themselves"} and not they:
            continue
        if stem in _SUBJECT:
            made = _as_subject(tail, _next(pieces, n), _next(pieces, n + 2))
            if not made:
                return ""
            pieces[n], subject = made, stem != "they"
            if subject and not tail:
                _agree(pieces, n)
        elif low == "her":
            pieces[n] = "your" if _owns(_next(pieces, n)) else "you"
        elif low in _OTHER:
            pieces[n] = _OTHER[low]
        elif subject and low in {"and", "but", "then"}:
            _agree(pieces, n, joined=True)
    return "".join(pieces)


def _as_subject(tail: str, following: str, after: str) -> str:
    """`he`, `he'd`, `he's` in the second person; empty where `'s` could be "is" or "has"."""
    if tail != "s":
        return f"you'{tail}" if tail else "you"
    if following in {"been", "got", "had"}:
        return "you've"
    if following.endswith("ing") or not is_verb(following):
        return "you're"
    if form(base(following), "VBN") != following:
        return "you're"
    return "you've" if after in _OBJECTS - {"to", "from"} else ""


def _agree(pieces: list[str], at: int, *, joined: bool = False) -> None:
    """Give the verb that follows a subject, or an "and", the form that "you" takes."""
    for n in range(at + 1, min(at + 6, len(pieces))):
        low = pieces[n].lower().strip()
        if not low or low in _BETWEEN:
            continue
        if low in _AGREES:
            pieces[n] = _AGREES[low]
        elif low not in AUXILIARIES and is_verb(low):
            stem = base(low)
            sure = not joined or not known_word(low, "NOUN") or _next(pieces, n) in _OBJECTS
            if sure and stem != low and form(stem, "VBZ") == low:
                pieces[n] = stem
        return


def _owns(following: str) -> bool:
    """Whether "her" before this word is a possessive."""
    if not following or following in _AFTER_HER:
        return False
    return known_word(following, "NOUN") or known_word(following, "ADJ")


def _next(pieces: list[str], at: int) -> str:
    """The next word, when nothing but a space stands between."""
    if at + 2 < len(pieces) and not pieces[at + 1].strip():
        return pieces[at + 2].lower()
    return ""


def _topics(sentence: str, wording: Wording) -> Iterator[str]:
    """What the request wants to bring up: `the charge on Saturday`."""
    asked = " ; ".join(match[0] for match in _pattern(wording.asking).finditer(sentence))
    for match in _pattern(wording.topic).finditer(asked):
        topic = match[1]
        if end := _pattern(wording.topic_end).search(topic):
            topic = topic[: end.start()]
        topic = topic.strip(" '\"")
        bad = _pattern(wording.topic_not).search(topic) or blame_kinds(topic)
        if topic and not bad and len(topic.split()) <= _TOPIC_WORDS:
            yield topic


def _seen(message: Message, speaker: Speaker, wording: Wording) -> Iterator[str]:
    """Facts that can be said as they stand, the weightiest first."""
    boundary = message.boundary
    if len(boundary.split()) >= _FEWEST and not _THIRD.search(boundary):
        yield boundary[0].upper() + boundary[1:]
    for one in sorted(observe(message, speaker), key=lambda one: -one.weight):
        words = one.text.split()
        told = one.facts or find_facts(one.text)
        if not told or not _FEWEST <= len(words) <= _LONGEST or not _STANDS.match(one.text):
            continue
        if speaker == "used" and words[0].lower() not in {"i", "i've", "my", "we", "you", "i'm"}:
            continue
        if _THIRD.search(one.text) or _pattern(wording.loaded).search(one.text):
            continue
        yield one.text[0].upper() + one.text[1:]


def _whole(start: str, told: str) -> bool:
    """Whether a fact ends where its clause ends: "nobody takes this (seriously)" does not."""
    last = r"\W+".join(map(re.escape, re.findall(r"[\w']+", start)[-2:]))
    found = re.search(rf"{last}(?!\w)(?P<after>\W*(?:\w+)?)", told, re.IGNORECASE)
    return found is None or bool(_ENDS.match(found["after"]))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
