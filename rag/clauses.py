"""Cut a tidied message into sentences and clauses, and say of each who acts and how it is put.

Clauses are cut only where a new subject begins, so what is kept can always stand as written.
"""

import re
from dataclasses import dataclass, replace
from functools import cache

from rag.facts import Fact, find_facts, load_table
from rag.grammar import is_verb
from rag.moods import Mood, Subject, asks, put, speaks_of_past

_PRONOUN = (
    r"(?:I|you|we|he|she|they|it|there)(?:'(?:m|re|s|ve|d|ll))?(?![\w'-])|that's"
    r"|(?:that|this) (?:is|was|seems|looks|must|means)\b"
)
_NOUN = (
    r"(?:my|your|our|the|his|her|their) \w+(?: \w+)? (?:is|are|was|were|has|had|said|says|did"
    r"|does|got|came|went|saw|knows?|knew|told|asked)\b|\w+'s \w+ (?:is|was|has|had)\b"
)
_WHEN = (
    r"(?:last (?:night|week|month|year|summer|winter|spring|autumn|\w+day)|this (?:morning|week)"
    r"|that (?:same |very )?(?:night|day|morning|evening|week)|yesterday|tonight|today|now|then"
    r"|every (?:time|night|day)|each time|on \w+day)\b"
)
_END = re.compile(r"""[.!?]+["')]*(?=\s|$)""")
_NEW_SENTENCE = re.compile(r'\s+(?:"|[A-Z]|(?:the|it|i|you|we|my|your|that|this)\b)|$')
_TITLE = re.compile(r"\b(?:Dr|Dra|Mr|Mrs|Ms|St|Fr|Rev|Prof|vs|approx)\.$")
_ABBREVIATED = re.compile(r"(?:\bNo|\b[ap]\.m|\b[A-Z])\.$", re.IGNORECASE)
_WONDERING = re.compile(r"\b(?:ask(?:ed|ing|s)?|wonder\w*|check(?:ed)?)\b", re.IGNORECASE)
_REPORTING = re.compile(
    r"\b(?:ask(?:ed|ing|s)?(?: me| you| him| her)?|know|knew|wonder(?:ed|ing)?|see"
    r"|tell(?: me| you)?"
    r"|told me|care|sure|remember|idea|nobody|no one|even|not|only|what|as)$",
    re.IGNORECASE,
)
_NO_NEW = r"(?:then|now) (?!(?:I|you|we|he|she|they|it|my|your|our|the)\b)"
_RUN_ON = (
    r"(?<![,;:])(?<!\bme)(?<!\basked)(?<!\bask)(?<!\bknow)(?<!\bwonder)(?<!\band)(?<!\bbut)(?<!\bso)"
    r"(?<!\bsee)(?<!\btell)(?<!\btold)(?<!\bis)(?<!\bthen)(?<!\bor)(?<!\bsaid)(?<!\bexplain)"
    r"\s+(?:then )?(?=(?:why|how come|what more) (?:do|does|did|is|are|am|was|were|can|have|has)"
    r"(?:n't)? (?:I|you|we|it|he|she|they|this|that)\b)"
)
_CONDITIONS = {"until", "till", "unless", "if"}
_TIMED = {"after", "before", "since", "until", "till"}
_CONDITION = re.compile(r"(?:and |but |so )?(?:if|when|whenever|once|unless|because) ", re.I)
_RESULT = re.compile(
    r"(?<=[a-z]) (?=(?:I'm|I'll|I will|I am|it's|you're|you would(?:n't)?(?: have|'ve)|you'd have"
    r"|you(?:'d)? (?P<verb>[a-z']+))(?![\w']))"
)
_MY_CONDITION = re.compile(
    r"(?:and |but |so )?(?:if|when|whenever|once|because) (?:I|we|it|the|my|our|he|she) ",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"(?:^|\b)(?:if|when|whenever|once|unless|what|where|who|how|why|that|and|but|or|because"
    r"|think|says?|said|know|feel|ask|asked|tell|told|give|gave|show|showed|see|saw|need|want|love"
    r"|miss|caught|catch|call|called|hear|heard|find|found|help|let|made|make|to|for|with|at|of"
    r"|about|from|on|like|before|after|since|until|while|beside|behind|near|than|as|as soon as)$",
    re.IGNORECASE,
)
_SPANNED = re.compile(r"\band \w+ (?:seconds|minutes|hours|days|weeks|months|years)$", re.I)
_HANGING = re.compile(r"[ ,]+(?:and|but|or)$", re.IGNORECASE)
_CLAUSAL = re.compile(rf"(?:{_PRONOUN}|{_NOUN})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause.

    Attributes:
        text: The clause without the word that joins it.
        start: Where it begins in the tidied text.
        end: Where it ends, without closing punctuation.
        sentence: The number of its sentence.
        joiner: The word that joins it to what stands before, or empty.
        subject: Who acts.
        mood: How it is put.
        past: Whether it speaks of the past.
        facts: What can be checked in it.
        blame: The share of its letters that blames, 0 to 1.
        kinds: The kinds of blame in it.
    """

    text: str
    start: int
    end: int
    sentence: int
    joiner: str
    subject: Subject
    mood: Mood
    past: bool
    facts: tuple[Fact, ...]
    blame: float = 0.0
    kinds: tuple[str, ...] = ()

    @property
    def solid(self) -> bool:
        """Whether it holds a fact beyond a place, a person or an event."""
        return any(
            f.kind not in {"place", "person", "event", "money_word", "thing"} for f in self.facts
        )


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends; a short quotation is never cut."""
    masked = mask_quotes(text)
    spans = []
    start = 0
    for end in _END.finditer(masked):
        before = masked[start : end.end()]
        small = masked[end.end() :].strip()[:1].islower()
        if _TITLE.search(before) or (_ABBREVIATED.search(before) and small):
            continue
        spans.append((start, end.end()))
        start = end.end()
    if text[start:].strip():
        spans.append((start, len(text)))
    done = []
    for a, b in spans:
        a += len(text[a:b]) - len(text[a:b].lstrip())
        if a < b:
            done.append((a, b))
    return done


def mask_quotes(text: str) -> str:
    """Replace what stands in double quotes by letters, so that nothing is cut in there.

    A full stop at the end of a quotation stays where a new sentence follows.
    """

    def mask(match: re.Match[str]) -> str:
        ends = match[0][-2] in ".!?" and _NEW_SENTENCE.match(text, match.end())
        inside = "q" * (len(match[0]) - 2)
        return f'"{inside[:-1]}{match[0][-2]}"' if ends else f'"{inside}"'

    return re.sub(r'"[^"]{1,160}"', mask, text)


@cache
def _joints() -> re.Pattern[str]:
    table = load_table()
    under = "|".join(sorted(map(re.escape, table.under), key=len, reverse=True))
    join = "|".join(map(re.escape, table.join))
    return re.compile(
        rf"\s*[,:]\s+(?:(?P<a>{under}|{join})\s+)?(?={_PRONOUN}|{_NOUN})"
        rf"|\s+(?P<b>{under}|{join})\s+(?={_PRONOUN})"
        rf"|\s+(?P<c>{under}|but)\s+(?={_NOUN})"
        r"|(?<=\")\s+(?=(?:can|do|did|are|have|is|so|and) (?:you|that|it|I)\b)"
        rf"|\s*,?\s+(?P<d>and|but)\s+(?!{_NO_NEW})(?={_WHEN}[^,.;]{{0,45}}? (?:you|I|we|he|she)\b)"
        rf"|\s*;\s*|:\s+|{_RUN_ON}"
        rf"|(?:(?<=\banymore)|(?<=\bany more))\s+(?={_PRONOUN})",
        re.IGNORECASE,
    )


@cache
def _opening() -> re.Pattern[str]:
    table = load_table()
    words = sorted(map(re.escape, (*table.under, *table.join)), key=len, reverse=True)
    return re.compile(rf"^({'|'.join(words)})[, ]+(?=\S)", re.IGNORECASE)


def cut_clauses(text: str, *, facts: bool = True) -> list[Clause]:
    """Cut a tidied text into clauses, in order; `facts=False` leaves the facts unsought."""
    clauses: list[Clause] = []
    for number, (start, end) in enumerate(sentence_spans(text)):
        asked = text[start:end].rstrip("\"')").endswith("?")
        for a, b, joiner in _pieces(mask_quotes(text)[start:end], start):
            if (made := _clause(text, a, b, joiner, number, asked)) is not None:
                made = replace(made, joiner=_held(made, clauses))
                found = find_facts(made.text, made.start) if facts else ()
                clauses.append(replace(made, facts=found) if found else made)
    return clauses


def _held(clause: Clause, before: list[Clause]) -> str:
    """The word that joins a clause; after "until A and B", B hangs on "until" as A does."""
    last = before[-1] if before and before[-1].sentence == clause.sentence else None
    if last is None or clause.joiner not in {"and", "or"}:
        return clause.joiner
    inside = re.search(r"\b(?:until|till|unless)\b", last.text, re.IGNORECASE)
    if inside:
        return inside[0].lower()
    return last.joiner if last.joiner in _CONDITIONS else clause.joiner


def _pieces(sentence: str, offset: int) -> list[tuple[int, int, str]]:
    pieces = []
    last, joiner = 0, ""
    joints = list(_joints().finditer(sentence))
    if _CONDITION.match(sentence):
        joints += _results(sentence)
        joints.sort(key=lambda match: match.start())
    for match in joints:
        if match.start() < last:
            continue
        if not sentence[last : match.start()].strip() or _reported(sentence, last, match):
            continue
        pieces.append((offset + last, offset + match.start(), joiner))
        said = match.groupdict()
        joiner = (said.get("a") or said.get("b") or said.get("c") or said.get("d") or "").lower()
        last = match.end()
    pieces.append((offset + last, offset + len(sentence), joiner))
    return pieces


def _results(sentence: str) -> list[re.Match[str]]:
    """Where the result of a condition begins without a comma: "if I'm late | you're at me"."""
    found = [m for m in _RESULT.finditer(sentence) if not _WITHIN.search(sentence[: m.start()])]
    mine = _MY_CONDITION.match(sentence)
    acts = [m for m in found if not m["verb"] or (mine and is_verb(m["verb"]))]
    return acts[:1]


def _reported(sentence: str, start: int, match: re.Match[str]) -> bool:
    """Whether a joining word opens what was asked or known, or names a person besides."""
    if re.match(r"(?:you|he|she|they|I) and (?:me|I|you|him|her)\b", sentence[match.end() :], re.I):
        return True
    if (match.groupdict().get("b") or "").lower() == "since":
        return bool(_SPANNED.search(sentence[start : match.start()]))
    said = match.groupdict()
    if (said.get("b") or said.get("c") or "").lower() not in {"if", "when", "but"}:
        return False
    before = sentence[start : match.start()]
    if (said.get("b") or "").lower() == "if" and _WONDERING.search(before):
        return True
    return bool(_REPORTING.search(before))


def _clause(
    text: str, start: int, end: int, joiner: str, sentence: int, asked: bool
) -> Clause | None:
    while end > start and text[end - 1] in " .,;:!?":
        end -= 1
    if hanging := _HANGING.search(text[start:end]):
        end = start + hanging.start()
    while start < end and text[start] in " ,;:":
        start += 1
    if not joiner and (lead := _opening().match(text[start:end])):
        whole = _CLAUSAL.match(text[start + lead.end() : end]) or lead[1].lower() not in _TIMED
        if not asks(text[start:end]) and whole:
            joiner = lead[1].lower()
            start += lead.end()
    words = text[start:end]
    if not re.search(r"\w", words):
        return None
    mood, subject = put(words, asked)
    return Clause(
        text=words,
        start=start,
        end=end,
        sentence=sentence,
        joiner=joiner,
        subject=subject,
        mood=mood,
        past=speaks_of_past(words),
        facts=(),
    )
