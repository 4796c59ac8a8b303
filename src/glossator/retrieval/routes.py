"""Search over HTTP: passages, no model."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy.orm import Session

from glossator.foundation.web import Body, Reading
from glossator.library import access
from glossator.library.links import quote_address
from glossator.library.tables import Book
from glossator.retrieval.ranking import FEATURES
from glossator.retrieval.service import Found, Search

router = APIRouter(prefix="/api", tags=["search"])

Identifier = Annotated[str, Field(min_length=1, max_length=500)]


class SearchBody(Body):
    """A search; without ids, over all books that the caller may see."""

    query: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
    book_id: Identifier | None = None
    chapter_id: Identifier | None = None
    document_ids: Annotated[list[Identifier], Field(max_length=100)] | None = None
    k: Annotated[int, Field(ge=1, le=50)] = 5


@router.post("/search")
def search(request: Request, session: Reading, body: SearchBody) -> dict[str, Any]:
    """The passages that come nearest to a question, best first."""
    scope = access.scope(
        session,
        book_ids=[body.book_id] if body.book_id else [],
        chapter_id=body.chapter_id,
        document_ids=body.document_ids or [],
    )
    service = cast("Search", request.state.search)
    result = service.search(session, scope, body.query, at_least=body.k)
    return {
        "results": [result_object(session, found) for found in result.found[: body.k]],
        "confidence": round(result.confidence, 4),
    }


def result_object(session: Session, found: Found) -> dict[str, Any]:
    """A found passage as the API and the command line show it."""
    document, passage = found.document, found.ranked.passage
    book = session.get(Book, document.book_id) if document.book_id else None
    why = found.ranked.why
    return {
        "chapter_id": document.chapter_id,
        "document_id": None if document.chapter_id is not None else document.id,
        "book_id": document.book_id,
        "title": document.title,
        "section": " > ".join(passage.heading_path),
        "page": passage.page,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "similarity": found.similarity,
        "url": quote_address(
            book_url=book.url if book else None,
            book_id=document.book_id or "",
            chapter_id=document.chapter_id or document.id,
            url_path=document.url_path,
            anchor=passage.anchor,
            block_id="",
            quote=passage.text,
        ),
        "score": round(found.ranked.score, 4),
        "why": {name: round(getattr(why, name), 4) for name in FEATURES},
    }
