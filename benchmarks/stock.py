"""The stock pipeline to compare with: LangChain's HuggingFaceEmbeddings, Chroma, nearest passages.

Written as the two packages' documentation shows, over the same passages and the same model.

    python -m benchmarks.stock FOLDER QUESTION

answers one question in a fresh process; `python -m benchmarks.stock FOLDER` builds the index.
"""

import sys
import warnings
from pathlib import Path
from typing import Any

from rag.embeddings import PACKAGE, find_model
from rag.knowledge import load_knowledge

_COLLECTION = "stock"


class Stock:
    """The pipeline, open on a folder."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from langchain_chroma import Chroma
            from langchain_huggingface import HuggingFaceEmbeddings

            embeddings = HuggingFaceEmbeddings(
                model_name=str(find_model(PACKAGE).folder),
                model_kwargs={"device": "cpu"},
                encode_kwargs={"normalize_embeddings": True},
            )
        self._store: Any = Chroma(
            collection_name=_COLLECTION,
            embedding_function=embeddings,
            persist_directory=str(folder),
        )

    def build(self) -> int:
        """Put every passage in, and say how many."""
        passages = load_knowledge().passages
        self._store.add_texts([p.text for p in passages], ids=[p.id for p in passages])
        return len(passages)

    def ask(self, question: str) -> str:
        """The four nearest passages, as text."""
        found = self._store.similarity_search(question, k=4)
        return "\n\n".join(document.page_content for document in found)


def main() -> None:
    """Build, or answer one question."""
    folder, *question = sys.argv[1:]
    stock = Stock(Path(folder))
    print(stock.ask(question[0]) if question else stock.build())


if __name__ == "__main__":
    main()
