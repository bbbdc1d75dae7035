"""The self-check on the screen: one step at a time, each partner alone, then side by side.

Answers stay in the session. One partner's answers are put away before the other begins, and are
shown together only when the page is told that both want to.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import streamlit as st

from app_pages.components import bars
from app_pages.content import texts
from app_pages.frame import to_top
from app_pages.parts import plain, small
from app_pages.person import here
from rag.self_check import Difference, StepState, compare, load_self_check, summarise
from rag.steps import Guide

Side = Literal["hurt", "used"]
Stage = Literal["who", "points", "result", "hand_over", "compared"]
STEPS = 7


@dataclass
class Check:
    """Where a self-check is."""

    stage: Stage = "who"
    side: Side = "hurt"
    step: int = 1
    answers: dict[Side, dict[str, int]] = field(default_factory=dict)


def show_self_check(guide: Guide) -> None:
    """The whole self-check, in place of the steps."""
    check = st.session_state.setdefault("self_check", Check())
    t = texts("steps")
    st.header(t["check_title"], anchor=False)
    st.info(load_self_check().safety, icon=":material/support:")
    {
        "who": _show_who,
        "points": _show_points,
        "result": _show_result,
        "hand_over": _show_hand_over,
        "compared": _show_compared,
    }[check.stage](check, guide)
    st.button(
        t["check_back"], icon=":material/arrow_back:", type="tertiary", on_click=_close, key="back"
    )


def _go(check: Check, stage: Stage, **more: Any) -> None:
    to_top()
    check.stage = stage
    for name, value in more.items():
        setattr(check, name, value)


def _close() -> None:
    to_top()
    st.session_state["checking"] = False


def _again() -> None:
    to_top()
    st.session_state["self_check"] = Check()
    for key in [key for key in st.session_state if str(key).startswith("point_")]:
        del st.session_state[key]


def _show_who(check: Check, guide: Guide) -> None:
    t = texts("steps")
    sides: dict[Side, str] = {"hurt": t["who_hurt"], "used": t["who_used"]}
    chosen = here() if here() in sides else "hurt"
    side = st.radio(
        t["who"], list(sides), format_func=sides.__getitem__, index=list(sides).index(chosen)
    )
    st.button(
        t["begin"],
        type="primary",
        on_click=_go,
        args=(check, "points"),
        kwargs={"side": side, "step": 1},
        key="check_begin",
    )


def _show_points(check: Check, guide: Guide) -> None:
    """The three points of one step; each may be left open."""
    t = texts("steps")
    content = load_self_check()
    st.progress((check.step - 1) / STEPS, t["progress"].format(n=check.step))
    st.subheader(plain(guide.steps[check.step].name), anchor=False)
    labels = {answer.value: answer.label for answer in content.answers}
    given = check.answers.setdefault(check.side, {})
    for item in content.items:
        if item.step != check.step:
            continue
        chosen = st.radio(
            item.of(check.side),
            list(labels),
            format_func=labels.__getitem__,
            index=given.get(item.id),
            key=f"point_{check.side}_{item.id}",
        )
        if chosen is not None:
            given[item.id] = chosen
    last = check.step == STEPS
    with st.container(horizontal=True):
        st.button(
            t["finish"] if last else t["next"],
            type="primary",
            on_click=_go,
            args=(check, "result" if last else "points"),
            kwargs={} if last else {"step": check.step + 1},
            key="check_next",
        )
        if check.step > 1:
            st.button(
                t["before"],
                on_click=_go,
                args=(check, "points"),
                kwargs={"step": check.step - 1},
                key="check_before",
            )


def _show_result(check: Check, guide: Guide) -> None:
    t = texts("steps")
    states = summarise(check.answers.get(check.side, {}), check.side)
    st.subheader(t["result"], anchor=False)
    bars(f"bars_{check.side}", [_row(guide, state.step, {"": state}) for state in states])
    for state in states:
        st.markdown(f"**{state.step}. {plain(guide.steps[state.step].name)}.** {plain(state.note)}")
    _download(guide, [(state.step, f"{state.state}. {state.note}") for state in states])
    other: Side = "used" if check.side == "hurt" else "hurt"
    with st.container(horizontal=True):
        if other in check.answers:
            st.button(
                t["compare"],
                type="primary",
                on_click=_go,
                args=(check, "compared"),
                key="check_compare",
            )
        else:
            st.button(
                t["other"],
                on_click=_go,
                args=(check, "hand_over"),
                kwargs={"side": other},
                key="check_other",
            )
        st.button(t["again"], type="tertiary", on_click=_again, key="check_again")
    if other in check.answers:
        st.markdown(small(load_self_check().compare.before))


def _show_hand_over(check: Check, guide: Guide) -> None:
    t = texts("steps")
    st.subheader(t["hand_over"], anchor=False)
    st.markdown(t["hand_over_about"])
    st.button(
        t["hand_over_go"],
        type="primary",
        on_click=_go,
        args=(check, "points"),
        kwargs={"step": 1},
        key="check_hand_over",
    )


def _show_compared(check: Check, guide: Guide) -> None:
    t = texts("steps")
    st.subheader(t["compared"], anchor=False)
    st.markdown(plain(load_self_check().compare.before))
    found = compare(check.answers["hurt"], check.answers["used"])
    names = (t["who_hurt"], t["who_used"])
    bars(
        "bars_both",
        [_row(guide, d.step, dict(zip(names, (d.hurt, d.used), strict=True))) for d in found],
    )
    for one in found:
        st.markdown(f"**{one.step}. {plain(guide.steps[one.step].name)}.** {plain(one.note)}")
    _download(guide, [(one.step, _both(one)) for one in found])
    with st.container(horizontal=True):
        st.button(t["alone"], on_click=_go, args=(check, "result"), key="check_alone")
        st.button(t["again"], type="tertiary", on_click=_again, key="check_again")


def _both(one: Difference) -> str:
    t = texts("steps")
    return f"{t['who_hurt']}: {one.hurt.state}. {t['who_used']}: {one.used.state}. {one.note}"


def _row(guide: Guide, step: int, states: dict[str, StepState]) -> dict[str, Any]:
    t = texts("steps")
    values = [
        {
            "name": name or (t["none"] if state.share is None else state.state),
            "share": state.share,
            "text": "" if state.share is None else f"{round(100 * state.share)} %",
        }
        for name, state in states.items()
    ]
    return {"label": f"{step}. {guide.steps[step].name}", "values": values}


def _download(guide: Guide, rows: list[tuple[int, str]]) -> None:
    t = texts("steps")
    text = "\n".join(f"{step}. {guide.steps[step].name}: {said}" for step, said in rows)
    st.download_button(
        t["download"],
        f"{text}\n",
        file_name=f"{t['file']}.txt",
        icon=":material/download:",
        key="check_download",
    )
