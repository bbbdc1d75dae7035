"""Find the observations in a message: the writer's own facts, without the blame.

A clause that does not blame stays as it was written. A blaming one is turned into what was seen or
heard, when it holds a fact, and otherwise left out. Nothing is added and no role is changed.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.blame import blame_kinds
from rag.clauses import Clause
from rag.cleaning import acceptable, clean, edited, edits_of
from rag.facts import COUNTED
from rag.grammar import known_word
from rag.linking import named, one_tense
from rag.message import Message
from rag.observation import Observation, made_of
from rag.sorting import BLAMING, argues, fate_of, hangs, is_witnessed, leads_to, marks_in, owns
from rag.texting import load_texting
from rag.turning import happens, tells, turn_clause
from rag.well_formed import fault_in, mend

_SCRAP = 4
_LONGEST = 36
_DEPENDENT = {"while", "when", "after", "before", "until", "till", "since", "as soon as"}
_AFTERTHOUGHT = re.compile(
    r"(?:over|through|at|in|on|with|by|for|from(?! now)|after|before|during|since|until|out of"
    r"|the (?:\w+ )?\w+ before|the ones?|going (?:on|back)|starting|dating back|all|once|twice"
    r"|one (?:in|on|of|for|with)"
    r"|(?:one|two|three|four|five|six|seven|\d+) (?:nights?|days?|weeks?|hours?|times?)\b"
    r"(?! (?:of|since|without)\b),?) ?",
    re.IGNORECASE,
)
_BARE_WHEN = re.compile(r"when (?!.*(?:, (?:I|you|we|my)\b| you're ))", re.IGNORECASE)
_NO_SUBJECT = re.compile(r"out of |the ones? |\w+, (?:the|a|my|your) ", re.IGNORECASE)
_OWNED = re.compile(r"(?:my|your|our|the) (?:\w+ )?(\w{3,})\b", re.IGNORECASE)
_LASTED = re.compile(r"[\w ]{1,20} (?:days|weeks|months|years)", re.IGNORECASE)
_SUM = re.compile(
    r"(?:the|The) \d+(?:st|nd|rd|th)(?: of \w+)?|(?:[£$€₹₦]\s?)?\d[\d,.]*k?(?: \w+)?"
    r"|(?:[£$€₹₦]?\d[\d,.]*(?:,| and) )+[£$€₹₦]?\d[\d,.]*|(?:\w+ ){1,2}(?:minutes|hours|days|weeks)"
)


def observe(message: Message, speaker: str) -> list[Observation]:
    """The observations that a message holds, in its order."""
    runs, turned = _sorted_out(message, speaker)
    kept = [made for run in runs for made in _kept(run, message)]
    every = sorted(kept + turned, key=lambda one: one.at)
    seen: set[str] = set()
    unique: list[Observation] = []
    for one in every:
        low = one.text.lower()
        if low in seen or _said_before(one, unique):
            continue
        if unique and (one.weight < 0 or _names_again(one, unique[-1])):
            unique[-1] = _joined(unique[-1], one)
            continue
        if one.weight < 0:
            if not _LASTED.fullmatch(one.text):
                continue
            one = replace(one, text=f"it's been {_low(one.text)}", weight=4.0)
        seen.add(low)
        unique.append(one)
    sound = [named(one, unique, message) for one in unique if not fault_in(one.text)]
    return one_tense(sound, message)


def _sorted_out(message: Message, speaker: str) -> tuple[list[list[Clause]], list[Observation]]:
    """The clauses that are kept, in runs that touch, and those that were turned."""
    runs: list[list[Clause]] = []
    turned: list[Observation] = []
    taken: set[int] = set()
    for clause in message.clauses:
        if clause.start in taken:
            continue
        fate = fate_of(clause, message, speaker)
        if fate == "keep":
            last = runs[-1][-1] if runs else None
            if last and not _reworded(clause) and _touch(message, last, clause):
                runs[-1].append(clause)
            else:
                runs.append([clause])
        elif fate == "turn" and (not hangs(clause) or _still_true(clause, message)):
            whole, used = _with_dependents(clause, message)
            made = turn_clause(whole, marks_in(clause, message))
            if made is None and used:
                made, used = turn_clause(clause, marks_in(clause, message)), set()
            if made is not None:
                turned.append(_on_condition(made, clause, message))
                taken |= used
    return runs, turned


def _reworded(clause: Clause) -> bool:
    """Whether cleaning puts another word first, which it can only do at the beginning."""
    return clean(clause.text).split()[:1] != clause.text.split()[:1]


_COUNTED_FROM = re.compile(r"(?:it|that)(?:'s| is| has) (?:been )?", re.IGNORECASE)


def _still_true(clause: Clause, message: Message) -> bool:
    """Whether a clause says the same without the word that joins it."""
    if argues(clause, message):
        return True
    before = message.clauses[message.clauses.index(clause) - 1]
    if clause.joiner == "since" and _COUNTED_FROM.match(before.text):
        return False
    return clause.past and clause.joiner in {"since", "although", "though", "even though"}


def _on_condition(made: Observation, clause: Clause, message: Message) -> Observation:
    """What was turned, with the condition before it: "... when I'm five minutes late"."""
    at = message.clauses.index(clause) - 1
    before = message.clauses[at] if at >= 0 else None
    if before is None or before.sentence != clause.sentence or clause.joiner:
        return made
    timed = re.match(r"when (?:I|we|the|my|our)\b", before.text, re.IGNORECASE) and before.past
    if leads_to(before, message) is not clause and not (timed and before.blame < BLAMING):
        return made
    said = _low(clean(before.text))
    text = f"{made.text} {said}" if timed else f"{made.text} when {said}"
    if not acceptable(said) or blame_kinds(text):
        return made
    facts = made.facts | {fact.text.lower() for fact in before.facts}
    return replace(made, text=text, facts=facts, weight=made.weight + len(before.facts))


def _low(text: str) -> str:
    first = re.match(r"[A-Za-z]+", text)
    low = first[0].lower() if first else ""
    plain = low in COUNTED or (known_word(low) and low not in load_texting().proper)
    return f"{low}{text[len(low) :]}" if low and plain else text


_MERGED = -1.0
_TELLING_WORDS = 2


def _says_something(text: str) -> bool:
    """Whether a text without facts still has words that tell what happened."""
    words = [w for w in re.findall(r"[a-z]{4,}", text.lower()) if known_word(w, "NOUN")]
    verbs = [w for w in re.findall(r"[a-z]{4,}", text.lower()) if known_word(w, "VERB")]
    return len(set(words) | set(verbs)) >= _TELLING_WORDS


_THIN = 0.8
_NAME_ONLY = 2


def _counts(run: list[Clause]) -> bool:
    """Whether a scrap gives a number, a time or a sum."""
    kinds = {"time", "date", "span", "money", "number"}
    return any(fact.kind in kinds for clause in run for fact in clause.facts)


def _joined(first: Observation, scrap: Observation) -> Observation:
    """An observation with the scrap that follows it: "..., at lunch"."""
    text = mend(f"{first.text}, {scrap.text[0].lower()}{scrap.text[1:]}")
    return replace(first, text=text, facts=first.facts | scrap.facts, weight=first.weight + 1.5)


_PERFECT = re.compile(r"you(?:'ve| have)\b", re.IGNORECASE)


def _with_dependents(clause: Clause, message: Message) -> tuple[Clause, set[int]]:
    """The clause with the clauses of its sentence that say when or while what it happened."""
    end, used = clause.end, set()
    at = message.clauses.index(clause)
    facts = clause.facts
    for other in message.clauses[at + 1 :]:
        near = other.sentence == clause.sentence and other.joiner in _DEPENDENT
        done = other.past or _PERFECT.match(other.text)
        blames = other.blame >= BLAMING and other.subject == "you" and not done
        if not near or blames or blame_kinds(clean(other.text)):
            break
        end, facts = other.end, facts + other.facts
        used.add(other.start)
    if not used or clause.mood != "statement":
        return clause, set()
    text = message.tidy.text[clause.start : end]
    return replace(clause, text=text, end=end, facts=facts), used


def _said_before(one: Observation, others: Sequence[Observation]) -> bool:
    """Whether a scrap only repeats what an earlier observation says."""
    words = _plain_words(one.text)
    if len(words) > _SCRAP:
        return False
    return any(words <= _plain_words(other.text) for other in others)


def _names_again(one: Observation, before: Observation) -> bool:
    """Whether a scrap only says more of what was named last: "my boss. My actual boss, at ..."."""
    match = None if one.clause or one.turned else _OWNED.match(one.text)
    return bool(match and re.search(rf"\b{match[1]}$", before.text, re.IGNORECASE))


def _plain_words(text: str) -> set[str]:
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))
    digits = [_COUNT.get(word, word) for word in words]
    for first, second in pairwise(tuple(digits)):
        if re.fullmatch(r"[2-9]0", first) and re.fullmatch(r"[1-9]", second):
            digits += [str(int(first) + int(second))]
            digits = [one for one in digits if one not in {first, second}]
    return set(digits)


_COUNT = {
    **{
        w: str(n)
        for n, w in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve".split()
        )
    },
    **{
        w: str(n * 10)
        for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
    },
}


def _touch(message: Message, before: Clause, after: Clause) -> bool:
    between = message.tidy.text[before.end : after.start]
    return before.sentence == after.sentence and len(between) <= 14


def _kept(run: list[Clause], message: Message) -> list[Observation]:
    """A run of clauses as written: the most of them that make a sound sentence, then the rest."""
    for size in range(len(run), 0, -1):
        words = message.tidy.text[run[0].start : run[size - 1].end].split()
        if size > 1 and len(words) > _LONGEST:
            continue
        if (made := _as_written(run[:size], message)) is not None:
            rest = run[size:] if size < len(run) and not hangs(run[size]) else []
            return [made, *_kept(rest, message)] if rest else [made]
    return _kept(run[1:], message) if len(run) > 1 and not hangs(run[1]) else []


def _as_written(run: list[Clause], message: Message) -> Observation | None:
    text = message.tidy.text[run[0].start : run[-1].end]
    if leads_to(run[0], message) in run:
        text = f"when {text}"
    quoted = re.fullmatch(r'"([^"]+?)[.!?]?"?[.!?]?"?', text.strip())
    text = f'I hear "{quoted[1]}"' if quoted and len(text.split()) > 1 else clean(text)
    text = mend(text)
    if run[0].mood == "fragment" or _NO_SUBJECT.match(text):
        if message.tidy.text[run[-1].end :].startswith("?"):
            return None
        if _AFTERTHOUGHT.match(text) or _SUM.fullmatch(text):
            return made_of(text, run[0], _MERGED, turned=False)
        text = edited(_low(text), edits_of("fragments")) or text
    if run[0].mood == "fragment" and len(text.split()) <= _NAME_ONLY and not _counts(run):
        return None
    alone = not any(c.sentence == run[0].sentence and not c.joiner for c in run[1:])
    if not acceptable(text) or _unsound(text, run[0]) or (alone and _BARE_WHEN.match(text)):
        return None
    return made_of(text, run[0], _weight(run, text), turned=False)


def _unsound(text: str, first: Clause) -> bool:
    """Whether a kept sentence has a fault of form; what may yet be joined to another is let by."""
    waits = _LASTED.fullmatch(text) or (first.mood == "fragment" and _OWNED.match(text))
    return bool(fault_in(text)) and not waits


_OWNED_UP = 3.0


def _weight(run: list[Clause], text: str) -> float:
    """How much what was kept carries: its facts, and whether it tells what somebody did."""
    first, bare = run[0], not any(c.facts for c in run)
    if bare and first.subject == "other" and not is_witnessed(first):
        return 0.2
    if bare and first.mood == "fragment":
        return 0.2
    told = any((c.past and tells(c)) or happens(c) for c in run)
    if bare and not (told and (_says_something(text) or owns(text))):
        return _THIN
    weight = sum(3.0 if c.solid else 1.0 for c in run for _ in c.facts) + 1.0
    if told and owns(text):
        return weight + _OWNED_UP
    spoken = first.subject in {"you", "I", "we"} and len(text.split()) > _SCRAP
    return weight + 1.5 if spoken else weight
