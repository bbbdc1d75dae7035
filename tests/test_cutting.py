"""Cutting a stream into sentences with their numbers, however it arrives."""

from hypothesis import given
from hypothesis import strategies as st

from rag.cutting import cut_sentences, numbers_in, without_marks

TEXT = (
    'Say: "Could we talk? I am hurt." [1] Then wait [2]. A good time, e.g. Sunday, helps.\n'
    "- A bullet line [3]\n\n**Last** one, 9.30 is fine. [1][2] Cut off mid"
)
CUT = ['Say: "Could we talk? I am hurt." [1]', "Then wait [2].",
       "A good time, e.g. Sunday, helps.", "- A bullet line [3]",
       "**Last** one, 9.30 is fine. [1][2]", "Cut off mid"]  # fmt: skip


def bare(sentences: list[str]) -> list[str]:
    return ["".join(sentence.split()) for sentence in sentences]


@given(st.lists(st.integers(1, 9), min_size=1))
def test_the_pieces_do_not_matter(sizes: list[int]) -> None:
    pieces, at, n = [], 0, 0
    while at < len(TEXT):
        size = sizes[n % len(sizes)]
        pieces.append(TEXT[at : at + size])
        at, n = at + size, n + 1
    assert bare(list(cut_sentences(pieces))) == bare(CUT)


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    for sentence in cut_sentences(text):
        without_marks(sentence)
        numbers_in(sentence)


def test_marks_are_taken_out_and_numbers_read() -> None:
    assert without_marks("- **Last** one [1][2, 3].") == "Last one."
    assert numbers_in("Last one (passage 4) [1][2, 3]. [1]") == [4, 1, 2, 3]


def test_a_sentence_is_given_out_before_the_stream_ends() -> None:
    seen: list[str] = []

    def stream():
        for piece in ("One is done. [1] ", "Two ", "goes on."):
            yield piece
            seen.append(piece)

    assert next(cut_sentences(stream())) == "One is done. [1]"
    assert len(seen) < 3
