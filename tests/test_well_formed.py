"""The form of what is told: each fault is seen, the least change mends it, none is composed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.blame import find_blame, telling
from rag.composing import Parts, compose, load_composing
from rag.encoder import Reading, Span
from rag.grammar import as_gerund
from rag.message import read_message
from rag.observing import observe
from rag.statements import reword
from rag.weighing import choose_facts
from rag.well_formed import fault_in, is_loose, load_form, mend


@pytest.mark.parametrize("row", load_form().faults, ids=lambda row: row.kind)
def test_fault_patterns(row) -> None:  # type: ignore[no-untyped-def]
    assert all(fault_in(one) == row.kind for one in row.matches)
    assert not any(fault_in(one) == row.kind for one in row.ignores)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("what stays with me is you going through my bag and told your mum", "gerund_and_finite"),
        ("forty pounds and a hotel", "no_verb"),
        ("when I came down for water", "no_main_clause"),
        ("I keep thinking of you going through my bag and telling your mum", ""),
        ("the kids know", ""),
        ("everyone at work knows", ""),
        ("when I came down, you shut it", ""),
        ("my sister left and cried", ""),
    ],
)
def test_what_needs_a_dictionary(text: str, kind: str) -> None:
    assert fault_in(text) == kind


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Tuesday I find the receipt", "on Tuesday I found the receipt"),
        ("it's been nine years of lies", "it's been nine years"),
        ("I come home and you're on the landing", "I came home and you were on the landing"),
        ("when I come home you're on the landing", "when I come home you're on the landing"),
        ("I keep your letters", "I keep your letters"),
        ("you were on the tablet the tablet", "you were on the tablet the tablet"),
    ],
)
def test_the_least_change(text: str, mended: str) -> None:
    assert mend(text) == mended


def test_both_verbs_of_a_view_have_one_form() -> None:
    made = as_gerund("you've read my emails every day since May and rang my boss")
    assert made == "you reading my emails every day since May and ringing my boss"


def test_it_needs_something_that_it_stands_for() -> None:
    assert is_loose("it was open on the table")
    assert not is_loose("it's been three weeks")
    assert not is_loose("that night you left")


@pytest.mark.parametrize(
    ("text", "speaker", "said"),
    [
        ("Nine weeks of lies Mark. You make me ill.", "hurt", "It's been nine weeks"),
        ("If you loved us you'd have told me before the scan.", "hurt", "You didn't tell me"),
        (
            "You only kiss me when your boss is watching.",
            "hurt",
            "it's when your boss is watching that you kiss me",
        ),
        ("Half the street knows now thanks to you.", "used", "Half the street knows now"),
        (
            "You've read my emails every day since May and rang my boss.",
            "used",
            "You've read my emails every day since May and rang my boss",
        ),
        (
            "Wednesday I see the bill for that site and you sit there humming.",
            "hurt",
            "On Wednesday I saw the bill",
        ),
    ],
)
def test_the_writers_own_clause_with_the_least_change(text: str, speaker: str, said: str) -> None:
    made = reword(text, speaker=speaker)  # type: ignore[arg-type]
    assert made.statement is not None
    assert said.lower() in made.statement.lower()


def test_no_one_is_betrayed_by_a_verb_of_being() -> None:
    parts = Parts((), "When I read it", ("betrayed",), "I need rest.", "Could we?", "", "", "")
    patterns = [one.id for one in load_composing().patterns]
    made = [compose(parts, one) or "" for one in patterns]
    assert not any("I'm betrayed" in one for one in made)


SUBJECTS = ["you", "I", "we", "my mum", "everyone at work", "your brother", "she", "it", "the kids"]
VERBS = [
    "went through the drawer",
    "told your sister",
    "have read my emails since March",
    "spend £40 on that site",
    "was on the phone at 2am",
    "knows now",
    "never listen",
    "only want sex",
    "put it in the group chat",
    "sit there laughing",
    "said it was nothing",
    "find the bill",
    "don't even look up",
    "would have told me",
    "left me at the clinic and drove home",
]
LEADS = ["", "thursday ", "yesterday ", "if you loved me ", "so ", "last night ", "every time "]
JOINS = [" and ", ". ", ", ", " when ", " then why is it hidden ", " because ", " but "]
TAILS = [
    "",
    " thanks to you",
    " again",
    ", liar",
    " like an idiot",
    "?",
    " Tom",
    " lol",
    " of lies",
]
SCRAPS = [
    "14 months of lies",
    "Twice in May",
    "Lies",
    "forty tabs",
    "A whole year",
    "it in your eyes",
]


@st.composite
def _messages(draw: st.DrawFn) -> str:
    clause = st.builds(
        lambda lead, who, does, tail: f"{lead}{who} {does}{tail}",
        st.sampled_from(LEADS),
        st.sampled_from(SUBJECTS),
        st.sampled_from(VERBS),
        st.sampled_from(TAILS),
    )
    text = draw(clause)
    for _ in range(draw(st.integers(0, 3))):
        text += draw(st.sampled_from(JOINS)) + draw(st.one_of(clause, st.sampled_from(SCRAPS)))
    return text


@settings(max_examples=400, deadline=None)
@given(_messages(), st.sampled_from(["hurt", "used"]), st.booleans())
def test_no_observation_is_out_of_form(text: str, speaker: str, marked: bool) -> None:
    reading = _reading(text) if marked else None
    message = read_message(text, telling(find_blame(text, reading)))
    every = observe(message, speaker)
    for one in every:
        assert not fault_in(one.text), one.text
    chosen = choose_facts(every)
    assert len(chosen) < 2 or not (is_loose(chosen[0].text) and chosen[0].at)


def _reading(text: str) -> Reading:
    return Reading(
        risk=0.0,
        category={"none": 1.0},
        severity={"none": 1.0},
        step={"0": 1.0},
        intent={"reword": 1.0},
        kind={"blame": 1.0},
        theme={"other": 1.0},
        feeling={"hurt": 0.5},
        blame=(Span(0, len(text), "accusation", 0.9),),
    )
