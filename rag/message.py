"""Read a message: who did what to whom, what can be checked, what is felt, wanted and refused.

The pronouns are never changed in here. Everything is found on the tidied text (`rag/texting.py`)
with the way back to what was typed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from rag.blame import BlameSpan, blame_kinds
from rag.clauses import Clause, cut_clauses, mask_quotes
from rag.facts import COUNTED, fact_patterns, load_table
from rag.feelings import load_feelings
from rag.grammar import AUXILIARIES, is_past, known_word
from rag.texting import Tidy, load_texting, tidy

_BLAMING = 0.5


@dataclass(frozen=True, slots=True)
class Message:
    """A message, read.

    Attributes:
        tidy: The tidied text and the way back to the typed one.
        clauses: Its clauses in order, without the ones that only address somebody.
        address: The name that the writer calls the other by, or empty.
        feelings: True feelings that the writer names as their own.
        under: True feelings that often lie under the verdicts used.
        boundary: What the writer will do to look after themselves, as written, or empty.
        needs: The writer's own needs and wishes, as written.
        asks: Orders and open questions: what the writer asks for.
        marks: Where it blames, as offsets in the tidied text.
    """

    tidy: Tidy
    clauses: tuple[Clause, ...]
    address: str
    feelings: tuple[str, ...]
    under: tuple[str, ...]
    boundary: str
    needs: tuple[Clause, ...]
    asks: tuple[Clause, ...]
    marks: tuple[tuple[int, int], ...] = ()


def read_message(text: str, blame: Sequence[BlameSpan] = ()) -> Message:
    """Read a message.

    Args:
        text: The message as typed.
        blame: Where it blames (see `find_blame`).
    """
    page = tidy(text)
    address, page = _without_address(page)
    clauses = tuple(_with_blame(clause, page, blame) for clause in cut_clauses(page.text))
    words = load_feelings()
    return Message(
        tidy=page,
        clauses=clauses,
        address=address,
        feelings=words.named_in(page.text),
        under=words.under_verdicts(page.text),
        boundary=_boundary(page.text, clauses),
        needs=tuple(clause for clause in clauses if is_need(clause)),
        asks=tuple(clause for clause in clauses if is_ask(clause)),
        marks=tuple(page.forth(span.start, span.end) for span in blame),
    )


def is_need(clause: Clause) -> bool:
    """Whether a clause states the writer's own need or wish without blame."""
    need, other = _needs()
    return bool(
        clause.subject == "I"
        and clause.blame < _BLAMING
        and need.search(clause.text)
        and not other.search(clause.text)
        and not blame_kinds(clause.text)
    )


def is_ask(clause: Clause) -> bool:
    """Whether a clause asks for something that can be put as a request."""
    if clause.mood == "order":
        return not any(p.search(_without_please(clause.text)) for p in _no_orders())
    if is_empty(clause):
        return False
    return clause.mood == "question" and clause.blame < _BLAMING and not blame_kinds(clause.text)


def is_empty(clause: Clause) -> bool:
    """Whether a clause says nothing of its own."""
    return any(p.search(clause.text) for p in _empty())


def is_boundary(clause: Clause) -> bool:
    """Whether a clause says what the writer will do to look after themselves."""
    patterns, other = _boundaries()
    text = _BEFORE_BOUNDARY.sub("", clause.text)
    if _own_truth().search(text):
        return True
    return any(p.search(text) for p in patterns) and not other.search(text)


def boundary_in(text: str) -> str:
    """The boundary stated in a text, as written (tidied), or empty."""
    page = tidy(text)
    return _boundary(page.text, tuple(cut_clauses(page.text, facts=False)))


def _boundary(text: str, clauses: tuple[Clause, ...]) -> str:
    """The first boundary with the clauses of its sentence that say until when or if what."""
    for n, clause in enumerate(clauses):
        if not is_boundary(clause) or "threat" in blame_kinds(clause.text):
            continue
        first = last = n
        while _belongs(clauses, first - 1, clause) and clauses[first - 1].joiner in CONDITION:
            first -= 1
        while _belongs(clauses, last + 1, clause) and clauses[last + 1].joiner in CONDITION:
            last += 1
        start, lead = clauses[first].start, clauses[first].joiner
        if first < n and lead in CONDITION:
            start = text.lower().rindex(lead, 0, start)
        piece = text[start : clauses[last].end].strip(" ,")
        if not set(blame_kinds(piece)) - {"demand"}:
            return piece
        if not blame_kinds(clause.text):
            return clause.text
    for find, put in _bounding():
        if find.search(text):
            return put
    return ""


CONDITION = {"until", "till", "unless", "if", "when", "while", "because", "before", "after"}


def _belongs(clauses: tuple[Clause, ...], at: int, clause: Clause) -> bool:
    return 0 <= at < len(clauses) and clauses[at].sentence == clause.sentence


def _with_blame(clause: Clause, page: Tidy, blame: Sequence[BlameSpan]) -> Clause:
    start, end = page.back(clause.start, clause.end)
    inside = 0
    kinds: dict[str, int] = {}
    for span in blame:
        overlap = min(end, span.end) - max(start, span.start)
        if overlap > 0:
            inside += overlap
            kinds[span.kind] = kinds.get(span.kind, 0) + overlap
    share = min(1.0, inside / max(1, end - start))
    order = tuple(sorted(kinds, key=lambda kind: -kinds[kind]))
    return replace(clause, blame=share, kinds=order)


