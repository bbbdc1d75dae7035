"""Handouts for one session: read in memory, searched by words, never written to disk."""

from collections.abc import Sequence

import streamlit as st

from app_pages.content import texts
from app_pages.parts import plain
from rag.errors import InputError
from rag.handouts import read_handout
from rag.lexical import LexicalIndex
from rag.models import Passage
from rag.store import passage_records

KINDS = ["md", "markdown", "txt", "pdf"]
LARGEST = 5
"""Megabytes of one handout."""
FOUND = 3


def add_handouts() -> dict[str, Sequence[Passage]]:
    """A place to put handouts in, and what they hold."""
    t = texts("library")
    files = st.file_uploader(
        t["add"],
        KINDS,
        accept_multiple_files=True,
        max_upload_size=LARGEST,
        key="handout_files",
    )
    held: dict[str, Sequence[Passage]] = {}
    for file in files:
        try:
            held[file.name] = read_handout(file.name, file.getvalue())
        except InputError as error:
            st.warning(plain(f"{file.name}: {error}"), icon=":material/description:")
    st.session_state["handouts"] = held
    return held


def search_handouts(query: str) -> list[Passage]:
    """Passages of this session's handouts that share words with the query, best first."""
    held: dict[str, Sequence[Passage]] = st.session_state.get("handouts", {})
    passages = {passage.id: passage for group in held.values() for passage in group}
    records = [record for passage in passages.values() for record in passage_records(passage)]
    if not records:
        return []
    ranked = LexicalIndex.build(records).rank(query, FOUND)
    return [passages[id] for id, _ in ranked]
