"""The check-in's logic: turns, breaks, the calendar file, the summary."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.check_in import back_at, calendar, load_check_in, next_start, summary, turns
from rag.errors import InputError

MADE = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)


def test_the_three_questions_of_the_guide_are_asked() -> None:
    asked = [question.ask for question in load_check_in().questions]
    assert asked == [
        "How are we doing?",
        "What needs adjusting?",
        "What do you need from me right now?",
    ]


def test_both_speak_to_every_question_and_each_begins_in_turn() -> None:
    check_in = load_check_in()
    order = turns(check_in)
    assert [turn.speaker for turn in order] == [0, 1, 1, 0, 0, 1]
    assert all({turn.speaker, turn.listener} == {0, 1} for turn in order)
    for question in check_in.questions:
        assert {turn.speaker for turn in order if turn.question is question} == {0, 1}


@pytest.mark.parametrize(
    ("now", "back"),
    [
        ("2026-11-30 21:00:00", "2026-11-30 21:20"),
        ("2026-11-30 21:00:01", "2026-11-30 21:21"),
        ("2026-11-30 23:50:30", "2026-12-01 00:11"),
    ],
)
def test_a_break_ends_on_a_whole_minute_and_never_early(now: str, back: str) -> None:
    moment = datetime.fromisoformat(now)
    end = back_at(moment, 20)
    assert f"{end:%Y-%m-%d %H:%M}" == back
    assert end - moment >= timedelta(minutes=20)
    assert end.second == 0


def test_the_next_one_is_a_week_on_at_a_quarter_of_an_hour() -> None:
    assert next_start(datetime(2026, 11, 30, 21, 8)) == datetime(2026, 12, 7, 21, 15)
    assert next_start(datetime(2026, 11, 30, 23, 59)) == datetime(2026, 12, 7, 23, 45)


def test_the_calendar_file_says_when_and_nothing_else() -> None:
    start = datetime(2026, 12, 7, 18, 0)
    text = calendar("Time together", start, 20, made=MADE, uid="a-1", weekly=True)
    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Time//EN",
        "BEGIN:VEVENT",
        "UID:a-1",
        "DTSTAMP:20261130T210000Z",
        "DTSTART:20261207T180000",
        "DURATION:PT20M",
        "RRULE:FREQ=WEEKLY",
        "SUMMARY:Time together",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    assert "RRULE" not in calendar("Time together", start, 20, made=MADE, uid="a-1")
    assert load_check_in().event == "Time together"


def test_the_stamp_is_in_world_time() -> None:
    made = datetime(2026, 11, 30, 21, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert "DTSTAMP:20261130T200000Z" in calendar("x", MADE, 20, made=made, uid="u")


@given(st.text(max_size=300))
def test_any_title_stays_one_field_of_short_lines(title: str) -> None:
    text = calendar(title, MADE, 20, made=MADE, uid="u")
    assert text.endswith("\r\nEND:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "").split("\r\n")
    assert len([line for line in unfolded if line]) == 11
    (field,) = [line for line in unfolded if line.startswith("SUMMARY:")]
    for mark in (",", ";"):
        assert field.count(mark) == field.count(f"\\{mark}")


@pytest.mark.parametrize("minutes", [0, -5, 24 * 60 + 1])
def test_an_impossible_length_is_refused(minutes: int) -> None:
    with pytest.raises(InputError, match="another length"):
        calendar("x", MADE, minutes, made=MADE, uid="u")


def test_the_summary_names_questions_and_what_was_noted() -> None:
    check_in = load_check_in()
    text = summary("Notes", check_in, ("Left", "Right"), {0: " six\nout of ten ", 3: ""}, "today")
    assert text.startswith("Notes, today\n\nHow are we doing?\n- Left: six out of ten\n")
    assert "Right" not in text
    assert all(question.ask in text for question in check_in.questions)
