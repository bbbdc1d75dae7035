"""Check-in: a guided talk of a couple, turn by turn. Nothing of it outlives the session."""

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import streamlit as st

from app_pages.components import timer
from app_pages.content import texts
from app_pages.engine import require_engine
from app_pages.frame import to_top
from app_pages.parts import bullets, plain, small
from app_pages.safety import may_go_on
from rag.check_in import back_at, calendar, load_check_in, next_start, summary, turns

LATER = 10  # minutes that a pause is made longer by


@dataclass
class Talk:
    """Where this couple is in its check-in."""

    names: tuple[str, str]
    turn: int = 0
    began: float = field(default_factory=time.time)
    back: datetime | None = None
    notes: dict[int, str] = field(default_factory=dict)


def _now() -> datetime:
    """The time on the wall; the app runs on the couple's own computer."""
    return datetime.now().astimezone()


def _begin() -> None:
    to_top()
    state = st.session_state
    names = (t["left"], t["right"])
    state["check_in"] = Talk(names if state.get("first") != t["right"] else names[::-1])


def _go_on() -> None:
    to_top()
    _note()
    talk().turn += 1
    talk().began = time.time()


def _note() -> None:
    number = talk().turn
    talk().notes[number] = st.session_state.get(f"note_{number}", "")


def _pause(minutes: int) -> None:
    to_top()
    _note()
    talk().back = back_at(_now(), minutes)


def _longer() -> None:
    talk().back = back_at(max(talk().back or _now(), _now()), LATER)


def _resume() -> None:
    to_top()
    talk().back = None
    talk().began = time.time()


def _end() -> None:
    to_top()
    _note()
    talk().back = None
    talk().turn = len(order)


def _again() -> None:
    to_top()
    for key in [key for key in st.session_state if str(key).startswith("note_")]:
        del st.session_state[key]
    st.session_state.pop("check_in", None)


def talk() -> Talk:
    """The check-in that is under way."""
    return st.session_state["check_in"]


def _show_start() -> None:
    st.markdown(t["intro"])
    st.info(check_in.safety, icon=":material/support:")
    st.header(t["rules"], anchor=False)
    bullets(check_in.before)
    st.radio(t["first"], (t["left"], t["right"]), key="first", horizontal=True)
    st.markdown(small(t["first_about"]))
    st.button(t["begin"], type="primary", on_click=_begin, key="begin")
    st.markdown(small(t["keep"]))


def _show_turn() -> None:
    number = talk().turn
    turn = order[number]
    speaker, listener = (talk().names[who] for who in (turn.speaker, turn.listener))
    st.markdown(small(t["turn"].format(n=number + 1, all=len(order))))
    st.header(plain(turn.question.ask), anchor=False)
    timer(
        f"timer_{number}",
        ends=talk().began + 60 * check_in.minutes,
        seconds=60 * check_in.minutes,
        label=t["timer_label"],
        done=t["timer_done"],
    )
    for title, name, lines in (
        (t["speaks"], speaker, turn.question.speak),
        (t["listens"], listener, (*turn.question.listen, check_in.say_back)),
    ):
        with st.container(border=True):
            st.subheader(plain(title.format(name=name)), anchor=False)
            for line in lines:
                st.markdown(plain(line))
    note = st.text_input(
        t["note"], value=talk().notes.get(number, ""), key=f"note_{number}", max_chars=300
    )
    st.markdown(small(t["note_about"]))
    if not may_go_on(assistant, note, key=f"note_{number}"):
        return
    with st.container(horizontal=True):
        st.button(t["heard"], type="primary", on_click=_go_on, key="heard")
        st.button(
            t["pause"],
            icon=":material/pause:",
            on_click=_pause,
            args=(check_in.pause_minutes,),
            key="pause",
        )
        st.button(t["stop"], type="tertiary", on_click=_end, key="stop")


def _show_pause(back: datetime) -> None:
    st.header(t["paused"], anchor=False)
    st.subheader(t["paused_until"].format(time=f"{back:%H:%M}"), anchor=False)
    timer(
        "pause_timer",
        ends=back.timestamp(),
        seconds=60 * check_in.pause_minutes,
        label=t["paused"],
        done=t["resume"],
    )
    bullets(check_in.pause)
    with st.container(horizontal=True):
        st.button(t["resume"], type="primary", on_click=_resume, key="resume")
        st.button(t["longer"], on_click=_longer, key="longer")
        st.button(t["stop"], type="tertiary", on_click=_end, key="stop")


def _show_end() -> None:
    st.header(t["end"], anchor=False)
    bullets(check_in.close)
    st.header(t["next"], anchor=False)
    proposed = next_start(_now())
    with st.container(horizontal=True):
        day = st.date_input(t["next_day"], proposed.date(), min_value="today", key="next_day")
        hour = st.time_input(t["next_time"], proposed.time(), key="next_time")
        length = st.number_input(
            t["next_length"], 5, 60, check_in.length_minutes, 5, key="next_length"
        )
    st.markdown(f"**{day:%A} {day.day} {day:%B}, {hour:%H:%M}**")
    weekly = st.checkbox(t["next_weekly"], key="next_weekly")
    entry = calendar(
        check_in.event,
        datetime.combine(day, hour),
        int(length),
        made=datetime.now(UTC),
        uid=st.session_state.setdefault("next_uid", str(uuid.uuid4())),
        weekly=weekly,
    )
    st.markdown(small(t["calendar_about"]))
    with st.container(horizontal=True):
        st.download_button(
            t["calendar"],
            entry,
            file_name="time.ics",
            mime="text/calendar",
            icon=":material/event:",
            key="calendar",
        )
        _summary()
        st.button(t["again"], type="tertiary", on_click=_again, key="again")
    st.markdown(small(t["keep"]))


def _summary() -> None:
    """Offered only where something was noted."""
    if not any(note.strip() for note in talk().notes.values()):
        return
    text = summary(
        t["summary_title"], check_in, talk().names, talk().notes, f"{_now():%d %B %Y}".lstrip("0")
    )
    st.download_button(
        t["summary"],
        text,
        file_name=f"{t['summary_file']}.txt",
        icon=":material/download:",
        key="summary",
    )


t = texts("check_in")
check_in = load_check_in()
order = turns(check_in)

st.title(t["title"], anchor=False)
assistant = require_engine()
if "check_in" not in st.session_state:
    _show_start()
elif talk().back:
    _show_pause(talk().back)
elif talk().turn < len(order):
    _show_turn()
else:
    _show_end()
