"""Progress over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from glossator.accounts.callers import User
from glossator.accounts.tables import now
from glossator.foundation.web import Body, Identifier, Store, not_stored
from glossator.progress import places, service
from glossator.progress.shapes import Done, Reading, StoppedAt

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


class PlaceBody(OpenBody):
    """A block of a chapter, and how much of the block one has read, from 0 to 1."""

    block_id: Annotated[str, Field(min_length=1, max_length=200)]
    offset: Annotated[float, Field(ge=0, le=1)] = 0.0


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


@router.get(
    "/place",
    response_model=None,
    responses={
        200: {"model": StoppedAt},
        404: {"description": "There is no such book, or it isn't the caller's to see."},
    },
)
def reading_place(
    user: User, store: Store, book_id: Annotated[str, Query(max_length=500)]
) -> dict[str, Any]:
    """Where one stopped in a book; null where nothing is kept."""
    with store.reading() as session:
        return {"place": places.of_book(session, user, book_id)}


@router.put("/place", response_model=None, responses={200: {"model": Done}})
def keep_place(user: User, store: Store, body: PlaceBody) -> dict[str, Any]:
    """Note where one reads; only the last place in each book is kept."""
    with store.writing() as session:
        places.put(
            session,
            user,
            chapter_id=body.chapter_id,
            book_id=body.book_id,
            block_id=body.block_id,
            share=body.offset,
            at=now(),
        )
    return {"success": True}
