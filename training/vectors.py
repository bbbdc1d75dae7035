"""Bring the shipped vectors (`rag/vectors.npz`) up to date: `python -m training.vectors`.

Only what is new is embedded; a sample of what is kept is compared with the live model first.
"""

from pathlib import Path

from rag.cards import card_records, load_cards
from rag.embeddings import PACKAGE, find_model
from rag.exporting import MIN_COSINE, export_model
from rag.indexing import note_records
from rag.knowledge import load_knowledge
from rag.occasions import SIDES, load_occasions
from rag.paths import KNOWLEDGE
from rag.sentences import split_sentences
from rag.settings import Settings
from rag.shipped import VECTORS, load_shipped, save_shipped, with_shipped


def shipped_texts() -> list[str]:
    """Every text whose vector belongs in the file: records of the index, sentences, requests."""
    records = [*card_records(load_cards()), *note_records(KNOWLEDGE)]
    passages = load_knowledge(KNOWLEDGE).passages
    occasions = load_occasions(KNOWLEDGE).cards.values()
    requests = [
        ask
        for card in occasions
        for speaker in SIDES
        if (side := card.side(speaker))
        for ask in side.asks
    ]
    quotes = [sentence for passage in passages for sentence in split_sentences(passage.text)]
    return sorted({*(record.text for record in records), *quotes, *requests})


def main(path: Path = VECTORS) -> None:
    """Write the file and say what it holds."""
    live = export_model(find_model(PACKAGE), Settings.load().data_dir)
    texts, old = shipped_texts(), load_shipped(path)
    new = sum(old is None or text not in old for text in texts)
    save_shipped(path, texts, with_shipped(live, texts, MIN_COSINE, shipped=old))
    print(f"{len(texts)} vectors, {new} of them new, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
