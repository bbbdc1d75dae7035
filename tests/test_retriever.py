"""Search as a LangChain retriever."""

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnablePassthrough

from rag import Assistant
from rag.retriever import NotesRetriever
from rag.search import Filters


@pytest.fixture
def retriever(assistant: Assistant) -> NotesRetriever:
    return NotesRetriever(search=assistant.search, k=4)


def test_documents_carry_what_a_citation_needs(retriever: NotesRetriever) -> None:
    documents = retriever.invoke("what is flooding?")
    assert len(documents) == 4
    first = documents[0]
    assert isinstance(first, Document)
    assert first.id.startswith("flooding-and-breaks#")
    assert "flood" in first.page_content.lower()
    assert first.metadata.keys() >= {
        "title",
        "heading",
        "kind",
        "steps",
        "standing",
        "sources",
        "origin",
        "score",
        "cosine",
    }
    scores = [document.metadata["score"] for document in documents]
    assert scores == sorted(scores, reverse=True)


def test_filters_reach_the_search(assistant: Assistant) -> None:
    filters = Filters(kinds=("book",))
    found = NotesRetriever(search=assistant.search, k=3, filters=filters).invoke("books")
    assert {document.metadata["kind"] for document in found} == {"book"}


def test_it_drops_into_another_chain(retriever: NotesRetriever) -> None:
    chain = (
        RunnablePassthrough.assign(found=(lambda x: x["question"]) | retriever)
        | RunnablePassthrough.assign(
            context=lambda x: "\n".join(d.page_content for d in x["found"])
        )
        | (lambda x: f"{x['question']}: {len(x['context'])}")
    )
    text = chain.invoke({"question": "what is a lapse?"})
    assert text.startswith("what is a lapse?: ")
    assert len(retriever.batch(["lapse", "check-in"])) == 2


async def _asked(retriever: NotesRetriever) -> list[Document]:
    return await retriever.ainvoke("what is flooding?")


def test_it_works_asynchronously(retriever: NotesRetriever) -> None:
    import asyncio

    found = asyncio.run(_asked(retriever))
    assert [d.id for d in found] == [d.id for d in retriever.invoke("what is flooding?")]
