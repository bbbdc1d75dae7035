"""Preparing a talk: cards, their choice, opening lines, citations, safety, bad input, output."""

import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import Ran, note_text, unalarmed

from rag import Assistant, InputError
from rag.blame import blame_kinds
from rag.cards import load_cards
from rag.checker import check_draft
from rag.errors import KnowledgeError
from rag.knowledge import load_knowledge
from rag.occasions import PARTS, SIDES, CardSide, load_occasions
from rag.openings import addressed, start_from, to_you
from rag.paths import KNOWLEDGE
from rag.preparation import Preparation, preparation_object
from rag.sentences import split_sentences
from rag.shipped import load_shipped

OCCASIONS = load_occasions()
WORDING = OCCASIONS.common.wording
ALL_SIDES = [
    pytest.param(id, speaker, card.side(speaker), id=f"{id}-{speaker}")
    for id, card in OCCASIONS.cards.items()
    for speaker in SIDES
    if card.side(speaker)
]
FRESH = [
    row.split("\t")
    for row in (Path(__file__).parent / "data" / "talks.tsv").read_text("utf-8").splitlines()
]
"""Two requests for each side of each card, in words that no card holds."""
FOUND = "I found his second phone in the glovebox on Tuesday, how do I bring it up?"
ONE_SIDED = {"first-disclosure", "telling-of-a-lapse", "hearing-of-a-lapse"}


def lines_of(page: Preparation, heading: str) -> tuple[str, ...]:
    return next(section.lines for section in page.sections if section.heading == heading)


def openings_of(page: Preparation) -> tuple[str, ...]:
    return lines_of(page, OCCASIONS.common.headings["openings"])


# --- the cards -----------------------------------------------------------------------------------


def test_every_occasion_has_both_sides_where_it_makes_sense() -> None:
    assert len(OCCASIONS.cards) == 21
    for id, card in OCCASIONS.cards.items():
        assert bool(card.hurt and card.used) == (id not in ONE_SIDED), id


@pytest.mark.parametrize(("id", "speaker", "side"), ALL_SIDES)
def test_lines_are_plain_and_promise_nothing(id: str, speaker: str, side: CardSide) -> None:
    text = " ".join(line.text for part in PARTS for line in side.part(part))
    assert not re.search(r"[!—–\[\]]|\d", text)
    assert not re.search(
        r"\b(?:will|'ll) (?:surely |certainly )?(?:forgive|understand|stop using|come back|trust)\b"
        r"|\b(?:guarantee|I promise you|always works)\b",
        text,
    )
    assert not re.search(r"\b(?:husband|wife|God|Jesus|he|she|his|him)\b", text)
    assert all(line.say.endswith("?") for line in side.ask)


@pytest.mark.parametrize(("id", "speaker", "side"), ALL_SIDES)
def test_nearly_every_line_names_the_passage_that_supports_it(
    id: str, speaker: str, side: CardSide
) -> None:
    lines = [line for part in PARTS for line in side.part(part)]
    assert sum(not line.source for line in lines) <= 1
    assert all(line.source for line in (*side.openings, *side.avoid, *side.if_it_escalates))


@pytest.mark.parametrize(("id", "speaker", "side"), ALL_SIDES)
def test_openings_pass_the_checker(id: str, speaker: str, side: CardSide) -> None:
    first, *others = side.openings
    assert not check_draft(first.say, "Look.", speaker), first.say
    for line in others:  # one that names a phone is shown only where a phone was named
        assert not check_draft(line.say, line.say, speaker), line.say
    start = side.from_facts
    draft = f"{start.lead} I saw it on Tuesday. I feel {start.feeling}. {start.then}".strip()
    assert not check_draft(draft, "I saw it on Tuesday.", speaker), draft


@pytest.mark.parametrize("id", OCCASIONS.cards)
def test_themes_are_the_encoder_s(id: str) -> None:
    assert set(OCCASIONS.cards[id].themes) <= set(load_cards())


def test_a_break_is_at_least_twenty_minutes_with_a_time_within_a_day() -> None:
    text = " ".join(line.say for line in OCCASIONS.common.breaks)
    assert "twenty minutes" in text
    assert "twenty-four hours" in text
    assert "exact time" in text


