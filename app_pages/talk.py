"""Talk: a conversation on the notes. Nothing of it outlives the session."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from app_pages.chat_model import ask_consent, may_write
from app_pages.components import arrive, expect_result
from app_pages.content import Wish, suggestions, texts
from app_pages.engine import require_engine
from app_pages.parts import (
    not_meant,
    paragraphs,
    plain,
    show_answer,
    show_drafted,
    show_help,
    show_step,
)
from app_pages.person import country, reader, speaker
from app_pages.streaming import as_it_comes
from rag import Answer
from rag.errors import SoftstartError
from rag.models import StepAnswer
from rag.rewording import Rewording

# How sure the reading of a wish must be; below it the message is answered as a question.
BAR = 0.4
LONGEST = 20_000
PENDING = "pending"
EDITING = "editing"
CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Turn:
    """A message, what it was read as, and the reply."""

    message: str
    wish: Wish
    reply: Answer | StepAnswer | Rewording


def _wish(message: str) -> Wish:
    """What the message wants; a suggestion says so itself, anything unsure is a question."""
    for suggestion in suggestions():
        if suggestion.text == message:
            return suggestion.wish
    if assistant.encoder is None:
        return "ask"
    intent = assistant.encoder.read(message).intent
    best = max(intent, key=lambda name: intent[name])
    return best if best in {"step", "reword", "prepare"} and intent[best] >= BAR else "ask"


def _reply(message: str, *, calm: bool = False) -> Turn:
    """Answer in kind; what gives no step or no rewording is answered from the notes."""
    wish = _wish(message)
    if wish == "step":
        step = assistant.step(message, reader=reader(), country=country(), calm=calm)
        if step.help or not step.declined:
            return Turn(message, wish, step)
    elif wish == "reword":
        made = assistant.reword(message, speaker=speaker(), country=country(), calm=calm)
        if made.help or not made.declined:
            return Turn(message, wish, made)
    return Turn(message, wish if wish == "prepare" else "ask", _ask(message, calm=calm))


def _ask(message: str, *, calm: bool) -> Answer:
    """The answer; what a chat model writes is shown sentence by sentence, as each is checked."""
    place, said = st.empty(), ""
    ask = partial(
        assistant.stream,
        message,
        history=[turn.message for turn in turns],
        reader=reader(),
        country=country(),
        calm=calm,
    )
    for piece in as_it_comes(ask) if may_write(assistant) else ask():
        if isinstance(piece, Answer):
            return piece
        said += piece or ""
        place.markdown(plain(said))
    raise AssertionError("a stream ends with its answer")


def _answer(message: str, *, calm: bool = False) -> None:
    """Answer a message and keep both for this session; one that is cut short can be asked again."""
    st.session_state[PENDING] = message
    with st.spinner(texts("chat_model")["writing"] if may_write(assistant) else t["waiting"]):
        try:
            turns.append(_reply(message, calm=calm))
        except SoftstartError as error:
            st.warning(str(error), icon=":material/build:")
            st.stop()
    del st.session_state[PENDING]


def _take(message: str) -> None:
    """Answer a new message below the others."""
    st.session_state.pop(EDITING, None)
    expect_result()
    arrive(f"talk_{len(turns)}", t["waiting"])
    with st.chat_message("user", avatar=":material/person:"):
        st.text(message)
    with st.chat_message("assistant", avatar=":material/edit_note:"):
        _answer(message)
    st.rerun()


def _show_cut(message: str) -> str | None:
    """A message that was stopped before its answer came; gives it back when asked again."""
    with st.chat_message("user", avatar=":material/person:"):
        st.text(message)
    st.info(t["cut"], icon=":material/pause_circle:")
    again = st.button(t["ask_again"], icon=":material/refresh:", key="ask_again")
    return message if again else None


def _show(turn: Turn) -> None:
    reply = turn.reply
    if isinstance(reply, Rewording):
        if reply.help:
            show_help(reply.help)
        if reply.statement:
            st.markdown(plain(reply.reason) if reply.unchanged else t["reworded"])
            with st.container(border=True):
                paragraphs(reply.statement)
            show_drafted(reply)
    elif isinstance(reply, StepAnswer):
        show_step(reply)
    else:
        show_answer(reply)


def _fuller(turn: Turn, n: int) -> None:
    """The page that does more with this message; the text goes along in the session's memory."""
    if turn.reply.declined or (isinstance(turn.reply, Answer) and turn.reply.kind == "help"):
        return
    pages = {
        "reword": ("app_pages/reword.py", ":material/edit_note:"),
        "step": ("app_pages/steps.py", ":material/stairs:"),
        "prepare": ("app_pages/prepare.py", ":material/checklist:"),
    }
    if turn.wish not in pages:
        return
    page, icon = pages[turn.wish]
    name = {"step": "to_steps"}.get(turn.wish, f"to_{turn.wish}")
    if st.button(t[name], icon=icon, key=f"fuller_{n}"):
        st.session_state[f"{turn.wish}_text"] = turn.message
        st.session_state[f"{turn.wish}_go"] = True
        st.switch_page(page)


