"""What wasn't answered, and how answers went: over HTTP, for authors and administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from glossator.accounts.callers import Admin, Author
from glossator.foundation.web import Page, Store, not_stored
from glossator.library import access
from glossator.tutor import gaps
from glossator.tutor.tables import now

router = APIRouter(prefix="/api/admin", tags=["admin"], dependencies=[Depends(not_stored)])

Paging = Annotated[Page, Depends()]
Days = Annotated[int, Query(ge=1, le=366)]


@router.get(
    "/missing",
    response_model=None,
    responses={404: {"description": "There is no such book, or it isn't the caller's to see."}},
)
def missing(
    author: Author,
    store: Store,
    page: Paging,
    book_id: Annotated[str, Query(max_length=500)] = "",
    days: Days = 90,
) -> dict[str, Any]:
    """Questions that the books didn't answer, equal ones together; without who asked them."""
    with store.reading() as session:
        books = [book.id for book in access.visible_books(session, author)]
        if book_id:
            books = [access.visible_book(session, author, book_id).id]
        since = now() - timedelta(days=days)
        rows, total = gaps.missing(session, books, since, page=page.page, size=page.page_size)
        return page.of(rows, total)


@router.get("/answers", response_model=None)
def answers(_: Admin, store: Store, days: Days = 30) -> dict[str, Any]:
    """How many questions were answered, refused, or answered with less than the model."""
    with store.reading() as session:
        return gaps.shares(session, now() - timedelta(days=days))
