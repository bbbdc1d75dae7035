"""Rank passages by words: BM25 over stemmed text, built once for a shelf and kept on disk.

The table is a cache of what stands in the shelf. It is named by the shelf's digest, so it can
never be out of date; when it is missing or broken it is built again.
"""

import json
import logging
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.store import Record

TABLES = "bm25"
"""Folder of the tables inside the data folder, each named by its shelf's digest."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """What a record of the shelf is: whose, and which part.

    Attributes:
        part: `text`, `ask` (an example question) or `limit` (an out-of-scope example).
        passage: Id of the passage that it belongs to; of a limit, its category.
    """

    part: str
    passage: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What filters need to know of a passage."""

    id: str
    kind: str
    reader: str
    steps: tuple[int, ...]


class LexicalIndex:
    """BM25 (Lucene's variant, k1 1.5, b 0.75) over one shelf, and what its records are."""

    def __init__(
        self, entries: Sequence[Entry], scorer: Any, parts: Mapping[str, Part] | None = None
    ) -> None:
        self.entries = tuple(entries)
        self.parts = parts or {}
        self._scorer = scorer

    @classmethod
    def build(cls, records: Iterable[Record]) -> "LexicalIndex":
        """Index every passage of a shelf: its title, heading, example questions and text."""
        import bm25s

        questions: dict[str, list[str]] = defaultdict(list)
        texts: list[Record] = []
        parts: dict[str, Part] = {}
        for record in records:
            part = str(record.metadata["part"])
            whose = str(record.metadata["category" if part == "limit" else "passage"])
            parts[record.id] = Part(part, whose)
            if part == "ask":
                questions[whose].append(record.text)
            elif part == "text":
                texts.append(record)
        texts.sort(key=lambda record: record.id)
        entries = [
            Entry(
                r.id, r.metadata["kind"], r.metadata["reader"], tuple(r.metadata.get("steps", ()))
            )
            for r in texts
        ]
        documents = [
            " ".join((r.metadata["title"], r.metadata["heading"], *sorted(questions[r.id]), r.text))
            for r in texts
        ]
        scorer = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        if documents:
            scorer.index([words(document) for document in documents], show_progress=False)
        return cls(entries, scorer, parts)

    def save(self, folder: Path) -> None:
        """Write the table; on a folder that cannot be written it is simply not kept."""
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix="bm25-") as name:
                draft = Path(name) / "table"
                self._scorer.save(str(draft), show_progress=False)
                rows = [(e.id, e.kind, e.reader, e.steps) for e in self.entries]
                (draft / "entries.json").write_text(json.dumps(rows), encoding="utf-8")
                parts = [(id, part.part, part.passage) for id, part in self.parts.items()]
                (draft / "parts.json").write_text(json.dumps(parts), encoding="utf-8")
                shutil.rmtree(folder, ignore_errors=True)
                draft.rename(folder)
        except OSError as error:
            _log.info("BM25 table not kept: %s", type(error).__name__)

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex | None":
        """Read a table back, or None when there is none that reads."""
        import bm25s

        try:
            rows = json.loads((folder / "entries.json").read_text(encoding="utf-8"))
            entries = [Entry(i, kind, reader, tuple(s)) for i, kind, reader, s in rows]
            parts = json.loads((folder / "parts.json").read_text(encoding="utf-8"))
            known = {id: Part(part, passage) for id, part, passage in parts}
            scorer = bm25s.BM25.load(str(folder))
        except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return cls(entries, scorer, known)

    def rank(
        self, question: str, n: int, where: Mapping[str, Any] | None = None
    ) -> list[tuple[str, float]]:
        """Rank passages for a question: (passage id, score), best first, at most n."""
        tokens = words(question)
        if not self.entries or not tokens:
            return []
        scores: NDArray[np.float32] = self._scorer.get_scores(tokens)
        ranked: list[tuple[str, float]] = []
        for i in _best_first(scores, n if where is None else len(scores)):
            if len(ranked) == n:
                break
            if where is None or _matches(self.entries[i], where):
                ranked.append((self.entries[i].id, float(scores[i])))
        return ranked


def _best_first(scores: NDArray[np.float32], n: int) -> NDArray[np.intp]:
    """Places of the positive scores that are among the n best, best first; ties keep their order.

    Sorting only these matters when a shelf holds a hundred thousand passages.
    """
    least = np.partition(scores, len(scores) - n)[-n] if n < len(scores) else 0.0
    places = np.flatnonzero((scores > 0) & (scores >= least))
    order: NDArray[np.intp] = places[np.argsort(-scores[places], kind="stable")]
    return order


def _matches(entry: Entry, where: Mapping[str, Any]) -> bool:
    return (
        entry.kind in where.get("kinds", (entry.kind,))
        and entry.reader in where.get("readers", (entry.reader,))
        and ("steps" not in where or bool(set(entry.steps) & set(where["steps"])))
    )


def words(text: str) -> list[str]:
    """Split a text into lower-case stems without English stop words."""
    import bm25s

    tokens = bm25s.tokenize(
        text.replace("’", "'"),
        stopwords="en",
        stemmer=_stemmer(),
        return_ids=False,
        show_progress=False,
    )
    return list(tokens[0])


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
