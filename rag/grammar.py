"""English grammar in small: which word is a verb, its forms, and questions turned into statements.

Forms come from `lemminflect`, a lookup table with rules for unknown words; nothing here downloads.
"""

import re
from functools import cache
from typing import Any

BE = frozenset("am is are was were be been being 'm 're 's".split())
AUXILIARIES = frozenset(
    "am is are was were do does did have has had can could will would shall should may might must"
    " isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't can't couldn't won't"
    " wouldn't shouldn't ain't mustn't".split()
)
_NEGATIVE = {"don't", "doesn't", "didn't", "can't", "couldn't", "won't", "wouldn't"}
SUBJECT = r"(?:I|you|we|he|she|they|it|there|this|that)"
_CONTRACTED = re.compile(r"^(I|you|we|he|she|they|it|that|there)('m|'re|'s|'ve|'d|'ll)$", re.I)


@cache
def _tables() -> Any:
    import lemminflect  # type: ignore[import-untyped]

    return lemminflect


@cache
def known_word(word: str, kind: str | None = None) -> bool:
    """Whether a lower-case word stands in the dictionary (as a `VERB`, a `NOUN`, ...)."""
    if kind is None and word in _SMALL:
        return True
    bare = word.split("'")[0]
    return bool(_tables().getAllLemmas(bare, upos=kind))


@cache
def base(word: str) -> str:
    """The base form of a verb."""
    low = word.lower()
    if low in BE:
        return "be"
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    found = _tables().getAllLemmas(low, upos="VERB").get("VERB", ())
    return str(found[0]) if found else low


@cache
def form(verb: str, tag: str) -> str:
    """A form of a verb by its Penn tag: `VBD` past, `VBG` gerund, `VBN` participle, `VBZ` third."""
    known = {"be": {"VBD": "were", "VBG": "being", "VBN": "been", "VBZ": "is"}}
    if verb in known:
        return known[verb].get(tag, verb)
    found = _tables().getInflection(verb, tag=tag)
    return str(found[0]) if found else verb


@cache
def is_past(word: str) -> bool:
    """Whether a word is the past form of a verb, and not at the same time its base form."""
    low = word.lower()
    if low in {"was", "were", "did", "had"} or low in _SAME:
        return True
    stem = base(low)
    return stem != low and low in _tables().getInflection(stem, tag="VBD")


@cache
def is_verb(word: str) -> bool:
    """Whether a word can be a verb in any form."""
    return known_word(word.lower(), "VERB")


def gerund(verb: str) -> str:
    """The `-ing` form of a verb in any form."""
    if verb.lower().endswith("lled"):
        return f"{verb[:-2].lower()}ing"
    return form(base(verb), "VBG")


def inflect(text: str) -> str:
    """Put the verb forms that a table asks for: `<VBD:find>` becomes `found`."""
    return re.sub(
        r"<(VB[DGN]?):([A-Za-z']+)>",
        lambda m: base(m[2]) if m[1] == "VB" else form(base(m[2]), m[1]),
        text,
    )


def third(subject: str) -> bool:
    """Whether a subject takes the third person singular."""
    low = subject.lower().strip()
    if low in {"i", "you", "we", "they", "these", "those"} or " and " in low:
        return False
    last = low.split()[-1] if low.split() else ""
    plural = last.endswith("s") and not last.endswith(("ss", "us", "is"))
    return not plural and last not in {"kids", "people", "children"}


def split_contraction(word: str) -> tuple[str, str]:
    """Part a contracted subject from its verb: `you've` gives `you`, `'ve`."""
    match = _CONTRACTED.match(word)
    return (match[1], match[2]) if match else (word, "")


def uninvert(auxiliary: str, subject: str, rest: str) -> str | None:
    """Turn a question's parts round: `did`, `you`, `hide it` gives `you hid it`.

    Returns:
        The statement, or None when the parts do not make one.
    """
    aux = auxiliary.lower()
    words = [word for n, word in enumerate(rest.split()) if n or word not in {"even", "ever"}]
    if not words:
        return None
    verb, tail = words[0], " ".join(words[1:])
    if aux in {"do", "does", "did"}:
        lead = ""
        if not is_verb(verb) and len(words) > 1 and is_verb(words[1]):
            lead, verb, tail = verb + " ", words[1], " ".join(words[2:])
        if not is_verb(verb):
            return None
        tag = {"do": "", "does": "VBZ", "did": "VBD"}[aux]
        done = form(base(verb), tag) if tag else verb
        if base(verb) == "be" and tag == "VBD" and third(subject):
            done = "was"
        return f"{subject} {lead}{done} {tail}".strip()
    return f"{subject.lower() if subject != 'I' else subject} {aux} {' '.join(words)}".strip()


