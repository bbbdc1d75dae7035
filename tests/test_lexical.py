"""BM25 tables: ranking against a plain reference, and a cache that is never trusted blindly."""

import json
import math
import os
from collections import Counter
from pathlib import Path

import pytest
from conftest import CountingEmbedder
from killing import records

from rag import Settings
from rag.lexical import LexicalIndex, words
from rag.search import Search
from rag.store import Record, Store


def document(record: Record) -> list[str]:
    about = record.metadata
    return words(" ".join((about["title"], about["heading"], record.text)))


def reference_bm25(
    query: str, shelf: list[Record], k1: float = 1.5, b: float = 0.75
) -> list[float]:
    """BM25 as Lucene computes it, term by term."""
    documents = [document(record) for record in shelf]
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for tokens in documents:
        counts, score = Counter(tokens), 0.0
        for term in words(query):
            df = sum(term in other for other in documents)
            idf = math.log(1 + (len(documents) - df + 0.5) / (df + 0.5))
            tf = counts[term]
            score += idf * tf / (tf + k1 * (1 - b + b * len(tokens) / mean))
        scores.append(score)
    return scores


@pytest.mark.parametrize("query", ["number 3", "note thing", "Heading 12 speaks", "NUMBERS"])
def test_scores_equal_the_reference(query: str) -> None:
    shelf = [*records(20), *records(5, "other kind of")]
    ranked = dict(LexicalIndex.build(shelf).rank(query, 100))
    expected = dict(zip((r.id for r in shelf), reference_bm25(query, shelf), strict=True))
    assert ranked.keys() == {id for id, score in expected.items() if score > 0}
    # Lucene's constant factor (k1 + 1) does not change the order; either form is BM25.
    ratios = {round(score / expected[id], 3) for id, score in ranked.items()}
    assert len(ratios) == 1


def test_words_are_lower_case_stems_without_stop_words() -> None:
    assert words("She was Lying about the passwords") == words("lie password") or words(
        "the passwords"
    ) == words("password")
    assert words("the of and") == []
    assert words("don’t") == words("don't")
    assert words("") == []


def test_rank_takes_filters_and_a_limit() -> None:
    table = LexicalIndex.build(records(30))
    assert len(table.rank("note", 7)) == 7
    kinds = {entry.id: entry for entry in table.entries}
    ranked = table.rank("note", 50, {"kinds": ("words",), "readers": ("hurt",), "steps": (1, 3)})
    assert ranked
    for id, _ in ranked:
        entry = kinds[id]
        assert (entry.kind, entry.reader) == ("words", "hurt")
        assert set(entry.steps) & {1, 3}


def test_an_empty_shelf_or_question_ranks_nothing() -> None:
    assert LexicalIndex.build([]).rank("note", 5) == []
    assert LexicalIndex.build(records(3)).rank("the", 5) == []
    assert LexicalIndex.build(records(3)).rank("zzzz", 5) == []


def test_a_table_reads_back_as_it_was(tmp_path: Path) -> None:
    table = LexicalIndex.build(records(40))
    table.save(tmp_path / "bm25" / "digest")
    again = LexicalIndex.load(tmp_path / "bm25" / "digest")
    assert again is not None
    assert again.entries == table.entries
    for query in ("number 7", "thing", "nothing at all"):
        assert again.rank(query, 9) == table.rank(query, 9)
    assert [path.name for path in (tmp_path / "bm25").iterdir()] == ["digest"]


def test_no_table_is_none(tmp_path: Path) -> None:
    assert LexicalIndex.load(tmp_path / "nothing") is None


SPOILT = {
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "noise": lambda path: path.write_bytes(os.urandom(200)),
    "other": lambda path: path.write_text(json.dumps([[1], {"a": 2}]), encoding="utf-8"),
}


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize(
    "name", ["entries.json", "parts.json", "params", "vocab", "data", "indices", "indptr"]
)
def test_a_broken_table_is_none_and_built_again(how: str, name: str, tmp_path: Path) -> None:
    store = Store(Settings(data_dir=tmp_path))
    counting = CountingEmbedder()
    store.sync("notes", records(10), counting, "m")
    expected = Search(store, counting, tmp_path).find("number 3").hits
    (folder,) = (tmp_path / "bm25").iterdir()
    (path,) = [path for path in folder.iterdir() if path.name.startswith(name)]
    SPOILT[how](path)
    if (how, name) != ("other", "vocab"):  # valid JSON of another shape is only seen later
        assert LexicalIndex.load(folder) is None
        assert Search(store, counting, tmp_path).find("number 3").hits == expected
        assert LexicalIndex.load(folder) is not None
    store.close()


def test_the_table_is_kept_and_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(Settings(data_dir=tmp_path))
    counting = CountingEmbedder()
    store.sync("notes", records(10), counting, "m")
    search = Search(store, counting, tmp_path)
    expected = search.find("number 3").hits

    def never(*args: object) -> LexicalIndex:
        raise AssertionError("built again")

    monkeypatch.setattr(LexicalIndex, "build", never)
    assert search.find("number 3").hits == expected
    assert Search(store, counting, tmp_path).find("number 3").hits == expected
    store.close()


def test_a_changed_shelf_gets_a_new_table(tmp_path: Path) -> None:
    store = Store(Settings(data_dir=tmp_path))
    counting = CountingEmbedder()
    store.sync("notes", records(10), counting, "m")
    Search(store, counting, tmp_path).find("x")
    store.sync("notes", records(11), counting, "m")
    Search(store, counting, tmp_path).find("x")
    assert store.digest("notes") in {path.name for path in (tmp_path / "bm25").iterdir()}
    assert len(LexicalIndex.load(tmp_path / "bm25" / store.digest("notes")).entries) == 11
    store.close()


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "bm25").write_text("a file in the way", encoding="utf-8")
    LexicalIndex.build(records(3)).save(tmp_path / "bm25" / "digest")
    assert (tmp_path / "bm25").read_text(encoding="utf-8") == "a file in the way"
