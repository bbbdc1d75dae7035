"""Support of a sentence by a passage, on pairs that were written for it."""

import json

import pytest

from rag import Settings
from rag.embeddings import load_embedder
from rag.grounding import Grounds
from rag.knowledge import load_knowledge
from rag.paths import EVALS, KNOWLEDGE

ROWS = [
    json.loads(line)
    for line in (EVALS / "grounding.jsonl").read_text(encoding="utf-8").splitlines()
]
PASSAGES = {passage.key: passage for passage in load_knowledge(KNOWLEDGE).passages}


@pytest.fixture(scope="module")
def grounds(settings: Settings) -> Grounds:
    return Grounds(load_embedder(settings.embedding_model, settings.data_dir))


def share(grounds: Grounds, pairs: list[tuple[str, str]]) -> tuple[float, list[str]]:
    kept = [text for text, key in pairs if grounds.support(text, PASSAGES[key]).holds]
    return len(kept) / len(pairs), kept


def test_the_rows_are_whole() -> None:
    assert len(ROWS) >= 40
    for row in ROWS:
        assert set(row) == {"id", "passage", "supported", "changed"}
        assert row["passage"] in PASSAGES, row["passage"]


def test_a_sentence_in_other_words_holds(grounds: Grounds) -> None:
    held, kept = share(grounds, [(row["supported"], row["passage"]) for row in ROWS])
    lost = [row["supported"] for row in ROWS if row["supported"] not in kept]
    assert held >= 0.75, lost


def test_a_changed_sentence_rarely_holds(grounds: Grounds) -> None:
    held, kept = share(grounds, [(row["changed"], row["passage"]) for row in ROWS])
    assert held <= 0.08, kept


def test_a_sentence_of_another_passage_does_not_hold(grounds: Grounds) -> None:
    others = [row["passage"] for row in ROWS[1:]] + [ROWS[0]["passage"]]
    pairs = [(row["supported"], key) for row, key in zip(ROWS, others, strict=True)]
    held, kept = share(grounds, pairs)
    assert held == 0, kept


def test_a_sentence_of_the_passage_itself_holds(grounds: Grounds) -> None:
    from rag.sentences import split_sentences

    pairs = [(s, row["passage"]) for row in ROWS[:12] for s in
             split_sentences(PASSAGES[row["passage"]].text)]  # fmt: skip
    held, kept = share(grounds, pairs)
    assert held >= 0.97, [text for text, _ in pairs if text not in kept]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("About one man in three and one woman in nine know this feeling.", "a number"),
        ("Roughly one man in Denmark in nine knows the feeling from inside.", "a name"),
        ("It is.", "nothing that can be checked"),
    ],
)
def test_what_meaning_alone_does_not_see(grounds: Grounds, text: str, why: str) -> None:
    passage = PASSAGES["how-common-is-it#how-many-people-feel-addicted"]
    support = grounds.support(text, passage)
    assert not support.holds
    assert support.fault.startswith(why)
