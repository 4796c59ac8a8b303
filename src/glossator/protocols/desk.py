"""The four things that one can ask for at the MCP door, over our rooms or over another server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool

from glossator.library import access, books
from glossator.library.objects import book_object, chapter_object
from glossator.protocols.doors import Rooms, Visitor
from glossator.retrieval.objects import result_object
from glossator.tutor.answering import as_object
from glossator.tutor.exchange import Asked
from glossator.usage import charging
from glossator.usage.allowances import Allowance

Object = dict[str, Any]


class Desk(Protocol):
    """Each answers with the object of the API, and raises our own errors."""

    async def books(self) -> list[Object]:
        """The books that the visitor may see, as `GET /api/books` lists them."""
        ...

    async def chapter(self, book_id: str, chapter_id: str) -> Object:
        """A chapter, as `GET /api/chapters` shows it."""
        ...

    async def search(self, body: Object) -> Object:
        """What `POST /api/search` answers to a body."""
        ...

    async def ask(self, body: Object) -> Object:
        """What `POST /api/chat/ask` answers to a body."""
        ...


class RoomsDesk:
    """The desk over the rooms of this process, for one visitor."""

    def __init__(self, rooms: Rooms, visitor: Visitor) -> None:
        self._rooms = rooms
        self._visitor = visitor

    async def books(self) -> list[Object]:
        """See `Desk`."""
        return await run_in_threadpool(self._books)

    async def chapter(self, book_id: str, chapter_id: str) -> Object:
        """See `Desk`."""
        return await run_in_threadpool(self._chapter, book_id, chapter_id)

    async def search(self, body: Object) -> Object:
        """See `Desk`; takes one of the visitor's searches."""
        async with self._charged(Allowance.SEARCHES):
            return await run_in_threadpool(self._search, body)

    async def ask(self, body: Object) -> Object:
        """See `Desk`; takes one of the visitor's questions."""
        visitor = self._visitor
        asked = Asked(
            question=body["question"],
            caller=visitor.caller,
            owner=visitor.owner,
            payer=visitor.payer,
            book_ids=_named(body),
            chapter_id=body.get("chapter_id"),
            # The operator has no sessions.
            kept=visitor.counted is not None,
        )
        async with self._charged(Allowance.QUESTIONS):
            told = as_object(await self._rooms.answering.answer(asked))
        for source in (*told["sources"], *told["nearest"]):
            source["url"] = visitor.absolute(source["url"])
        return told

    def _charged(self, allowance: Allowance) -> AbstractAsyncContextManager[Any]:
        if self._visitor.counted is None:
            return nullcontext()
        rooms = self._rooms
        return charging.charged(rooms.usage, rooms.database, self._visitor.counted, allowance)

    def _books(self) -> list[Object]:
        with self._rooms.database.reading() as session:
            seen = access.visible_books(session, self._visitor.caller)
            return [self._shown(book_object(session, book)) for book in seen]

    def _shown(self, book: Object) -> Object:
        for chapter in book["chapters"]:
            chapter["url"] = self._visitor.absolute(chapter["url"])
        return book

    def _chapter(self, book_id: str, chapter_id: str) -> Object:
        with self._rooms.database.reading() as session:
            book = access.visible_book(session, self._visitor.caller, book_id)
            found = chapter_object(session, *books.chapter(session, [book], chapter_id))
        return {**found, "url": self._visitor.absolute(found["url"])}

    def _search(self, body: Object) -> Object:
        k = body["k"]
        with self._rooms.database.reading() as session:
            scope = access.scope(
                session,
                self._visitor.caller,
                book_ids=_named(body),
                chapter_id=body.get("chapter_id"),
            )
            result = self._rooms.search.search(session, scope, body["query"], at_least=k)
            found = [result_object(session, each) for each in result.found[:k]]
        for each in found:
            each["url"] = self._visitor.absolute(each["url"])
        return {"results": found, "confidence": round(result.confidence, 4)}


def _named(body: Object) -> tuple[str, ...]:
    named = body.get("book_id")
    return (named,) if named else ()
