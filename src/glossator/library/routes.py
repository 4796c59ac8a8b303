"""Books and chapters over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from glossator.foundation.web import Reading
from glossator.library import access, books
from glossator.library.links import ChapterLinks, page_address
from glossator.library.rendering import render_chapter
from glossator.library.tables import Book, Document

router = APIRouter(prefix="/api", tags=["books"])

# The average adult's silent reading speed of English prose (Brysbaert 2019: 238 words a minute).
_WORDS_A_MINUTE = 238
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})

ShortText = Annotated[str, Query(max_length=500)]


@router.get("/books")
def list_books(
    session: Reading,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """The books that the caller may see, with their chapters in reading order."""
    visible = access.visible_books(session)
    shown = visible[(page - 1) * page_size : page * page_size]
    return {
        "items": [book_object(session, book) for book in shown],
        "page": page,
        "page_size": page_size,
        "total": len(visible),
    }


@router.get("/books/{book_id}")
def get_book(session: Reading, book_id: str) -> dict[str, Any]:
    """One book."""
    return book_object(session, access.visible_book(session, book_id))


@router.get("/chapters/{chapter_id:path}")
def get_chapter(
    session: Reading,
    chapter_id: str,
    book_id: ShortText | None = None,
    language: ShortText | None = None,
    html: bool = False,
) -> dict[str, Any]:
    """A chapter's canonical text with its blocks and headings; with `html`, also to be shown."""
    if book_id is not None:
        visible: Sequence[Book] = [access.visible_book(session, book_id)]
    else:
        visible = access.visible_books(session)
    book, document = books.chapter(session, visible, chapter_id, language)
    return chapter_object(session, book, document, html=html)


def book_object(session: Session, book: Book) -> dict[str, Any]:
    """A book as the API shows it."""
    languages = books.languages(session, book.id)
    return {
        "book_id": book.id,
        "title": book.title,
        "language": book.language,
        "url": book.url,
        "visibility": book.visibility,
        "chapters": [
            {
                "chapter_id": row.chapter_id,
                "title": row.title,
                "depth": row.depth,
                "position": row.position,
                "part": row.part,
                "words": row.words,
                "minutes": max(1, round(row.words / _WORDS_A_MINUTE)),
                "languages": languages.get(row.chapter_id or "", []),
            }
            for row in books.chapters(session, book)
        ],
    }


def chapter_object(
    session: Session, book: Book, document: Document, *, html: bool = False
) -> dict[str, Any]:
    """A chapter as the API shows it."""
    order = books.chapters(session, book)
    at = next((n for n, row in enumerate(order) if row.chapter_id == document.chapter_id), None)
    blocks = books.blocks(session, document.id)
    answer: dict[str, Any] = {
        "chapter_id": document.chapter_id,
        "document_id": document.id,
        "book_id": book.id,
        "title": document.title,
        "content": document.text,
        "blocks": [
            {
                "block_id": block.block_id,
                "kind": block.kind.value,
                "start": block.start,
                "end": block.end,
                "page": block.page,
            }
            for block in blocks
        ],
        "headings": document.headings,
        "previous": _neighbour(order, at, -1),
        "next": _neighbour(order, at, 1),
        "url": page_address(
            book_url=book.url,
            book_id=book.id,
            chapter_id=document.chapter_id or "",
            url_path=document.url_path,
        ),
        "language": document.language,
        "direction": direction(document.language),
    }
    if html:
        anchors = {heading["start"]: heading["anchor"] for heading in document.headings}
        links = ChapterLinks(
            book.id, ((row.chapter_id or "", row.source_path, row.url_path) for row in order)
        )
        answer["html"] = render_chapter(
            document.text,
            blocks,
            anchors,
            link=partial(links.resolve, document.source_path, document.url_path),
        )
    return answer


def direction(language: str) -> str:
    """`rtl` or `ltr` for a BCP 47 tag."""
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def _neighbour(order: Sequence[Document], at: int | None, step: int) -> dict[str, str] | None:
    if at is None or not 0 <= at + step < len(order):
        return None
    row = order[at + step]
    return {"chapter_id": row.chapter_id or "", "title": row.title}
