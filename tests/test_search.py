"""Search: fusion against a plain reference, filters, near-duplicates, and the word tables."""

import math
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from conftest import CountingEmbedder
from hypothesis import given
from hypothesis import strategies as st
from killing import records

from rag import Hit, Passage, Settings
from rag.embeddings import load_embedder
from rag.remembered import Remembered
from rag.search import Filters, Search, fuse
from rag.store import Store


def reference_fusion(
    rankings: list[list[str]], k: float, weights: list[float] | None
) -> dict[str, float]:
    """Reciprocal rank fusion as the paper states it: the sum of w / (k + rank) over rankings."""
    ids = {id for ranking in rankings for id in ranking}
    weights = weights or [1.0] * len(rankings)
    return {
        id: sum(
            weight / (k + ranking.index(id) + 1)
            for ranking, weight in zip(rankings, weights, strict=True)
            if id in ranking
        )
        for id in ids
    }


rankings_ = st.lists(st.lists(st.sampled_from("abcdefghij"), unique=True), max_size=4)


@given(rankings=rankings_, k=st.integers(1, 60), data=st.data())
def test_fusion_equals_the_reference(
    rankings: list[list[str]], k: int, data: st.DataObject
) -> None:
    size = len(rankings)
    weights = data.draw(
        st.none() | st.lists(st.floats(0.1, 5), min_size=size, max_size=size), label="weights"
    )
    if weights == []:
        weights = None
    fused = fuse(rankings, k=k, weights=weights)
    expected = reference_fusion(rankings, k, weights)
    assert fused.keys() == expected.keys()
    assert all(math.isclose(fused[id], expected[id]) for id in fused)
    assert list(fused.values()) == sorted(fused.values(), reverse=True)


def test_ties_keep_the_order_of_first_sight() -> None:
    assert list(fuse([["a", "b"], ["b", "a"]])) == ["a", "b"]
    assert list(fuse([["x"], ["a"], ["m"]])) == ["x", "a", "m"]


def test_what_both_rankings_like_comes_before_what_one_likes() -> None:
    assert next(iter(fuse([["a", "b", "c"], ["d", "b", "e"]]))) == "b"


def test_fusing_nothing_gives_nothing() -> None:
    assert fuse([]) == {}
    assert fuse([[], []]) == {}


@pytest.mark.parametrize(
    ("filters", "where"),
    [
        (Filters(), None),
        (Filters(kinds=("book",)), {"kind": {"$in": ["book"]}}),
        (Filters(steps=(2,)), {"steps": {"$contains": 2}}),
        (
            Filters(steps=(2, 3)),
            {"$or": [{"steps": {"$contains": 2}}, {"steps": {"$contains": 3}}]},
        ),
        (
            Filters(kinds=("book",), readers=("used",)),
            {"$and": [{"kind": {"$in": ["book"]}}, {"reader": {"$in": ["used"]}}]},
        ),
    ],
)
def test_filters_as_chroma_wants_them(filters: Filters, where: object) -> None:
    assert filters.as_where() == where


def hit(text: str, id: str = "a", score: float = 1.0) -> Hit:
    passage = Passage(
        id=id,
        key=f"note#{id}",
        note="note",
        title="Title",
        heading="Heading",
        text=text,
        kind="topic",
        steps=(1,),
        reader="both",
        standing="practice",
        sources=(),
        reviewed="",
        reflect="",
    )
    given = {"passage": passage, "score": score}
    return Hit(**{field.name: given.get(field.name, 0.9) for field in fields(Hit)})


LONG = "one two three four five six seven eight nine ten eleven twelve"


def test_near_duplicates_of_a_better_hit_are_dropped() -> None:
    same = hit(LONG.upper(), "b")
    near = hit(LONG + " thirteen", "c")
    other = hit("something else entirely that shares not a single run of words", "d")
    assert [h.passage.id for h in Remembered().distinct([hit(LONG), same, near, other], 9)] == [
        "a",
        "d",
    ]


def test_short_texts_are_not_taken_for_duplicates() -> None:
    assert len(Remembered().distinct([hit("yes", "a"), hit("no", "b")], 9)) == 2


# On the shipped index


@pytest.fixture(scope="module")
def search(settings: Settings, index: Store) -> Search:
    embedder = load_embedder(settings.embedding_model, settings.data_dir)
    return Search(index, embedder, settings.data_dir)


def test_finds_the_passage_on_the_subject(search: Search) -> None:
    hits = search.find("what is flooding?", n=8).hits
    assert len(hits) == 8
    assert hits[0].passage.note == "flooding-and-breaks"
    assert len({hit.passage.id for hit in hits}) == 8
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(-1 <= hit.cosine <= 1.001 for hit in hits)


