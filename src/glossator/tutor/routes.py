"""Questions over HTTP."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, cast

from fastapi import APIRouter, Request
from pydantic import Field

from glossator.accounts.callers import Caller
from glossator.foundation.web import Body, Identifier, Store
from glossator.library import access
from glossator.tutor.answers import Answer
from glossator.tutor.service import Tutor
from glossator.usage.routes import Question

router = APIRouter(prefix="/api/chat", tags=["questions"])


class AskBody(Body):
    """A question; without ids, to all books that the caller may see."""

    question: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
    selected_text: Annotated[str, Field(max_length=20_000)] | None = None
    book_id: Identifier | None = None
    book_ids: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = None
    chapter_id: Identifier | None = None
    document_ids: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = None
    session_id: Identifier | None = None
    stream: bool = False


@router.post("/ask", response_model=None, responses={200: {"model": Answer}})
def ask(
    request: Request, caller: Caller, _: Question, store: Store, body: AskBody
) -> dict[str, Any]:
    """An answer from the book with checked quotes, or the sentence that it isn't there."""
    named = [*([body.book_id] if body.book_id else []), *(body.book_ids or [])]
    tutor = cast("Tutor", request.state.tutor)
    with store.reading() as session:
        scope = access.scope(
            session,
            caller,
            book_ids=named,
            chapter_id=body.chapter_id,
            document_ids=body.document_ids or [],
        )
        return dataclasses.asdict(tutor.ask(session, scope, body.question))
