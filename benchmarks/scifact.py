"""Check the retrieval code on SciFact, a public collection with known figures.

    python -m benchmarks.scifact FOLDER

FOLDER is SciFact in BEIR layout (`corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`; Wadden et al.
2020, Thakur et al. 2021). Prints nDCG@10 on the test split for dense search, BM25 and the two
fused, all through the same store, tables and fusion that answer questions.
"""

import csv
import json
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.embeddings import Embedder, find_model
from rag.exporting import export_model
from rag.lexical import LexicalIndex
from rag.models import Passage
from rag.search import fuse
from rag.settings import Settings
from rag.store import Store, passage_records

_DEPTH = 100


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], k: int = 10) -> float:
    """Normalised discounted cumulative gain at k (Järvelin and Kekäläinen 2002)."""
    gain = sum(relevant.get(id, 0) / math.log2(n + 2) for n, id in enumerate(ranking[:k]))
    best = sorted(relevant.values(), reverse=True)[:k]
    return gain / sum(value / math.log2(n + 2) for n, value in enumerate(best))


def run(folder: Path) -> dict[str, float]:
    """Index the collection in a temporary folder and rank every test query."""
    settings = Settings.load()
    embedder = export_model(find_model(settings.embedding_model), settings.data_dir)
    return measure(folder, embedder, {"": embedder})[""]


def measure(
    folder: Path, embedder: Embedder, askers: Mapping[str, Embedder]
) -> dict[str, dict[str, float]]:
    """The same with one embedder for the collection, and with several for the queries."""
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    texts = {
        row["_id"]: row["text"]
        for row in map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8"))
    }
    relevant: dict[str, dict[str, int]] = defaultdict(dict)
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            relevant[row["query-id"]][row["corpus-id"]] = int(row["score"])
    records = [record for row in corpus for record in passage_records(_passage(row))]
    with tempfile.TemporaryDirectory() as name:
        store = Store(Settings(data_dir=Path(name)))
        store.sync("notes", records, lambda: embedder, embedder.name, _tell)
        table = LexicalIndex.build(store.everything("notes"))
        scores = {
            name: _scores(store, table, asker, texts, relevant) for name, asker in askers.items()
        }
        store.close()
    return scores


def _scores(
    store: Store,
    table: LexicalIndex,
    asker: Embedder,
    texts: Mapping[str, str],
    relevant: Mapping[str, Mapping[str, int]],
) -> dict[str, float]:
    """Mean nDCG@10 over all queries, for each way to rank."""
    gains: dict[str, list[float]] = defaultdict(list)
    for query, wanted in relevant.items():
        found = store.query("notes", asker.embed([texts[query]])[0], _DEPTH)
        dense = [str(about["passage"]) for _, about in found]
        words = [id for id, _ in table.rank(texts[query], _DEPTH)]
        for label, ranking in (
            ("dense", dense),
            ("BM25", words),
            ("fused", list(fuse([dense, words]))),
        ):
            gains[label].append(ndcg(ranking, wanted))
    return {label: sum(values) / len(values) for label, values in gains.items()}


def _passage(row: Mapping[str, str]) -> Passage:
    # As in the published runs, the title is read with the text.
    return Passage(
        id=row["_id"],
        key=row["_id"],
        note=row["_id"],
        title="",
        heading="",
        text=f"{row['title']} {row['text']}".strip(),
        kind="topic",
        steps=(),
        reader="both",
        standing="settled",
        sources=(),
        reviewed="",
        reflect="",
    )


def _tell(done: int, total: int) -> None:
    print(f"\r{done} of {total} abstracts", end="" if done < total else "\n", file=sys.stderr)


def main() -> None:
    """Print the table, or say that the collection is not there."""
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "corpus.jsonl").is_file():
        print("SciFact check not run: name the folder that holds corpus.jsonl.")
        raise SystemExit(2)
    for label, value in run(Path(sys.argv[1])).items():
        print(f"{label:6s} nDCG@10 {value:.3f}")


if __name__ == "__main__":
    main()
