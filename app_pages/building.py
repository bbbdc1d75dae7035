"""Reading the notes in, once for all tabs: a second tab or a refresh meets the same work.

Only the settings and a count are shared; nothing that anybody types is ever in here.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import streamlit as st

from app_pages.content import texts
from rag import Settings
from rag.errors import SoftstartError
from rag.indexing import sync_notes
from rag.store import Store


@dataclass
class _Build:
    """The work in its own thread, and how far it is."""

    work: Future[None] = field(default_factory=Future)
    done: int = 0
    all: int = 0

    def start(self, settings: Settings) -> None:
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="build")
        self.work = pool.submit(self._run, settings)
        pool.shutdown(wait=False)

    def _run(self, settings: Settings) -> None:
        store = Store(settings)
        try:
            sync_notes(settings, store, progress=self._tell)
        finally:
            store.close()

    def _tell(self, done: int, all_: int) -> None:
        self.done, self.all = done, all_


@dataclass
class _Board:
    """The build of this server, if one was begun."""

    build: _Build | None = None
    lock: Lock = field(default_factory=Lock)


@st.cache_resource(show_spinner=False)
def _board() -> _Board:
    return _Board()


def offer_build() -> bool:
    """Offer to read the notes in, or show how far that is; True once it is done."""
    board = _board()
    build = board.build
    if build is not None and build.work.done():
        board.build = None
        error = build.work.exception()
        if error is None:
            return True
        if not isinstance(error, SoftstartError):
            raise error
        st.warning(str(error), icon=":material/build:")
        build = None
    t = texts("frame")
    st.header(t["build_title"], anchor=False)
    st.markdown(t["build_about"])
    if build is None:
        st.button(
            t["build"], type="primary", icon=":material/menu_book:", on_click=_begin, key="build"
        )
    else:
        _show(build)
    return False


def _begin() -> None:
    board = _board()
    with board.lock:
        if board.build is None:
            build = _Build()
            build.start(Settings.load())
            board.build = build


@st.fragment(run_every=0.4)
def _show(build: _Build) -> None:
    """How far it is; then the page itself."""
    if build.work.done():
        st.rerun()
    t = texts("frame")
    said = t["build_progress"].format(done=build.done, all=build.all)
    share = build.done / build.all if build.all else 0.0
    st.progress(min(1.0, share), said if build.all else t["build_loading"])
