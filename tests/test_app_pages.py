"""The pages beside Talk, path by path, with Streamlit's own test runner and the real engine."""

import re
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from screens import new_app, press, settled, shown, started, submit, typed
from streamlit.testing.v1 import AppTest

from app_pages.content import help_groups, suggestions, texts
from rag import Assistant
from rag.check_in import load_check_in
from rag.self_check import load_self_check

MESSAGE = (
    "You always lie to me. You promised to stop and last Tuesday I found it on your laptop"
    " again. I will sleep at my sister's until Sunday."
)
FINE = "When I saw the tab open last night, I felt scared. Could we talk about it on Sunday?"
HOSTILE = "You never **listen** to <b>me</b> $x$ :smile: [a](http://example.org) and it hurts"
DANGER = "I have the pills in my hand and I am going to end my life tonight"
BOXES = [("reword", "reword_text"), ("prepare", "prepare_text"), ("steps", "step_text")]


@pytest.fixture
def app(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SOFTSTART_DATA_DIR", str(data_dir))
    monkeypatch.chdir(ROOT)
    return new_app()


@pytest.mark.parametrize(("page", "key"), BOXES)
def test_danger_in_any_box_shows_help_and_nothing_else(page: str, key: str, app: AppTest) -> None:
    submit(started(app, page), key, DANGER)
    text = typed(shown(app))
    assert "I'm a program" in text or "I am a program" in text or "this program" in text.lower()
    assert "calm" not in [button.key for button in app.button]
    assert not app.get("tab")
    assert "part_need" not in app.session_state


@pytest.mark.parametrize(("page", "key"), BOXES)
def test_an_empty_box_is_answered_kindly(page: str, key: str, app: AppTest) -> None:
    submit(started(app, page), key, "   ")
    assert app.info[0].value == texts(page)["empty"]


@pytest.mark.parametrize(("page", "key"), BOXES)
def test_a_text_waits_while_another_page_is_read(page: str, key: str, app: AppTest) -> None:
    submit(started(app, page), key, MESSAGE)
    settled(app.switch_page("app_pages/about.py").run())
    settled(app.switch_page(f"app_pages/{page}.py").run())
    assert app.text_area(key=key).value == MESSAGE


# Reword


def forms(app: AppTest) -> list[str]:
    return [typed("\n".join(m.value for m in tab.markdown)) for tab in app.tabs[:4]]


def test_a_message_is_reworded_in_four_forms_with_its_parts(app: AppTest) -> None:
    submit(started(app, "reword"), "reword_text", MESSAGE)
    assert [tab.label for tab in app.tabs] == ["Statement", "Text message", "Aloud", "Letter"]
    assert all(forms(app))
    assert re.search(r"I feel|I felt|I'm |I am ", forms(app)[0])
    assert "always" not in forms(app)[0]
    assert "sister's" in app.text_area(key="part_boundary").value
    assert app.text_area(key="part_observation").value
    assert app.button(key="reset").disabled
    listed = [e for e in app.expander if e.label == texts("reword")["blame_list"]]
    assert len(listed) == 1


def test_a_change_of_a_part_changes_the_statement_and_can_be_undone(app: AppTest) -> None:
    submit(started(app, "reword"), "reword_text", MESSAGE)
    first = forms(app)
    app.text_area(key="part_request").set_value("Would you sit with me for ten minutes?").run()
    settled(app)
    assert "Would you sit with me for ten minutes?" in forms(app)[0]
    assert forms(app) != first
    press(app, "reset")
    assert forms(app) == first


def test_other_needs_and_feelings_can_be_picked(app: AppTest) -> None:
    submit(started(app, "reword"), "reword_text", MESSAGE)
    other = typed(app.button(key="part_need_0").label)
    press(app, "part_need_0")
    assert app.text_area(key="part_need").value == other
    assert other in forms(app)[0]
    app.text_input(key="part_own").set_value("worn out").run()
    assert "worn out" in forms(settled(app))[0]


def test_blame_put_back_in_is_named_kindly(app: AppTest) -> None:
    submit(started(app, "reword"), "reword_text", MESSAGE)
    assert texts("reword")["clean"] in typed(shown(app))
    app.text_area(key="part_need").set_value("You are a liar and you never change.").run()
    text = typed(shown(settled(app)))
    assert texts("reword")["faults"] in text
    assert texts("reword")["clean"] not in text


def test_a_message_that_is_fine_is_left_alone(app: AppTest) -> None:
    submit(started(app, "reword"), "reword_text", FINE)
    assert texts("reword")["unchanged"] in shown(app)
    assert FINE in typed(shown(app))
    assert not app.tabs


def test_what_is_no_message_is_said_to_be_none(app: AppTest) -> None:
    submit(started(app, "reword"), "reword_text", "What is the capital of France?")
    assert app.info
    assert not app.tabs


def test_markup_in_a_message_stays_text(app: AppTest) -> None:
    submit(started(app, "reword"), "reword_text", HOSTILE)
    for element in app.markdown:
        for mark in ("<b>", "**listen**", "[a](http"):
            assert mark not in element.value, element.value


# Prepare


def test_a_conversation_is_prepared_on_one_page(app: AppTest) -> None:
    submit(started(app, "prepare"), "prepare_text", "I want to ask my partner for a weekly talk")
    assert len(app.subheader) >= 4
    labels = [button.label for button in app.get("download_button")]
    assert labels == [texts("prepare")["text"], texts("prepare")["page"]]


def test_the_page_to_print_stands_alone_and_is_plain(assistant: Assistant) -> None:
    from app_pages.printing import to_html

    made = assistant.prepare("I want to ask my partner for a weekly talk", reader="hurt")
    page = to_html("<script>x</script> & title", made.intro, made.sections)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<title>Notes</title>" in page
    assert not re.search(r"(?:src|href)=", page)
    assert page.count("<h2>") == len(made.sections)


# Steps and the self-check


def test_a_situation_gets_its_step_and_the_map_shows_it(app: AppTest) -> None:
    submit(started(app, "steps"), "step_text", "our talks end in shouting and one of us walks out")
    assert "Step 6" in app.subheader[0].value
    open_ = [e for e in app.expander if "arrow_forward" in e.label]
    assert [typed(e.label).endswith("6. Rebuild communication") for e in open_] == [True]
    press(app, "whole_6")
    assert app.title[0].value == "Library"
    assert "Rebuild communication" in app.header[0].value


def answer(app: AppTest, side: str, value: int) -> None:
    for step in range(1, 8):
        for item in load_self_check().items:
            if item.step == step:
                app.radio(key=f"point_{side}_{item.id}").set_value(value).run()
        press(app, "check_next")


def test_both_partners_answer_alone_and_compare_only_when_asked(app: AppTest) -> None:
    press(started(app, "steps"), "check_go")
    assert load_self_check().safety in [info.value for info in app.info]
    press(app, "check_begin")
    answer(app, "hurt", 1)
    assert len(app.get("download_button")) == 1
    press(app, "check_other")
    assert texts("steps")["hand_over_about"] in shown(app)
    assert "%" not in shown(app)
    press(app, "check_hand_over")
    answer(app, "used", 3)
    assert load_self_check().compare.before in typed(shown(app))
    assert texts("steps")["compared"] not in shown(app)
    press(app, "check_compare")
    assert texts("steps")["compared"] in shown(app)
    assert load_self_check().compare.used_more.split(";")[0] in typed(shown(app))
    press(app, "check_again")
    assert app.session_state["self_check"].answers == {}
    press(app, "back")
    assert app.button(key="check_go")


def test_points_may_be_left_open(app: AppTest) -> None:
    press(press(started(app, "steps"), "check_go"), "check_begin")
    for _ in range(7):
        press(app, "check_next")
    assert load_self_check().not_answered.hurt in typed(shown(app))


# Check-in


def test_a_check_in_goes_turn_by_turn_to_its_end(app: AppTest) -> None:
    started(app, "check_in")
    assert load_check_in().safety in [info.value for info in app.info]
    press(app, "begin")
    seen = []
    while has(app, "heard"):
        seen.append((app.header[0].value, typed(app.subheader[0].value)))
        press(app, "heard")
    questions = [question.ask for question in load_check_in().questions]
    assert [ask for ask, _ in seen] == [ask for ask in questions for _ in range(2)]
    left, right = "The one on the left speaks", "The one on the right speaks"
    assert [who for _, who in seen] == [left, right, right, left, left, right]
    assert texts("check_in")["end"] in shown(app)
    labels = [button.label for button in app.get("download_button")]
    assert labels == [texts("check_in")["calendar"]]


def has(app: AppTest, key: str) -> bool:
    return key in [button.key for button in app.button]


def test_a_pause_says_when_it_ends_and_leads_back(app: AppTest) -> None:
    press(started(app, "check_in"), "begin")
    press(app, "pause")
    assert re.search(r"Back at \d\d:\d\d", shown(app))
    back = app.session_state["check_in"].back
    press(app, "longer")
    assert (app.session_state["check_in"].back - back).total_seconds() >= 600
    press(app, "resume")
    assert has(app, "heard")
    press(press(app, "pause"), "stop")
    assert texts("check_in")["end"] in shown(app)


def test_a_note_goes_into_the_summary_and_into_nothing_else(app: AppTest) -> None:
    press(started(app, "check_in"), "begin")
    app.text_input(key="note_0").set_value("we laughed on Friday").run()
    press(settled(app), "stop")
    assert len(app.get("download_button")) == 2
    press(app, "again")
    assert "laughed" not in str(app.session_state)


def test_danger_in_a_note_stops_the_check_in(app: AppTest) -> None:
    press(started(app, "check_in"), "begin")
    app.text_input(key="note_0").set_value(DANGER).run()
    settled(app)
    assert not has(app, "heard")
    assert not has(app, "calm_note_0")


# Library


def test_every_note_can_be_browsed_and_filtered(app: AppTest) -> None:
    started(app, "library")
    app.get_by_key("kind").set_value("book").run()
    listed = [button for button in app.button if str(button.key).startswith("note_")]
    assert 4 <= len(listed) <= 12
    press(app, listed[0].key)
    text = typed(shown(app))
    assert "Source: " in text
    assert re.search(r"Reviewed 20\d\d-\d\d-\d\d", text)
    assert re.search("Settled|Contested|Practice wisdom", text)
    press(app, "back")
    assert not app.session_state["note"]


def test_the_list_grows_on_request(app: AppTest) -> None:
    started(app, "library")
    first = sum(str(button.key).startswith("note_") for button in app.button)
    press(app, "more")
    assert sum(str(button.key).startswith("note_") for button in app.button) == 2 * first


def test_search_finds_passages_and_says_when_there_is_none(app: AppTest) -> None:
    started(app, "library")
    app.text_input(key="library_text").set_value("flooding and breaks").run()
    assert any("Flooding" in typed(expander.label) for expander in settled(app).expander)


def test_danger_in_the_search_box_shows_help_alone(app: AppTest) -> None:
    started(app, "library")
    app.text_input(key="library_text").set_value(DANGER).run()
    assert not settled(app).expander


def test_a_handout_is_read_searched_and_kept_in_memory_only(
    app: AppTest, data_dir: Path, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in data_dir.rglob("*") if path.is_file()}
    started(app, "library")
    uploader = app.get("file_uploader")[0]
    text = b"# Zanzibarquince\n\nThe quincewalk is <b>a walk</b> after every hard talk."
    uploader.upload("leaflet.md", text, "text/markdown").run()
    assert "leaflet" in shown(settled(app))
    app.text_input(key="library_text").set_value("quincewalk").run()
    labels = [typed(expander.label) for expander in settled(app).expander]
    assert any(label.startswith("Your notes, leaflet") for label in labels)
    assert "<b>" not in "\n".join(element.value for element in app.markdown).replace("\\<", "")
    after = {path: path.stat().st_mtime_ns for path in data_dir.rglob("*") if path.is_file()}
    assert [p for p in after if after[p] != before.get(p)] == []
    other = started(new_app(), "library")
    assert "leaflet" not in shown(other)


# Words


def used_keys(page: str) -> set[str]:
    """The texts that the screens ask for by name."""
    source = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "app_pages").glob("*.py"))
    return set(re.findall(r"[\"']([a-z_]+)[\"']", source)) | {f"{page}_nothing"}


FILES = sorted((ROOT / "knowledge" / "app").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_text_is_used_and_said_calmly(file: Path) -> None:
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    used = used_keys(file.stem)
    made = ("feelings_", "standing_", "for_", "to_", "is_")
    unused = [key for key in data if key not in used and not key.startswith(made)]
    assert unused == []
    for value in data.values():
        assert "!" not in str(value)
        assert "—" not in str(value)


def test_suggestions_and_help_groups_are_whole() -> None:
    assert [suggestion.wish for suggestion in suggestions()] == ["ask", "step", "reword", "prepare"]
    assert help_groups()[0].needs == ("emergency",)
