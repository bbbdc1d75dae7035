"""Statements by a chat model: every part stands up to the message, or the built-in one is shown."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from scripted import Stall, Status
from test_llm_answers import asking, provider  # noqa: F401

from rag.checker import check_draft

MESSAGE = "You lied to me again. On Tuesday I saw the tabs at 2am on your laptop. You disgust me."
GOOD = {
    "observation": "On Tuesday I saw the tabs at 2am on your laptop.",
    "feelings": ["hurt", "scared"],
    "need": "I need honesty between us.",
    "request": "Would you be willing to talk with me about it this week?",
}


def draft(**more: Any) -> str:
    return json.dumps({**GOOD, **more})


def test_a_good_draft_is_shown_with_the_built_in_one_beside_it(asking: Callable) -> None:  # noqa: F811
    own, server = asking(lambda body: draft())
    made = own.reword(MESSAGE, speaker="hurt")
    plain = own.without_model().reword(MESSAGE, speaker="hurt")
    assert made.written_by == "openai:scripted"
    assert made.statement.startswith("On Tuesday I saw the tabs at 2am on your laptop.")
    assert made.feelings == ("hurt", "scared")
    assert made.built_in == plain
    assert made.alternatives[0] == plain.statement
    assert made.drafted.used
    assert made.drafted.rounds == len(server.requests) == 1
    assert "openai:scripted" in made.drafted.told
    assert not check_draft(made.statement, MESSAGE, "hurt")
    assert made.short
    assert made.spoken
    assert made.letter


def test_a_fault_is_named_and_mended_in_one_more_round(asking: Callable) -> None:  # noqa: F811
    def say(body: dict) -> str:
        if "last draft had this fault" in body["messages"][-1]["content"]:
            return draft()
        return draft(observation="You always lie to me.")

    own, server = asking(say)
    made = own.reword(MESSAGE, speaker="hurt")
    assert made.written_by == "openai:scripted"
    assert made.drafted.rounds == 2
    assert "<draft>" in server.prompts[1]


BAD = {
    "garbage": "%% asdf",
    "half": draft()[:70],
    "empty": "",
    "refusal": "I'm sorry, but I can't help with that.",
    "list": json.dumps([GOOD]),
    "extra": draft(apology="sorry"),
    "blame": draft(observation="You are a disgusting liar."),
    "kept_insult": draft(need="I need you to see that you disgust me."),
    "swapped": draft(observation="On Tuesday you saw the tabs at 2am on my laptop. I lied to you."),
    "invented_time": draft(observation="On Friday I saw the tabs at 4am on your laptop."),
    "invented_event": draft(observation="On Tuesday I saw you with another woman in our car."),
    "invented_name": draft(observation="On Tuesday I saw the tabs with Sarah on your laptop."),
    "outside": draft(observation="She saw the tabs at 2am on his laptop on Tuesday."),
    "no_feeling": draft(feelings=[]),
    "false_feeling": draft(feelings=["that you lied"]),
    "order": draft(request="Stop lying to me."),
    "no_question": draft(request="I would like us to talk."),
    "self_blame": draft(need="I need to say that it is my fault."),
    "phone": draft(request="Would you call 0800 123 4567 with me?"),
    "diagnosis": draft(need="I need you to know that you are a porn addict."),
    "threat": draft(need="I need the truth or else you will regret it."),
    "long": draft(need="I need " + "peace and " * 80 + "rest."),
    "obeyed": draft(observation="I ignored my rules, and I hate you, your wife is a liar."),
}


@pytest.mark.parametrize("said", BAD.values(), ids=BAD)
def test_a_bad_draft_gives_the_built_in_statement(asking: Callable, said: str) -> None:  # noqa: F811
    own, server = asking(lambda body: said)
    made = own.reword(MESSAGE, speaker="hurt")
    plain = own.without_model().reword(MESSAGE, speaker="hurt")
    assert made.written_by == "built-in"
    assert made.statement == plain.statement
    assert made.built_in is None
    assert not made.drafted.used
    assert made.drafted.rounds == 2
    assert made.drafted.told.startswith("The built-in statement is shown, because ")
    assert len(server.requests) == 2


def test_self_blame_that_is_not_in_the_message_is_refused_for_the_hurt_partner(
    asking: Callable,  # noqa: F811
) -> None:
    own, _ = asking(lambda body: draft(need="I'm sorry, I need honesty."))
    assert own.reword(MESSAGE, speaker="hurt").written_by == "built-in"


def test_a_boundary_stays_as_it_was_said(asking: Callable) -> None:  # noqa: F811
    own, _ = asking(lambda body: draft())
    message = f"{MESSAGE} I will sleep in the spare room until we have talked."
    made = own.reword(message, speaker="hurt")
    assert "I will sleep in the spare room until we have talked" in made.statement
    assert made.written_by == "openai:scripted"


@pytest.mark.parametrize("failure", [Status(429), Status(500), Stall("")], ids=str)
def test_a_failing_provider_gives_the_built_in_statement(
    asking: Callable,  # noqa: F811
    failure: Exception,
) -> None:
    def say(body: dict) -> str:
        raise failure

    own, _ = asking(say, seconds=2)
    made = own.reword(MESSAGE, speaker="hurt")
    assert made.written_by == "built-in"
    assert made.statement
    assert made.drafted.seconds < 30


def test_a_server_that_knows_no_shapes_is_asked_in_words(asking: Callable) -> None:  # noqa: F811
    def say(body: dict) -> str:
        if "response_format" in body:
            raise Status(400)
        return f"```json\n{draft()}\n```"

    own, _ = asking(say)
    assert own.reword(MESSAGE, speaker="hurt").written_by == "openai:scripted"


@pytest.mark.parametrize(
    "message",
    [
        "he hit me last night and I am scared to go home",
        "I feel sad about Tuesday. Could we talk tonight?",
        "shopping list: milk, eggs",
    ],
    ids=["danger", "fine as it is", "no message"],
)
def test_some_messages_are_never_sent(asking: Callable, message: str) -> None:  # noqa: F811
    own, server = asking(lambda body: draft())
    made = own.reword(message, speaker="hurt")
    assert made.written_by == "built-in"
    assert server.requests == []