def _suggest() -> str | None:
    """What a first message can be; gives back the one that was picked."""
    st.markdown(t["intro"])
    st.markdown(f"**{t['example']}**")
    picked = None
    for n, suggestion in enumerate(suggestions()):
        icon = f":material/{suggestion.icon}:"
        if st.button(plain(suggestion.text), icon=icon, key=f"suggestion_{n}", width="stretch"):
            picked = suggestion.text
    return picked


def _edit(turn: Turn, n: int) -> None:
    """The last message, to be changed and asked again in its place."""
    if not st.session_state.get(EDITING):
        if st.button(t["edit"], icon=":material/edit:", type="tertiary", key="edit"):
            st.session_state[EDITING] = True
            st.rerun()
        return
    with st.form("edit_form", border=False):
        words = st.text_area(t["edit_label"], turn.message, max_chars=LONGEST, key=f"edited_{n}")
        again = st.form_submit_button(t["edit_again"], type="primary")
        leave = st.form_submit_button(t["edit_leave"])
    if again and words.strip():
        turns.pop()
        st.session_state[CHANGED] = words
    if again or leave:
        del st.session_state[EDITING]
        st.rerun()


def _show_turn(turn: Turn, n: int) -> None:
    last = n == len(turns) - 1
    if last and not message:
        arrive(f"talk_{n}", t["answered"])
    with st.chat_message("user", avatar=":material/person:"):
        st.text(turn.message)
        if last and not message and not cut:
            _edit(turn, n)
    with st.chat_message("assistant", avatar=":material/edit_note:"):
        _show(turn)
        alarmed = turn.reply.help is not None and turn.reply.safety.severity == "elevated"
        if last and alarmed and not_meant("calm"):
            turns.pop()
            _answer(turn.message, calm=True)
            st.rerun()
        _fuller(turn, n)


t = texts("talk")
turns: list[Turn] = st.session_state.setdefault("turns", [])

st.title(t["title"], anchor=False)
assistant = require_engine()
ask_consent(assistant)
talked = st.container()
# Not Streamlit's own place at the foot: that one scrolls past the beginning of each answer.
with st.container(key="dock"):
    message = st.chat_input(
        t["placeholder"],
        key="message",
        max_chars=LONGEST,
        submit_mode="stop" if may_write(assistant) else "submit",
    )
message = message or st.session_state.pop(CHANGED, None)
cut = st.session_state.get(PENDING)

with talked:
    if not turns and not cut and not message:
        message = _suggest()
    for n, turn in enumerate(turns):
        _show_turn(turn, n)
    if cut and not message:
        message = _show_cut(cut)
    if message and message.strip():
        _take(message)
    if turns and st.button(t["clear"], icon=":material/delete:", type="tertiary", key="clear"):
        turns.clear()
        for name in (PENDING, EDITING):
            st.session_state.pop(name, None)
        st.rerun()
