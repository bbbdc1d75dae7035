"""Guard the form of every sentence that tells an observation, and mend it by the least change.

What is wrong with a sentence, and what mends it, is data (`knowledge/well_formed.yaml`); what needs
a dictionary is here: a finite verb, a gerund joined to a finite verb, the tense of what is told.
"""

import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.grammar import AUXILIARIES, base, form, is_past, is_verb, known_word
from rag.knowledge import read_yaml
from rag.moods import has_finite_verb

_SPEAKS = re.compile(
    r"\b(?:I|you|we|they|he|she|it|who|everyone|everybody|nobody)"
    r" (?:\w+ly |just |still |all |now )?(?P<verb>[a-z]+)\b"
    r"|\b(?:I|you|we|he|she|it|they|there|that|who|what|here)'(?:m|re|s|ve|d|ll)\b",
    re.IGNORECASE,
)
_VIEWED = re.compile(r"\byou (?:not )?(?:\w+ly )?(?!having\b)\w+ing\b(?P<rest>.*)$", re.IGNORECASE)
_JOINED = re.compile(r"\band (?:then |just |also )?([a-z]+)\b")
_SURE = frozenset("told left said went called put asked hid lied drank came did was were".split())
_BARE_WHEN = re.compile(
    r"when (?!.*, (?:my|your|the|our)\b)(?!\w.* (?:I|you|we|he|she|it|they)\b(?:'\w+)? \w)", re.I
)
_TOLD = re.compile(
    r"(?P<lead>^|\band |, |\bago |day |night |morning |week |month |year |\blater )"
    r"(?P<who>I|you|we|he|she|they|it|there|yours|mine)"
    r"(?:(?P<short>'m|'re|'s)| (?P<verb>[a-z]+(?:n't)?))(?![\w'])"
)
_HAPPENING = re.compile(
    r"(?P<lead>(?:\band|,) (?:a|an|the|your|my|our) (?:\w+ ){1,2})"
    r"(?P<verb>falls|comes|pops|lights|rings|goes|shows|opens|drops|starts|says|turns|sits|stands)\b"
)
_SINGULAR = re.compile(r", (?:my|your|the|our) \w+ ([a-z]+s)\b", re.IGNORECASE)
_SHIFTED = {
    "am": "was",
    "is": "was",
    "are": "were",
    "has": "had",
    "have": "had",
    "can": "could",
    "do": "did",
    "don't": "didn't",
    "can't": "couldn't",
    "isn't": "wasn't",
    "aren't": "weren't",
    "won't": "wouldn't",
}
_LOOSE_IT = re.compile(
    r"(?:it|that|this)\b(?!'s (?:been|[£$€]?\d|now|\w+day)|'s the \d"
    r"| was (?:\d|\w+day|after|the \d)"
    r"| (?:is|was) (?:my|our)\b| says\b| took\b| hurts?\b| (?:night|day|morning|week|time)\b"
    r"| (?!is\b|was\b|has\b)[a-z]+ (?:is|was|has)\b)",
    re.IGNORECASE,
)


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    pattern: str
    matches: tuple[str, ...] = Field(min_length=1)
    ignores: tuple[str, ...] = Field(min_length=1)


class _Mend(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    find: str
    put: str


class FormTable(BaseModel):
    """The tables of `knowledge/well_formed.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    faults: tuple[_Fault, ...]
    mends: tuple[_Mend, ...]
    events: str
    dated: str
    often: str


@cache
def load_form(folder: Path = paths.KNOWLEDGE) -> FormTable:
    """Load the tables.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    table: FormTable = read_yaml(folder / "well_formed.yaml", FormTable)
    return table


@cache
def fault_in(text: str) -> str:
    """What is wrong with the form of a sentence, as a kind, or empty when nothing is."""
    bare = re.sub(r'"[^"]*"', '"x"', text).strip(" .,;")
    for kind, pattern in _faults():
        if pattern.search(bare):
            return kind
    if _BARE_WHEN.match(bare):
        return "no_main_clause"
    if not _has_verb(bare):
        return "no_verb"
    return "gerund_and_finite" if _mixed(bare) else ""


def mend(text: str) -> str:
    """A sentence with the least change that gives it a sound form; what is sound stays."""
    for find, put in _mends():
        text = find.sub(put, text)
    return (in_the_past(text) if is_event(text) else text).strip(" ,")


def is_loose(text: str) -> bool:
    """Whether a sentence begins with "it" or "that" for something that was named before it."""
    return bool(_LOOSE_IT.match(text))


def _has_verb(text: str) -> bool:
    for match in _SPEAKS.finditer(text):
        if not match["verb"] or match["verb"] in AUXILIARIES or is_verb(match["verb"]):
            return True
    return has_finite_verb(text) or _plural(text) or _singular(text)


def _singular(text: str) -> bool:
    """Whether a main clause after a condition has its verb: `when it rings, my stomach drops`."""
    match = _SINGULAR.search(text)
    return bool(match and is_verb(base(match[1])) and form(base(match[1]), "VBZ") == match[1])


def _plural(text: str) -> bool:
    """Whether a plural subject has a verb in its base form: `the kids know`."""
    match = re.match(r"(?:the|my|your|our|both|all) (?:\w+ )?\w+s (?:all )?([a-z]+)\b", text, re.I)
    return bool(match and is_verb(match[1]) and base(match[1]) == match[1])


def _mixed(text: str) -> bool:
    """Whether "you going ..." is joined to a verb with a tense: "and told your family"."""
    viewed = _VIEWED.search(text)
    if viewed is None or not re.match(r"(?:I keep|what stays)", text, re.IGNORECASE):
        return False
    for match in _JOINED.finditer(viewed["rest"]):
        word = match[1]
        if word in _SURE or (is_past(word) and not known_word(word, "ADJ")):
            return True
    return False


def is_event(text: str) -> bool:
    """Whether a sentence tells of one event: it has a date, and nothing says that it recurs."""
    table = load_form()
    happened = re.search(table.dated, text, re.IGNORECASE) or re.search(table.events, text)
    return bool(happened) and not re.search(table.often, text, re.IGNORECASE)


def in_the_past(text: str) -> str:
    """What is told in the present, told in the past: "on Thursday I saw the charge"."""
    text = _HAPPENING.sub(lambda m: f"{m['lead']}{form(base(m['verb']), 'VBD')}", text)
    return _TOLD.sub(_shift, text)


def _shift(match: re.Match[str]) -> str:
    lead = f"{match['lead']}{match['who']}"
    if match["short"]:
        after = match.string[match.end() :].lstrip().split(" ")[0]
        if match["short"] == "'s" and after in {"been", "got", "had"}:
            return match[0]
        return f"{lead} {'were' if match['short'] == chr(39) + 're' else 'was'}"
    verb = match["verb"]
    if verb in _SHIFTED:
        return f"{lead} {_SHIFTED[verb]}"
    third = base(verb) != verb and form(base(verb), "VBZ") == verb
    plain = is_verb(verb) and (base(verb) == verb or third) and not is_past(verb)
    return f"{lead} {form(base(verb), 'VBD')}" if plain and verb not in AUXILIARIES else match[0]


@cache
def _faults() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((one.kind, re.compile(one.pattern, re.I)) for one in load_form().faults)


@cache
def _mends() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(one.find, re.I), one.put) for one in load_form().mends)
