"""Typed disguises are undone, plain words are left alone, and the way back holds."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.normalise import normalise

DISGUISES = [
    ("I want to k1ll myself", "kill myself"),
    ("su!c1de", "suicide"),
    ("su*cide", "suicide"),
    ("su1cide", "suicide"),
    ("s u i c i d a l", "suicidal"),
    ("k i l l  m y s e l f", "kill myself"),
    ("k-i-l-l", "kill"),
    ("u.n.a.l.i.v.e", "kill"),
    ("unalive", "kill"),
    ("sewerslide", "suicide"),
    ("kms", "kill myself"),
    ("kys", "kill yourself"),
    ("ctb", "kill myself"),
    ("KILLLLL", "kill"),
    ("Кill", "kill"),
    ("ki\u200bll", "kill"),
    ("ＫＩＬＬ", "kill"),
    ("kíll", "kill"),
    ("𝓴𝓲𝓵𝓵", "kill"),
    ("s3lf h@rm", "self harm"),
    ("r@ped", "raped"),
    ("r*pe", "rape"),
    ("ch0ked", "choked"),
    ("tr@cks", "tracks"),
    ("n00ds", "nudes"),
    ("suicde", "suicide"),
    ("I’m", "i am"),
    ("dont", "do not"),
    ("don’t", "do not"),
    ("2nite", "tonight"),
    ("🔪", "knife"),
    ("c.p", "child porn"),
    ("s/h", "self-harm"),
]


@pytest.mark.parametrize(("typed", "plain"), DISGUISES)
def test_disguise_is_undone(typed, plain):
    assert plain in normalise(typed).text


@pytest.mark.parametrize(
    "typed",
    ["3am", "i/we", "what the h*ll", "f*ck", "5-a-side", "£340", "covid-19", "1st", "b4nk", "a&e"],
)
def test_harmless_signs_stay(typed):
    assert normalise(typed).text == typed


def test_way_back_gives_typed_words():
    typed = "He said he’d  K1LL me… then ＬＡＵＧＨＥＤ"
    plain = normalise(typed)
    start = plain.text.index("kill")
    assert plain.original(start, start + 4) == "K1LL"
    start = plain.text.index("laughed")
    assert plain.original(start, start + 7) == "ＬＡＵＧＨＥＤ"
    assert plain.original(0, len(plain.text)) == typed


def test_paragraphs_stay_apart():
    assert normalise("one\ntwo\n\nthree").text == "one two\nthree"


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_never_raises_and_way_back_is_inside(typed):
    plain = normalise(typed)
    for start in range(0, len(plain.text), 7):
        assert plain.original(start, start + 3) in typed


@pytest.mark.parametrize(
    "piece", ["a ", "k-", "(", ".", "a", "1a", "a!", "\u0301", "* ", "🔪", "\n"]
)
def test_long_nonsense_is_quick(piece):
    began = time.process_time()
    normalise(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 5
