"""One engine for all sessions of the app, and a clear card when there is none yet.

The engine opens in a thread while the first screen is read. It is shared, so nothing that a person
types may ever be kept in it or in a cache.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import streamlit as st

from app_pages.building import offer_build
from app_pages.chat_model import for_session
from app_pages.content import suggestions, texts
from rag import Assistant, Settings
from rag.errors import IndexMissing, SoftstartError

_USUAL = 6.0
"""Seconds that opening takes on a slow computer; only the bar moves by it."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """An engine on its way, and when it set out."""

    engine: Future[Assistant]
    began: float


@st.cache_resource(show_spinner=False)
def _opening() -> _Opening:
    """The engine on its way; nothing that is typed is ever in here, only the settings."""
    settings = Settings.load()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
    engine = pool.submit(Assistant, settings)
    pool.submit(_use_once, engine)
    pool.shutdown(wait=False)
    return _Opening(engine, time.monotonic())


def _use_once(engine: Future[Assistant]) -> None:
    """Use the engine on our own suggestions, so that a person's first message finds it warm."""
    assistant = engine.result().without_model()
    for suggestion in suggestions():
        if suggestion.wish == "ask":
            assistant.ask(suggestion.text)
        elif suggestion.wish == "reword":
            assistant.reword(suggestion.text)


def warm_up() -> None:
    """Begin to open the engine, and do not wait."""
    try:
        _opening()
    except SoftstartError:
        return  # said by `require_engine`, where it can be mended


def require_engine() -> Assistant:
    """The engine; while there is none, a card that says why, and the page ends."""
    try:
        opening = _opening()
        if opening.engine.done():
            return for_session(opening.engine.result())
        _wait(opening)
    except IndexMissing:
        if offer_build():
            _opening.clear()
            st.rerun()
    except SoftstartError as error:
        st.warning(str(error), icon=":material/build:")
        st.button(
            texts("frame")["try_again"],
            icon=":material/refresh:",
            on_click=_opening.clear,
            key="try_again",
        )
    st.stop()


@st.fragment(run_every=0.4)
def _wait(opening: _Opening) -> None:
    """A bar while the engine opens; then the page itself."""
    if opening.engine.done():
        st.rerun()
    passed = time.monotonic() - opening.began
    st.progress(min(0.95, passed / _USUAL), texts("frame")["preparing"])
