"""Questions over HTTP."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, cast

from fastapi import APIRouter, Request
from pydantic import Field

from glossator.accounts.callers import Caller, Guest, Member, User
from glossator.foundation.database import Database
from glossator.foundation.web import Body, Store
from glossator.library import access
from glossator.retrieval.routes import Identifier
from glossator.tutor.service import Tutor
from glossator.usage.routes import Question

router = APIRouter(prefix="/api/chat", tags=["questions"])
own_router = APIRouter(prefix="/api", tags=["questions"])


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


@router.post("/ask", response_model=None)
def ask(
    request: Request, caller: Caller, _: Question, store: Store, body: AskBody
) -> dict[str, Any]:
    """An answer from the books with checked quotes, or the sentence that it isn't there."""
    return _answer(request, caller, store, body, own=False)


@own_router.post("/ask", response_model=None)
def ask_own(
    request: Request, user: User, _: Question, store: Store, body: AskBody
) -> dict[str, Any]:
    """The same, from the caller's own documents too."""
    return _answer(request, user, store, body, own=True)


def _answer(
    request: Request, caller: Member | Guest, store: Database, body: AskBody, *, own: bool
) -> dict[str, Any]:
    named = [*([body.book_id] if body.book_id else []), *(body.book_ids or [])]
    tutor = cast("Tutor", request.state.tutor)
    with store.reading() as session:
        scope = access.scope(
            session,
            caller,
            book_ids=named,
            chapter_id=body.chapter_id,
            document_ids=body.document_ids or [],
            own=own,
        )
        return dataclasses.asdict(tutor.ask(session, scope, body.question))
