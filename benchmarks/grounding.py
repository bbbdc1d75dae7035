"""How well support by a passage is told: `python -m benchmarks.grounding`.

Runs `rag/grounding.py` over `evals/grounding.jsonl`: sentences of the notes in other words and the
same made false, each against its own passage, and the true ones against other passages.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator

from rag import Assistant, Passage, Settings
from rag.embeddings import load_embedder
from rag.grounding import Grounds
from rag.paths import EVALS

_OTHERS = 4
_SEED = 1

Pairs = list[tuple[str, Passage]]


def pairs_of(assistant: Assistant) -> Iterator[tuple[str, Pairs]]:
    """The kinds of pair, each with its pairs."""
    passages = {passage.key: passage for passage in assistant.knowledge.passages}
    lines = (EVALS / "grounding.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    draw = random.Random(_SEED)
    same: Pairs = []
    near: Pairs = []
    anywhere: Pairs = []
    for row in rows:
        said, own = row["supported"], passages[row["passage"]]
        others = [p for p in passages.values() if p.note == own.note and p.key != own.key]
        same += [(said, p) for p in draw.sample(others, min(_OTHERS, len(others)))]
        found = [hit.passage for hit in assistant.search.find(said, n=_OTHERS + 1).hits]
        near += [(said, p) for p in found if p.key != own.key][:_OTHERS]
        anywhere += [(said, p) for p in draw.sample(list(passages.values()), _OTHERS)]
    own_words = [(row["supported"], passages[row["passage"]]) for row in rows]
    yield "in other words, its own passage", own_words
    yield "changed, its own passage", [(r["changed"], passages[r["passage"]]) for r in rows]
    yield "in other words, same note", same
    yield "in other words, nearest other", near
    yield "in other words, at random", anywhere


def main() -> None:
    """Print the share of each kind that holds, and why the rest does not."""
    settings = Settings.load()
    embedder = load_embedder(settings.embedding_model, settings.data_dir)
    assistant = Assistant(settings)
    grounds = Grounds(embedder)
    for kind, pairs in pairs_of(assistant):
        faults = Counter(grounds.support(said, passage).fault for said, passage in pairs)
        held = faults.pop("", 0)
        print(f"{kind:36s} {held:4d} of {len(pairs):4d}  {100 * held / len(pairs):5.1f} %")
        for fault, count in faults.most_common():
            print(f"    {count:4d}  {fault}")


if __name__ == "__main__":
    main()
