"""The checker: each of the ten checks finds its fault, and a good draft has none."""

import pytest

from rag.cards import Speaker
from rag.checker import check_draft, load_checks

SOURCE = (
    "You spent £40 on OnlyFans on Tuesday and you lied about it. You hid my card."
    " I'm going to sleep at my sister's until you cancel it."
)
GOOD = (
    "When you spent £40 on OnlyFans on Tuesday, I felt hurt. I need to know where we stand."
    " I'm going to sleep at my sister's until you cancel it. Would you cancel it with me tonight?"
)


def kinds(draft: str, source: str = SOURCE, speaker: Speaker = "hurt") -> set[str]:
    return {fault.kind for fault in check_draft(draft, source, speaker)}


def test_a_good_draft_has_no_fault() -> None:
    assert check_draft(GOOD, SOURCE, "hurt") == ()


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("I felt hurt.", "I felt hurt because you made me cry.", "blame"),
        ("I felt hurt.", "I felt hurt. You always do it.", "absolute"),
        ("I felt hurt.", "I felt hurt. You are such a liar.", "label"),
        ("I felt hurt.", "I felt hurt. You wanted me to find it.", "mind_reading"),
        ("I felt hurt.", "I felt that you hate it and hurt.", "false_feeling"),
        ("I felt hurt.", "I felt hurt. Stop it or else.", "threat"),
        ("£40", "£60", "invented_number"),
        ("£40", "£40 with Martin", "invented_name"),
        ("on Tuesday", "on Tuesday and last Friday", "invented_time"),
        ("OnlyFans", "OnlyFans on the laptop", "invented_thing"),
        ("you spent £40", "I spent £40", "swapped_role"),
        ("I felt hurt.", "I felt hurt. It was my fault.", "self_blame"),
        ("I felt hurt.", "I felt hurt. I'm sorry for asking.", "self_blame"),
        ("I'm going to sleep at my sister's until you cancel it. ", "", "lost_boundary"),
        ("I felt hurt", "I thought about it", "no_feeling"),
        ("Would you cancel it with me tonight?", "", "no_request"),
        ("I felt hurt.", "I felt hurt. You must cancel it.", "hard_request"),
        ("I felt hurt.", "I felt hurt. I know you'll be angry.", "prediction"),
    ],
)
def test_each_fault_is_found(before: str, after: str, kind: str) -> None:
    assert before in GOOD
    assert kind in kinds(GOOD.replace(before, after))


def test_every_fault_has_a_reason() -> None:
    for fault in check_draft("You always lie, I will tell Bob at 9.", "Hm.", "used"):
        assert fault.why == load_checks().reasons[fault.kind]


@pytest.mark.parametrize("row", load_checks().patterns, ids=lambda row: row.pattern[:30])
def test_patterns_match_and_ignore(row) -> None:  # type: ignore[no-untyped-def]
    import re

    assert all(re.search(row.pattern, one, re.IGNORECASE) for one in row.matches)
    assert not any(re.search(row.pattern, one, re.IGNORECASE) for one in row.ignores)


def test_numbers_in_words_are_the_same_numbers() -> None:
    draft = "I asked you three times and I feel sad. Could we talk?"
    assert kinds(draft, "i asked you 3 times", "hurt") == set()


def test_owning_is_no_self_blame_for_the_partner_who_used() -> None:
    draft = "I hid it. That was my choice, and I'm sorry and ashamed. Could we talk tonight?"
    assert kinds(draft, "I hid it because you shout", "used") == set()


def test_what_is_quoted_is_not_the_writers_blame() -> None:
    draft = 'You said "you always do this", and I felt hurt. Could we talk about it?'
    assert kinds(draft, 'you said "you always do this"', "hurt") == set()


@pytest.mark.parametrize(("swapped", "kind"), [("your phone", "swapped_role"), ("my phone", "")])
def test_whose_thing_it_is(swapped: str, kind: str) -> None:
    draft = f"You looked through {swapped} and I feel uneasy. Could we talk about it?"
    assert (kind in kinds(draft, "you looked through my phone", "used")) is bool(kind)


@pytest.mark.parametrize("draft", ["", " ", "🙂", "a" * 5000, "?", '"'])
def test_odd_drafts_are_checked(draft: str) -> None:
    assert "no_feeling" in kinds(draft)
