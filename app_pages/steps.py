"""Steps: which step fits a situation, the seven steps as a map, and the self-check."""

import streamlit as st

from app_pages.components import arrive, expect_result
from app_pages.content import texts
from app_pages.engine import require_engine
from app_pages.frame import to_top
from app_pages.parts import not_meant, plain, show_step
from app_pages.person import country, reader
from app_pages.self_check import show_self_check
from rag.errors import SoftstartError


def _ask(message: str, *, calm: bool = False) -> None:
    try:
        answer = assistant.step(message, reader=reader(), country=country(), calm=calm)
    except SoftstartError as error:
        st.warning(str(error), icon=":material/build:")
        st.stop()
    st.session_state["step_answer"] = (message, answer)
    expect_result()


def _open_check() -> None:
    to_top()
    st.session_state["checking"] = True


def _show_question() -> int | None:
    """The box, the answer, and the number of the step that fits."""
    with st.form("situation", border=False):
        text = st.text_area(
            t["label"], key="step_text", placeholder=t["placeholder"], height=120, max_chars=20_000
        )
        asked = st.form_submit_button(t["go"], type="primary")
    if asked and not text.strip():
        st.info(t["empty"], icon=":material/edit:")
        st.session_state.pop("step_answer", None)
    elif asked or st.session_state.pop("step_go", False):
        _ask(text)
    if "step_answer" not in st.session_state:
        return None
    message, answer = st.session_state["step_answer"]
    arrive("steps", t["ready"])
    show_step(answer)
    if answer.help and answer.safety.severity == "elevated" and not_meant("calm"):
        _ask(message, calm=True)
        st.rerun()
    return answer.fits[0].step if answer.fits else None


def _show_map(first: int | None) -> None:
    st.header(t["all"], anchor=False)
    for step in assistant.guide.steps.values():
        mark = ":material/arrow_forward: " if step.number == first else ""
        name = f"{mark}{step.number}. {plain(step.name)}"
        with st.expander(name, expanded=step.number == first):
            st.markdown(f"{t['about']} {plain(step.about)}.")
            st.markdown(plain(step.work.of(reader())))
            st.markdown(f"**{t['this_week']}.** {plain(step.this_week.of(reader()))}")
            if st.button(t["whole"], icon=":material/menu_book:", key=f"whole_{step.number}"):
                st.session_state["note"] = step.note
                st.switch_page("app_pages/library.py")


t = texts("steps")
st.title(t["title"], anchor=False)
assistant = require_engine()

if st.session_state.get("checking"):
    show_self_check(assistant.guide)
else:
    st.markdown(t["intro"])
    _show_map(_show_question())
    st.header(t["check_title"], anchor=False)
    st.markdown(t["check_about"])
    st.button(t["check_go"], icon=":material/checklist:", on_click=_open_check, key="check_go")
