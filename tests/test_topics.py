"""Topics: each is seen in its own examples, and every line of it may be sent."""

import re

import pytest

from rag.cards import Speaker
from rag.checker import check_draft
from rag.topics import Topic, fitting, load_topics

SIDES: list[Speaker] = ["hurt", "used"]


@pytest.mark.parametrize("topic", load_topics(), ids=lambda topic: topic.id)
def test_a_topic_is_seen_in_its_examples(topic: Topic) -> None:
    pattern = re.compile(topic.pattern, re.IGNORECASE)
    assert all(pattern.search(one) for one in topic.matches)
    assert not any(pattern.search(one) for one in topic.ignores)


@pytest.mark.parametrize("speaker", SIDES)
@pytest.mark.parametrize("topic", load_topics(), ids=lambda topic: topic.id)
def test_every_line_may_be_sent(topic: Topic, speaker: Speaker) -> None:
    side = topic.hurt if speaker == "hurt" else topic.used
    for need in side.needs:
        for request in side.requests:
            for owning in side.owning or ("",):
                draft = f"I feel sad. {owning} {need} {request}"
                assert check_draft(draft, "nothing", speaker) == (), draft


def test_no_line_stands_twice() -> None:
    lines = [
        line
        for topic in load_topics()
        for side in (topic.hurt, topic.used)
        for line in (*side.needs, *side.requests, *side.owning)
    ]
    again = sorted({line for line in lines if lines.count(line) > 2})
    assert not again


def test_the_strongest_topic_is_taken() -> None:
    text = "You did the shopping, I did the dishes, the bins and the laundry."
    assert fitting(text, "", "hurt").topic == "housework"
    assert fitting("Nothing of the kind.", "", "hurt").requests == ()


def test_what_is_kept_weighs_most() -> None:
    text = "You rang the bank about the savings and you called me a creep."
    assert fitting(text, "", "hurt").topic == "money"
    assert fitting(text, "you called me names", "hurt").topic == "name-calling"


def test_no_closeness_is_asked_against_a_boundary() -> None:
    text = "You came to bed at three and touched me."
    assert fitting(text, "", "hurt").topic == "bed-and-touch"
    assert fitting(text, "", "hurt", bounded=True).topic != "bed-and-touch"
