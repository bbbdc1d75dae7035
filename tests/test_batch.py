"""Rows in, objects out: a broken file is one clear line, a broken row costs only itself."""

import json
from pathlib import Path

import pytest

from rag import Assistant, InputError
from rag.batch import TASKS, read_rows, run_rows


def rows_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "rows.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rows_are_read(tmp_path: Path) -> None:
    rows = read_rows(rows_file(tmp_path, '{"id": "a", "question": "x"}\n\n  \n{"id": 2}\n'))
    assert [row["id"] for row in rows] == ["a", 2]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_a_line_mark_inside_a_text_ends_no_row(mark: str, tmp_path: Path) -> None:
    line = json.dumps({"id": "a", "question": f"one{mark}two"}, ensure_ascii=False)
    if mark in "\x0b\x0c":
        line = line.replace(mark, json.dumps(mark)[1:-1])
    assert read_rows(rows_file(tmp_path, line))[0]["question"] == f"one{mark}two"


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + b'{"id": "a"}', b'{"id": "a"}\r\n'])
def test_a_byte_order_mark_and_windows_lines_are_no_fault(text: bytes, tmp_path: Path) -> None:
    assert read_rows(rows_file(tmp_path, text)) == [{"id": "a"}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"id": "a"}\n{oops}\n', r"rows\.jsonl:2: not JSON\."),
        ('{"id": "a"}\n[1]\n', r"rows\.jsonl:2: not an object with an id\."),
        ('{"question": "x"}\n', r"rows\.jsonl:1: not an object with an id\."),
        ("[" * 100_000, r"rows\.jsonl:1: not JSON\."),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
    ],
)
def test_a_broken_file_is_one_clear_line(text: str | bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=why) as caught:
        read_rows(rows_file(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_no_file_or_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_rows(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        read_rows(tmp_path)


def test_a_broken_row_costs_only_itself(assistant: Assistant) -> None:
    rows = [
        {"id": "good", "question": "what is flooding?", "extra": 1},
        {"id": "missing"},
        {"id": "none", "question": None},
        {"id": "number", "question": 5},
        {"id": "list", "question": ["a"]},
        {"id": "empty", "question": "  "},
        {"id": "last", "question": "what is a lapse?"},
    ]
    out = list(run_rows("questions", rows, assistant))
    assert [o["id"] for o in out] == [r["id"] for r in rows]
    assert [o["id"] for o in out if "error" in o] == ["missing", "none", "number", "list", "empty"]
    json.dumps(out)


def test_the_shape_of_an_answer(assistant: Assistant) -> None:
    (out,) = run_rows("questions", [{"id": 7, "question": "what is flooding?"}], assistant)
    assert out.keys() >= {"id", "answer", "citations", "steps", "declined", "safety"}
    assert out["id"] == 7
    assert out["declined"] is False
    assert out["safety"] == {"category": "none", "severity": "none"}
    for citation in out["citations"]:
        assert citation.keys() == {"id", "title", "quote", "sources"}
        assert citation["quote"] in out["answer"]
        for source in citation["sources"]:
            assert source.keys() == {"author", "title", "year", "link"}


def test_an_unknown_task_is_one_clear_line(assistant: Assistant) -> None:
    with pytest.raises(InputError, match=r"poems is no task. Tasks: .*questions"):
        list(run_rows("poems", [], assistant))
    assert "questions" in TASKS
