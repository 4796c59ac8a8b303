"""A retriever for LangChain chains, over a running server or over a library in this process.

Stands outside of the rooms and imports none: what it knows of Glossator is `POST /api/search`,
by the client.
Needs the extra `glossator[langchain]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

from pydantic import ConfigDict, Field, SecretStr, model_validator

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ImportError as missing:
    raise ImportError(
        "The retriever needs LangChain: pip install 'glossator[langchain]'."
    ) from missing

from glossator.client import ApiError, AsyncGlossator, Glossator, GlossatorFault

# Takes the body of `POST /api/search` and gives its answer.
Searching = Callable[[dict[str, Any]], Mapping[str, Any]]
_LONGEST = 2_000
_PATH = "/api/search"


class SearchFailed(Exception):
    """The server didn't answer a search; the message is its own sentence.

    `status` is that of HTTP, None where no answer came. A 429 may be tried again later.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class GlossatorRetriever(BaseRetriever):
    """The passages of a library that come nearest to a question, as LangChain's documents.

    Either `url` names a server (`http://127.0.0.1:8000`), with a `token` for what isn't public,
    or `searching` is a function that searches in this process
    (`glossator.in_process.Library.search`). `k` passages, 1 to 50, from everything that the
    token may see or from the book, chapter or documents named.

    A document's metadata: `chapter`, `document`, `book`, `title`, `section` (the headings above
    it), `page` (None without pages), `url`, `start` and `end` (code points of the canonical
    text, so that `text[start:end] == page_content`) and `similarity` (0 to 1). Raises
    `SearchFailed`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    url: str | None = None
    token: SecretStr | None = None
    searching: Searching | None = Field(default=None, exclude=True, repr=False)
    book_id: str | None = None
    chapter_id: str | None = None
    document_ids: list[str] | None = None
    k: int = Field(default=5, ge=1, le=50)
    seconds: float = Field(default=30.0, gt=0)

    @model_validator(mode="after")
    def _has_one_place(self) -> GlossatorRetriever:
        if (self.url is None) is (self.searching is None):
            raise ValueError("give either the url of a server or a function that searches")
        return self

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        body = self._body(query)
        if self.searching is not None:
            return self._documents(self.searching(body))
        try:
            with Glossator(*self._server(), seconds=self.seconds) as client:
                answer = client.request("POST", _PATH, body)
        except GlossatorFault as fault:
            raise _failed(fault) from fault
        return self._documents(_checked(answer))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        if self.searching is not None:
            # In a thread: the search in this process computes and reads from the disk.
            return await super()._aget_relevant_documents(query, run_manager=run_manager)
        try:
            async with AsyncGlossator(*self._server(), seconds=self.seconds) as client:
                answer = await client.request("POST", _PATH, self._body(query))
        except GlossatorFault as fault:
            raise _failed(fault) from fault
        return self._documents(_checked(answer))

    def _server(self) -> tuple[str, str | None]:
        return self.url or "", self.token.get_secret_value() if self.token else None

    def _body(self, query: str) -> dict[str, Any]:
        named = {
            "book_id": self.book_id,
            "chapter_id": self.chapter_id,
            "document_ids": self.document_ids,
        }
        given = {name: value for name, value in named.items() if value is not None}
        return {"query": query[:_LONGEST], "k": self.k, **given}

    def _documents(self, answer: Mapping[str, Any]) -> list[Document]:
        return [self._document(found) for found in answer["results"]]

    def _document(self, found: Mapping[str, Any]) -> Document:
        url = found["url"]
        whose = found["chapter_id"] or found["document_id"]
        return Document(
            id=f"{found['book_id'] or ''}/{whose}:{found['start']}-{found['end']}",
            page_content=found["text"],
            metadata={
                "chapter": found["chapter_id"],
                "document": found["document_id"],
                "book": found["book_id"],
                "title": found["title"],
                "section": found["section"],
                "page": found["page"],
                # Our own reader's addresses are given without a host.
                "url": urljoin(f"{self.url.rstrip('/')}/", url) if self.url else url,
                "start": found["start"],
                "end": found["end"],
                "similarity": found["similarity"],
            },
        )


def _failed(fault: GlossatorFault) -> SearchFailed:
    return SearchFailed(str(fault), fault.status if isinstance(fault, ApiError) else None)


def _checked(answer: Any) -> Mapping[str, Any]:
    """The search's result; raises `SearchFailed` for anything else."""
    if isinstance(answer, dict) and "results" in answer:
        return answer
    raise SearchFailed("The server's answer is not a search's result. Is it Glossator?", 200)
