"""Reading one note: every fault is told with file, line, what is wrong and what to do."""

import re
from pathlib import Path

import pytest
from conftest import note_text

from rag.errors import KnowledgeError
from rag.notes import MAX_WORDS, read_note

GOOD = note_text("sample")


def write(folder: Path, text: str | bytes, name: str = "sample.md") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def swap(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


FAULTS = {
    # name: (text, part of the line that is to be named or its number, what, what to do)
    "no front matter": ("## A heading\n? q\nText.\n", 1, "no front matter", "Start the note with"),
    "front matter not closed": ("---\nid: sample\n", 1, "no front matter", "Start the note with"),
    "empty file": ("", 1, "no front matter", "Start the note with"),
    "unknown key": (swap("kind:", "mood: warm\nkind:"), "mood:", "mood", "Remove it."),
    "missing key": (swap("reflect: What would help?\n", ""), 1, "reflect: Field required", "Mend"),
    "bad id": (swap("id: sample", "id: Sample One"), "id:", "id: ", "Mend it."),
    "id is not the name": (swap("id: sample", "id: other"), "id:", "'other'", "Make the two"),
    "bad kind": (swap("kind: topic", "kind: poem"), "kind:", "kind: ", "Mend it."),
    "bad reader": (swap("for: both", "for: all"), "for:", "for: ", "Mend it."),
    "step out of range": (swap("steps: [1]", "steps: [8]"), "steps:", "steps: ", "Mend it."),
    "bad standing": (swap("standing: practice", "standing: true"), "standing:", "standing: ", "M"),
    "no source": (swap("sources: [practice]", "sources: []"), "sources:", "sources: ", "Mend it."),
    "no date": (swap("2026-11-24", "last week"), "reviewed:", "reviewed: ", "Mend it."),
    "no such date": (swap("2026-11-24", "2026-13-45"), "reviewed:", "reviewed: ", "Mend it."),
    "reflection no question": (swap("help?", "help."), "reflect:", "reflect: ", "Mend it."),
    "broken YAML": (swap("steps: [1]", "steps: [1"), "for:", "not YAML", "Mend the front matter."),
    "front matter a list": ("---\n- a\n---\n\n## H\n? q\nText.\n", 1, "", "Mend it."),
    "no section": (GOOD[: GOOD.index("## ")], 11, "no section", "Add a '## heading'"),
    "text before a heading": (swap("## A", "Hello.\n\n## A"), "Hello.", "before the first", ""),
    "empty section": (
        GOOD[: GOOD.index("One sentence")],
        "## A heading",
        "'A heading' is empty",
        "Write or drop it.",
    ),
    "no question": (swap("? what is this\n", ""), "## A heading", "no '? ' question", ""),
    "bad reader of a section": (
        swap("? what is this", "for: men\n? what is this"),
        "for: men",
        "for: is one of hurt, used, both",
        "",
    ),
    "duplicate heading": (
        GOOD + "\n## a Heading\n? other\nText here.\n",
        "## A heading",
        "stands twice",
        "Rename one.",
    ),
    "too long": (
        swap("Another says why.", "word " * MAX_WORDS),
        "One sentence",
        f"at most {MAX_WORDS} fit",
        "Split it.",
    ),
    "not UTF-8": (swap("Another", "Caf\xe9").encode("latin-1"), 1, "not UTF-8", "Save it as UTF-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_gives_file_line_what_and_what_to_do(fault: str, tmp_path: Path) -> None:
    text, at, what, remedy = FAULTS[fault]
    line = at if isinstance(at, int) else line_of(str(text), at)
    with pytest.raises(KnowledgeError) as caught:
        read_note(write(tmp_path, text))
    message = str(caught.value)
    assert message.startswith(f"sample.md:{line}: "), message
    assert what in message
    assert remedy in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "markup",
    ["# Title", "### Sub", "- item", "* item", "+ item", "1. item", "| a | b |", "```", "> quote"],
)
def test_markup_in_a_body_is_a_fault_at_its_line(markup: str, tmp_path: Path) -> None:
    text = swap("Another says why.", f"Another says why.\n{markup}")
    with pytest.raises(KnowledgeError, match=r"is markup\. Write whole sentences") as caught:
        read_note(write(tmp_path, text))
    assert str(caught.value).startswith(f"sample.md:{line_of(text, markup)}: ")


def test_a_question_after_the_text_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="is markup"):
        read_note(write(tmp_path, GOOD + "? late question\n"))


def test_a_note_that_cannot_be_opened_is_a_clear_fault(tmp_path: Path) -> None:
    (tmp_path / "sample.md").mkdir()
    with pytest.raises(KnowledgeError, match=r"sample\.md"):
        read_note(tmp_path / "sample.md")


def test_a_good_note_reads(tmp_path: Path) -> None:
    more = "\n## Second\nfor: hurt\nsources: practice, guide\n? a\n? b\nFirst line\njoins second.\n"
    note = read_note(write(tmp_path, GOOD + more + "\n  \nNew paragraph.\n"))
    assert [section.heading for section in note.sections] == ["A heading", "Second"]
    first, second = note.sections
    assert (first.reader, first.sources, first.asks) == ("both", ("practice",), ("what is this",))
    assert (second.reader, second.sources) == ("hurt", ("practice", "guide"))
    assert second.asks == ("a", "b")
    assert second.text == "First line joins second.\n\nNew paragraph."
    assert second.line == line_of(GOOD + more, "## Second")


def test_windows_line_ends_read_the_same(tmp_path: Path) -> None:
    unix = read_note(write(tmp_path, GOOD))
    windows = read_note(write(tmp_path, GOOD.replace("\n", "\r\n").encode()))
    assert unix == windows


def test_the_longest_section_just_fits(tmp_path: Path) -> None:
    fits = swap("One sentence answers on its own. Another says why.", "word " * MAX_WORDS)
    assert len(read_note(write(tmp_path, fits)).sections[0].text.split()) == MAX_WORDS
    assert re.search("Split it", str(FAULTS["too long"]))
