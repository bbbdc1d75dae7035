"""Softstart's search as a LangChain retriever, to be dropped into any other chain."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.search import Filters, Search


class NotesRetriever(BaseRetriever):
    """Finds passages by fused dense and BM25 search.

    Attributes:
        search: The search to use.
        k: How many passages to return.
        filters: What to search in.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Search
    k: int = 8
    filters: Filters | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [
            Document(
                id=hit.passage.key,
                page_content=hit.passage.text,
                metadata={
                    "title": hit.passage.title,
                    "heading": hit.passage.heading,
                    "kind": hit.passage.kind,
                    "steps": list(hit.passage.steps),
                    "standing": hit.passage.standing,
                    "sources": list(hit.passage.sources),
                    "origin": hit.passage.origin,
                    "score": hit.score,
                    "cosine": hit.cosine,
                },
            )
            for hit in self.search.find(query, n=self.k, filters=self.filters).hits
        ]
