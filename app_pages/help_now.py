"""Get help now: lines for the chosen country, printed from the data as they stand."""

import streamlit as st

from app_pages.content import help_groups, texts
from app_pages.parts import show_line, small
from app_pages.person import choose_country, country
from rag.helplines import find_helplines

t = texts("help_now")
st.title(t["title"], anchor=False)
st.markdown(t["intro"])
st.markdown(small(t["safer"]))
choose_country()
shown: set[tuple[str, str]] = set()
for group in help_groups():
    lines = [
        line
        for line in find_helplines(country(), group.needs)
        if (line.country, line.service) not in shown
    ]
    if lines:
        st.header(group.title, anchor=False)
        for line in lines:
            shown.add((line.country, line.service))
            show_line(line)
st.markdown(small(t["dated"]))
