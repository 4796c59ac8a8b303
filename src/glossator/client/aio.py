"""The client for programs with an event loop; the same as in `sync`, awaited."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Any, Literal, Self

import httpx2

from glossator.client import calls, shapes
from glossator.client.calls import Call, File, Result, Unreached
from glossator.client.streams import Part, Parts


class AsyncGlossator:
    """A server's library. Open it once and close it at the end, or use it in `async with`.

    `url` is the server's address, `token` a user's, for what guests don't see; `seconds` is how
    long one answer may take. One client serves any number of tasks of one loop. Every method raises
    `ApiError` where the server refuses, and `Unreached` where none answers.
    """

    def __init__(self, url: str, token: str | None = None, *, seconds: float = 120.0) -> None:
        self.url = url.rstrip("/")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=seconds)

    async def log_in(self, email: str, password: str) -> str:
        """Sign in: later calls are the user's. Gives the token, good for some days."""
        token = await self._send(calls.log_in(email, password))
        self._http.headers["authorization"] = f"Bearer {token}"
        return token

    async def books(self) -> list[shapes.Book]:
        """The books that one may see, with their chapters in reading order."""
        return [each async for each in self._pages(calls.books)]

    async def book(self, book_id: str) -> shapes.Book:
        """One book."""
        return await self._send(calls.book(book_id))

    async def chapter(
        self,
        chapter_id: str,
        book_id: str | None = None,
        *,
        language: str | None = None,
        level: str | None = None,
        html: bool = False,
    ) -> shapes.ChapterText:
        """A chapter's text; in another language or for a level where that is kept."""
        return await self._send(calls.chapter(chapter_id, book_id, language, level, html=html))

    async def search(
        self,
        query: str,
        *,
        book_id: str | None = None,
        chapter_id: str | None = None,
        document_ids: Sequence[str] | None = None,
        k: int = 5,
    ) -> shapes.Found:
        """The `k` passages that come nearest, 1 to 50."""
        body = calls.sought(query, book_id, chapter_id, document_ids, k)
        return await self._send(calls.search(body))

    async def ask(
        self,
        question: str,
        *,
        book_id: str | None = None,
        chapter_id: str | None = None,
        document_ids: Sequence[str] | None = None,
        session_id: str | None = None,
        selected_text: str | None = None,
        own: bool = False,
    ) -> shapes.Answer:
        """An answer with its citations; with `own` also from one's own documents.

        `session_id` goes on with a conversation: an answer names its own.
        """
        body = calls.question(
            question,
            book_id=book_id,
            chapter_id=chapter_id,
            document_ids=document_ids,
            session_id=session_id,
            selected_text=selected_text,
        )
        return await self._send(calls.ask(body, own=own))

    async def stream(
        self,
        question: str,
        *,
        book_id: str | None = None,
        chapter_id: str | None = None,
        document_ids: Sequence[str] | None = None,
        session_id: str | None = None,
        selected_text: str | None = None,
        own: bool = False,
    ) -> AsyncGenerator[Part]:
        """As `ask`, in parts while it comes about; the last is `Finished` with the whole answer.

        Who stops listening stops the model.
        """
        body = calls.question(
            question,
            book_id=book_id,
            chapter_id=chapter_id,
            document_ids=document_ids,
            session_id=session_id,
            selected_text=selected_text,
            stream=True,
        )
        call = calls.ask(body, own=own)
        parts = Parts()
        try:
            async with self._http.stream(call.method, call.path, json=call.body) as answer:
                if answer.status_code != 200:
                    calls.checked(answer.status_code, answer.headers, await answer.aread())
                async for line in answer.aiter_lines():
                    for part in parts.take(line):
                        yield part
        except httpx2.HTTPError as error:
            raise Unreached(calls.unreached(self.url)) from error
        parts.end()

    async def sessions(self) -> list[shapes.Session]:
        """One's conversations, the last used first."""
        return [each async for each in self._pages(calls.sessions)]

    async def messages(self, session_id: str) -> list[shapes.Message]:
        """A conversation's questions with their answers, oldest first."""
        return [each async for each in self._pages(lambda page: calls.messages(session_id, page))]

    async def delete_session(self, session_id: str) -> None:
        """Delete a conversation."""
        await self._send(calls.delete_session(session_id))

    async def rate(
        self, message_id: str, rating: Literal["up", "down"], comment: str | None = None
    ) -> None:
        """Say whether an answer helped."""
        await self._send(calls.rate(message_id, rating, comment))

    async def upload(self, *files: File) -> list[shapes.Document]:
        """Send files of one's own, each by its path or as its name and its bytes."""
        return await self._send(calls.upload(files))

    async def documents(self) -> list[shapes.Document]:
        """One's own documents."""
        return [each async for each in self._pages(calls.documents)]

    async def document(self, document_id: str) -> shapes.Document:
        """One document; its `status` tells how far it is."""
        return await self._send(calls.document(document_id))

    async def delete_document(self, document_id: str) -> None:
        """Delete a document."""
        await self._send(calls.delete_document(document_id))

    async def usage(self) -> dict[str, Any]:
        """What is left of one's allowances, as `GET /api/usage` answers."""
        return await self._send(calls.usage())

    async def request(self, method: str, path: str, body: calls.Json | None = None) -> Any:
        """Any call of the API: its JSON, checked for errors as all others."""
        return await self._send(Call(method, path, calls.as_is, body))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _send(self, call: Call[Result]) -> Result:
        try:
            answer = await self._http.request(call.method, call.path, **calls.arguments(call))
        except httpx2.HTTPError as error:
            raise Unreached(calls.unreached(self.url)) from error
        return call.read(calls.checked(answer.status_code, answer.headers, answer.content))

    async def _pages(self, page: calls.Paged[Result]) -> AsyncGenerator[Result]:
        number, found = 1, await self._send(page(1))
        for each in found:
            yield each
        while len(found) == calls.PAGE:
            number += 1
            found = await self._send(page(number))
            for each in found:
                yield each
