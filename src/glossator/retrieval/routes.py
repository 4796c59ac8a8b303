"""Search over HTTP: passages, no model."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Request
from pydantic import Field

from glossator.foundation.web import Body, Identifier, Store
from glossator.library import access
from glossator.retrieval.objects import result_object
from glossator.retrieval.service import Search
from glossator.retrieval.shapes import FoundPassages
from glossator.usage.routes import Searching

router = APIRouter(prefix="/api", tags=["search"])


class SearchBody(Body):
    """A search; without ids, over the books that the caller may see and their own documents."""

    query: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
    book_id: Identifier | None = None
    chapter_id: Identifier | None = None
    document_ids: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = None
    k: Annotated[int, Field(ge=1, le=50)] = 5


@router.post("/search", response_model=None, responses={200: {"model": FoundPassages}})
def search(request: Request, asker: Searching, store: Store, body: SearchBody) -> dict[str, Any]:
    """The passages that come nearest to a question, best first."""
    service = cast("Search", request.state.search)
    with store.reading() as session:
        scope = access.scope(
            session,
            asker.caller,
            book_ids=[body.book_id] if body.book_id else [],
            chapter_id=body.chapter_id,
            document_ids=body.document_ids or [],
            own=True,
        )
        result = service.search(session, scope, body.query, at_least=body.k)
        return {
            "results": [result_object(session, found) for found in result.found[: body.k]],
            "confidence": round(result.confidence, 4),
        }
