"""Pieces that several screens show: the notice, help, an answer, a citation that opens."""

import re
from collections.abc import Iterable, Sequence

import streamlit as st

from app_pages.content import texts
from rag import Answer, Citation
from rag.help import HelpReply
from rag.helplines import Helpline
from rag.models import StepAnswer
from rag.notice import load_notice
from rag.rewording import Rewording
from rag.sentences import split_sentences

_NUMBER = re.compile(r"(?<![\w*#])\+?[0-9][0-9 -]{1,16}[0-9](?![\w*#])")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|>~$:<&])")


def plain(text: str) -> str:
    """Text as Markdown that shows exactly these characters."""
    return _MARKUP.sub(r"\\\1", text)


def small(text: str) -> str:
    """Text as small Markdown, in full colour: Streamlit's captions are too pale to read."""
    return f":small[{plain(text)}]"


def paragraphs(text: str) -> None:
    """A text of a note, one paragraph after the other."""
    for paragraph in text.split("\n\n"):
        st.markdown(plain(paragraph))


def bullets(lines: Iterable[str]) -> None:
    """Plain lines as one list."""
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def show_notice() -> None:
    """What this program is and is not."""
    notice = load_notice()
    with st.container(border=True):
        st.markdown(plain(notice.short))
        st.markdown(small(notice.full))


def show_help(reply: HelpReply) -> None:
    """Help, before anything else: what was seen, at once who can be reached, then the rest."""
    first, *rest, last = reply.paragraphs
    with st.container(border=True):
        st.markdown(plain(first))
        for line in reply.helplines:
            show_line(line)
        for paragraph in rest:
            st.markdown(plain(paragraph))
        st.markdown(f"**{plain(reply.question)}**")
        st.markdown(small(last))


def not_meant(key: str) -> bool:
    """The way back from an alarm that was wrong."""
    return st.button(texts("frame")["not_meant"], icon=":material/undo:", key=key)


def show_line(line: Helpline) -> None:
    """One help line as it stands in the data; telephone numbers open the dialler."""
    ways = "  \n".join(_way(way) for way in line.contact)
    read = f"{line.verified_on.day} {line.verified_on:%B %Y}"
    st.markdown(f"**{plain(line.service)}**, {plain(line.serves)}  \n{ways}")
    st.markdown(small(f"{line.hours}. Read on {read}."))


def _way(way: str) -> str:
    """A way to reach a line, beginning with a capital; numbers open the dialler or a message."""
    first = way.split()[0]
    scheme = "sms" if first in {"text", "SMS"} else "tel"
    shown = way if "." in first else way[:1].upper() + way[1:]
    pieces: list[str] = []
    at = 0
    for match in _NUMBER.finditer(shown):
        digits = re.sub(r"[^0-9+]", "", match[0])
        pieces += [plain(shown[at : match.start()]), f"[{plain(match[0])}]({scheme}:{digits})"]
        at = match.end()
    return "".join([*pieces, plain(shown[at:])])


def show_answer(answer: Answer) -> None:
    """An answer, its citations, and what to read next."""
    if answer.help:
        show_help(answer.help)
    if answer.kind == "help":
        return
    paragraphs(answer.text)
    show_drafted(answer)
    if answer.steps and answer.kind == "notes":
        st.markdown(small(f"Step {answer.steps[0]} of the guide"))
    if answer.kind == "notes":
        show_citations(answer.citations)
    if answer.reflection:
        st.markdown(f"*{plain(answer.reflection)}*")
    if answer.more:
        with st.expander(texts("talk")["more"], icon=":material/read_more:"):
            for pointer in answer.more:
                st.markdown(f"**{plain(pointer.title)}**  \n{plain(pointer.heading)}")


def show_drafted(reply: Answer | Rewording) -> None:
    """How a chat model was used, where one was, and the built-in version beside its own."""
    if reply.drafted:
        st.markdown(small(reply.drafted.told))
    if reply.built_in is None:
        return
    built_in = reply.built_in
    with st.expander(texts("chat_model")["compare"], icon=":material/compare_arrows:"):
        paragraphs(built_in.text if isinstance(built_in, Answer) else built_in.statement or "")
        for citation in built_in.citations:
            st.markdown(f":small[{_name(citation)}]")


def show_step(answer: StepAnswer) -> None:
    """Which step fits, whose work it is, and one thing to do this week."""
    t = texts("steps")
    if answer.help:
        show_help(answer.help)
    if answer.declined:
        if not answer.help:
            st.markdown(plain(answer.text))
        return
    first = answer.fits[0]
    with st.container(border=True):
        st.subheader(f"{t['step']} {first.step}: {plain(first.name)}", anchor=False)
        st.markdown(plain(answer.text))
        st.markdown(plain(answer.whose))
        st.markdown(f"**{t['this_week']}.** {plain(answer.this_week)}")
        if answer.question:
            second = answer.fits[1]
            st.markdown(
                f"{t['close']} {second.step}, {plain(second.name)}. {plain(answer.question)}"
            )
        show_citations(answer.citations)


def show_citations(citations: Sequence[Citation]) -> None:
    """Each citation opens in place, at the exact passage, with the sentences used marked."""
    for citation in citations:
        _show_citation(citation)


def show_citations_together(label: str, citations: Sequence[Citation]) -> None:
    """Several citations behind one fold."""
    if not citations:
        return
    with st.expander(label, icon=":material/format_quote:"):
        for citation in citations:
            st.markdown(f"**{_name(citation)}**")
            _show_passage(citation)


def _show_citation(citation: Citation) -> None:
    with st.expander(_name(citation)):
        _show_passage(citation)


def _name(citation: Citation) -> str:
    yours = f"{texts('library')['yours']}, " if citation.origin == "yours" else ""
    return plain(f"[{citation.number}] {yours}{citation.title}: {citation.heading}")


def _show_passage(citation: Citation) -> None:
    for paragraph in citation.passage.split("\n\n"):
        st.markdown(_marked(paragraph, citation.quote))
    if citation.standing == "contested":
        t = texts("library")
        st.markdown(small(f"{t['standing_contested']}: {t['standing_contested_about']}"))
    for source in citation.sources:
        show_source(source.author, source.title, source.year, source.link)


def show_source(author: str, title: str, year: int | None, link: str | None) -> None:
    """One source, with its link where it has one."""
    t = texts("library")
    words = ", ".join(str(part) for part in (author, title, year) if part)
    end = f" [{t['open']}]({link})" if link else ""
    st.markdown(small(f"{t['source']}: {words}") + end)


def _marked(paragraph: str, quote: str) -> str:
    """The paragraph with the quoted sentences marked."""
    runs: list[tuple[bool, list[str]]] = []
    for sentence in split_sentences(paragraph):
        used = sentence in quote
        if not runs or runs[-1][0] != used:
            runs.append((used, []))
        runs[-1][1].append(plain(sentence))
    return " ".join(
        f":primary-background[{' '.join(texts_)}]" if used else " ".join(texts_)
        for used, texts_ in runs
    )
