"""Library: every note with its sources and standing, searchable; and handouts of one's own."""

from collections.abc import Iterable, Sequence

import streamlit as st

from app_pages.content import texts
from app_pages.engine import require_engine
from app_pages.frame import to_top
from app_pages.handouts import add_handouts, search_handouts
from app_pages.parts import bullets, paragraphs, plain, show_source, small
from app_pages.safety import may_go_on
from rag.models import Passage
from rag.search import Filters

PAGE = 12
KINDS = ("guide", "topic", "words", "book", "group", "app")
FOUND = 10


def _open(note: str) -> None:
    to_top()
    st.session_state["note"] = note


def _more() -> None:
    st.session_state["listed"] = st.session_state.get("listed", PAGE) + PAGE


def _first() -> None:
    st.session_state["listed"] = PAGE


def _show_about(passage: Passage) -> None:
    """Standing, steps, reviewed date and sources of a passage."""
    if passage.origin == "yours":
        st.markdown(small(t["yours"]))
        return
    standing = f"{t[f'standing_{passage.standing}']}: {t[f'standing_{passage.standing}_about']}"
    st.markdown(small(f"{standing} {t['reviewed']} {passage.reviewed}."))
    if passage.reader != "both":
        st.markdown(small(t[f"for_{passage.reader}"]))
    for name in passage.sources:
        source = assistant.knowledge.sources[name]
        show_source(source.author, source.title, source.year, source.link)


def _show_passages(passages: Iterable[Passage], *, titled: bool) -> None:
    for passage in passages:
        label = f"{passage.title}: {passage.heading}" if titled else passage.heading
        yours = f"{t['yours']}, " if passage.origin == "yours" and titled else ""
        with st.expander(plain(yours + label)):
            paragraphs(passage.text)
            _show_about(passage)


def _show_note(name: str) -> None:
    passages = [passage for passage in assistant.knowledge.passages if passage.note == name]
    st.button(t["back"], icon=":material/arrow_back:", on_click=_open, args=("",), key="back")
    st.header(plain(passages[0].title), anchor=False)
    for passage in passages:
        st.subheader(plain(passage.heading), anchor=False)
        paragraphs(passage.text)
    _show_about(passages[0])


def _show_list(kind: str | None, step: int | None) -> None:
    firsts: dict[str, Passage] = {}
    for passage in assistant.knowledge.passages:
        if (not kind or passage.kind == kind) and (not step or step in passage.steps):
            firsts.setdefault(passage.note, passage)
    shown = st.session_state.get("listed", PAGE)
    count = t["notes_one"] if len(firsts) == 1 else t["notes_many"].format(n=len(firsts))
    st.markdown(small(count))
    for name, passage in list(firsts.items())[:shown]:
        label = plain(passage.title)
        if passage.standing != "practice":
            label += f" :small[({t[f'standing_{passage.standing}']})]"
        st.button(label, key=f"note_{name}", on_click=_open, args=(name,), width="stretch")
    if len(firsts) > shown:
        st.button(t["more"], icon=":material/expand_more:", on_click=_more, key="more")


def _show_found(query: str, kind: str | None, step: int | None) -> None:
    filters = Filters(kinds=(kind,) if kind else (), steps=(step,) if step else ())
    hits = assistant.search.find(query, n=FOUND, filters=filters).hits
    own = search_handouts(query)
    if own:
        st.header(t["search_yours"], anchor=False)
        _show_passages(own, titled=True)
    if hits:
        st.markdown(small(t["found"]))
        _show_passages([hit.passage for hit in hits], titled=True)
    elif not own:
        st.markdown(t["nothing"])


def _show_yours() -> None:
    st.header(t["yours"], anchor=False)
    st.markdown(t["yours_about"])
    _show_own(add_handouts())
    if assistant.store.current("yours"):
        st.subheader(t["yours_kept"], anchor=False)
        kept = [
            record.metadata["title"]
            for record in assistant.store.everything("yours")
            if record.metadata["part"] == "text"
        ]
        bullets(dict.fromkeys(map(str, kept)))


def _show_own(handouts: dict[str, Sequence[Passage]]) -> None:
    for passages in handouts.values():
        st.subheader(plain(passages[0].title), anchor=False)
        st.markdown(small(t["passages"].format(n=len(passages))))
        _show_passages(passages, titled=False)


t = texts("library")
st.title(t["title"], anchor=False)
assistant = require_engine()
if st.session_state.get("note"):
    _show_note(st.session_state["note"])
    st.stop()

st.markdown(t["intro"])
query = st.text_input(t["label"], key="library_text", placeholder=t["placeholder"], max_chars=2_000)
kind = st.pills(t["kind"], KINDS, format_func=t.__getitem__, key="kind", on_change=_first)
step = st.selectbox(
    t["step"],
    [None, *assistant.guide.steps],
    format_func=lambda n: t["any_step"] if n is None else f"{n}. {assistant.guide.steps[n].name}",
    key="library_step",
    on_change=_first,
)
if not query.strip():
    _show_list(kind, step)
elif may_go_on(assistant, query, key="library"):
    _show_found(query, kind, step)
_show_yours()
