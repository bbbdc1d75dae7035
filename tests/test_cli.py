"""The `softstart` command: help, input, output and exit statuses."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from conftest import ROOT, Ran, child_environment, pdf

from rag import Settings, __version__, evaluate
from rag.cli import app

Cli = Callable[..., Ran]
COMMANDS = sorted(typer.main.get_command(app).commands)
TAKE_TEXT = [name for name in ("ask", "step", "check") if name in COMMANDS]


def one_line(text: str) -> bool:
    return text.startswith("softstart: ") and text.count("\n") == 1 and "Traceback" not in text


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, cli: Cli) -> None:
    ran = cli(command, "--help")
    assert ran.status == 0
    assert f"softstart {command}" in ran.out
    assert len(ran.out.split()) > 15


def test_the_commands_of_this_issue_are_there(cli: Cli) -> None:
    assert {"ask", "index", "batch", "eval", "doctor", "app"} <= set(COMMANDS)
    out = cli("--help").out
    assert all(command in out for command in COMMANDS)


def test_every_option_has_help() -> None:
    for name, command in typer.main.get_command(app).commands.items():
        for parameter in command.params:
            assert getattr(parameter, "help", None), (name, parameter.name)


def test_version(cli: Cli) -> None:
    assert cli("--version").out == f"softstart {__version__}\n"


# Ask


@pytest.fixture
def ask(cli: Cli, data_dir: Path) -> Cli:
    return lambda *arguments, **more: cli("ask", *arguments, data_dir=data_dir, **more)


def test_ask_prints_the_answer_with_its_sources(ask: Cli) -> None:
    ran = ask("what do I say when he tells me it was only pictures?")
    assert ran.status == 0
    assert "[1]" in ran.out
    assert "of the guide." in ran.out
    assert "More on this: " in ran.out
    assert ran.out.strip().endswith("?")
    assert ran.err == ""


def test_ask_reads_standard_input(ask: Cli) -> None:
    given = ask("what is flooding?")
    assert ask(stdin="what is flooding?\n").out == given.out
    assert ask(stdin=b"what is flooding?\xff\n").status == 0


def test_ask_prints_json_of_the_batch_shape(ask: Cli) -> None:
    ran = ask("what is flooding?", "--json")
    assert ran.status == 0
    assert ran.json.keys() >= {"answer", "citations", "steps", "declined", "safety"}
    assert ran.json["citations"][0]["sources"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("",),
        ("   ",),
        ("\u200b",),
        ("x", "--reader", "me"),
        ("x", "--country", "Great Britain"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments: tuple[str, ...], ask: Cli) -> None:
    ran = ask(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert one_line(ran.err), ran.err


@pytest.mark.parametrize("command", TAKE_TEXT)
def test_empty_standard_input_is_one_line_and_status_2(
    command: str, cli: Cli, data_dir: Path
) -> None:
    ran = cli(command, stdin="", data_dir=data_dir)
    assert (ran.status, ran.out) == (2, "")
    assert one_line(ran.err)


@pytest.mark.parametrize("command", TAKE_TEXT)
@pytest.mark.parametrize("text", ["x" * 100_000, "\x00\x1b[31m红色", "<b>hi</b>", "-- --help"])
def test_odd_text_is_no_fault(command: str, text: str, cli: Cli, data_dir: Path) -> None:
    ran = cli(command, stdin=text, data_dir=data_dir)
    assert ran.status == 0, ran.err
    assert ran.out.strip()
    assert "\x1b" not in ran.out
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", TAKE_TEXT)
def test_json_everywhere(command: str, cli: Cli, data_dir: Path) -> None:
    ran = cli(command, "he hid his phone again and I feel sick", "--json", data_dir=data_dir)
    assert ran.status == 0, ran.err
    assert isinstance(ran.json, dict)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("embedding_model", "/no/such/folder"),
        ("knowledge_dir", "/no/such/folder"),
        ("data_dir", "/dev/null/x"),
        ("chroma_url", "http://127.0.0.1:9"),
        ("nonsense", "1"),
    ],
)
def test_a_bad_setting_is_one_line_and_status_2(
    name: str, value: str, cli: Cli, data_dir: Path
) -> None:
    ran = cli("ask", "what is flooding?", **{"data_dir": data_dir, name: value})
    assert ran.status == 2, ran
    assert one_line(ran.err), ran.err


def test_no_index_is_one_line_and_status_2(cli: Cli, tmp_path: Path) -> None:
    ran = cli("ask", "what is flooding?", data_dir=tmp_path)
    assert ran.status == 2
    assert one_line(ran.err)
    assert "Run: softstart index" in ran.err


# Index


def test_index_builds_and_then_has_nothing_to_do(
    cli: Cli, own_index: Settings, tiny_knowledge: Path
) -> None:
    where = {"data_dir": own_index.data_dir, "knowledge_dir": tiny_knowledge}
    first = cli("index", **where)
    assert first.status == 0, first.err
    assert "removed" in first.out
    second = cli("index", **where)
    assert second.status == 0
    assert "nothing to do" in second.out
    assert "up to date" in second.out
    assert "built anew" in cli("index", "--rebuild", **where).out


def test_handouts_are_added_and_forgotten(
    cli: Cli, own_index: Settings, tiny_knowledge: Path, tmp_path: Path
) -> None:
    where = {"data_dir": own_index.data_dir, "knowledge_dir": tiny_knowledge}
    folder = tmp_path / "handouts"
    folder.mkdir()
    (folder / "sheet.md").write_text(
        "# Lighthouse pause\nThe lighthouse pause is a break in which both write one line.",
        encoding="utf-8",
    )
    (folder / "scan.pdf").write_bytes(pdf(""))
    added = cli("index", "--add", folder, **where)
    assert added.status == 0, added.err
    assert "Your notes: 1 files, " in added.out
    assert "left out scan.pdf: no text in it." in added.err
    assert "nothing to do" in cli("index", "--add", folder, **where).out.splitlines()[1]
    asked = cli("ask", "what is the lighthouse pause?", **where)
    assert "your notes, sheet: Lighthouse pause" in asked.out
    assert "Your notes: taken out." in cli("index", "--forget", **where).out
    assert "there were none" in cli("index", "--forget", **where).out
    assert "lighthouse" not in cli("ask", "what is the lighthouse pause?", **where).out.lower()


def test_adding_a_folder_that_is_none_is_one_line_and_status_2(
    cli: Cli, own_index: Settings, tiny_knowledge: Path
) -> None:
    where = {"data_dir": own_index.data_dir, "knowledge_dir": tiny_knowledge}
    cli("index", **where)
    ran = cli("index", "--add", "/no/such/folder", **where)
    assert ran.status == 2
    assert one_line(ran.err)


def test_a_broken_note_is_one_line_and_status_2(
    cli: Cli, own_index: Settings, tiny_knowledge: Path
) -> None:
    (tiny_knowledge / "notes" / "apology.md").write_text("---\nid: x\n", encoding="utf-8")
    ran = cli("index", data_dir=own_index.data_dir, knowledge_dir=tiny_knowledge)
    assert ran.status == 2
    assert one_line(ran.err)
    assert "apology.md:1" in ran.err


# Batch


def test_batch_goes_on_after_a_broken_row_and_exits_1(
    cli: Cli, data_dir: Path, tmp_path: Path
) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows.write_text(
        '{"id": "a", "question": "what is flooding?"}\n{"id": "b"}\n'
        '{"id": "c", "question": 3}\n{"id": "d", "question": "¿qué?"}\n',
        encoding="utf-8",
    )
    ran = cli("batch", "questions", "--in", rows, "--out", out, data_dir=data_dir)
    assert ran.status == 1
    assert "4 rows, 2 failed." in ran.err
    objects = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [o["id"] for o in objects] == ["a", "b", "c", "d"]
    assert ["error" in o for o in objects] == [False, True, True, False]


def test_batch_of_good_rows_exits_0(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows.write_text('{"id": "a", "question": "what is flooding?"}\n', encoding="utf-8")
    assert cli("batch", "questions", "--in", rows, "--out", out, data_dir=data_dir).status == 0


@pytest.mark.parametrize(
    ("task", "text", "out"),
    [
        ("poems", '{"id": 1}', "out.jsonl"),
        ("questions", "{oops", "out.jsonl"),
        ("questions", '{"id": 1, "question": "x"}', "no/such/folder/out.jsonl"),
        ("questions", None, "out.jsonl"),
    ],
)
def test_batch_with_bad_files_is_one_line_and_status_2(
    task: str, text: str | None, out: str, cli: Cli, data_dir: Path, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    if text is not None:
        rows.write_text(text, encoding="utf-8")
    ran = cli("batch", task, "--in", rows, "--out", tmp_path / out, data_dir=data_dir)
    assert ran.status == 2
    assert one_line(ran.err)


# Eval and doctor


def test_eval_prints_a_table_and_exits_1_on_a_drop(
    cli: Cli, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.paths import EVALS

    lines = (EVALS / "questions.jsonl").read_text(encoding="utf-8").splitlines()[:4]
    (tmp_path / "few.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "score.py").write_bytes((EVALS / "score.py").read_bytes())
    monkeypatch.setattr(evaluate, "EVALS", tmp_path)
    monkeypatch.setattr(evaluate, "BASELINE", tmp_path / "baseline.json")
    monkeypatch.setattr(evaluate, "SETS", {"few": ("questions", "few.jsonl")})
    ran = cli("eval", data_dir=data_dir)
    assert ran.status == 0, ran.err
    assert "few" in ran.out
    assert "baseline" in ran.out
    assert set(cli("eval", "--json", data_dir=data_dir).json) >= {"few"}
    assert cli("eval", "--update", data_dir=data_dir).status == 0
    saved = json.loads((tmp_path / "baseline.json").read_text(encoding="utf-8"))
    better = {n: {k: (v or 0) + 50 for k, v in figures.items()} for n, figures in saved.items()}
    (tmp_path / "baseline.json").write_text(json.dumps(better), encoding="utf-8")
    assert cli("eval", data_dir=data_dir).status == 1


def test_doctor_is_content_with_a_good_index(cli: Cli, data_dir: Path) -> None:
    ran = cli("doctor", data_dir=data_dir)
    assert ran.status == 0, ran.out
    assert "FAIL" not in ran.out
    for about in ("data_dir", "embedding_model", "notes", "embedding model", "index"):
        assert f"  {about}: " in ran.out
    assert "(SOFTSTART_DATA_DIR)" in ran.out
    assert "(default)" in ran.out


@pytest.mark.parametrize(
    ("environment", "about"),
    [
        ({"embedding_model": "/no/such"}, "embedding model"),
        ({"knowledge_dir": "/no/such"}, "notes"),
        ({"chroma_url": "http://127.0.0.1:9"}, "index"),
        ({"nonsense": "1"}, "settings"),
    ],
)
def test_doctor_names_each_fault_and_exits_1(
    environment: dict[str, str], about: str, cli: Cli, data_dir: Path
) -> None:
    ran = cli("doctor", **{"data_dir": data_dir, **environment})
    assert ran.status == 1
    assert any(line.startswith(f"FAIL  {about}: ") for line in ran.out.splitlines()), ran.out


def test_doctor_without_an_index_says_what_to_run(cli: Cli, tmp_path: Path) -> None:
    ran = cli("doctor", data_dir=tmp_path)
    assert ran.status == 1
    assert "FAIL  index: There is no index yet. Run: softstart index" in ran.out


def test_doctor_notices_an_index_of_another_model(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    import shutil

    from rag.embeddings import PACKAGE, find_model

    other = tmp_path / "other"
    shutil.copytree(find_model(PACKAGE).folder, other)
    ran = cli("doctor", data_dir=data_dir, embedding_model=other)
    assert ran.status == 1
    assert "FAIL  index: " in ran.out


# As a real process


def test_a_reader_that_goes_away_is_no_fault(data_dir: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "from rag.cli import main; main()", "ask", "what is flooding?"],
        env=child_environment(SOFTSTART_DATA_DIR=str(data_dir)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child.stdout.close()
    error = child.stderr.read().decode()
    child.stderr.close()
    child.wait(60)
    assert "Traceback" not in error, error


def test_the_installed_command_answers(data_dir: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("softstart"), "ask"],
        input="what is flooding?",
        env=child_environment(SOFTSTART_DATA_DIR=str(data_dir)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "[1]" in done.stdout
