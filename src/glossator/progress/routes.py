"""Progress over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from glossator.accounts.callers import User
from glossator.accounts.tables import now
from glossator.foundation.web import Body, Identifier, Store, not_stored
from glossator.progress import service
from glossator.progress.shapes import Done, Reading

router = APIRouter(
    prefix="/api/user/progress", tags=["progress"], dependencies=[Depends(not_stored)]
)


class OpenBody(Body):
    """A chapter; `book_id` is needed where two books have one of that id."""

    chapter_id: Identifier
    book_id: Identifier | None = None


class MarkBody(OpenBody):
    """A chapter, and whether it is finished."""

    completed: bool


@router.get("", response_model=None, responses={200: {"model": Reading}})
def progress(user: User, store: Store) -> dict[str, Any]:
    """What one has read, how far each book is, and where to continue."""
    with store.reading() as session:
        return service.overview(session, user)


@router.post("/open", response_model=None, responses={200: {"model": Done}})
def open_chapter(user: User, store: Store, body: OpenBody) -> dict[str, Any]:
    """Note that one has opened a chapter."""
    with store.writing() as session:
        service.record(session, user, body.chapter_id, body.book_id, now())
    return {"success": True}


@router.post("/mark", response_model=None, responses={200: {"model": Done}})
def mark_chapter(user: User, store: Store, body: MarkBody) -> dict[str, Any]:
    """Mark a chapter as finished, or as not finished."""
    with store.writing() as session:
        service.record(
            session, user, body.chapter_id, body.book_id, now(), completed=body.completed
        )
    return {"success": True}
