"""Books and their chapters in the database; callers have already been allowed to see them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, undefer

from glossator.foundation.errors import BadRequest, NotFound
from glossator.library.content import Block, BlockKind, Container
from glossator.library.tables import (
    Book,
    BookPicture,
    Collection,
    Document,
    DocumentBlock,
    DocumentChunk,
    now,
)


def collection_of(book_id: str) -> str:
    """The collection that holds a book's chapters."""
    return f"book:{book_id}"


def document_id(book_id: str, chapter_id: str, language: str) -> str:
    """The id of a chapter's document: the same on every machine, so that an `add` repeats."""
    key = f"{book_id}\x00{chapter_id}\x00{language}".encode("utf-8", "replace")
    return f"d{hashlib.sha256(key).hexdigest()[:20]}"


def put(
    session: Session,
    book_id: str,
    title: str,
    language: str,
    kind: str,
    *,
    own_title: str | None = None,
    url: str | None = None,
    visibility: str | None = None,
) -> Book:
    """Create a book or bring its facts up to date; what isn't set of the last three stays."""
    book = session.get(Book, book_id)
    if book is None:
        collection = collection_of(book_id)
        # Not from 0: a book removed and added anew must not look unchanged to a cache.
        session.add(Collection(id=collection, version=secrets.randbelow(1_000_000_000)))
        session.flush()
        book = Book(id=book_id, collection_id=collection, url=None, visibility="public")
        session.add(book)
    book.own_title = own_title or book.own_title
    book.title, book.language, book.kind = book.own_title or title, language, kind
    book.url = url or book.url
    book.visibility = visibility or book.visibility
    session.flush()
    return book


def possible(identifier: str) -> bool:
    """Whether an id can be in a database at all; Postgres fails on the others."""
    return "\x00" not in identifier


def get(session: Session, book_id: str) -> Book:
    """A book by its id; raises `NotFound`."""
    book = session.get(Book, book_id)
    if book is None:
        raise NotFound("There is no book with this id.")
    return book


def every(session: Session) -> Sequence[Book]:
    """All books by title."""
    return session.scalars(select(Book).order_by(Book.title, Book.id)).all()


def every_id(session: Session) -> Sequence[str]:
    """The ids of all books."""
    return session.scalars(select(Book.id)).all()


def rename(session: Session, book_id: str, title: str) -> Book:
    """Change a book's title; its id is part of every citation and stays. Raises `NotFound`."""
    book = get(session, book_id)
    book.title = book.own_title = title
    touch(session, book_id)
    return book


def remove(session: Session, book: Book) -> None:
    """Delete a book's rows; the word index is the caller's."""
    session.execute(delete(Document).where(Document.book_id == book.id))
    session.execute(delete(BookPicture).where(BookPicture.book_id == book.id))
    session.execute(delete(Book).where(Book.id == book.id))
    session.execute(delete(Collection).where(Collection.id == book.collection_id))


def touch(session: Session, book_id: str) -> None:
    """Note that a book changed now."""
    session.execute(update(Book).where(Book.id == book_id).values(updated_at=now()))


def bump(session: Session, collection_id: str) -> None:
    """Tell the caches of all processes that a collection's chunks changed."""
    session.execute(
        update(Collection)
        .where(Collection.id == collection_id)
        .values(version=Collection.version + 1)
    )


def chunk_count(session: Session, collection_id: str, *, kind: str | None = None) -> int:
    """How many chunks a collection holds, of one kind or of all."""
    counted = select(func.count()).where(DocumentChunk.collection_id == collection_id)
    if kind is not None:
        counted = counted.where(DocumentChunk.kind == kind)
    return session.scalar(counted) or 0


def chapters(session: Session, book: Book) -> Sequence[Document]:
    """A book's chapters in reading order, without their texts.

    Each in the book's language, or in its own where it isn't there in the book's.
    """
    rows = session.scalars(
        select(Document)
        .where(Document.book_id == book.id)
        .order_by(Document.position, Document.language)
    ).all()
    originals = _originals(book, rows)
    return [row for row in rows if row.id in originals]


def _originals(book: Book, rows: Sequence[Document]) -> set[str]:
    by_chapter: dict[str | None, Document] = {}
    for row in rows:
        if row.language == book.language or row.chapter_id not in by_chapter:
            by_chapter[row.chapter_id] = row
    return {row.id for row in by_chapter.values()}


def languages(session: Session, book_id: str) -> dict[str, list[str]]:
    """The languages that each chapter id is there in."""
    found: dict[str, list[str]] = {}
    rows = session.execute(
        select(Document.chapter_id, Document.language)
        .where(Document.book_id == book_id)
        .order_by(Document.language)
    )
    for chapter_id, language in rows:
        found.setdefault(chapter_id or "", []).append(language)
    return found


def chapter(
    session: Session, visible: Sequence[Book], chapter_id: str, language: str | None = None
) -> tuple[Book, Document]:
    """A chapter with its text among the books given.

    Raises `NotFound`, and `BadRequest` where two books have it: then `book_id` must say which.
    """
    by_id = {book.id: book for book in visible}
    wanted = (
        select(Document)
        .options(undefer(Document.text), undefer(Document.headings))
        .where(Document.chapter_id == chapter_id, Document.book_id.in_(by_id))
        .order_by(Document.language)
    )
    found = session.scalars(wanted).all() if possible(chapter_id) else []
    matches = [
        (book, row)
        for book in visible
        for own in [[row for row in found if row.book_id == book.id]]
        for row in own
        if (row.language == language if language else row.id in _originals(book, own))
    ]
    if not matches:
        raise NotFound("There is no chapter with this id.")
    if len(matches) > 1:
        names = ", ".join(sorted(book.id for book, _ in matches))
        raise BadRequest(f"More than one book has this chapter ({names}); say which by book_id.")
    return matches[0]


def has(session: Session, visible: Sequence[Book], chapter_id: str, language: str | None) -> bool:
    """Whether the author wrote a chapter in a language; without one, as far as we know."""
    if language is None or not possible(chapter_id) or not possible(language):
        return language is None
    found = select(Document.id).where(
        Document.chapter_id == chapter_id,
        Document.language == language,
        Document.book_id.in_([book.id for book in visible]),
    )
    return session.scalar(found.limit(1)) is not None


def blocks(session: Session, document: str) -> tuple[Block, ...]:
    """A document's blocks in reading order."""
    rows = session.execute(
        select(
            DocumentBlock.block_id,
            DocumentBlock.kind,
            DocumentBlock.start,
            DocumentBlock.end,
            DocumentBlock.language,
            DocumentBlock.containers,
            DocumentBlock.page,
        )
        .where(DocumentBlock.document_id == document)
        .order_by(DocumentBlock.position)
    )
    return tuple(
        Block(
            block_id=row.block_id,
            kind=BlockKind(row.kind),
            start=row.start,
            end=row.end,
            language=row.language,
            containers=tuple(Container(*container) for container in row.containers),
            page=row.page,
        )
        for row in rows
    )


def text_of(session: Session, document: str) -> str:
    """A document's canonical text."""
    return session.scalars(select(Document.text).where(Document.id == document)).one()
