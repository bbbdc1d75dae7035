"""Observing: what is kept of a message, how blame is turned, what is left out."""

import pytest

from rag.asking import own_request
from rag.blame import find_blame, telling
from rag.composing import sentences_of
from rag.encoder import Reading, Span
from rag.message import read_message
from rag.observing import observe


def reading(*spans: Span) -> Reading:
    return Reading(
        risk=0.0,
        category={"none": 1.0},
        severity={"none": 1.0},
        step={"0": 1.0},
        intent={"reword": 1.0},
        kind={"blame": 1.0},
        theme={"other": 1.0},
        feeling={"hurt": 0.5},
        blame=spans,
    )


def observed(text: str, speaker: str = "hurt") -> str:
    message = read_message(text, telling(find_blame(text)))
    return sentences_of(observe(message, speaker))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "If I'm ten minutes on the landing you're at me asking who I rang.",
            "When I'm ten minutes on the landing you're at me asking who I rang",
        ),
        (
            "Whenever I mention the money you sigh and turn the radio up.",
            "When I mention the money you sigh",
        ),
        (
            "every time your phone buzzes my stomach drops",
            "When your phone buzzes, my stomach drops",
        ),
        ("Four days of short answers since I found it.", "It's been four days of short answers"),
        ("When we were in Whitby you stayed in the car with the tablet.", "When we were in Whitby"),
        (
            "Last week at lunch in front of my aunt you brought up the motel again.",
            "last week at lunch in front of my aunt you brought up the motel",
        ),
        ("The man from the garage rang to ask where you were.", "rang to ask where you were"),
        ("When were you going to tell me you lost the job in May?", "You lost the job in May."),
        (
            "Explain why it says Fansly on the bill for June.",
            "It says Fansly on the bill for June.",
        ),
        (
            "Did you think I wouldn't find the receipt for the second phone?",
            "I found the receipt for the second phone",
        ),
        (
            "I'm not trying to nag but you did say the app would be on by Monday.",
            "You said the app would be on by Monday.",
        ),
        (
            "Funny how you know every player but not that you promised to ring by Friday.",
            "You promised to ring by Friday.",
        ),
        (
            "The woman from Derby. The one you paid £40 a week.",
            "Derby, the one you paid £40 a week",
        ),
        (
            "You can't even look at me when I get out of the bath at night.",
            "when I get out of the bath",
        ),
        ("You told my boss. My actual boss, at the barbecue.", "my boss, my actual boss, at the"),
        ("I rang in March and in June and every time you said it was Netflix.", "You said it was"),
        ('"It is only pixels." "Every lad does it."', 'I hear "It is only pixels"'),
        ("Three weeks. I found the chat on the family tablet.", "It's been three weeks."),
        ("You had the nerve to ask me for photos on Tuesday.", "ask"),
        ("You cancelled on the class again to play golf with Rob.", "cancelling"),
        ("My mum knew before I did. You told her in July.", "My mum knew before I did"),
        ("You still come home and want my passwords on Fridays.", "wanting my passwords"),
        ("I know you're busy but Ellie's inhaler has been empty since Monday.", "Ellie's inhaler"),
        ("You lied again about Thursday.", "what I was told wasn't true about Thursday"),
    ],
)
def test_what_can_be_checked_is_kept(text: str, kept: str) -> None:
    assert kept.lower() in observed(text).lower()


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("If you do that once more I'm taking Tom and Bea.", "taking"),
        ("Thanks for remembering our anniversary. Oh wait.", "you remembered"),
        ("It would be lovely if, for once, the story was read by somebody awake.", "was read"),
        ("You sit there and you listen for once in your life.", "listen"),
        ("You're using our kid as a weapon on Sundays.", "weapon"),
        ("You've got a nerve asking where I was on Sunday.", "nerve"),
        ("You never tell the truth.", "truth"),
        ("You gutted me at my own sister's wedding.", "gutted"),
        ("You chose a screen over me on the day we moved in.", "screen over me"),
        ("Sorry about the spelling, I'm typing this on the tram. You hid the bill.", "typing"),
        ("No way am I sitting in front of a stranger in Leeds for ninety quid.", "stranger"),
        (
            "I'm not moving back until the filter's on and you've been to Dr Lowe.",
            "been to Dr Lowe",
        ),
        ("I've had to ask three times, which makes me feel like your mother.", "your mother"),
        ("Sure, go on, spend another Saturday in the shed with your phone.", "sure, go on"),
    ],
)
def test_scorn_threats_and_wishes_are_no_facts(text: str, gone: str) -> None:
    assert gone.lower() not in observed(text).lower()


def test_two_views_are_told_in_one_sentence() -> None:
    text = "You still go on your Xbox till 1. You still take your phone to the bath."
    said = observed(text)
    assert said.count("I keep") + said.count("What stays") == 1
    assert "xbox" in said.lower()
    assert "bath" in said


def test_what_is_missed_is_said_in_place_of_an_excuse() -> None:
    said = observed("Maybe if you touched me more than once a month I wouldn't need it.", "used")
    assert said == "I miss being touched more than once a month."


def test_an_unsure_mark_does_not_outweigh_something_seen() -> None:
    text = "You turned the heating up and walked out. You're a coward."
    marked = find_blame(text, reading(Span(0, len(text), "label", 0.9)))
    said = sentences_of(observe(read_message(text, telling(marked)), "hurt"))
    assert "turning the heating up" in said


def test_words_of_the_other_in_quotes_are_not_the_writers_blame() -> None:
    text = 'You said "you never do the dishes" on Monday.'
    start = text.index('"')
    spans = find_blame(text, reading(Span(start + 1, start + 20, "absolute", 0.9)))
    assert not any(span.kind == "absolute" and span.start > start for span in spans)


def test_a_single_unsure_word_is_not_underlined() -> None:
    text = "We had lunch with your aunt on Sunday."
    assert find_blame(text, reading(Span(14, 18, "threat", 0.45))) == ()


def test_a_demand_under_threat_becomes_a_request() -> None:
    text = "If you don't sit down with me at eight tonight I'm ringing your dad."
    message = read_message(text, telling(find_blame(text)))
    assert own_request(message, text) == ["Would you sit down with me at eight tonight?"]


def test_no_name_is_made_of_a_thing_that_is_owned() -> None:
    assert "my boss" in observed("You told my boss on Friday.")
    assert "too dear" in observed("You said the course was too dear. £55.")
