"""What stands around every page: the way out, help in one step, who is here, and the notice."""

import time

import streamlit as st

from app_pages import person
from app_pages.chat_model import sending_to
from app_pages.components import leave_button, page_style
from app_pages.content import texts
from app_pages.engine import warm_up
from app_pages.parts import show_notice, small

HELP = "app_pages/help_now.py"
NOTICE_AGAIN = 3 * 60 * 60
"""Seconds after which the notice is shown once more."""


def begin() -> None:
    """Everything that comes before a page: the way out first, then who is here."""
    page_style()
    if leave_button(st.session_state.get("place", 0)):
        forget()
    person.begin()
    st.session_state.setdefault("noticed", time.time())
    warm_up()


def forget() -> None:
    """Clear everything that was typed or chosen in this session."""
    st.session_state.clear()


def to_top() -> None:
    """Begin the next run at the top of the page: for callbacks that open another screen."""
    st.session_state["place"] = st.session_state.get("place", 0) + 1


def show_bar(*, who: bool) -> None:
    """The row above a page: who is here, and help in one step."""
    t = texts("frame")
    side = "distribute" if who else "right"
    with st.container(
        horizontal=True, horizontal_alignment=side, vertical_alignment="center", key="frame"
    ):
        if who:
            _who()
        with st.container(key="helplink", width="content"):
            st.page_link(HELP, label=t["help"], icon=":material/support:", width="content")


def _who() -> None:
    t = texts("frame")
    label = person.READERS[person.here()] if person.here() != "unsaid" else t["who"]
    with st.popover(label, icon=":material/person:", type="tertiary"):
        person.choose_reader()
        person.choose_country()
        st.markdown(t["who_about"])
        st.button(t["delete"], icon=":material/delete:", on_click=forget, key="delete")
        st.markdown(t["delete_about"])


def welcome() -> None:
    """The first screen, until it is read or skipped."""
    t = texts("frame")
    st.title(t["welcome_title"], anchor=False)
    st.markdown(t["welcome"])
    show_notice()
    person.choose_reader()
    person.choose_country()
    st.markdown(small(t["leave_about"]))
    with st.container(horizontal=True, key="dock"):
        st.button(t["welcome_begin"], type="primary", on_click=_welcomed, key="welcome_begin")
        st.button(t["welcome_skip"], type="tertiary", on_click=_welcomed, key="welcome_skip")


def notice_again() -> None:
    """The notice once more, after three hours."""
    if time.time() - st.session_state["noticed"] < NOTICE_AGAIN:
        return
    t = texts("frame")
    st.markdown(t["again"])
    show_notice()
    if host := sending_to():
        st.markdown(small(texts("chat_model")["notice"].format(host=host)))
    st.button(t["again_read"], on_click=_noticed, key="again_read")


def _welcomed() -> None:
    to_top()
    st.session_state["welcomed"] = True
    _noticed()


def _noticed() -> None:
    st.session_state["noticed"] = time.time()
