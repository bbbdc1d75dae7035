"""The shipped content, and what the loader says when a folder of content is broken."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml
from conftest import TESTS, note_text

from rag import Assistant
from rag.embeddings import PACKAGE, find_model
from rag.errors import KnowledgeError
from rag.knowledge import Knowledge, content_hash, load_knowledge, read_yaml, slug
from rag.paths import KNOWLEDGE

POINTS = yaml.safe_load((TESTS / "data" / "guide_points.yaml").read_text(encoding="utf-8"))
STEPS = {
    row["number"]: row["note"]
    for row in yaml.safe_load((KNOWLEDGE / "steps.yaml").read_text(encoding="utf-8"))
}


@cache
def shipped() -> Knowledge:
    return load_knowledge()


def files(folder: str) -> list[Path]:
    return sorted((KNOWLEDGE / folder).glob("*.md"))


# The shipped content


def test_all_seven_steps_have_a_note_of_at_least_nine_sections() -> None:
    assert sorted(STEPS) == [1, 2, 3, 4, 5, 6, 7]
    sections = Counter(passage.note for passage in shipped().passages)
    assert not {note: sections[note] for note in STEPS.values() if sections[note] < 9}


def test_the_note_of_a_step_belongs_to_that_step() -> None:
    for number, note in STEPS.items():
        own = [passage for passage in shipped().passages if passage.note == note]
        assert own
        assert all(passage.kind == "guide" and number in passage.steps for passage in own)


def test_there_are_at_least_sixty_resource_notes() -> None:
    assert len(files("notes")) >= 60
    assert {p.note for p in shipped().passages} == {
        path.stem for path in files("guide") + files("notes")
    }


def test_every_kind_reader_and_standing_is_there() -> None:
    passages = shipped().passages
    kinds = {"guide", "topic", "words", "book", "app", "group", "about"}
    assert kinds == {passage.kind for passage in passages}
    assert {"hurt", "used", "both"} == {passage.reader for passage in passages}
    assert {"settled", "contested", "practice"} == {passage.standing for passage in passages}


def test_both_partners_are_spoken_to() -> None:
    readers = Counter(passage.reader for passage in shipped().passages)
    assert readers["hurt"] > 100
    assert readers["used"] > 100


def test_ids_and_keys_are_unique() -> None:
    passages = shipped().passages
    assert len({passage.id for passage in passages}) == len(passages)
    assert len({passage.key for passage in passages}) == len(passages)


def test_no_source_is_kept_that_no_note_names() -> None:
    used = {source for passage in shipped().passages for source in passage.sources}
    assert used <= set(shipped().sources)
    assert not set(shipped().sources) - used


def test_every_section_fits_the_embedder() -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(find_model(PACKAGE).folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    passages = shipped().passages
    encoded = tokenizer.encode_batch([passage.text for passage in passages])
    long = {p.key: len(e.ids) for p, e in zip(passages, encoded, strict=True) if len(e.ids) > 256}
    assert not long


def test_no_note_holds_a_telephone_number() -> None:
    lines = (KNOWLEDGE / "helplines.yaml").read_text(encoding="utf-8")
    short = set(re.findall(r"\b(?:call|text)[^\d*]{0,25}(\d{3,6})\b(?! \d)", lines))
    assert {"988", "911", "741741"} <= short
    number = re.compile(rf"\+?\d[\d ().\-]{{6,}}\d|(?<![\d,])(?:{'|'.join(sorted(short))})\b")
    for passage in shipped().passages:
        found = number.search(passage.text)
        assert not found, f"{passage.key}: {found and found[0]}"


def test_no_note_carries_a_link_or_an_exclamation_mark() -> None:
    for passage in shipped().passages:
        assert "http" not in passage.text, passage.key
        assert "!" not in passage.text, passage.key


def test_no_question_stands_in_two_sections() -> None:
    asks = Counter(ask.lower() for passage in shipped().passages for ask in passage.asks)
    shared = {ask for ask, count in asks.items() if count > 1}
    assert len(shared) <= len(asks) // 100, sorted(shared)


# The points of the guide


def test_the_points_are_many_and_well_formed() -> None:
    assert len(POINTS) >= 60
    assert {point["step"] for point in POINTS} == {0, 1, 2, 3, 4, 5, 6, 7}
    assert all(point["any"] and point["ask"] for point in POINTS)
    assert len({point["ask"] for point in POINTS}) == len(POINTS)


def test_every_point_of_the_guide_is_found_by_asking(assistant: Assistant) -> None:
    misses = []
    for point in POINTS:
        answer = assistant.ask(point["ask"])
        text = answer.text.lower().replace("’", "'")
        if not any(part.lower() in text for part in point["any"]):
            misses.append(f"{point['ask']} wants one of {point['any']}, got: {answer.text[:300]}")
    assert len(misses) <= len(POINTS) // 10, "\n\n".join(misses)


# Broken folders


def test_the_tiny_folder_loads(tiny_knowledge: Path) -> None:
    knowledge = load_knowledge(tiny_knowledge)
    assert [passage.key for passage in knowledge.passages] == [
        "step-6-communication#what-flooding-is",
        "apology#an-apology-that-lands",
        "passwords#sharing-passwords",
    ]


def test_a_dangling_source_is_a_fault(tiny_knowledge: Path) -> None:
    text = note_text("extra").replace("? what", "sources: nobody-1999\n? what")
    (tiny_knowledge / "notes" / "extra.md").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"extra\.md:13: source 'nobody-1999' is not in sourc"):
        load_knowledge(tiny_knowledge)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\nb: 2\n", r"sources\.yaml:2: not YAML\. Mend that line\."),
        (
            "ok:\n  author: Ann\n  title: Book\n  year: soon\n  link: null\n  kind: book\n",
            r"sources\.yaml:4: ok\.year: .*Mend it\.",
        ),
        (
            "ok:\n  author: Ann\n  title: Book\n  year: 2000\n  link: null\n  kind: rumour\n",
            r"sources\.yaml:6: ok\.kind: ",
        ),
        (
            "ok:\n  author: Ann\n  title: Book\n  mood: 1\n  year: 2000\n  link: null\n"
            "  kind: book\n",
            r"sources\.yaml:4: ok\.mood: ",
        ),
        ("", r"sources\.yaml:1: "),
        ("- a\n- b\n", r"sources\.yaml:1: "),
        ("when: 2026-13-45\n", r"sources\.yaml:1: when: "),
    ],
)
def test_a_broken_data_file_gives_file_and_line(
    text: str, message: str, tiny_knowledge: Path
) -> None:
    (tiny_knowledge / "sources.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=message) as caught:
        load_knowledge(tiny_knowledge)
    assert "\n" not in str(caught.value)


def test_a_missing_data_file_is_named(tiny_knowledge: Path) -> None:
    (tiny_knowledge / "sources.yaml").unlink()
    with pytest.raises(KnowledgeError, match=r"sources\.yaml: missing from .*Restore it"):
        load_knowledge(tiny_knowledge)


def test_a_data_file_that_is_not_utf8_is_a_clear_fault(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"a: caf\xe9\n")
    with pytest.raises(KnowledgeError, match=r"x\.yaml:1: not UTF-8 text"):
        read_yaml(tmp_path / "x.yaml", dict[str, str])


def test_a_data_file_never_runs_code(tmp_path: Path) -> None:
    target = tmp_path / "made"
    text = f"a: !!python/object/apply:os.mkdir ['{target}']\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError):
        read_yaml(tmp_path / "x.yaml", dict[str, str])
    assert not target.exists()


# Ids


def test_ids_are_stable_and_change_with_what_they_name() -> None:
    assert content_hash("a", "b") == content_hash("a", "b")
    assert content_hash("a", "b") != content_hash("ab")
    assert len(content_hash("a")) == 20


def test_a_changed_word_changes_only_its_own_id(tiny_knowledge: Path) -> None:
    before = {p.key: p.id for p in load_knowledge(tiny_knowledge).passages}
    other = tiny_knowledge.with_name("other")
    tiny_knowledge.rename(other)
    path = other / "notes" / "apology.md"
    path.write_text(path.read_text("utf-8").replace("calmly", "kindly"), encoding="utf-8")
    after = {p.key: p.id for p in load_knowledge(other).passages}
    assert {key for key in before if before[key] != after[key]} == {"apology#an-apology-that-lands"}


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("What flooding is", "what-flooding-is"), ('When it "wasn\'t"', "when-it-wasn-t"), ("?", "")],
)
def test_slug(heading: str, expected: str) -> None:
    assert slug(heading) == expected
