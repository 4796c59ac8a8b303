"""Mistakes in books over HTTP: told by readers, seen and mended by authors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from glossator.accounts.callers import Author, User
from glossator.foundation.web import Body, Identifier, Page, Store, not_stored
from glossator.insight import mistakes
from glossator.insight.shapes import MistakePage, Told
from glossator.library import access

router = APIRouter(prefix="/api", dependencies=[Depends(not_stored)])

Paging = Annotated[Page, Depends()]


class MistakeBody(Body):
    """The words that are wrong, where they stand, and what is wrong about them."""

    chapter_id: Identifier
    book_id: Identifier | None = None
    block_id: Annotated[str, Field(max_length=200)] = ""
    words: Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"\S")]
    comment: Annotated[str, Field(max_length=2_000)] = ""


@router.post(
    "/mistakes",
    status_code=201,
    response_model=None,
    responses={201: {"model": Told}},
    tags=["books"],
)
def tell(user: User, store: Store, body: MistakeBody) -> dict[str, str]:
    """Tell the author of a mistake in a chapter."""
    with store.writing() as session:
        return {"mistake_id": mistakes.tell(session, user, **body.model_dump())}


@router.get(
    "/admin/mistakes",
    response_model=None,
    responses={200: {"model": MistakePage}},
    tags=["admin"],
)
def listed(author: Author, store: Store, page: Paging) -> dict[str, Any]:
    """What readers found wrong in the books that one may see, the newest first."""
    with store.reading() as session:
        titles = {book.id: book.title for book in access.visible_books(session, author)}
        rows, total = mistakes.found(session, titles, page=page.page, size=page.page_size)
        return page.of(rows, total)


@router.delete(
    "/admin/mistakes/{mistake_id}",
    status_code=204,
    response_model=None,
    responses={404: {"description": "There is none, or it is of a book that one may not see."}},
    tags=["admin"],
)
def mended(author: Author, store: Store, mistake_id: str) -> None:
    """Take one off the list: it is mended, or it is none."""
    with store.writing() as session:
        mistakes.mended(session, author, mistake_id)
