"""About and privacy: what this program is, what it keeps, and how its answers are made."""

import streamlit as st

from app_pages.chat_model import show_model
from app_pages.content import texts
from app_pages.engine import require_engine
from app_pages.parts import paragraphs, plain, show_notice

t = texts("about")
st.title(t["title"], anchor=False)
show_notice()
st.header(t["leaving"], anchor=False)
st.markdown(texts("frame")["leave_about"])
st.header(t["keeping"], anchor=False)
st.markdown(t["keeping_about"])
assistant = require_engine()
show_model(assistant)
for passage in assistant.knowledge.passages:
    if passage.note == "about-softstart":
        st.header(plain(passage.heading), anchor=False)
        paragraphs(passage.text)