@pytest.fixture
def own_cards(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    return folder


def change(folder: Path, name: str, edit: Callable[[dict], None]) -> Path:
    path = folder / "prepare" / f"{name}.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    edit(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    return path


def test_a_passage_that_is_not_there_is_named_with_file_and_line(own_cards: Path) -> None:
    path = change(
        own_cards, "anger", lambda card: card["hurt"]["ask"][0].update({"from": "words-for#none"})
    )
    rows = path.read_text("utf-8").splitlines()
    line = next(n for n, row in enumerate(rows, 1) if "words-for#none" in row)
    with pytest.raises(KnowledgeError, match=rf"anger\.yaml:{line}: 'words-for#none'"):
        load_occasions(own_cards)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda card: card.update({"colour": "red"}), r"anger\.yaml:\d+: colour"),
        (lambda card: card["hurt"].pop("listen"), r"anger\.yaml:\d+: hurt\.listen"),
        (lambda card: card["used"]["avoid"][1].pop("why"), r"anger\.yaml:\d+: used\.avoid\.1\.why"),
        (lambda card: card.update({"id": "rage"}), r"anger\.yaml:1: id is 'rage'"),
        (lambda card: [card.pop("hurt"), card.pop("used")], r"anger\.yaml:1: .*at least one side"),
    ],
)
def test_a_broken_card_is_named(own_cards: Path, edit: Callable[[dict], None], said: str) -> None:
    change(own_cards, "anger", edit)
    with pytest.raises(KnowledgeError, match=said):
        load_occasions(own_cards)


def test_the_general_card_must_have_both_sides(own_cards: Path) -> None:
    change(own_cards, "any-hard-talk", lambda card: card.pop("used"))
    with pytest.raises(KnowledgeError, match="needs both sides"):
        load_occasions(own_cards)


# --- choosing ------------------------------------------------------------------------------------


def test_fresh_requests_are_no_example_of_a_card() -> None:
    asks = {
        ask.lower()
        for card in OCCASIONS.cards.values()
        for speaker in SIDES
        if card.side(speaker)
        for ask in card.side(speaker).asks
    }
    assert not asks & {text.lower() for _, _, text in FRESH}
    assert {(id, speaker) for id, speaker, _ in FRESH} == {
        (param.values[0], param.values[1]) for param in ALL_SIDES
    }


def test_every_card_is_reached_by_fresh_words(assistant: Assistant) -> None:
    calm = unalarmed(assistant)
    got = [
        (id, speaker, calm.prepare(text, reader=speaker, calm=True).occasion == id)
        for id, speaker, text in FRESH
    ]
    missed = {(id, speaker) for id, speaker, hit in got if not hit}
    reached = {(id, speaker) for id, speaker, hit in got if hit}
    assert not missed - reached, missed - reached
    assert sum(hit for *_, hit in got) >= 0.85 * len(got)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("I slipped last night, how do I tell her?", "used"),
        ("He told me yesterday that he slipped again. What do I say?", "hurt"),
        ("How do I ask him about the payments I found on his card?", "hurt"),
        ("My wife checks my phone every evening, how do I raise it?", "used"),
        ("He found my browsing last Thursday and hasn't spoken since", "used"),
    ],
)
def test_the_wording_tells_who_asks(assistant: Assistant, text: str, speaker: str) -> None:
    page = assistant.prepare(text, calm=True)
    assert page.speaker == speaker
    assert "as your wording suggests" in page.reason


def test_the_reader_is_believed(assistant: Assistant) -> None:
    text = "How do we start a weekly check-in?"
    for speaker in SIDES:
        page = assistant.prepare(text, reader=speaker)
        assert (page.occasion, page.speaker) == ("asking-for-check-ins", speaker)


def test_what_fits_no_card_gets_the_page_for_any_hard_talk(assistant: Assistant) -> None:
    text = "She told me at the barbecue on Saturday and everybody went white."
    page = assistant.prepare(text, reader="hurt", calm=True)
    assert page.occasion == "any-hard-talk"