def _without_address(page: Tidy) -> tuple[str, Tidy]:
    """Take out how the writer addresses the other ("Dan,", ", babe") and keep a name."""
    masked = mask_quotes(page.text)
    keep = [True] * len(page.text)
    name = ""
    for match in _addressing().finditer(masked):
        said = next(said for said in match.groups() if said)
        late = bool(match["f"]) and not _follows_late(page.text[: match.start()])
        given = said.lower() in load_texting().names
        sure = said[0].isupper() and bool(match["b"] or match["g"] or (match["f"] and given))
        owned = bool(match["c"] or match["e"]) and _WHOSE_LAST.search(page.text[: match.start()])
        if late or owned or not _is_address(said, page.text, sure=sure):
            continue
        if said.lower() not in load_table().endearments and not name:
            name = said
        for n in range(match.start(), match.end()):
            keep[n] = False
    chosen = [n for n, kept in enumerate(keep) if kept]
    text = "".join(page.text[n] for n in chosen)
    lead = len(text) - len(text.lstrip(" ,"))
    chosen, text = chosen[lead:], text[lead:]
    starts = tuple(page.starts[n] for n in chosen)
    return name, Tidy(text, page.source, starts, tuple(page.ends[n] for n in chosen))


def _follows_late(before: str) -> bool:
    """Whether a bare name at the end of a sentence addresses somebody, by the words before it."""
    words = re.findall(r"[A-Za-z']+", before)[-2:]
    if len(words) < _PAIR:
        return bool(re.search(r"\d$", before))
    lead, last = (word.lower() for word in words)
    if last in _CLOSING or re.search(r"\d$", before):
        return True
    if lead in _WHOSE and fact_patterns()["person"].fullmatch(last):
        return False
    acts = is_past(last) or last.endswith("ing") or lead in _ACTING or lead in _PRONOUNS
    return known_word(last, "NOUN") and not acts and words[-1].islower()


_NOT_A_NAME = ("day", "days", "ember", "ing")
_PAIR = 2
_WHOSE = frozenset("my your our his her their the a".split())
_BEFORE_BOUNDARY = re.compile(
    r"^(?:(?:no,|yes|so|and|but|ok|okay|well|now|then"
    r"|from (?:now on|today|tonight|tomorrow))[, ]+)+",
    re.IGNORECASE,
)
_WHOSE_LAST = re.compile(
    r"\b(?:my|your|our|his|her|their|the|a|too|so|very|how|was|is|are|were)\s*$", re.IGNORECASE
)
_PRONOUNS = frozenset("i you we he she they to not".split())
_ACTING = AUXILIARIES | frozenset({"i've", "you've", "we've", "i'll", "you'll"})
_CLOSING = frozenset("me you it this that now again here there once twice mine yours us".split())


def _is_address(said: str, text: str, *, sure: bool) -> bool:
    """Whether a word addresses somebody; `sure` when its place and its capital say a name."""
    table = load_table()
    low = said.lower()
    if low in table.endearments:
        return True
    if fact_patterns()["site"].fullmatch(low):
        return False
    if said in table.not_names or not said[0].isupper() or low.endswith(_NOT_A_NAME):
        return False
    dates = {"january", "february", "march", "april", "may", "june", "july", "august", "october"}
    if low in dates or low in COUNTED or (known_word(low) and not sure):
        return False
    return not re.search(
        rf"\b(?:and|with|to|from|at|in|on|called|Dr|Mr|Mrs|about) {re.escape(said)}\b", text
    )


@cache
def _addressing() -> re.Pattern[str]:
    kind = "|".join(map(re.escape, load_table().endearments))
    name = r"[A-Z][A-Za-zà-ÿ'-]+"
    word = rf"{name}|(?:{kind})"
    words = ("you", "me", "this", "that", "it", "time", "now", "again")
    before = "|".join(rf"(?<=\b{w})" for w in words)
    return re.compile(
        rf"(?:(?<=^)|(?<=[.!?] ))(?P<a>{word}), ?(?=\S)"
        rf"|,\s*(?P<b>{word})(?=\s*[.!?,]|$)"
        rf"|(?<=\w) (?P<c>(?:{kind}))(?=[.!?]|$)"
        rf"|(?:(?<=^)|(?<=[.!?] ))(?P<d>{word}) (?=(?:you|I|why|how|what|do|did|are|stop|when)\b)"
        rf"|(?:{before}) (?P<e>{word})(?=[.!?]|$)"
        rf"|(?<=[a-z0-9]) (?P<f>{name})(?=\s*[.!?,]|$)"
        r"|(?:(?<=^)|(?<=[.!?] ))[Dd]ear (?P<g>[A-Za-zà-ÿ'-]+),? ?",
    )


def _without_please(text: str) -> str:
    return re.sub(r"^(?:please|now|just|so|and|then|ok|okay)[, ]+", "", text, flags=re.I)


@cache
def _no_orders() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p, re.IGNORECASE) for p in load_table().no_orders)


@cache
def _empty() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p, re.IGNORECASE) for p in load_table().empty)


@cache
def _needs() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = load_table()
    return re.compile(table.need, re.IGNORECASE), re.compile(table.not_need, re.IGNORECASE)


@cache
def _own_truth() -> re.Pattern[str]:
    return re.compile(load_table().own_truth, re.IGNORECASE)


@cache
def _bounding() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(e.find, re.IGNORECASE), e.put) for e in load_table().bounding)


@cache
def _boundaries() -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str]]:
    table = load_table()
    every = tuple(re.compile(p, re.IGNORECASE) for p in table.boundary)
    return every, re.compile(table.not_boundary, re.IGNORECASE)