def as_gerund(clause: str) -> str | None:
    """Turn `you went through my phone` into `you going through my phone`.

    Returns:
        The phrase, or None when the clause does not begin with `you` and a verb.
    """
    words = clause.split()
    if len(words) < 2:
        return None
    subject, joined = split_contraction(words[0])
    if subject.lower() != "you":
        return None
    rest = words[1:]
    lead: list[str] = []
    while rest and rest[0].lower().strip(",") in _ADVERBS:
        lead.append(rest.pop(0))
    if not rest:
        return None
    done = _gerund_of(joined, rest)
    made = " ".join(["you", *lead, *done]) if done else None
    return re.sub(r"(?<=\w) and (?=(?:[A-Z]\w+ ){1,2}\w+ed\b)", ", and ", made) if made else None


def _gerund_of(joined: str, rest: list[str]) -> list[str] | None:
    first = rest[0].lower()
    if joined == "'re" or (not joined and first in {"are", "were"}):
        after = rest if joined else rest[1:]
        return _continuous(after)
    if joined == "'ve" or (not joined and first in {"have", "had"} and _participle_next(rest)):
        after = rest if joined else rest[1:]
        return _perfect(after)
    if joined:
        return None
    if first in _NEGATIVE and len(rest) > 1:
        after = [w for w in rest[1:] if w.lower() not in _ADVERBS] or rest[1:]
        return (
            ["not", gerund(after[0]), *_and_verbs(after[1:], False)] if is_verb(after[0]) else None
        )
    if first in AUXILIARIES and first not in {"have", "had", "do", "did"}:
        return None
    if not is_verb(first):
        return None
    if base(first) == "keep" and len(rest) > 1 and rest[1].endswith("ing"):
        return rest[1:]
    return [gerund(first), *_and_verbs(rest[1:], is_past(first))]


def _continuous(after: list[str]) -> list[str] | None:
    if not after:
        return None
    lead = []
    while len(after) > 1 and after[0].lower() in _ADVERBS | {"not"}:
        lead.append(after[0])
        after = after[1:]
    if after[0].lower().endswith("ing") and is_verb(after[0]):
        return [*lead, *after]
    return [*lead, "being", *after]


def _perfect(after: list[str]) -> list[str] | None:
    if not after:
        return None
    if after[0].lower() == "got":
        return ["having", *after[1:]]
    if after[0].lower() == "not":
        return ["not", "having", *after[1:]]
    if after[0].lower() == "been" and len(after) > 1:
        return after[1:] if after[1].lower().endswith("ing") else ["being", *after[1:]]
    if "since" in after[1:] and is_verb(after[0]):
        return [gerund(after[0]), *_and_verbs(after[1:], True)]
    return ["having", *after]


def _participle_next(rest: list[str]) -> bool:
    after = [w.lower() for w in rest[1:] if w.lower() not in _ADVERBS]
    if not after:
        return False
    word = after[0]
    stem = base(word)
    return is_verb(word) and stem != word and word in _tables().getInflection(stem, tag="VBN")


def _and_verbs(rest: list[str], past: bool) -> list[str]:
    """Give the verbs that follow `and` the same form as the first."""
    done = list(rest)
    for n in range(1, len(done)):
        bare = done[n].strip(",.").lower()
        comma = past and done[n - 1].endswith(",")
        listed = comma and is_past(bare) and not known_word(bare, "ADJ")
        follows = done[n - 1].lower() in {"and", "then"} and past
        after = done[n + 1].lower() if n + 1 < len(done) else ""
        acts = not past and done[n - 1].lower() in {"and", "then"} and after in _OBJECTS
        if acts and is_verb(bare) and base(bare) == bare:
            done[n] = done[n].lower().replace(bare, gerund(bare))
        if listed or (follows and (is_past(bare) or bare in _SAME)):
            done[n] = done[n].lower().replace(bare, gerund(bare))
    return done


_IRREGULAR = {
    "said": "say",
    "found": "find",
    "left": "leave",
    "saw": "see",
    "felt": "feel",
    "lay": "lie",
}
_SAME = frozenset("let put cut hit set read shut quit".split())
_OBJECTS = frozenset("my your our the a an me it him her us them to up out off on at in".split())
_ADVERBS = frozenset(
    "just really only still also even actually literally then already once again simply both all"
    " probably apparently clearly obviously suddenly quietly now".split()
)
_SMALL = frozenset(
    "a an the and or but so if of to in on at by for with from as is it its it's i me my you your"
    " he she we they them us our his her this that these those what who why how when where not no"
    " yes all any some one two three four five six seven eight nine ten more most than then there"
    " here up down out off over under was were are am be been do did does don't can't won't didn't"
    " just only even again ever never always very too also because about after before while until"
    " every each both many half another such other anybody nobody everybody"
    " into onto him nothing everything something anyone someone everyone hell".split()
)
