"""The Streamlit app: page set-up and navigation; screens are in `app_pages/`.

Addresses are plain words, so that a browser's history tells nobody what was read.
"""

from pathlib import Path

import streamlit as st

from app_pages import faults, frame

# An icon by name would be fetched from a font server; this one is ours.
ICON = str(Path(__file__).parent / "app_pages" / "web" / "icon.svg")
st.set_page_config(page_title="Softstart", page_icon=ICON, layout="centered")

about = st.Page("app_pages/about.py", title="About and privacy", icon=":material/info:")
help_now = st.Page(
    "app_pages/help_now.py", title="Get help now", icon=":material/support:", url_path="lines"
)
page = st.navigation(
    [
        st.Page("app_pages/talk.py", title="Talk", icon=":material/forum:", default=True),
        st.Page(
            "app_pages/reword.py", title="Reword", icon=":material/edit_note:", url_path="words"
        ),
        st.Page(
            "app_pages/prepare.py", title="Prepare", icon=":material/checklist:", url_path="plan"
        ),
        st.Page("app_pages/steps.py", title="Steps", icon=":material/stairs:"),
        st.Page(
            "app_pages/check_in.py", title="Check-in", icon=":material/schedule:", url_path="time"
        ),
        st.Page(
            "app_pages/library.py", title="Library", icon=":material/menu_book:", url_path="notes"
        ),
        help_now,
        about,
    ],
    position="top",
)

with faults.shown_calmly():
    frame.begin()
    new = page not in {help_now, about} and not st.session_state.get("welcomed")
    if page != help_now:
        frame.show_bar(who=not new)
    if new:
        frame.welcome()
    else:
        frame.notice_again()
        page.run()
