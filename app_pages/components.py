"""Small pieces of the browser's own: leaving at once, a timer, marked words, copying, bars.

Each is plain HTML, CSS and JavaScript in `web/`. What a person typed reaches them only as data and
is shown with `textContent`, so it can never become markup.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.content import texts
from rag.blame import BlameSpan

_RESULTS = "results"
_WEB = Path(__file__).parent / "web"


@cache
def _read(name: str) -> str:
    return (_WEB / name).read_text(encoding="utf-8")


def _mount(name: str, key: str, data: dict[str, Any], **more: Any) -> Any:
    component = st.components.v2.component(
        f"softstart_{name}",
        html=_read(f"{name}.html"),
        css=_read(f"{name}.css"),
        js=_read(f"{name}.js"),
    )
    return component(key=key, data=data, **more)


def leave_button(place: int) -> bool:
    """The way out, on every page.

    Args:
        place: Counts the screens; a new number takes the page to its top.

    Returns:
        Whether somebody has just left, so that everything can be forgotten.
    """
    t = texts("frame")
    data = {
        "label": t["leave"],
        "hint": t["leave_hint"],
        "link": t["leave_link"],
        "said": [t["leave_once"], t["leave_twice"]],
        "to": t["leave_to"],
        "title": t["leave_title"],
        "place": place,
        "menu": t["menu"],
        "lost": t["lost"],
    }
    quiet = {"on_left_change": lambda: None, "on_back_change": lambda: None}
    return bool(_mount("leave", "leave", data, **quiet).left)


def timer(key: str, *, ends: float, seconds: float, label: str, done: str) -> None:
    """A quiet countdown to a moment, given in seconds since 1970."""
    _mount("timer", key, {"ends": ends, "seconds": seconds, "label": label, "done": done})


def marked(key: str, text: str, spans: Sequence[BlameSpan]) -> None:
    """A message with the blaming words underlined, each with its reason on hover and focus."""
    pieces: list[dict[str, str]] = []
    at = 0
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < at:
            continue
        pieces.append({"text": text[at : span.start]})
        pieces.append({"text": text[span.start : span.end], "why": span.why})
        at = span.end
    pieces.append({"text": text[at:]})
    _mount("marked", key, {"pieces": pieces})


def actions(key: str, text: str, *, copy: str, copied: str, to_print: str = "") -> None:
    """A button that copies a text, and one that prints the page."""
    _mount("actions", key, {"text": text, "copy": copy, "copied": copied, "print": to_print})


def arrive(key: str, said: str) -> None:
    """Where a result begins: after `expect_result` the page goes here once, and says so aloud."""
    _mount("arrive", f"arrive_{key}", {"number": st.session_state.get(_RESULTS, 0), "said": said})


def expect_result() -> None:
    """A new result is on its way; the next run goes to where it begins."""
    st.session_state[_RESULTS] = st.session_state.get(_RESULTS, 0) + 1


def bars(key: str, rows: Sequence[dict[str, Any]]) -> None:
    """Bars with their values in words; rows of `label` and `values` (`name`, `share`, `text`)."""
    _mount("bars", key, {"rows": list(rows)})


def page_style() -> None:
    """What the theme cannot say: printing and reduced motion."""
    st.html(_WEB / "frame.css")
