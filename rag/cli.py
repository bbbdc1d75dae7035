"""The `softstart` command. Results go to stdout, progress and errors to stderr.

Whatever Softstart raises on purpose becomes one line and exit status 2.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from rag import __version__
from rag.errors import InputError, SoftstartError
from rag.models import Answer, Reader, StepAnswer, SyncReport
from rag.settings import Settings

app = typer.Typer(
    name="softstart",
    help="A private reflection assistant for couples rebuilding trust after pornography use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Text = Annotated[str | None, typer.Argument(help="The text; read from standard input if absent.")]
SendToModel = Annotated[
    bool,
    typer.Option(
        "--send-to-model",
        help="Yes to a hosted chat model: what you type and the passages that fit go to it.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def main() -> None:
    """Run the command line; the only place where errors become exit statuses."""
    try:
        app()
    except SoftstartError as error:
        print(f"softstart: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:
        raise SystemExit(0) from None


@app.command()
def ask(
    text: Text = None,
    reader: Annotated[str, typer.Option(help="Who asks: hurt, used or both.")] = "both",
    country: Annotated[str | None, typer.Option(help="Two-letter code, for helplines.")] = None,
    send_to_model: SendToModel = False,
    as_json: Json = False,
) -> None:
    """Answer a question from the notes, with citations.

    Example: softstart ask "how do I ask for a break without walking out?"
    """
    from rag.assistant import Assistant
    from rag.batch import answer_object

    chosen = _reader(reader)
    message = _text(text)
    assistant = Assistant(consent=_consent(send_to_model), on_slow=_say_slow)
    answer = assistant.ask(message, reader=chosen, country=_country(country))
    _print_json(answer_object(answer)) if as_json else print(render(answer))


@app.command()
def step(
    text: Text = None,
    reader: Annotated[str, typer.Option(help="Who asks: hurt, used or both.")] = "both",
    country: Annotated[str | None, typer.Option(help="Two-letter code, for help lines.")] = None,
    as_json: Json = False,
) -> None:
    """Say which of the seven steps fits a situation, why, and whose work it is.

    Example: softstart step --reader hurt "he said sorry and went back to his phone"
    """
    from rag.assistant import Assistant
    from rag.batch import step_object

    chosen = _reader(reader)
    message = _text(text)
    answer = Assistant(on_slow=_say_slow).step(message, reader=chosen, country=_country(country))
    _print_json(step_object(answer)) if as_json else print(render_step(answer))


@app.command()
def reword(
    text: Text = None,
    speaker: Annotated[
        str | None, typer.Option(help="Whose message it is: hurt or used; guessed if absent.")
    ] = None,
    form: Annotated[
        str, typer.Option(help="Which form: statement, short, spoken or letter.")
    ] = "statement",
    country: Annotated[str | None, typer.Option(help="Two-letter code, for help lines.")] = None,
    send_to_model: SendToModel = False,
    as_json: Json = False,
) -> None:
    """Reword a message as an honest "I feel" statement, and say what was changed and why.

    Example: softstart reword --speaker hurt "you were on your phone again at 2am, liar"
    """
    from rag.assistant import Assistant
    from rag.rewording import FORMS, render_rewording, rewording_object

    if speaker not in (None, "hurt", "used"):
        raise InputError(f"--speaker {speaker}: choose hurt or used.")
    if form not in FORMS:
        raise InputError(f"--form {form}: choose from {', '.join(FORMS)}.")
    message = _text(text)
    made = Assistant(consent=_consent(send_to_model), on_slow=_say_slow).reword(
        message, speaker=cast(Any, speaker), country=_country(country)
    )
    _print_json(rewording_object(made)) if as_json else print(render_rewording(made, form))


@app.command()
def prepare(
    text: Text = None,
    reader: Annotated[str, typer.Option(help="Who asks: hurt, used or both.")] = "both",
    country: Annotated[str | None, typer.Option(help="Two-letter code, for help lines.")] = None,
    out: Annotated[Path | None, typer.Option(help="New Markdown file for the page.")] = None,
    as_json: Json = False,
) -> None:
    """Make one page for a hard talk: how to begin, what to ask, how to listen, how to end.

    Example: softstart prepare --reader hurt "how do I bring up the charges on our card?"
    """
    from rag.assistant import Assistant
    from rag.preparation import preparation_object, write_page

    chosen = _reader(reader)
    message = _text(text)
    page = Assistant(on_slow=_say_slow).prepare(message, reader=chosen, country=_country(country))
    if out and page.sections:
        write_page(page, out)
        print(f"Saved to {out}. Anybody who uses this computer can read it.", file=sys.stderr)
    if as_json:
        _print_json(preparation_object(page))
    elif not (out and page.sections):
        print(page.as_markdown(), end="")


@app.command()
def check(text: Text = None, as_json: Json = False) -> None:
    """Look for danger in a message: category, severity and why.

    Example: softstart check "I keep my shoes by the door now"
    """
    from rag.assistant import look_for_danger
    from rag.batch import check_object

    safety = look_for_danger(_text(text))
    if as_json:
        _print_json(check_object(safety))
    else:
        print(f"{safety.severity}: {safety.category}" if safety.why else "none")
        print(safety.why or "Nothing in this reads as danger. A program can miss it.")


@app.command(name="help-lines")
def help_lines(
    country: Annotated[str | None, typer.Option(help="Two-letter code, such as GB.")] = None,
    need: Annotated[str, typer.Option(help="What for; see the error for the list.")] = "crisis",
) -> None:
    """Print help lines for a country and a need, exactly as they stand in the data.

    Example: softstart help-lines --country GB --need abuse
    """
    from rag.helplines import NEEDS, find_helplines

    if need not in NEEDS:
        raise InputError(f"--need {need}: choose from {', '.join(NEEDS)}.")
    for line in find_helplines(_country(country) or Settings.load().country, (need,)):
        print(line.render())


@app.command()
def index(
    add: Annotated[
        Path | None, typer.Option(help="Folder of your own handouts (.md, .txt, .pdf) to add.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Take your handouts out.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build anew.")] = False,
) -> None:
    """Build the index, or bring it up to date; does nothing when nothing changed."""
    from rag.indexing import add_handouts, forget_handouts, sync_notes
    from rag.store import Store

    settings = Settings.load()
    store = Store(settings)
    try:
        with _progress("Indexing the notes") as tell:
            report = sync_notes(settings, store, progress=tell, rebuild=rebuild)
        print(f"Notes: {_describe(report)}")
        if forget:
            gone = forget_handouts(settings, store)
            print("Your notes: taken out." if gone else "Your notes: there were none.")
        if add:
            with _progress("Indexing your handouts") as tell:
                report, handouts = add_handouts(settings, store, add, progress=tell)
            print(f"Your notes: {handouts.files} files, {_describe(report)}")
            for name, why in handouts.skipped.items():
                print(f"  left out {name}: {why}", file=sys.stderr)
    finally:
        store.close()


@app.command()
def batch(
    task: Annotated[str, typer.Argument(help="questions, steps or safety")],
    rows: Annotated[Path, typer.Option("--in", help="JSON Lines file of rows.")],
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
) -> None:
    """Run a file of rows, in the format of evals/README.md; exit status 1 if a row failed."""
    from rag.assistant import Assistant
    from rag.batch import TASKS, read_rows, run_rows

    if task not in TASKS:
        raise InputError(f"{task} is no task. Tasks: {', '.join(TASKS)}.")
    todo = read_rows(rows)
    assistant = Assistant(on_slow=_say_slow)
    failed = 0
    try:
        with out.open("w", encoding="utf-8") as file, _progress(f"Running {task}") as tell:
            for n, result in enumerate(run_rows(task, todo, assistant), 1):
                failed += "error" in result
                file.write(json.dumps(result, ensure_ascii=False) + "\n")
                tell(n, len(todo))
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.") from None
    print(f"{len(todo)} rows, {failed} failed.", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


@app.command(name="eval")
def evaluate(
    update: Annotated[bool, typer.Option("--update", help="Rewrite the baseline.")] = False,
    show: Annotated[int, typer.Option(help="How many failing rows to print.")] = 0,
    model: Annotated[
        bool, typer.Option("--model", help="Measure your chat model beside the built-in engine.")
    ] = False,
    rows: Annotated[
        int | None, typer.Option(min=1, help="With --model: how many rows of each set.")
    ] = None,
    send_to_model: SendToModel = False,
    as_json: Json = False,
) -> None:
    """Measure the engine on the open rows and compare with the committed baseline."""
    from rag.assistant import Assistant
    from rag.evaluate import compare, evaluate_all, write_baseline

    assistant = Assistant(consent=_consent(send_to_model), on_slow=_say_slow)
    if model:
        _evaluate_model(assistant, rows, as_json)
        return
    results = evaluate_all(assistant.without_model())
    if as_json:
        _print_json({name: result.figures for name, result in results.items()})
    else:
        for line in compare(results, show=show):
            print(line)
    if update:
        write_baseline(results)
        print("Baseline rewritten.", file=sys.stderr)
    elif any(result.dropped for result in results.values()):
        raise typer.Exit(1)


def _evaluate_model(assistant: Any, rows: int | None, as_json: bool) -> None:
    from dataclasses import asdict

    from rag.side_by_side import compare_engines, side_by_side

    with _progress("Running both engines") as tell:
        compared = compare_engines(assistant, most=rows, tell=tell)
    if as_json:
        _print_json({name: asdict(one) for name, one in compared.items()})
        return
    for line in side_by_side(compared, assistant.settings.model or ""):
        print(line)


@app.command()
def doctor() -> None:
    """Check settings, notes, model and index, and say what to do about each fault."""
    from rag.doctor import examine

    fine = True
    for finding in examine():
        fine &= finding.fine
        print(f"{'ok  ' if finding.fine else 'FAIL'}  {finding.about}: {finding.detail}")
    if not fine:
        raise typer.Exit(1)


@app.command(name="app")
def open_app(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8501,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """Open the app in the browser; it listens on this machine only."""
    from streamlit.web import cli as streamlit

    from rag.paths import APP

    sys.argv = [
        "streamlit",
        "run",
        str(APP),
        "--server.address=127.0.0.1",
        f"--server.port={port}",
        f"--server.headless={str(not browser).lower()}",
        "--server.showEmailPrompt=false",
    ]
    # Streamlit looks for its configuration in the working folder.
    import os

    os.chdir(APP.parent)
    streamlit.main()


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"softstart {__version__}")
        raise typer.Exit


def render(answer: Answer) -> str:
    """An answer as plain text for a terminal."""
    first = [answer.help.render(), ""] if answer.help and answer.kind != "help" else []
    lines = [*first, answer.text, ""]
    for citation in () if answer.kind in ("help", "helplines") else answer.citations:
        label = "your notes, " if citation.origin == "yours" else ""
        lines.append(f"[{citation.number}] {label}{citation.title}: {citation.heading}")
        lines.extend(
            "    " + ", ".join(str(p) for p in (s.author, s.title, s.year, s.link) if p)
            for s in citation.sources
        )
    if answer.steps:
        lines += ["", f"Step {' and '.join(map(str, answer.steps))} of the guide."]
    if answer.more:
        lines += ["", "More on this: " + "; ".join(f"{p.title}: {p.heading}" for p in answer.more)]
    if answer.reflection:
        lines += ["", answer.reflection]
    if answer.drafted:
        lines += ["", answer.drafted.told]
    return "\n".join(lines).strip()


def render_step(answer: StepAnswer) -> str:
    """A step answer as plain text for a terminal."""
    if answer.declined:
        return answer.text
    first = [answer.help.render(), ""] if answer.help else []
    lines = [*first, answer.text, "", answer.whose, "", f"This week: {answer.this_week}"]
    if answer.question:
        second = answer.fits[1]
        lines += ["", f"Close behind: step {second.step}, {second.name}. {answer.question}"]
    lines += ["", *(f"[{c.number}] {c.title}: {c.heading}" for c in answer.citations)]
    return "\n".join(lines).strip()


def _consent(send_to_model: bool) -> bool:
    """The yes to a hosted model, once it has been said to whom what goes.

    Raises:
        InputError: When there is no chat model to say yes to.
    """
    if not send_to_model:
        return False
    from rag.llm import model_info

    info = model_info(Settings.load(), consent=True, probe=False)
    if info is None:
        raise InputError("--send-to-model: no chat model is set. Set SOFTSTART_MODEL first.")
    print(info.sends, file=sys.stderr)
    return True


def _reader(value: str) -> Reader:
    if value not in ("hurt", "used", "both"):
        raise InputError(f"--reader {value}: choose hurt, used or both.")
    return cast(Reader, value)


def _country(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[A-Za-z]{2}", value):
        raise InputError(f"--country {value}: give a two-letter code, such as GB.")
    return value.upper() if value else None


def _text(given: str | None) -> str:
    if given is None:
        if sys.stdin.isatty():
            raise InputError('Give a text, for example: softstart ask "what is flooding?"')
        given = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    if not given.strip():
        raise InputError("The text is empty. Type a question.")
    return given


def _describe(report: SyncReport) -> str:
    if not report.changed:
        return f"nothing to do, {report.kept} records are up to date."
    anew = "built anew, " if report.rebuilt else ""
    return (
        f"{anew}{report.added} records added, {report.removed} removed, {report.kept} kept,"
        f" {report.seconds:.1f} s."
    )


def _say_slow() -> None:
    print(
        "Loading the embedding model the slow way; `softstart index` mends that.", file=sys.stderr
    )


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, shown only when there is something to do."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: list[Any] = []

    def tell(done: int, total: int) -> None:
        if not tasks:
            bar.start()  # not before: even an empty bar leaves an empty line
            tasks.append(bar.add_task(title, total=total))
        bar.update(tasks[0], completed=done)

    try:
        yield tell
    finally:
        if tasks:
            bar.stop()
