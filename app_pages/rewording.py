"""A rewording on the screen: the message marked, the statement in its forms, and its parts."""

import streamlit as st

from app_pages.components import actions, marked
from app_pages.content import texts
from app_pages.parts import bullets, paragraphs, plain, show_citations, show_drafted, small
from rag import Assistant
from rag.editing import Edited
from rag.rewording import Rewording

_INTENSITIES = ("mild", "middle", "strong")
_SAID = 2
"""Feelings that one sentence can hold."""


def suggest(made: Rewording) -> None:
    """Fill the parts with what was suggested; also the way back to it."""
    state = st.session_state
    state["part_observation"] = made.observation
    state["part_need"] = made.need
    state["part_request"] = made.request
    state["part_boundary"] = made.boundary
    state["part_order"] = list(made.feelings)
    offered: set[str] = set()
    for intensity in _INTENSITIES:
        words = made.choices.feelings.get(intensity, ())
        state[f"part_{intensity}"] = [w for w in words if w in made.feelings and w not in offered]
        offered.update(words)
    state["part_own"] = ", ".join(word for word in made.feelings if word not in offered)
    state["part_first"] = _parts(made)


def show_rewording(assistant: Assistant, message: str, made: Rewording) -> None:
    """The whole result, from the message as it was to the sources."""
    t = texts("reword")
    if made.unchanged:
        st.header(t["unchanged"], anchor=False)
        st.markdown(plain(made.reason))
        _form(made.statement or "", "unchanged")
        return
    show_drafted(made)
    _statement(assistant, message, made)
    _differences(made)
    if made.alternatives:
        with st.expander(t["other_ways"], icon=":material/alt_route:"):
            for n, other in enumerate(made.alternatives):
                _form(other, f"other_{n}")
    if made.issues_left:
        with st.expander(t["left"], icon=":material/bookmark:"):
            st.markdown(t["left_about"])
            bullets(made.issues_left)
    show_citations(made.citations)


@st.fragment
def _statement(assistant: Assistant, message: str, made: Rewording) -> None:
    """The statement and its parts: a change of a part changes the statement at once."""
    t = texts("reword")
    st.header(t["result"], anchor=False)
    forms = st.container()
    _before(message, made)
    st.header(t["parts"], anchor=False)
    st.markdown(small(t["parts_about"]))
    _edit(made)
    edited = _edited(assistant, message, made)
    with forms:
        names = (t["forms"], t["short"], t["spoken"], t["letter"])
        texts_ = (edited.statement, edited.short, edited.spoken, edited.letter)
        for n, (tab, text) in enumerate(zip(st.tabs(names), texts_, strict=True)):
            with tab:
                _form(text, f"form_{n}")
        _faults(edited)
    st.button(
        t["reset"],
        icon=":material/undo:",
        type="tertiary",
        on_click=suggest,
        args=(made,),
        disabled=_parts(made) == st.session_state["part_first"],
        key="reset",
    )


def _before(message: str, made: Rewording) -> None:
    """The message as it was, with the blaming words marked, and the reasons as a list."""
    if not made.blame:
        return
    t = texts("reword")
    st.header(t["before"], anchor=False)
    marked("marked", message, made.blame)
    st.markdown(small(t["before_about"]))
    with st.expander(t["blame_list"]):
        for span in made.blame:
            st.markdown(f"- **{plain(span.text)}**: {plain(span.why)}")


def _form(text: str, key: str) -> None:
    t = texts("reword")
    with st.container(border=True):
        paragraphs(text)
    actions(f"copy_{key}", text, copy=t["copy"], copied=t["copied"])


def _faults(edited: Edited) -> None:
    t = texts("reword")
    if not edited.faults:
        st.markdown(f":material/check: {plain(t['clean'])}")
        return
    st.markdown(f"**{t['faults']}.** {t['faults_about']}")
    for fault in edited.faults:
        words = f"**{plain(fault.text)}**: " if fault.text else ""
        st.markdown(f"- {words}{plain(fault.why)}")


def _edit(made: Rewording) -> None:
    """The four parts, and the boundary where there is one."""
    t = texts("reword")
    st.text_area(t["observation"], key="part_observation", height=90)
    st.markdown(f"**{t['feelings']}** {small(t['feelings_about'])}")
    for intensity in _INTENSITIES:
        words = made.choices.feelings.get(intensity, ())
        if words:
            st.pills(
                t[f"feelings_{intensity}"],
                words,
                selection_mode="multi",
                key=f"part_{intensity}",
            )
    st.text_input(t["feelings_own"], key="part_own", max_chars=80)
    st.text_area(t["need"], key="part_need", height=70)
    _others(t["other_needs"], "part_need", made.choices.needs)
    st.text_area(t["request"], key="part_request", height=70)
    _others(t["other_requests"], "part_request", made.choices.requests)
    if made.boundary:
        st.text_area(t["boundary"], key="part_boundary", height=70)


def _others(label: str, key: str, offered: tuple[str, ...]) -> None:
    others = [text for text in offered if text != st.session_state[key]]
    if not others:
        return
    with st.expander(label):
        for n, text in enumerate(others):
            st.button(
                plain(text), key=f"{key}_{n}", on_click=_take, args=(key, text), width="stretch"
            )


def _take(key: str, text: str) -> None:
    st.session_state[key] = text


def _feelings(made: Rewording) -> tuple[str, ...]:
    """The feelings to be said: of those chosen, the last that were picked."""
    state = st.session_state
    chosen = [word for one in _INTENSITIES for word in state.get(f"part_{one}") or ()]
    chosen += [word.strip() for word in state["part_own"].split(",") if word.strip()]
    order = [word for word in state["part_order"] if word in chosen]
    state["part_order"] = list(dict.fromkeys([*order, *chosen]))
    return tuple(state["part_order"][-_SAID:])


def _parts(made: Rewording) -> tuple[object, ...]:
    state = st.session_state
    texts_ = (state[f"part_{one}"] for one in ("observation", "need", "request"))
    return (*texts_, state.get("part_boundary", made.boundary), _feelings(made))


def _edited(assistant: Assistant, message: str, made: Rewording) -> Edited:
    """The statement as it stands now; the suggestion itself while nothing was changed."""
    if _parts(made) == st.session_state["part_first"]:
        return Edited(made.statement or "", made.short, made.spoken, made.letter, ())
    observation, need, request, boundary, feelings = _parts(made)
    return assistant.recompose(
        message,
        speaker=made.speaker or "hurt",
        observation=observation,
        feelings=feelings,
        need=need,
        request=request,
        boundary=boundary,
    )


def _differences(made: Rewording) -> None:
    t = texts("reword")
    if not made.why:
        return
    with st.expander(t["why"], icon=":material/compare_arrows:"):
        for change in made.why:
            if change.before and change.after:
                kind, words = t["why_kept"], change.after
            elif change.after:
                kind, words = t["why_in"], change.after
            else:
                kind, words = t["why_out"], change.before
            st.markdown(f"- {kind}: **{plain(words)}** {plain(change.why)}")
