"""Books and chapters over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query

from glossator.accounts.callers import Caller
from glossator.foundation.web import Store
from glossator.library import access, books, variants
from glossator.library.objects import book_object, chapter_object, form_object
from glossator.library.shapes import BookPage, ListedBook, ReadChapter
from glossator.library.tables import Book
from glossator.library.variants import Form

router = APIRouter(prefix="/api", tags=["books"])

ShortText = Annotated[str, Query(max_length=500)]


@router.get("/books", response_model=None, responses={200: {"model": BookPage}})
def list_books(
    caller: Caller,
    store: Store,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """The books that the caller may see, with their chapters in reading order."""
    with store.reading() as session:
        visible = access.visible_books(session, caller)
        shown = visible[(page - 1) * page_size : page * page_size]
        return {
            "items": [book_object(session, book) for book in shown],
            "page": page,
            "page_size": page_size,
            "total": len(visible),
        }


@router.get("/books/{book_id}", response_model=None, responses={200: {"model": ListedBook}})
def get_book(caller: Caller, store: Store, book_id: str) -> dict[str, Any]:
    """One book."""
    with store.reading() as session:
        return book_object(session, access.visible_book(session, caller, book_id))


@router.get(
    "/chapters/{chapter_id:path}",
    response_model=None,
    responses={
        200: {"model": ReadChapter},
        400: {"description": "More than one book has this chapter: say which by `book_id`."},
    },
)
def get_chapter(
    caller: Caller,
    store: Store,
    chapter_id: str,
    book_id: ShortText | None = None,
    language: ShortText | None = None,
    level: ShortText | None = None,
    hardware: ShortText = "none",
    html: bool = False,
) -> dict[str, Any]:
    """A chapter's canonical text with its blocks and headings; with `html`, also to be shown.

    With `language` or `level` the form that is kept of it; nothing is made here.
    """
    # On another site, whose policy need not let them in, a widget shows their words.
    here = caller.books is None
    with store.reading() as session:
        if book_id is not None:
            visible: Sequence[Book] = [access.visible_book(session, caller, book_id)]
        else:
            visible = access.visible_books(session, caller)
        if not level and books.has(session, visible, chapter_id, language):
            book, document = books.chapter(session, visible, chapter_id, language)
            return chapter_object(session, book, document, html=html, pictures=here)
        book, document = books.chapter(session, visible, chapter_id)
        form = Form(language or "", level or "", hardware if level else "")
        row = variants.current(session, document, form)
        return form_object(session, book, document, row, html=html, pictures=here)
