"""The user's own chat model in the app: a hosted one gets words only after a yes.

The choice is kept in the session alone: it ends with the visit, and "Delete everything" takes it
back. Without it the built-in engine answers.
"""

from typing import Literal

import streamlit as st

from app_pages.content import texts
from app_pages.parts import plain, small
from rag import Assistant, Settings
from rag.llm import ModelInfo, model_info

Choice = Literal["allowed", "refused"]
_CHOICE = "model_choice"
_ENGINE = "model_engine"


def for_session(shared: Assistant) -> Assistant:
    """The engine as this session wants it: with words sent, without the model, or not asked yet."""
    info = shared.model_info(probe=False)
    choice = st.session_state.get(_CHOICE)
    if info is None or info.local or choice is None:
        return shared
    kept = st.session_state.get(_ENGINE)
    if kept is None or kept[:2] != (shared, choice):
        own = shared.with_consent(True) if choice == "allowed" else shared.without_model()
        kept = st.session_state[_ENGINE] = (shared, choice, own)
    return kept[2]


def may_write(engine: Assistant) -> bool:
    """Whether a chat model gets the words of this session, here or elsewhere."""
    info = engine.model_info(probe=False)
    return info is not None and info.usable


def sending_to() -> str:
    """The host that this session's words go to by its own yes, or empty."""
    if st.session_state.get(_CHOICE) != "allowed":
        return ""
    info = model_info(Settings.load(), consent=True, probe=False)
    return "" if info is None or info.local else info.host


def ask_consent(engine: Assistant) -> None:
    """Ask whether a hosted model may get words, once; after a yes, say where they go."""
    choice = st.session_state.get(_CHOICE)
    info = model_info(engine.settings, consent=choice == "allowed", probe=choice is None)
    if info is None or info.local or info.why or choice == "refused":
        return
    if choice == "allowed":
        st.markdown(_small("is_allowed", info))
        return
    t = texts("chat_model")
    with st.container(border=True, key="consent"):
        st.markdown(f"**{_filled('title', info)}**")
        st.markdown(plain(t["about"]))
        st.markdown(plain(info.sends))
        st.markdown(_small("limits", info))
        _buttons(info, take_back=False)


def show_model(engine: Assistant) -> None:
    """Which chat model is set and what was agreed, with the way to change that."""
    choice = st.session_state.get(_CHOICE)
    info = model_info(engine.settings, consent=choice == "allowed")
    if info is None:
        return
    t = texts("chat_model")
    st.header(t["section"], anchor=False)
    if info.why:
        st.markdown(plain(t["unusable"].format(why=info.why)))
    elif info.local:
        st.markdown(_filled("is_local", info))
    else:
        st.markdown(_filled(f"is_{choice}" if choice else "not_asked", info))
        st.markdown(plain(info.sends))
        st.markdown(_small("limits", info))
        _buttons(info, take_back=choice == "allowed")


def _buttons(info: ModelInfo, *, take_back: bool) -> None:
    refuse = "take_back" if take_back else "refuse"
    with st.container(horizontal=True):
        if not take_back:
            st.button(
                _filled("allow", info), on_click=_choose, args=("allowed",), key="model_allow"
            )
        if take_back or st.session_state.get(_CHOICE) is None:
            st.button(
                _filled(refuse, info), on_click=_choose, args=("refused",), key="model_refuse"
            )


def _choose(choice: Choice) -> None:
    st.session_state[_CHOICE] = choice


def _filled(name: str, info: ModelInfo) -> str:
    return plain(texts("chat_model")[name].format(model=info.model, host=info.host))


def _small(name: str, info: ModelInfo) -> str:
    return small(texts("chat_model")[name].format(model=info.model, host=info.host))
