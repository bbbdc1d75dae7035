"""Prepare: one page for a hard conversation, to read, copy, print or download."""

import streamlit as st

from app_pages.components import actions, arrive, expect_result
from app_pages.content import texts
from app_pages.engine import require_engine
from app_pages.parts import (
    bullets,
    not_meant,
    paragraphs,
    plain,
    show_citations_together,
    show_help,
    small,
)
from app_pages.person import country, reader
from app_pages.printing import to_html
from rag.errors import SoftstartError
from rag.preparation import Preparation

LONGEST = 20_000


def _prepare(message: str, *, calm: bool = False) -> None:
    with st.spinner(t["waiting"]):
        try:
            made = assistant.prepare(message, reader=reader(), country=country(), calm=calm)
        except SoftstartError as error:
            st.warning(str(error), icon=":material/build:")
            st.stop()
    st.session_state["prepared"] = (message, made)
    expect_result()


def _show(made: Preparation) -> None:
    st.header(plain(made.title), anchor=False)
    st.markdown(plain(made.intro))
    for section in made.sections:
        st.subheader(plain(section.heading), anchor=False)
        if len(section.lines) > 1:
            bullets(section.lines)
        else:
            paragraphs("\n\n".join(section.lines))
        show_citations_together(t["sources"], section.citations)
    with st.container(key="noprint"):
        actions(
            "copy_page",
            made.as_markdown(),
            copy=t["copy"],
            copied=t["copied"],
            to_print=t["print"],
        )
        with st.container(horizontal=True):
            st.download_button(
                t["text"],
                made.as_markdown(),
                file_name=f"{t['file']}.md",
                icon=":material/download:",
                key="as_text",
            )
            st.download_button(
                t["page"],
                to_html(made.title, made.intro, made.sections),
                file_name=f"{t['file']}.html",
                mime="text/html",
                icon=":material/print:",
                key="as_page",
            )
        st.markdown(small(t["keep"]))


t = texts("prepare")
st.title(t["title"], anchor=False)
st.markdown(t["intro"])
assistant = require_engine()

with st.form("prepare", border=False):
    text = st.text_area(
        t["label"], key="prepare_text", placeholder=t["placeholder"], height=110, max_chars=LONGEST
    )
    asked = st.form_submit_button(t["go"], type="primary")

if asked and not text.strip():
    st.info(t["empty"], icon=":material/edit:")
    st.session_state.pop("prepared", None)
elif asked or st.session_state.pop("prepare_go", False):
    _prepare(text)

if "prepared" in st.session_state:
    message, made = st.session_state["prepared"]
    arrive("prepare", t["ready"])
    if made.help:
        show_help(made.help)
        if made.safety.severity == "elevated" and not_meant("calm"):
            _prepare(message, calm=True)
            st.rerun()
    if made.sections:
        _show(made)
    elif made.title:
        st.info(plain(made.title), icon=":material/info:")
