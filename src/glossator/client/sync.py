"""The client for programs without an event loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Literal, Self

import httpx2

from glossator.client import calls, shapes
from glossator.client.calls import Call, File, Result, Unreached
from glossator.client.streams import Part, Parts


class Glossator:
    """A server's library. Open it once and close it at the end, or use it in a `with` statement.

    `url` is the server's address, `token` a user's, for what guests don't see; `seconds` is how
    long one answer may take. One client serves any number of threads. Every method raises
    `ApiError` where the server refuses, and `Unreached` where none answers.
    """

    def __init__(self, url: str, token: str | None = None, *, seconds: float = 120.0) -> None:
        self.url = url.rstrip("/")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(base_url=self.url, headers=headers, timeout=seconds)

    def log_in(self, email: str, password: str) -> str:
        """Sign in: later calls are the user's. Gives the token, good for some days."""
        token = self._send(calls.log_in(email, password))
        self._http.headers["authorization"] = f"Bearer {token}"
        return token

    def books(self) -> list[shapes.Book]:
        """The books that one may see, with their chapters in reading order."""
        return list(self._pages(calls.books))

    def book(self, book_id: str) -> shapes.Book:
        """One book."""
        return self._send(calls.book(book_id))

    def chapter(
        self,
        chapter_id: str,
        book_id: str | None = None,
        *,
        language: str | None = None,
        level: str | None = None,
        html: bool = False,
    ) -> shapes.ChapterText:
        """A chapter's text; in another language or for a level where that is kept."""
        return self._send(calls.chapter(chapter_id, book_id, language, level, html=html))

    def search(
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
        return self._send(calls.search(body))

    def ask(
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
        return self._send(calls.ask(body, own=own))

    def stream(
        self,
        question: str,
        *,
        book_id: str | None = None,
        chapter_id: str | None = None,
        document_ids: Sequence[str] | None = None,
        session_id: str | None = None,
        selected_text: str | None = None,
        own: bool = False,
    ) -> Iterator[Part]:
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
            with self._http.stream(call.method, call.path, json=call.body) as answer:
                if answer.status_code != 200:
                    calls.checked(answer.status_code, answer.headers, answer.read())
                for line in answer.iter_lines():
                    yield from parts.take(line)
        except httpx2.HTTPError as error:
            raise Unreached(calls.unreached(self.url)) from error
        parts.end()

    def sessions(self) -> list[shapes.Session]:
        """One's conversations, the last used first."""
        return list(self._pages(calls.sessions))

    def messages(self, session_id: str) -> list[shapes.Message]:
        """A conversation's questions with their answers, oldest first."""
        return list(self._pages(lambda page: calls.messages(session_id, page)))

    def delete_session(self, session_id: str) -> None:
        """Delete a conversation."""
        self._send(calls.delete_session(session_id))

    def rate(
        self, message_id: str, rating: Literal["up", "down"], comment: str | None = None
    ) -> None:
        """Say whether an answer helped."""
        self._send(calls.rate(message_id, rating, comment))

    def upload(self, *files: File) -> list[shapes.Document]:
        """Send files of one's own, each by its path or as its name and its bytes."""
        return self._send(calls.upload(files))

    def documents(self) -> list[shapes.Document]:
        """One's own documents."""
        return list(self._pages(calls.documents))

    def document(self, document_id: str) -> shapes.Document:
        """One document; its `status` tells how far it is."""
        return self._send(calls.document(document_id))

    def delete_document(self, document_id: str) -> None:
        """Delete a document."""
        self._send(calls.delete_document(document_id))

    def usage(self) -> dict[str, Any]:
        """What is left of one's allowances, as `GET /api/usage` answers."""
        return self._send(calls.usage())

    def request(self, method: str, path: str, body: calls.Json | None = None) -> Any:
        """Any call of the API: its JSON, checked for errors as all others."""
        return self._send(Call(method, path, calls.as_is, body))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, call: Call[Result]) -> Result:
        try:
            answer = self._http.request(call.method, call.path, **calls.arguments(call))
        except httpx2.HTTPError as error:
            raise Unreached(calls.unreached(self.url)) from error
        return call.read(calls.checked(answer.status_code, answer.headers, answer.content))

    def _pages(self, page: calls.Paged[Result]) -> Iterator[Result]:
        number, found = 1, self._send(page(1))
        yield from found
        while len(found) == calls.PAGE:
            number += 1
            found = self._send(page(number))
            yield from found
