"""Who is here and where: for this session only, changeable at any time, never stored."""

from typing import Literal

import streamlit as st

from app_pages.content import texts
from rag.cards import Speaker
from rag.helplines import load_helplines
from rag.models import Reader

Here = Literal["hurt", "used", "both", "unsaid"]
READERS: dict[Here, str] = {
    "hurt": "I was hurt",
    "used": "I used porn",
    "both": "Both of us",
    "unsaid": "Rather not say",
}
NAMES = {
    "US": "United States",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "CA": "Canada",
    "AU": "Australia",
    "NZ": "New Zealand",
    "IN": "India",
    "ZA": "South Africa",
    "EU": "European Union",
}
ELSEWHERE = "Somewhere else"
DRAFTS = ("step_text", "reword_text", "prepare_text", "library_text")
"""Text boxes whose words stay while the person looks at another page."""


def here() -> Here:
    """Who has said to be here."""
    return st.session_state.get("reader", "unsaid")


def reader() -> Reader:
    """Which partner the words are meant for."""
    chosen = here()
    return "both" if chosen == "unsaid" else chosen


def speaker() -> Speaker | None:
    """Whose message it is, where one partner has said so."""
    chosen = here()
    return chosen if chosen in {"hurt", "used"} else None


def country() -> str | None:
    """The country chosen for help lines, or None."""
    chosen = st.session_state.get("country", ELSEWHERE)
    return None if chosen == ELSEWHERE else chosen


def begin() -> None:
    """Set what is not chosen yet; values are set again at each run, so that pages share them."""
    state = st.session_state
    state["reader"] = state.get("reader") or "unsaid"
    state["country"] = state.get("country") or _guess(_codes())
    for key in DRAFTS:
        if key in state:
            state[key] = state[key]


def choose_reader() -> None:
    """One small choice, which may be left as it is."""
    st.pills(
        texts("frame")["who_reader"], list(READERS), format_func=READERS.__getitem__, key="reader"
    )


def choose_country() -> None:
    """The country whose help lines are shown."""
    st.selectbox(
        texts("frame")["who_country"],
        _codes(),
        format_func=lambda code: NAMES.get(code, code),
        key="country",
    )


def _codes() -> list[str]:
    listed = [line.country for line in load_helplines() if line.country in NAMES]
    return [ELSEWHERE, *dict.fromkeys(listed)]


def _guess(codes: list[str]) -> str:
    """The browser's locale as a first suggestion, nothing more."""
    region = (st.context.locale or "").rpartition("-")[2].upper()
    return region if region in codes else ELSEWHERE
