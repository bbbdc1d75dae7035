"""Reword: a message about to be sent, as an "I feel" statement whose parts can be changed."""

import streamlit as st

from app_pages.chat_model import ask_consent, may_write
from app_pages.components import arrive, expect_result
from app_pages.content import texts
from app_pages.engine import require_engine
from app_pages.parts import not_meant, show_help
from app_pages.person import country, speaker
from app_pages.rewording import show_rewording, suggest
from rag.errors import SoftstartError

LONGEST = 20_000


def _reword(message: str, *, calm: bool = False) -> None:
    """Reword a message and keep it for this session; the parts start from the suggestion."""
    with st.spinner(texts("chat_model")["writing"] if may_write(assistant) else t["waiting"]):
        try:
            made = assistant.reword(message, speaker=speaker(), country=country(), calm=calm)
        except SoftstartError as error:
            st.warning(str(error), icon=":material/build:")
            st.stop()
    st.session_state["reworded"] = (message, made)
    expect_result()
    if made.statement and not made.unchanged:
        suggest(made)


t = texts("reword")
st.title(t["title"], anchor=False)
st.markdown(t["intro"])
assistant = require_engine()
ask_consent(assistant)

with st.form("reword", border=False):
    text = st.text_area(
        t["label"],
        key="reword_text",
        placeholder=t["placeholder"],
        height=130,
        max_chars=LONGEST,
    )
    asked = st.form_submit_button(t["go"], type="primary")

if asked and not text.strip():
    st.info(t["empty"], icon=":material/edit:")
    st.session_state.pop("reworded", None)
elif asked or st.session_state.pop("reword_go", False):
    _reword(text)

if "reworded" in st.session_state:
    message, made = st.session_state["reworded"]
    arrive("reword", t["ready"])
    if made.help:
        show_help(made.help)
        if made.safety.severity == "elevated" and not_meant("calm"):
            _reword(message, calm=True)
            st.rerun()
    elif made.declined:
        st.info(made.reason, icon=":material/info:")
    else:
        show_rewording(assistant, message, made)
