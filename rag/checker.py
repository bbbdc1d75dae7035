"""Check a draft against the message that it comes from, whoever wrote it.

Ten checks from the research on I-statements: blame, absolutes, labels, mind-reading, false
feelings, threats; invented facts; swapped roles; self-blame added; a boundary lost; a feeling and
a request that can be refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.blame import rule_spans
from rag.cards import Speaker
from rag.clauses import Clause, cut_clauses, sentence_spans
from rag.facts import fact_patterns, names_in
from rag.feelings import load_feelings
from rag.knowledge import read_yaml
from rag.message import boundary_in
from rag.roles import Belonging, Doer, belongings_in, doers_in, swapped
from rag.texting import tidy

_KEPT = 0.5
_NAMED = {"accusation": "blame"}
_RULES = frozenset({"absolute", "label", "mind_reading", "false_feeling", "threat", "accusation"})


class _Pattern(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    pattern: str
    matches: tuple[str, ...] = Field(min_length=1)
    ignores: tuple[str, ...] = Field(min_length=1)


class ChecksFile(BaseModel):
    """The patterns and reasons of `knowledge/checks.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reasons: Mapping[str, str]
    patterns: tuple[_Pattern, ...]
    self_blame: str
    prediction: str
    request: str
    hard_request: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a draft: its kind, the words, and why."""

    kind: str
    text: str
    why: str


@cache
def load_checks(folder: Path = paths.KNOWLEDGE) -> ChecksFile:
    """Load the checks.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    file: ChecksFile = read_yaml(folder / "checks.yaml", ChecksFile)
    return file


@dataclass(frozen=True, slots=True)
class Source:
    """A message, read once for checking many drafts of it.

    Attributes:
        text: The message, tidied.
        plain: The same in lower case with numbers as digits.
        speaker: Whose message it is.
        doers: Who does what in it.
        belongings: What belongs to whom in it.
        boundary: The boundary that it sets, or empty.
        seen: Sentences of drafts that were read already; drafts of one message share most.
    """

    text: str
    plain: str
    speaker: Speaker
    doers: tuple[Doer, ...]
    belongings: frozenset[Belonging]
    boundary: str
    seen: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = field(
        default_factory=dict, compare=False, repr=False
    )


def read_source(source: str, speaker: Speaker) -> Source:
    """Read the message that drafts will be checked against."""
    text = tidy(source).text
    return Source(
        text=text,
        plain=_plain_numbers(text.lower()),
        speaker=speaker,
        doers=tuple(doers_in(cut_clauses(text, facts=False))),
        belongings=belongings_in(text),
        boundary=boundary_in(source),
    )


def check_draft(draft: str, source: str | Source, speaker: Speaker) -> tuple[Fault, ...]:
    """Check a draft.

    Args:
        draft: The words that would be sent.
        source: The message that they come from, as typed, or read once with `read_source`.
        speaker: Whose message it is.

    Returns:
        The faults; none when the draft may be sent.
    """
    before = read_source(source, speaker) if isinstance(source, str) else source
    read = [_sentence(draft[start:end], before) for start, end in sentence_spans(draft)]
    plain = " ".join(text for text, _ in read)
    found = [fault for _, faults in read for fault in faults]
    if speaker == "hurt":
        found += _added(load_checks().self_blame, "self_blame", plain, before.text)
    found += _added(load_checks().prediction, "prediction", plain, before.text)
    found += _lost(draft, before.boundary)
    found += _missing(plain)
    reasons = load_checks().reasons
    return tuple(Fault(kind, text, reasons[kind]) for kind, text in dict.fromkeys(found))


def _sentence(sentence: str, source: Source) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A sentence of a draft, tidied, with the faults that it has by itself."""
    if sentence not in source.seen:
        plain = _unquoted(tidy(sentence).text)
        clauses = cut_clauses(plain, facts=False)
        faults = _blame(plain, clauses) + _invented(plain, source.plain)
        faults += swapped(clauses, source.doers, source.belongings)
        source.seen[sentence] = (plain, tuple(faults))
    return source.seen[sentence]


def _unquoted(text: str) -> str:
    return re.sub(r'"[^"]{1,200}"', '"..."', text)


def _blame(draft: str, clauses: list[Clause]) -> list[tuple[str, str]]:
    found = [(kind, match[0]) for kind, pattern in _patterns() for match in pattern.finditer(draft)]
    for start, end, kind in rule_spans(draft, clauses):
        if kind in _RULES and not _asking(draft, start):
            found.append((_NAMED.get(kind, kind), draft[start:end]))
    return found


def _asking(draft: str, at: int) -> bool:
    """Whether a place stands inside a question that asks for something."""
    for start, end in sentence_spans(draft):
        if start <= at < end:
            return draft[start:end].rstrip("\"')").endswith("?")
    return False


def _invented(draft: str, source: str) -> list[tuple[str, str]]:
    """Numbers, times, names and things that the source does not hold."""
    low = source
    found = [("invented_name", name) for name in names_in(draft) if name not in low]
    for start, end in sentence_spans(draft):
        sentence = draft[start:end]
        wish = sentence.rstrip().endswith("?") or _WISH.match(sentence)
        for kind, pattern in fact_patterns().items():
            fault = _FAULT.get(kind)
            if fault is None or (wish and fault != "invented_number"):
                continue
            for match in pattern.finditer(sentence):
                if match[0].lower() in _TOPIC:
                    continue
                if wish and not re.search(r"\d", match[0]):
                    continue
                if not _traced(match[0], low):
                    found.append((fault, match[0]))
    return found


_WISH = re.compile(r"I(?:'d| would)? (?:need|want|like|love|rather|miss)\b|It matters")
_TOPIC = frozenset({"porn"})
_FAULT = {
    "time": "invented_time",
    "date": "invented_time",
    "span": "invented_time",
    "money": "invented_number",
    "number": "invented_number",
    "site": "invented_thing",
    "device": "invented_thing",
    "money_word": "invented_thing",
}
_NUMBERS = {
    word: str(n)
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}


def _plain_numbers(text: str) -> str:
    return re.sub(r"\b(?:" + "|".join(_NUMBERS) + r")\b", lambda m: _NUMBERS[m[0]], text)


def _traced(fact: str, source: str) -> bool:
    low = _plain_numbers(fact.lower())
    if low in source:
        return True
    words = [w for w in re.findall(r"[a-z0-9:.,£$€]+", low) if w not in {"a", "an", "the", "of"}]
    return all(re.search(rf"(?<![a-z0-9]){re.escape(_stem(w))}", source) for w in words)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word.strip(".,")


def _added(pattern: str, kind: str, draft: str, source: str) -> list[tuple[str, str]]:
    low = source.lower()
    return [
        (kind, match[0])
        for match in re.finditer(pattern, draft, re.IGNORECASE)
        if match[0].lower() not in low
    ]


def _lost(draft: str, boundary: str) -> list[tuple[str, str]]:
    if not boundary:
        return []
    words = {w for w in re.findall(r"[a-z]{3,}", boundary.lower())}
    kept = {w for w in words if w in draft.lower()}
    return [] if len(kept) >= _KEPT * len(words) else [("lost_boundary", boundary)]


def _missing(draft: str) -> list[tuple[str, str]]:
    checks = load_checks()
    found = []
    if not load_feelings().named_in(draft) and not _feels(draft):
        found.append(("no_feeling", ""))
    if not re.search(checks.request, draft, re.IGNORECASE):
        found.append(("no_request", ""))
    for start, end in sentence_spans(draft):
        if draft[start:end].rstrip().endswith("?"):
            continue
        if match := re.search(checks.hard_request, draft[start:end], re.IGNORECASE):
            found.append(("hard_request", match[0]))
    return found


def _feels(draft: str) -> bool:
    words = "|".join(re.escape(word) for word in load_feelings().word)
    return bool(re.search(rf"\b(?:I|I'm|me|I've)\b[^.?!]{{0,60}}\b(?:{words})\b", draft, re.I))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((p.kind, re.compile(p.pattern, re.IGNORECASE)) for p in load_checks().patterns)
