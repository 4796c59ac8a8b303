"""Who may see what; nothing else in the program decides it.

Guests see public books, whoever signed in also those for members and their own documents, an
operator all books. A widget sees the one that its token names, if who stands behind it may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeGuard, cast

from sqlalchemy import ColumnElement, Select, Table, false, select, true
from sqlalchemy.orm import Session

from glossator.accounts.callers import Anyone, Guest, Member, Operator
from glossator.foundation.errors import BadRequest, NotFound, UnknownReference
from glossator.gateways.ports import Scope
from glossator.library import books
from glossator.library.tables import Book, Document

_BOOK = cast("Table", Book.__table__).c
_TO_GUESTS = _BOOK.visibility == "public"
_TO_MEMBERS = _BOOK.visibility.in_(("public", "members"))
_BOOKS = select(_BOOK.id, _BOOK.collection_id).order_by(_BOOK.title, _BOOK.id)
# Built once: every question asks this.
_SHOWN: Mapping[type[Anyone], Select[tuple[str, str]]] = MappingProxyType(
    {Guest: _BOOKS.where(_TO_GUESTS), Member: _BOOKS.where(_TO_MEMBERS), Operator: _BOOKS}
)
_SAME_WORDS = "There is no book, chapter or document with this id."


def visible_books(session: Session, caller: Anyone) -> Sequence[Book]:
    """The books that the caller may see, by title."""
    shown = select(Book).where(_visible(caller))
    return session.scalars(shown.order_by(Book.title, Book.id)).all()


def visible_book(session: Session, caller: Anyone, book_id: str) -> Book:
    """A book that the caller may see; raises `NotFound`, the same for one that isn't there."""
    shown = select(Book).where(Book.id == book_id, _visible(caller))
    book = session.scalar(shown) if books.possible(book_id) else None
    if book is None:
        raise NotFound(_SAME_WORDS)
    return book


def sites(session: Session, caller: Anyone) -> dict[str, str | None]:
    """The books that the caller may see, each with the address of its own site."""
    shown = select(_BOOK.id, _BOOK.url).where(_visible(caller))
    return {row.id: row.url for row in session.execute(shown)}


def own_documents(caller: Member) -> ColumnElement[bool]:
    """The condition for a user's own uploads; nobody else sees them, administrators neither.

    Nor does a widget that asks in the user's name.
    """
    if caller.books is not None:
        return false()
    return (
        Document.book_id.is_(None) & (Document.user_id == caller.id) & Document.deleted_at.is_(None)
    )


def own_document(
    session: Session, caller: Member, document_id: str, *, held: bool = False
) -> Document:
    """An upload of the caller's own; raises `NotFound`, the same for somebody else's.

    With `held` nobody else changes or deletes it until the transaction ends: of two requests that
    delete it at the same moment the second finds nothing.
    """
    found = select(Document).where(Document.id == document_id, own_documents(caller))
    if held:
        found = found.with_for_update(key_share=True)
    document = session.scalar(found) if books.possible(document_id) else None
    if document is None:
        raise NotFound(_SAME_WORDS)
    return document


def scope(
    session: Session,
    caller: Anyone,
    *,
    book_ids: Sequence[str] = (),
    chapter_id: str | None = None,
    document_ids: Sequence[str] = (),
    own: bool = False,
) -> Scope:
    """What a question may search: the things named, or all books that the caller may see.

    With `own` the caller's documents are among what is searched when nothing is named. Raises
    `UnknownReference` when one of the things named isn't there or isn't the caller's to see, and
    `BadRequest` when two books have the chapter.
    """
    rows = session.connection().execute(_SHOWN[type(caller)])
    only = None if isinstance(caller, Operator) else caller.books
    visible = {row.id: row.collection_id for row in rows if only is None or row.id in only}
    if any(book_id not in visible for book_id in book_ids):
        raise UnknownReference(_SAME_WORDS)
    collections = {book_id: visible[book_id] for book_id in book_ids or visible}
    if chapter_id is None and not document_ids:
        mine = (user_collection(caller.id),) if _has_own(caller, own and not book_ids) else ()
        return Scope((*collections.values(), *mine))
    documents = _documents(session, caller, collections, chapter_id, document_ids)
    if book_ids and chapter_id is None:
        # A book that is named beside documents of others is searched whole.
        narrowed = {collection for collection, _ in documents}
        whole = [name for name, collection in collections.items() if collection not in narrowed]
        documents += _of_books(session, whole)
    return Scope(
        tuple(sorted({collection for collection, _ in documents})),
        frozenset(document for _, document in documents),
    )


def _of_books(session: Session, names: Sequence[str]) -> list[tuple[str, str]]:
    found = session.execute(
        select(Document.collection_id, Document.id).where(Document.book_id.in_(names))
    )
    return [(row.collection_id, row.id) for row in found]


def chapter(
    session: Session, caller: Anyone, chapter_id: str, book_id: str | None = None
) -> tuple[str, str]:
    """The ids of a chapter's book and of the chapter, as a body names it; raises as `scope`."""
    named = [] if book_id is None else [book_id]
    (collection,) = scope(session, caller, book_ids=named, chapter_id=chapter_id).collections
    found = select(Book.id).where(Book.collection_id == collection)
    return session.scalars(found).one(), chapter_id


def _visible(caller: Anyone) -> ColumnElement[bool]:
    shown = _of_role(caller)
    if isinstance(caller, Operator) or caller.books is None:
        return shown
    return shown & _BOOK.id.in_(caller.books)


def _of_role(caller: Anyone) -> ColumnElement[bool]:
    match caller:
        case Guest():
            return _TO_GUESTS
        case Member():
            return _TO_MEMBERS
        case _:
            return true()


def user_collection(user_id: int) -> str:
    """The collection that holds a user's own documents."""
    return f"user:{user_id}"


def _has_own(caller: Anyone, wanted: bool) -> TypeGuard[Member]:
    return wanted and isinstance(caller, Member) and caller.books is None


def _documents(
    session: Session,
    caller: Anyone,
    collections: dict[str, str],
    chapter_id: str | None,
    document_ids: Sequence[str],
) -> list[tuple[str, str]]:
    base = select(Document.collection_id, Document.id).where(Document.book_id.in_(collections))
    if not all(books.possible(name) for name in (chapter_id or "", *document_ids)):
        raise UnknownReference(_SAME_WORDS)
    found: list[tuple[str, str]] = []
    if chapter_id is not None:
        chapter = session.execute(base.where(Document.chapter_id == chapter_id)).all()
        if not chapter:
            raise UnknownReference(_SAME_WORDS)
        if len({collection for collection, _ in chapter}) > 1:
            raise BadRequest("More than one book has a chapter with this id; say which by book_id.")
        found += chapter
    if document_ids:
        allowed: ColumnElement[bool] = Document.book_id.in_(collections)
        if isinstance(caller, Member):
            allowed |= own_documents(caller)
        named = session.execute(
            select(Document.collection_id, Document.id).where(
                Document.id.in_(document_ids), allowed
            )
        ).all()
        if {document for _, document in named} != set(document_ids):
            raise UnknownReference(_SAME_WORDS)
        found += named
    return found