def test_no_child_is_put_into_a_story(assistant: Assistant) -> None:
    text = "I watched porn on Christmas Eve and my mother-in-law saw the tab"
    page = assistant.prepare(text, reader="used", calm=True)
    assert "child" not in page.occasion
    assert "child" not in " ".join(openings_of(page))


def test_the_vectors_of_the_examples_are_shipped() -> None:
    shipped = load_shipped()
    assert shipped
    asks = [ask for param in ALL_SIDES for ask in param.values[2].asks]
    assert [ask for ask in asks if ask not in shipped] == []


# --- opening lines -------------------------------------------------------------------------------

STARTS = [
    ("hurt", FOUND, "I found your second phone in the glovebox on Tuesday."),
    ("hurt", "how do I bring up the £400 on OnlyFans", "I'd like to talk about the £400 on"),
    (
        "hurt",
        "My girlfriend changed her PIN on Sunday and says it's for work. I want to ask about it",
        "You changed your PIN on Sunday and say it's for work.",
    ),
    ("used", "how do I tell my wife I've been watching porn for six years", "I've been watching"),
    ("used", "I lied to my boyfriend in April when he asked me", "I lied to you in April when you"),
    (
        "used",
        "I slipped last night on my work laptop and she doesn't know, how do I tell her",
        "I slipped last night on my work laptop.",
    ),
    (
        "hurt",
        "My partner deleted their history on Friday and they told me it was a glitch",
        "You deleted your history on Friday and you told me it was a glitch.",
    ),
    ("used", "I told her everything in March and there was more", "I told you everything in March"),
]


@pytest.mark.parametrize(("speaker", "text", "start"), STARTS)
def test_an_opening_starts_from_what_was_seen(speaker: str, text: str, start: str) -> None:
    side = OCCASIONS.cards["any-hard-talk"].side(speaker)
    opening = start_from(text, speaker, side, WORDING)
    assert start in opening
    assert not re.search(r"\b(?:he|she|him|her|his)\b", opening)
    assert not check_draft(opening, " ".join((text, opening)), speaker)


@pytest.mark.parametrize(
    "text",
    [
        "our 8 year old opened his tablet and found a video on Saturday. how do I talk to him",
        "My sister knows. She told my husband on Saturday and he went white.",
        "She choked me on Friday, how do I bring it up?",
        "I know he's always lying, the filthy pervert",
        "He has hidden things",
        "Can you help me tell him about it?",
        "",
    ],
)
def test_no_opening_where_it_is_not_sure_who_did_what(text: str) -> None:
    side = OCCASIONS.cards["any-hard-talk"].hurt
    assert start_from(text, "hurt", side, WORDING) == ""


def test_the_other_s_mind_and_the_asking_are_left_out() -> None:
    told, topics = addressed("I saw the bill on Monday and he thinks I'm stupid. Help?", WORDING)
    assert told == "I saw the bill on Monday."
    assert topics == ()


@pytest.mark.parametrize(
    ("third", "second"),
    [
        ("he goes out and hides it from me", "you go out and hide it from me"),
        ("I gave her her phone", "I gave you your phone"),
        ("she isn't home and he hasn't rung", "you aren't home and you haven't rung"),
        ("he's been on my husband's phone himself", "you've been on your phone yourself"),
        ("I told him and he'd gone", "I told you and you'd gone"),
        ("she's hidden it from me", "you've hidden it from me"),
        ("he's addicted to it", ""),
        ("he found it and has kept it", "you found it and have kept it"),
        ("he's at work", "you're at work"),
    ],
)
def test_the_partner_is_spoken_to(third: str, second: str) -> None:
    assert to_you(third, WORDING) == second


@pytest.mark.parametrize(("id", "speaker", "text"), FRESH)
def test_no_opening_blames(id: str, speaker: str, text: str) -> None:
    opening = start_from(text, speaker, OCCASIONS.cards[id].side(speaker), WORDING)
    assert not blame_kinds(opening)
    assert opening == "" or opening[-1] in ".?"


# --- the page ------------------------------------------------------------------------------------


