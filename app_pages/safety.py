"""The safety of texts that go through no other stage: what is noted or searched for."""

import streamlit as st

from app_pages.parts import not_meant, show_help
from app_pages.person import country
from rag import Assistant
from rag.help import ALONE, help_reply
from rag.turn import clean


def may_go_on(assistant: Assistant, text: str, *, key: str) -> bool:
    """Look at a text; show help where it is needed, and say whether the page may go on.

    Args:
        assistant: The engine.
        text: What was typed.
        key: A name for this text box.
    """
    if not clean(text):
        return True
    safety = assistant.check(text)
    if safety.severity == "none":
        return True
    calmed: set[str] = st.session_state.setdefault("calmed", set())
    if safety.severity == "elevated" and text in calmed:
        return True
    show_help(help_reply(safety, country()))
    if safety.severity == "elevated" and not_meant(f"calm_{key}"):
        calmed.add(text)
        st.rerun()
    return safety.severity == "elevated" and safety.category not in ALONE
