"""Reading a message: tidying, clauses, facts, feelings, boundaries, what is asked."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.blame import find_blame
from rag.clauses import cut_clauses
from rag.cleaning import clean, load_observing
from rag.facts import fact_patterns, find_facts, load_table
from rag.feelings import load_feelings
from rag.grammar import as_gerund, base, uninvert
from rag.message import boundary_in, read_message
from rag.observing import observe
from rag.texting import tidy

ROWS = load_table().facts


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("u said ur done n u arent", "you said you're done and you aren't"),
        ("im so tired bc u didnt call", "I'm so tired because you didn't call"),
        ("YOU TOLD MY MUM AT 9PM", "You told my mum at 9pm"),
        ("your lying to me", "you're lying to me"),
        ("I fixed it for your meeting", "I fixed it for your meeting"),
        ("on the TV in the ICU", "on the TV in the ICU"),
        ("seen at 3am 🙄 nice", "seen at 3am. nice"),
        ("you told OLIVER", "you told Oliver"),
        ("I’m “fine”…", 'I\'m "fine".'),
        ("its 10.20 and its late", "it's 10.20 and it's late"),
    ],
)
def test_tidying(typed: str, tidied: str) -> None:
    assert tidy(typed).text.rstrip(".") == tidied.rstrip(".")


@given(st.text(max_size=300))
def test_tidying_never_fails_and_knows_its_way_back(text: str) -> None:
    page = tidy(text)
    assert len(page.text) == len(page.starts) == len(page.ends)
    for start, end in zip(page.starts, page.ends, strict=True):
        assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize(("kind", "text"), [(r.kind, one) for r in ROWS for one in r.matches])
def test_a_fact_is_found(kind: str, text: str) -> None:
    assert fact_patterns()[kind].search(text)


@pytest.mark.parametrize(("kind", "text"), [(r.kind, one) for r in ROWS for one in r.ignores])
def test_what_is_no_fact_is_not_found(kind: str, text: str) -> None:
    assert not fact_patterns()[kind].search(text)


def test_facts_in_order_without_overlap() -> None:
    facts = find_facts("on Tuesday at 3am you spent £40 on OnlyFans in Leeds")
    assert [fact.kind for fact in facts] == ["date", "time", "money", "site", "name"]


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("You said nine and I waited.", ["you", "I"]),
        ("I found it, you denied it, we argued.", ["I", "you", "we"]),
        ("The bank rang because you were late.", ["other", "you"]),
        ("phone face down again", ["none"]),
        ("Since Friday you haven't said a word.", ["you"]),
    ],
)
def test_who_acts_in_each_clause(text: str, subjects: list[str]) -> None:
    assert [clause.subject for clause in cut_clauses(text)] == subjects


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("Why did you hide it?", "question"),
        ("You told Oliver?", "statement"),
        ("Delete the app tonight.", "order"),
        ("Three years.", "fragment"),
        ("how long has it been going on", "question"),
    ],
)
def test_how_a_clause_is_put(text: str, mood: str) -> None:
    assert cut_clauses(tidy(text).text)[0].mood == mood


@pytest.mark.parametrize(
    ("text", "feelings"),
    [
        ("I'm so tired and sad", ("tired", "sad")),
        ("it made me feel small", ("small",)),
        ("I am fuming and scared", ("angry", "scared")),
        ("You told her I was jealous", ()),
        ("I'm not angry", ()),
        ("I'm sick of this", ()),
        ("you were sad", ()),
    ],
)
def test_named_feelings(text: str, feelings: tuple[str, ...]) -> None:
    assert load_feelings().named_in(text) == feelings


def test_a_verdict_leads_to_what_is_under_it() -> None:
    assert load_feelings().under_verdicts("I feel judged and I feel like a ghost")[0] == "ashamed"


def test_every_near_and_verdict_feeling_is_known() -> None:
    words = load_feelings()
    for names in (*words.near.values(), *words.verdicts.values()):
        assert set(names) <= set(words.level)


@pytest.mark.parametrize(
    ("text", "boundary"),
    [
        ("I will sleep at my sister's until you've called.", True),
        ("I'm taking my ring off for now.", True),
        ("I won't be sharing a bed until we've seen somebody.", True),
        ("If it comes back I'm moving into the spare room.", True),
        ("I'll tell your mother everything.", False),
        ("I'm taking the kids and you'll regret it.", False),
        ("I will text you at nine.", False),
    ],
)
def test_boundaries(text: str, boundary: bool) -> None:
    assert bool(boundary_in(text)) is boundary


def test_a_boundary_keeps_its_condition() -> None:
    assert boundary_in("I will sleep in the spare room until we have talked.") == (
        "I will sleep in the spare room until we have talked"
    )


def test_address_is_taken_out_and_kept() -> None:
    message = read_message("Three years, Dan. Babe, you said nine.")
    assert message.address == "Dan"
    assert "Dan" not in message.tidy.text
    assert "Babe" not in message.tidy.text


@pytest.mark.parametrize("text", ["I told Dan on Friday.", "You went with Dan.", "my brother Dan."])
def test_a_name_that_is_a_fact_stays(text: str) -> None:
    message = read_message(text)
    assert message.address == ""
    assert "Dan" in message.tidy.text


@pytest.mark.parametrize(
    ("example", "wanted"), [(one.source, one.to) for one in load_observing().examples]
)
def test_cleaning_examples(example: str, wanted: str) -> None:
    assert clean(example) == wanted


@pytest.mark.parametrize(
    ("clause", "wanted"),
    [
        ("you went through my drawers", "you going through my drawers"),
        ("you've been ignoring me since Monday", "you ignoring me since Monday"),
        ("you didn't call", "you not calling"),
        ("you sat there and watched", "you sitting there and watching"),
        ("you're on your phone", "you being on your phone"),
        ("you will go", None),
        ("I went home", None),
    ],
)
def test_gerunds(clause: str, wanted: str | None) -> None:
    assert as_gerund(clause) == wanted


@pytest.mark.parametrize(
    ("auxiliary", "subject", "rest", "wanted"),
    [
        ("did", "you", "hide it", "you hid it"),
        ("does", "your phone", "ring all night", "your phone rings all night"),
        ("do", "you", "even lock it", "you lock it"),
        ("have", "you", "moved it", "you have moved it"),
    ],
)
def test_questions_turned_round(auxiliary: str, subject: str, rest: str, wanted: str) -> None:
    assert uninvert(auxiliary, subject, rest) == wanted


def test_irregular_verbs() -> None:
    pairs = {"said": "say", "went": "go", "was": "be", "found": "find"}
    assert {past: base(past) for past in pairs} == pairs


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("You always leave before I've finished the story about Leeds.", "finished"),
        ("You lied so you wouldn't have to cancel the card.", "cancel"),
        ("Two months since you let me sit beside you on the sofa, you coward.", "sit"),
    ],
)
def test_a_dependent_clause_never_says_the_opposite(text: str, lost: str) -> None:
    message = read_message(text, find_blame(text))
    for one in observe(message, "hurt"):
        assert not re.match(rf"I've {lost}|you wouldn't|.*letting me {lost}", one.text)


@pytest.mark.parametrize("text", ["", "🙂", "?!", "\n", '"', "' '", "you", "I", "if", "because,"])
def test_odd_scraps_are_read(text: str) -> None:
    message = read_message(text, find_blame(text))
    assert observe(message, "hurt") is not None
