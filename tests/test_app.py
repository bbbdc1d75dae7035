"""The app's frame and Talk, with Streamlit's own test runner and the real engine."""

import re
import time
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT
from screens import ask, new_app, press, settled, shown, started, typed
from streamlit.testing.v1 import AppTest

from app_pages.content import texts
from rag import Settings

PAGES = re.findall(r'"(app_pages/\w+\.py)"', (ROOT / "app.py").read_text(encoding="utf-8"))
DANGER = "I have the pills in my hand and I am going to end my life tonight"
AFRAID = "he puts his hands around my neck when I ask about the porn"


@pytest.fixture
def app(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app of one new session; the engine is shared between tests, as between sessions."""
    monkeypatch.setenv("SOFTSTART_DATA_DIR", str(data_dir))
    monkeypatch.chdir(ROOT)
    return new_app()


@pytest.fixture
def no_engine() -> None:
    """Without an engine from an earlier test, and leaving none of its own."""
    import streamlit as st

    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


# The first screen and the frame


def test_the_first_screen_shows_the_notice_and_asks_two_small_things(app: AppTest) -> None:
    app.run()
    text = typed(shown(app))
    assert "Softstart is a computer program, not a person and not a therapist" in text
    assert "18" in text
    assert "Nobody reads what you type" in text
    assert "does not erase your browser history" in text
    assert len(app.get("button_group")) == 1
    assert app.selectbox(key="country").label == "Country for help lines"
    assert not app.get("chat_input")


@pytest.mark.parametrize("button", ["welcome_begin", "welcome_skip"])
def test_the_first_screen_is_left_once_and_for_all_pages(button: str, app: AppTest) -> None:
    press(app.run(), button)
    assert app.chat_input(key="message")
    app.switch_page("app_pages/steps.py").run()
    settled(app)
    assert app.title[0].value == "Steps"


def test_help_is_one_step_away_from_every_page_and_needs_no_first_screen(app: AppTest) -> None:
    app.run()
    app.switch_page("app_pages/help_now.py").run()
    assert "In danger now" in shown(app)
    press(app.switch_page("app_pages/talk.py").run(), "welcome_skip")
    for page in PAGES:
        settled(app.switch_page(page).run())
        assert bool(app.get("page_link")) != page.endswith("help_now.py"), page


def test_who_is_here_can_be_changed_and_is_kept_between_pages(app: AppTest) -> None:
    started(app)
    app.get_by_key("reader").set_value("hurt").run()
    app.selectbox(key="country").set_value("GB").run()
    app.switch_page("app_pages/help_now.py").run()
    assert "Samaritans" in shown(app)
    settled(app.switch_page("app_pages/talk.py").run())
    assert app.session_state["reader"] == "hurt"
    assert app.session_state["country"] == "GB"


def test_everything_can_be_deleted_at_once(app: AppTest) -> None:
    ask(started(app), "what is zanzibarquince flooding?")
    app.get_by_key("reader").set_value("used").run()
    app.button(key="delete").click().run()
    assert "zanzibarquince" not in shown(app) + str(app.session_state)
    assert app.session_state["reader"] == "unsaid"
    assert app.button(key="welcome_begin")


def test_the_notice_comes_again_after_three_hours(app: AppTest) -> None:
    started(app)
    assert "not a therapist" not in typed(shown(app))
    app.session_state["noticed"] = time.time() - 3 * 60 * 60 - 1
    app.run()
    assert "not a person and not a therapist" in typed(shown(app))
    press(app, "again_read")
    assert "not a therapist" not in typed(shown(app))


def test_every_page_opens_with_one_title_and_headings_in_order(app: AppTest) -> None:
    started(app)
    assert len(PAGES) == 8
    for page in PAGES:
        settled(app.switch_page(page).run())
        assert len(app.title) == 1, page
        assert not app.subheader or app.header, page


def test_nothing_typed_reaches_the_address(app: AppTest) -> None:
    ask(started(app), "what is zanzibarquince flooding?")
    assert not app.query_params


# Talk


def test_a_conversation_makes_no_connection(app: AppTest, no_network: list[str]) -> None:
    started(app)
    ask(app, "what is flooding?")
    assert no_network == []


def test_a_question_gives_an_answer_with_citations_that_open(app: AppTest) -> None:
    ask(started(app), "what is flooding?")
    text = typed(shown(app))
    assert "Flooding is the state" in text
    assert "[1]" in text
    labels = [typed(expander.label) for expander in app.expander]
    assert any(label.startswith("[1] ") and "Flooding" in label for label in labels)
    inside = typed("\n".join(element.value for element in app.expander[0].markdown))
    assert "Source: " in inside + "\n".join(c.value for c in app.expander[0].caption)
    assert [message.name for message in app.chat_message] == ["user", "assistant"]


def test_a_suggestion_asks_its_question(app: AppTest) -> None:
    press(started(app), "suggestion_0")
    assert (
        app.chat_message[0].text[0].value == "What do I say when they tell me it was only pictures?"
    )
    assert "[1]" in typed(shown(app))


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _it_ `code` # head [x](http://example.org) <b>hi</b> $x^2$ :smile: flooding?",
        "<script>alert('flooding')</script>",
        "line one\n\n# line two\n- three",
    ],
)
def test_what_a_person_types_is_shown_as_typed(text: str, app: AppTest) -> None:
    ask(started(app), text)
    assert app.chat_message[0].text[0].value == text
    assert not app.chat_message[0].markdown


def test_answers_are_markdown_that_shows_itself_plain(app: AppTest) -> None:
    from app_pages.parts import plain

    hostile = "# a *b* _c_ [d](http://x) <i>e</i> $f$ :g: `h` ~~i~~ | j > k & l ! - + . { }"
    escaped = plain(hostile)
    assert typed(escaped) == hostile
    for mark in "*_[]<$:`~|#>":
        assert not re.search(rf"(?<!\\){re.escape(mark)}", escaped), mark


def test_a_follow_up_reads_the_conversation(app: AppTest) -> None:
    ask(started(app), "what is flooding?")
    ask(app, "and what if she walks out?")
    assert len(app.chat_message) == 4


def test_the_conversation_can_be_cleared(app: AppTest) -> None:
    ask(started(app), "what is flooding?")
    press(app, "clear")
    assert len(app.chat_message) == 0
    assert app.button(key="suggestion_0")


def test_the_last_message_can_be_changed_and_asked_again(app: AppTest) -> None:
    def said() -> list[str]:
        return [turn.message for turn in app.session_state["turns"]]

    ask(started(app), "what is flooding?")
    ask(app, "how long shoud a break be?")
    press(app, "edit")
    assert app.text_area(key="edited_1").value == "how long shoud a break be?"
    press(app, "FormSubmitter:edit_form-Leave it")
    assert said() == ["what is flooding?", "how long shoud a break be?"]
    press(app, "edit")
    app.text_area(key="edited_1").input("how long should a break be?")
    press(app, "FormSubmitter:edit_form-Ask again")
    assert said() == ["what is flooding?", "how long should a break be?"]
    assert not app.text_area


def test_what_one_session_types_is_not_in_another(app: AppTest) -> None:
    ask(started(app), "what is zanzibarquince flooding?")
    other = started(new_app())
    assert "zanzibarquince" not in shown(other)
    assert len(other.chat_message) == 0


def test_each_suggestion_is_answered_in_kind_and_leads_to_the_fuller_page(app: AppTest) -> None:
    for n, (page, key) in enumerate(
        [(None, None), ("Steps", "step"), ("Reword a message", "reword"), ("Prepare", "prepare")]
    ):
        other = press(started(new_app()), f"suggestion_{n}")
        message = other.chat_message[0].text[0].value
        fuller = [button for button in other.button if button.key == "fuller_0"]
        if page is None:
            assert not fuller
            continue
        fuller[0].click().run()
        settled(other)
        assert other.title[0].value.startswith(page)
        assert other.text_area(key=f"{key}_text").value == message
        assert not other.query_params


def test_immediate_danger_shows_help_alone(app: AppTest) -> None:
    ask(started(app), DANGER)
    inside = app.chat_message[1]
    assert not inside.expander
    assert "calm" not in [button.key for button in app.button]
    assert not [button for button in app.button if str(button.key).startswith("fuller")]


def test_an_alarm_that_was_wrong_has_a_way_back(app: AppTest) -> None:
    ask(started(app), AFRAID)
    assert not app.chat_message[1].expander
    if app.session_state["turns"][0].reply.safety.severity == "elevated":
        press(app, "calm")
        assert app.session_state["turns"][0].reply.help is None
        assert len(app.session_state["turns"]) == 1


# When there is no engine


def test_a_missing_index_shows_a_card_that_builds_it(
    app: AppTest,
    own_index: Settings,
    tiny_knowledge: Path,
    tmp_path: Path,
    no_engine: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import shutil

    shutil.copytree(own_index.data_dir / "model", tmp_path / "empty" / "model")
    monkeypatch.setenv("SOFTSTART_DATA_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("SOFTSTART_KNOWLEDGE_DIR", str(tiny_knowledge))
    started(app)
    assert "The notes have to be read in once" in shown(app)
    assert len(app.chat_input) == 0
    press(app, "build")
    assert app.chat_input(key="message")
    ask(app, "what is flooding?")
    assert "subject of this small note" in typed(shown(app))


def test_a_second_tab_sees_the_same_notes_being_read_in(
    app: AppTest,
    own_index: Settings,
    tiny_knowledge: Path,
    tmp_path: Path,
    no_engine: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import shutil
    from threading import Event

    from rag.indexing import sync_notes

    go, begun = Event(), []

    def slowly(*args: object, **options: object) -> object:
        begun.append(1)
        go.wait(60)
        return sync_notes(*args, **options)

    shutil.copytree(own_index.data_dir / "model", tmp_path / "empty" / "model")
    monkeypatch.setenv("SOFTSTART_DATA_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("SOFTSTART_KNOWLEDGE_DIR", str(tiny_knowledge))
    monkeypatch.setattr("app_pages.building.sync_notes", slowly)
    started(app).button(key="build").click().run()
    other = new_app().run()
    other.button(key="welcome_skip").click().run()
    while any(str(bar.text).startswith("Getting ready") for bar in other.get("progress")):
        other.run()
    assert "build" not in [button.key for button in (*app.button, *other.button)]
    go.set()
    assert settled(app).chat_input(key="message")
    assert settled(other).chat_input(key="message")
    assert begun == [1]


def test_a_broken_note_is_named_and_can_be_mended(
    app: AppTest,
    own_index: Settings,
    tiny_knowledge: Path,
    no_engine: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = tiny_knowledge / "notes" / "apology.md"
    whole = note.read_text(encoding="utf-8")
    note.write_text(whole.replace("standing: practice", "standing: hearsay"), encoding="utf-8")
    monkeypatch.setenv("SOFTSTART_DATA_DIR", str(own_index.data_dir))
    monkeypatch.setenv("SOFTSTART_KNOWLEDGE_DIR", str(tiny_knowledge))
    started(app)
    assert "apology.md:" in shown(app)
    assert not app.chat_input
    note.write_text(whole, encoding="utf-8")
    press(app, "try_again")
    assert app.chat_input(key="message")


def test_what_breaks_unforeseen_is_one_calm_card(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_(*_: object, **__: object) -> None:
        raise RuntimeError("about zanzibarquince")

    started(app)
    monkeypatch.setattr("rag.Assistant.stream", break_)
    app.chat_input(key="message").set_value("what is zanzibarquince flooding?").run()
    assert [warning.value for warning in app.warning] == [texts("frame")["fault"]]
    assert "RuntimeError at test_app.py" in caplog.text
    assert "zanzibarquince" not in caplog.text
    monkeypatch.undo()
    monkeypatch.chdir(ROOT)
    press(app, "fault_again")
    press(app, "ask_again")
    assert "[1]" in typed(shown(app))


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("CHROMA_URL", "http://127.0.0.1:9", "does not answer"),
        ("NONSENSE", "1", "is no setting"),
        ("EMBEDDING_MODEL", "/no/such", "neither a folder"),
    ],
)
def test_what_is_broken_shows_a_card(
    name: str,
    value: str,
    why: str,
    app: AppTest,
    no_engine: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(f"SOFTSTART_{name}", value)
    started(app)
    assert why in shown(app)
    assert not app.chat_input
    monkeypatch.delenv(f"SOFTSTART_{name}")
    press(app, "try_again")
    assert app.chat_input(key="message")


# The configuration


def config() -> dict:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_the_configuration_keeps_the_promises() -> None:
    options = config()
    assert options["server"]["address"] == "127.0.0.1"
    assert options["browser"]["gatherUsageStats"] is False
    assert options["client"]["showErrorDetails"] == "none"
    assert options["client"]["showErrorLinks"] is False
    assert options["server"]["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert options["runner"]["magicEnabled"] is False
    assert "http" not in str(options.get("theme", {}))


def test_the_page_fetches_no_icon_from_elsewhere() -> None:
    """An icon named `:material/...:` would be fetched from a font server for the browser's tab."""
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    (call,) = re.findall(r"st\.set_page_config\((.*)\)", source)
    assert "material" not in call


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_style_sheet_has_the_colours_of_the_theme(theme: str) -> None:
    sheet = (ROOT / "app_pages" / "web" / "frame.css").read_text(encoding="utf-8")
    roots = re.findall(r":root \{([^}]*)\}", sheet)
    found = dict(re.findall(r"--(\w+): (#\w+)", roots[theme == "dark"]))
    colours = config()["theme"][theme]
    assert found == {
        "ground": colours["backgroundColor"],
        "second": colours["secondaryBackgroundColor"],
        "ink": colours["textColor"],
    }


@pytest.mark.parametrize(
    ("way", "shown_as"),
    [
        ("call 12 34 or 567", "Call [12 34](tel:1234) or [567](tel:567)"),
        ("text WORD to 1234", "Text WORD to [1234](sms:1234)"),
        ("dial *12*34# for a call back", r"Dial \*12\*34\# for a call back"),
        ("line.example", r"line\.example"),
    ],
)
def test_a_number_opens_what_it_is_for(way: str, shown_as: str) -> None:
    from app_pages.parts import _way

    assert _way(way) == shown_as


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_can_be_read(theme: str) -> None:
    colours = config()["theme"][theme]
    for text in ("textColor", "linkColor"):
        for ground in ("backgroundColor", "secondaryBackgroundColor"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for name in ("blue", "yellow", "red"):
        assert contrast(colours[f"{name}TextColor"], colours[f"{name}BackgroundColor"]) >= 4.5
    button = "#ffffff" if theme == "light" else "#10201d"
    assert contrast(button, colours["primaryColor"]) >= 4.5
