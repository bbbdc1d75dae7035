"""Which way of finding the step is best: `python -m benchmarks.steps`.

Every way learns from the training situations alone, mixes are weighed on the validation rows, and
all are then read on `training/data/test-steps.jsonl` and on the open rows of `evals/`.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from rag import Assistant
from rag.embeddings import load_embedder
from rag.encoder import load_encoder
from rag.paths import EVALS
from rag.steps import OUTSIDE, PASSAGES, weigh_steps
from training.rows import splits

Scores = NDArray[np.float64]
Way = Callable[[Sequence[str]], Scores]
"""From texts to scores of "none" and the steps 1 to 7, shape (texts, 8)."""

_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Situation:
    """A text with the steps that would be right, the first of them best; 0 is none."""

    text: str
    right: frozenset[int]

    @property
    def none(self) -> bool:
        """Whether no step fits."""
        return 0 in self.right


def open_rows() -> list[Situation]:
    """The open rows of `evals/`."""
    lines = (EVALS / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Situation(row["text"], frozenset(row["acceptable"] or [0])) for row in rows]


def figures(way: Way, rows: Sequence[Situation]) -> tuple[float, float, float]:
    """Shares: first answer acceptable, one of two acceptable, "none" where none fits."""
    scores = way([row.text for row in rows])
    best = scores[:, 1:].argsort(axis=1)[:, ::-1] + 1
    none = scores[:, 0] > scores[:, 1:].max(axis=1)
    fit = [n for n, row in enumerate(rows) if not row.none]
    out = [n for n, row in enumerate(rows) if row.none]
    first = np.mean([not none[n] and best[n, 0] in rows[n].right for n in fit])
    two = np.mean([not none[n] and bool(set(best[n, :2]) & rows[n].right) for n in fit])
    return float(first), float(two), float(np.mean(none[out]))


def logistic(features: Callable[[Sequence[str]], object], texts: list[str], y: list[int]) -> Way:
    """A logistic head over features of the texts."""
    head = LogisticRegression(C=10, max_iter=300).fit(features(texts), y)
    return lambda found: np.asarray(head.predict_proba(features(found)))


def searched(assistant: Assistant) -> Way:
    """The steps of the nearest passages, each weighed by its rank; never "none"."""

    def way(texts: Sequence[str]) -> Scores:
        scores = np.zeros((len(texts), 8))
        for n, text in enumerate(texts):
            for rank, hit in enumerate(assistant.search.find(text, n=PASSAGES).hits):
                for step in hit.passage.steps:
                    scores[n, step] += 1 / (rank + 1) / len(hit.passage.steps)
        return scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-9)

    return way


def mixed(first: Way, second: Way, rows: Sequence[Situation]) -> Way:
    """Two ways added, the second with the share that serves the rows best."""

    def by(share: float) -> Way:
        return lambda texts: (1 - share) * first(texts) + share * second(texts)

    return by(max(_SHARES, key=lambda share: sum(figures(by(share), rows)[:2])))


def ways(assistant: Assistant) -> dict[str, Way]:
    """All ways that are compared, by name."""
    train, validation, _ = splits("steps")
    texts = [row.text for row in train]
    y = [max(row.step, key=lambda n: row.step[n]) for row in train]
    held = [Situation(row.text, frozenset(row.step)) for row in validation]
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit(texts)
    embedder = load_embedder(assistant.settings.embedding_model, assistant.settings.data_dir)
    encoder = load_encoder()
    common = np.bincount(y, minlength=8) / len(y)

    def read(found: Sequence[str]) -> Scores:
        readings = encoder.read_all(list(found))
        return np.array([[reading.step[str(n)] for n in range(8)] for reading in readings])

    def and_intent(found: Sequence[str]) -> Scores:
        outside = [r.intent["out_of_scope"] for r in encoder.read_all(list(found))]
        scores = read(found)
        scores[:, 0] += OUTSIDE * np.array(outside)
        return scores

    def shipped(found: Sequence[str]) -> Scores:
        scores = and_intent(found)
        for row, text, reading in zip(scores, found, encoder.read_all(list(found)), strict=True):
            if row[0] <= row[1:].max():
                hits = assistant.search.find(text, n=PASSAGES).hits
                row[:] = [0.0, *weigh_steps(reading, hits).values()]
        return scores

    nearest = searched(assistant)
    keywords = logistic(words.transform, texts, y)
    frozen = logistic(lambda found: embedder.embed(list(found)), texts, y)
    return {
        f"always the most common ({Counter(y).most_common(1)[0][0]})": lambda found: np.tile(
            common, (len(found), 1)
        ),
        "nearest passages of the notes": nearest,
        "words and pairs of words, logistic head": keywords,
        "frozen embedder, logistic head": frozen,
        "taught encoder": read,
        "taught encoder, its intent head too": and_intent,
        "taught encoder, its intent head too, and nearest passages where it sees a step": shipped,
        "taught encoder and nearest passages": mixed(read, nearest, held),
        "taught encoder and words": mixed(read, keywords, held),
        "taught encoder and frozen embedder": mixed(read, frozen, held),
    }


def main() -> None:
    """Print one row for each way."""
    test = [Situation(row.text, frozenset(row.step)) for row in splits("steps")[2]]
    sets = {"test": test, "open rows": open_rows()}
    print("| way | " + " | ".join(f"{name}: first / two / abstained" for name in sets) + " |")
    print("|---" * (len(sets) + 1) + "|")
    with_closing = Assistant()
    for name, way in ways(with_closing).items():
        cells = [" / ".join(f"{100 * x:.1f}" for x in figures(way, rows)) for rows in sets.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")
    with_closing.close()


if __name__ == "__main__":
    main()