def test_finds_by_words_what_vectors_miss_and_the_other_way_round(search: Search) -> None:
    assert any(h.passage.note == "qustodio" for h in search.find("Qustodio", n=5).hits)
    found = search.find("my heart pounds and my mind goes blank when we row", n=5)
    assert any(hit.passage.note == "flooding-and-breaks" for hit in found.hits)


@pytest.mark.parametrize("kind", ["guide", "topic", "words", "book", "app", "group", "about"])
def test_filter_by_kind(kind: str, search: Search) -> None:
    hits = search.find("how do we talk about it", n=6, filters=Filters(kinds=(kind,))).hits
    assert hits
    assert {hit.passage.kind for hit in hits} == {kind}


@pytest.mark.parametrize("steps", [(1,), (3, 5), (7,)])
def test_filter_by_step(steps: tuple[int, ...], search: Search) -> None:
    hits = search.find("what now", n=10, filters=Filters(steps=steps)).hits
    assert hits
    assert all(set(hit.passage.steps) & set(steps) for hit in hits)


@pytest.mark.parametrize("reader", ["hurt", "used"])
def test_filter_by_reader(reader: str, search: Search) -> None:
    filters = Filters(readers=(reader, "both"))
    hits = search.find("how do I look after myself", n=10, filters=filters).hits
    assert hits
    assert {hit.passage.reader for hit in hits} <= {reader, "both"}


def test_filters_go_together(search: Search) -> None:
    filters = Filters(kinds=("words",), steps=(6,), readers=("hurt",))
    hits = search.find("how do I say it", n=10, filters=filters).hits
    assert hits
    for one in hits:
        assert one.passage.kind == "words"
        assert 6 in one.passage.steps
        assert one.passage.reader == "hurt"


def test_filters_that_nothing_fits_find_nothing(search: Search) -> None:
    assert search.find("what now", filters=Filters(kinds=("poem",))).hits == ()


@pytest.mark.parametrize(
    "question", ["", " ", "?", "the of and", "💔", "我该怎么办", "\x00", "a" * 20_000]
)
def test_odd_questions_are_searched_without_a_fault(question: str, search: Search) -> None:
    found = search.find(question, n=3)
    assert len(found.hits) <= 3


def test_examples_out_of_scope_are_seen_but_never_found(search: Search) -> None:
    found = search.find("what's the capital of Mongolia")
    assert found.limits["unrelated"] == pytest.approx(1.0, abs=1e-3)
    assert found.ask < 0.9
    assert all(hit.passage.kind != "limit" for hit in found.hits)


# Two shelves


def test_handouts_are_found_beside_the_notes(tmp_path: Path) -> None:
    store = Store(Settings(data_dir=tmp_path))
    counting = CountingEmbedder()
    store.sync("notes", records(10), counting, "m")
    search = Search(store, counting, tmp_path)
    before = [hit.passage.id for hit in search.find("zebra number 1", n=20).hits]
    assert all(id.startswith("note") for id in before)
    mine = [
        replace(r, metadata={**r.metadata, "origin": "yours", "kind": "handout"})
        for r in records(3, "zebra")
    ]
    store.sync("yours", mine, counting, "m")
    after = search.find("zebra number 1", n=20).hits
    assert after[0].passage.id == "zebra-1"
    assert after[0].passage.origin == "yours"
    assert {hit.passage.id for hit in after} > {r.id for r in mine}
    store.drop("yours")
    assert [hit.passage.id for hit in search.find("zebra number 1", n=20).hits] == before
    store.close()


def test_a_changed_shelf_is_seen_by_an_open_search(tmp_path: Path) -> None:
    store = Store(Settings(data_dir=tmp_path))
    counting = CountingEmbedder()
    store.sync("notes", records(5), counting, "m")
    search = Search(store, counting, tmp_path)
    search.find("note number 1")
    store.sync("notes", [*records(5), *records(1, "xylophone")], counting, "m")
    assert search.find("xylophone").hits[0].passage.id == "xylophone-0"
    store.sync("notes", records(5), counting, "other")  # built anew under another name
    assert all(hit.passage.note == "note" for hit in search.find("xylophone").hits)
    store.close()


def test_what_is_found_nearest_is_nearest(index: Store, settings: Settings) -> None:
    """The graph is searched widely enough that no build of it loses a neighbour."""
    view = index.view("notes")
    every = np.array(view._collection.get(include=["embeddings"])["embeddings"])
    embedder = load_embedder(settings.embedding_model, settings.data_dir)
    for question in (
        "he says he told me everything but the phone goes face down",
        "six weeks clean and she still will not look at me",
        "who do I ring when there is no money for a therapist",
        "we talk and it ends with a door",
        "I read the book and he carried it from sofa to bed",
    ):
        vector = embedder.embed([question])[0]
        nearest = sorted(every @ vector, reverse=True)[:100]
        found = [cosine for cosine, _ in view.nearest(vector, 100)]
        assert np.allclose(found, nearest, atol=1e-4)
