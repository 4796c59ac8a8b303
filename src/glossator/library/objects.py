"""Books and chapters as the API and the command line show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from glossator.library import books
from glossator.library.content import BlockKind
from glossator.library.links import ChapterLinks, page_address
from glossator.library.pictures import of_chapter
from glossator.library.tables import Book, Document
from glossator.library.variants import Aligned, ChapterVariant, State, aligned

# The average adult's silent reading speed of English prose (Brysbaert 2019: 238 words a minute).
_WORDS_A_MINUTE = 238
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})


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
                "url": page_address(
                    book_url=book.url,
                    book_id=book.id,
                    chapter_id=row.chapter_id or "",
                    url_path=row.url_path,
                ),
            }
            for row in books.chapters(session, book)
        ],
    }


def chapter_object(
    session: Session,
    book: Book,
    document: Document,
    *,
    html: bool = False,
    pictures: bool = True,
) -> dict[str, Any]:
    """A chapter as the API shows it; with `html` to be shown, its `pictures` or their words."""
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
        from glossator.library.rendering import render_chapter

        answer["html"] = render_chapter(
            document.text,
            blocks,
            _anchors(document.headings),
            link=_links(book, document, order),
            picture=of_chapter(session, book.id, document.source_path) if pictures else None,
        )
    return answer


def _anchors(headings: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    return {heading["start"]: heading["anchor"] for heading in headings}


def _links(book: Book, document: Document, order: Sequence[Document]) -> Callable[[str], str]:
    """Where the relative links of a chapter lead."""
    links = ChapterLinks(
        book.id, ((row.chapter_id or "", row.source_path, row.url_path) for row in order)
    )
    return partial(links.resolve, document.source_path, document.url_path)


def direction(language: str) -> str:
    """`rtl` or `ltr` for a BCP 47 tag."""
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def block_of(block: Aligned, language: str, original: str) -> dict[str, Any]:
    """A block of a form: its places, and which way it is written.

    Code and formulas go from left to right everywhere, and what stayed as it was goes the way of
    the `original` language.
    """
    written = "en" if block.kind in (BlockKind.CODE, BlockKind.MATH) else language
    if block.state is State.ORIGINAL:
        written = original
    return {
        "block_id": block.block_id,
        "kind": block.kind.value,
        "start": block.start,
        "end": block.end,
        "original_start": block.original_start,
        "original_end": block.original_end,
        "state": block.state.value,
        "direction": direction(written),
    }


def form_object(
    session: Session,
    book: Book,
    document: Document,
    row: ChapterVariant,
    *,
    html: bool = False,
    pictures: bool = True,
) -> dict[str, Any]:
    """A chapter in another form, in the shape of the original; with `html`, also to be shown."""
    told = chapter_object(session, book, document)
    language = row.language or document.language
    if html:
        from glossator.library.forms import render_form

        told["html"] = render_form(
            row.content,
            aligned(row),
            books.blocks(session, document.id),
            languages=(language, document.language),
            anchors=_anchors(row.headings),
            link=_links(book, document, books.chapters(session, book)),
            picture=of_chapter(session, book.id, document.source_path) if pictures else None,
        )
    return {
        **told,
        "content": row.content,
        "blocks": [block_of(block, language, document.language) for block in aligned(row)],
        "headings": row.headings,
        "language": language,
        "direction": direction(language),
        "level": row.level or None,
        "hardware": row.hardware or None,
        "completeness": row.completeness,
        "originals": row.originals,
        "author": False,
    }


def _neighbour(order: Sequence[Document], at: int | None, step: int) -> dict[str, str] | None:
    if at is None or not 0 <= at + step < len(order):
        return None
    row = order[at + step]
    return {"chapter_id": row.chapter_id or "", "title": row.title}
