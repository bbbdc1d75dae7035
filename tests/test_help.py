"""The help replies: whole, short, varied, without digits, and with the right lines."""

import re
from itertools import pairwise
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import KnowledgeError
from rag.help import ALONE, help_reply, load_common, load_help
from rag.models import Safety
from rag.paths import KNOWLEDGE
from rag.safety import UNKNOWN, check
from rag.safety_rules import load_rules

CATEGORIES = [category.name for category in load_rules()]
SEVERITIES = ("elevated", "immediate")
FORBIDDEN = re.compile(
    r"\b(?:committed suicide|successful|failed attempt|commit suicide|diagnos\w+ (?:you|as)|"
    r"your secret is safe|keep (?:this|it) between us|(?:i )?promise not to tell|"
    r"be (?:more )?patient with (?:him|her|them)|goodbye for now|conversation is over|"
    r"i can't talk about)\b",
    re.IGNORECASE,
)


def wordings():
    common = load_common()
    for row in load_help():
        for severity in SEVERITIES:
            for number, wording in enumerate(getattr(row, severity)):
                ending = (common.program[number], common.way_back[number])
                yield row, " ".join((*wording.paragraphs, wording.question, *ending))


@pytest.mark.parametrize("category", [*CATEGORIES, UNKNOWN])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_every_path_gives_a_whole_reply(category, severity):
    reply = help_reply(Safety(category, severity, (category,)), "GB")
    assert len(reply.paragraphs) >= 2
    assert reply.helplines
    assert reply.question.endswith("?") or "?" in reply.question
    assert "this isn't what" in reply.way_back.lower() or "isn't what" in reply.way_back.lower()
    assert "program" in reply.render() or "software" in reply.render()
    if severity == "immediate":
        assert any(line.need == "emergency" for line in reply.helplines)


@pytest.mark.parametrize("category", [*CATEGORIES, UNKNOWN])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_never_the_same_block_twice_in_a_row(category, severity):
    seen = Safety(category, severity, (category,))
    replies = [help_reply(seen, "GB", turn=turn) for turn in range(5)]
    for before, after in pairwise(replies):
        assert not set(before.paragraphs[:2]) & set(after.paragraphs[:2])
        assert before.question != after.question
        assert before.way_back != after.way_back


def test_wordings_are_short_and_hold_no_digits():
    for row, text in wordings():
        assert not re.search(r"\d", text), row.id
        assert 70 <= len(text.split()) <= 160, (row.id, len(text.split()))


def test_wordings_keep_to_safe_messaging():
    for row, text in wordings():
        assert not FORBIDDEN.search(text), (row.id, FORBIDDEN.search(text))


@pytest.mark.parametrize("category", sorted(ALONE - {"unknown"}))
def test_support_is_for_the_person_alone(category):
    row = next(row for row in load_help() if row.category == category and not row.rules)
    for wording in (*row.immediate, *row.elevated):
        text = " ".join((*wording.paragraphs, wording.question)).lower()
        assert "check-in" not in text and "as a couple" not in text and "together as" not in text
    joined = " ".join(w.question for w in (*row.immediate, *row.elevated))
    assert "safe time" in joined


def test_numbers_come_only_from_the_lines():
    reply = help_reply(check("I want to kill myself tonight"), "GB")
    assert not any(re.search(r"\d", part) for part in (*reply.paragraphs, reply.question))
    assert "116 123" in reply.render()


def test_neck_sends_to_a_doctor():
    assert "doctor" in help_reply(check("He choked me last night"), "GB").render()
    text = help_reply(check("He choked me last night"), "GB").paragraphs
    assert any("neck" in part for part in text)


def test_threat_as_control_is_named():
    reply = help_reply(check("She says she'll kill herself if I leave"), "US")
    assert any("threatened" in part for part in reply.paragraphs)


def test_relapse_shame_is_named():
    seen = Safety("suicide_self", "elevated", ("suicide_self",), "", ("after this relapse",))
    assert any("relapse is something" in part for part in help_reply(seen, "GB").paragraphs)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I found pictures of kids on his laptop", "copy"),
        ("I'm attracted to children and I want help before anything happens", "made for"),
        ("I put a tracker in her car", "back"),
        ("I pressured her for sex until she gave in", "consent"),
        ("My brother is going to kill him, he took the rifle out", "emergency"),
    ],
)
def test_paths_of_their_own(text, words):
    reply = help_reply(check(text), "GB")
    assert words in " ".join(reply.paragraphs)


def test_own_thoughts_get_the_specialist_line():
    reply = help_reply(check("I'm attracted to children and I want help first"), "GB")
    assert any(line.service == "Stop It Now" for line in reply.helplines)


def test_unknown_country_is_said():
    reply = help_reply(Safety("violence_received", "immediate"), None)
    assert any("country" in part for part in reply.paragraphs)
    assert reply.helplines[0].need == "emergency"


def test_missing_line_is_said():
    reply = help_reply(Safety("violence_intent", "elevated"), "IE")
    assert any("I know of no line" in part for part in reply.paragraphs)


def test_unheard_category_gets_the_cautious_reply():
    assert help_reply(Safety("something_new", "elevated"), "US").helplines


@given(
    st.text(max_size=20),
    st.sampled_from(SEVERITIES),
    st.none() | st.text(max_size=4),
    st.integers(0),
)
def test_never_raises(category, severity, country, turn):
    seen = Safety(category, severity, (category,), "why", ("neck", "he choked me"))
    assert help_reply(seen, country, turn=turn).render()


def test_broken_help_is_named(tmp_path: Path):
    copytree(KNOWLEDGE, tmp_path / "knowledge")
    folder = tmp_path / "knowledge"
    path = folder / "help" / "own_control.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("writer-controls", "no-such-rule"),
        encoding="utf-8",
    )
    with pytest.raises(KnowledgeError, match="no-such-rule"):
        load_help(folder)
    (folder / "help" / "self_harm.yaml").unlink()
    path.unlink()
    with pytest.raises(KnowledgeError, match="self_harm"):
        load_help(folder)
