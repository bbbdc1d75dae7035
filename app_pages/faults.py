"""What a person sees when something breaks: one calm card, never a traceback, and a way on."""

import contextlib
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from app_pages.content import texts
from rag.errors import KnowledgeError, SoftstartError

_LOG = logging.getLogger(__name__)


@contextlib.contextmanager
def shown_calmly() -> Iterator[None]:
    """Whatever breaks inside ends in a card; the way out and the menu stay."""
    try:
        yield
    except SoftstartError as error:
        _card(str(error))
    except Exception as error:  # nobody who is upset should meet a traceback
        # The message of an error may quote what was typed, so only its place is logged.
        place = traceback.extract_tb(error.__traceback__)[-1]
        name = type(error).__name__
        _LOG.error("%s at %s:%s", name, Path(place.filename).name, place.lineno)
        _card("")


def _card(why: str) -> None:
    try:
        t = texts("frame")
    except KnowledgeError as error:
        st.warning(str(error), icon=":material/build:")
        return
    st.warning(why or t["fault"], icon=":material/build:")
    st.button(t["try_again"], icon=":material/refresh:", key="fault_again")