def test_the_page_has_every_part_in_order(assistant: Assistant) -> None:
    page = assistant.prepare(FOUND, reader="hurt")
    headings = [section.heading for section in page.sections]
    order = list(OCCASIONS.common.headings.values())
    assert headings[:8] == order[:8]
    assert page.title == OCCASIONS.cards[page.occasion].hurt.title
    assert openings_of(page)[0].startswith('"I found your second phone in the glovebox on Tuesday.')
    assert not page.declined
    assert page.help is None


def test_every_marker_opens_the_exact_passage(assistant: Assistant) -> None:
    passages = {passage.key: passage for passage in load_knowledge().passages}
    for text, reader in ((FOUND, "hurt"), ("I relapsed on Sunday, how do I tell him?", "used")):
        page = assistant.prepare(text, reader=reader, calm=True)
        numbers: dict[int, str] = {}
        for section in page.sections:
            marked = {int(m[1]) for line in section.lines if (m := re.search(r"\[(\d+)\]$", line))}
            assert marked == {citation.number for citation in section.citations}
            for citation in section.citations:
                assert numbers.setdefault(citation.number, citation.id) == citation.id
                passage = passages[citation.id]
                assert citation.passage == passage.text
                assert citation.quote
                assert citation.sources
                for line in section.lines:
                    quoted = line.removesuffix(f" [{citation.number}]")
                    if section.heading == OCCASIONS.common.headings["notes"] and quoted != line:
                        assert quoted == citation.quote or all(
                            sentence in citation.passage for sentence in split_sentences(quoted)
                        )
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_openings_name_no_thing_that_was_not_named(assistant: Assistant) -> None:
    page = assistant.prepare("How do I tell him that I look in secret?", reader="hurt", calm=True)
    assert page.occasion == "being-checked-on"
    assert "phone" not in " ".join(openings_of(page))


def test_nothing_of_the_request_is_kept(assistant: Assistant) -> None:
    assistant.prepare("I found zanzibarquartz on his laptop on Monday, what do I say?")
    for path in assistant.settings.data_dir.rglob("*"):
        if path.is_file():
            assert b"zanzibarquartz" not in path.read_bytes(), path


# --- safety first --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "he strangled me last night, how do I talk to him about the porn",
        "i'm scared of him, how do I bring it up without him hitting me",
        "he makes me have sex so he won't watch porn, how do I say no",
    ],
)
def test_no_talk_is_prepared_with_a_partner_who_is_feared(assistant: Assistant, text: str) -> None:
    page = assistant.prepare(text, country="GB")
    assert page.sections == ()
    assert page.declined
    assert page.help is not None
    assert page.help.helplines
    assert page.as_markdown().strip()
    assert "How to begin" not in page.as_markdown()


def test_a_rule_counts_whatever_the_encoder_weighs(assistant: Assistant) -> None:
    for text in ("he strangled me last night", "I'm afraid of my husband"):
        assert assistant.prepare(text).help is not None
        assert assistant.check(text).severity != "none"
    assert assistant.prepare("how do I start a check-in?").help is None


def test_in_other_danger_help_comes_first(assistant: Assistant) -> None:
    text = "my partner says he'll kill himself if I leave. how do I ask for space?"
    page = assistant.prepare(text, reader="hurt", country="GB")
    assert page.safety.severity == "elevated"
    assert page.help is not None
    assert page.sections
    markdown = page.as_markdown()
    number = page.help.helplines[0].service
    assert markdown.index(number.split("(")[0].strip()[:12]) < markdown.index("# ")
    assert assistant.prepare(text, reader="hurt", calm=True).help is None


# --- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   ", "\u200b\n"])
def test_nothing_to_read_is_an_input_error(assistant: Assistant, text: str) -> None:
    with pytest.raises(InputError, match="nothing to read"):
        assistant.prepare(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("😭😭😭", "could not find words"),
        ("12345", "could not find words"),
        ("x" * 30_000, "more than I can read"),
        ("¿Cómo le digo a mi esposo que encontré sus videos?", "English only"),
        ("как мне сказать мужу", "English only"),
        ("我怎么跟我丈夫说", "English only"),
        ("asdf qwer zxcv uiop", "English only"),
        ("def f(x):\n    return x+1\nprint(f(2))", "English"),
        ("SELECT * FROM users; DROP TABLE x;", "I can"),
        ("porn", "could not tell"),
        ("how do I get my boss to give me a raise", "can't help with that"),
        ("how do I read her messages without her knowing", "without their knowledge"),
    ],
)
def test_what_cannot_be_prepared_is_declined_kindly(
    assistant: Assistant, text: str, said: str
) -> None:
    page = assistant.prepare(text)
    assert page.declined
    assert page.sections == ()
    assert said in page.title
    assert page.reason
    assert page.as_markdown().strip()


def test_a_long_request_is_read_in_reasonable_time(assistant: Assistant) -> None:
    text = "I found it on his phone on Monday and I cried. " * 80
    began = time.process_time()
    assistant.prepare(text[:3900], calm=True)
    assert time.process_time() - began < 60


# --- written down --------------------------------------------------------------------------------


def test_the_markdown_is_complete_and_holds_no_markup_of_the_writer(assistant: Assistant) -> None:
    text = "I found *his* [second](phone) <b>under</b> the seat on Tuesday, how do I bring it up?"
    page = assistant.prepare(text, reader="hurt", calm=True)
    markdown = page.as_markdown()
    assert markdown.startswith(f"# {page.title}\n")
    assert "](phone)" not in markdown
    assert "<b>" not in markdown
    for section in page.sections:
        assert f"\n## {section.heading}\n" in markdown
        for citation in section.citations:
            assert f"- [{citation.number}] {citation.title}: {citation.heading}." in markdown
    assert "\n## Sources\n" in markdown


def test_the_object_can_be_written_as_json(assistant: Assistant) -> None:
    made = json.loads(json.dumps(preparation_object(assistant.prepare(FOUND, reader="hurt"))))
    assert made["speaker"] == "hurt"
    assert made["help"] is None
    assert made["sections"][0]["citations"][0]["id"].startswith("when-this-guide-does-not-apply#")


Cli = Callable[..., Ran]


def test_the_command_prints_the_page(cli: Cli, data_dir: Path) -> None:
    ran = cli("prepare", "--reader", "hurt", FOUND, data_dir=data_dir)
    assert ran.status == 0
    assert "I found your second phone" in ran.out
    assert "## Sources" in ran.out


def test_the_command_reads_standard_input_and_prints_json(cli: Cli, data_dir: Path) -> None:
    ran = cli(
        "prepare", "--json", stdin="how do I tell her that I slipped on Monday?", data_dir=data_dir
    )
    assert ran.json["occasion"] == "telling-of-a-lapse"
    assert ran.json["speaker"] == "used"


def test_the_command_writes_a_new_file_only(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.md"
    ran = cli("prepare", "--reader", "hurt", "--out", out, FOUND, data_dir=data_dir)
    assert (ran.status, ran.out) == (0, "")
    assert "Anybody who uses this computer" in ran.err
    assert out.read_text("utf-8").startswith("# ")
    again = cli("prepare", "--reader", "hurt", "--out", out, FOUND, data_dir=data_dir)
    assert again.status == 2
    assert "exists already" in again.err
    gone = cli("prepare", "--out", tmp_path / "no" / "page.md", FOUND, data_dir=data_dir)
    assert gone.status == 2
    assert "cannot be written" in gone.err


def test_help_is_printed_and_never_left_in_a_file(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.md"
    text = "he strangled me last night, how do I talk to him"
    ran = cli("prepare", "--country", "GB", "--out", out, text, data_dir=data_dir)
    assert ran.status == 0
    assert ran.out.strip()
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--reader", "them", "hello there"), "choose hurt, used or both"),
        (("--country", "Britain", "hello there"), "two-letter code"),
        (("  ",), "empty"),
    ],
)
def test_bad_options_are_one_line(
    cli: Cli, data_dir: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = cli("prepare", *arguments, data_dir=data_dir)
    assert ran.status == 2
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_notes_of_one_s_own_without_the_passages_are_an_error(tiny_knowledge: Path) -> None:
    (tiny_knowledge / "notes" / "more.md").write_text(note_text("more"), "utf-8")
    with pytest.raises(KnowledgeError, match="is no passage of the notes"):
        load_occasions(tiny_knowledge)
