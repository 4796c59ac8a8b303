"""Books for authors over HTTP: send, replace, change, delete."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from glossator.accounts.callers import Author, Member
from glossator.foundation.database import Database
from glossator.foundation.errors import Conflict, NotFound, TooLarge, Unsupported, Unusable
from glossator.foundation.multipart import Form, FormLimits, Received, described, receive
from glossator.foundation.web import Body, Store
from glossator.ingestion.bookjobs import Order
from glossator.ingestion.names import shown_name
from glossator.ingestion.readers.kinds import kind_of_file
from glossator.ingestion.service import Ingestion
from glossator.ingestion.sources import SourceError
from glossator.ingestion.tables import BookJob
from glossator.library import access, books
from glossator.library.objects import book_object
from glossator.library.tables import Book

router = APIRouter(prefix="/api/books", tags=["books"])

BOOK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_URL = re.compile(r"https?://[^\s/]\S{0,990}")
_FILES = frozenset({"files", "file", "archive"})
_FIELDS = frozenset({"book_id", "title", "url", "visibility"})
_PARTS = 2_000
_FORM = described("book_id", "title", "url", "visibility")
_BUSY: dict[int | str, dict[str, Any]] = {
    409: {"description": "The book is there already, or is being added."}
}
_KIND: dict[int | str, dict[str, Any]] = {
    415: {"description": "It is no kind of file that can be read."}
}
_ENDING = re.compile(r"\.(zip|md|mdx|markdown|txt|pdf|epub|docx|pptx|html?|ipynb)$", re.IGNORECASE)


class BookChanges(Body):
    """What can be changed of a book without sending it again."""

    title: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")] | None = None
    url: Annotated[str, Field(max_length=1000, pattern=r"^(https?://[^\s/]\S*)?$")] | None = None
    visibility: Literal["public", "members"] | None = None


@router.post(
    "", status_code=202, response_model=None, openapi_extra=_FORM, responses={**_BUSY, **_KIND}
)
async def add_book(request: Request, author: Author, store: Store) -> dict[str, str]:
    """Add a book from an archive or from files."""
    room = _ingestion(request)
    async with receive(request, _limits(room), room.folder) as form:
        return await run_in_threadpool(_ordered, room, store, author, form, None)


@router.put(
    "/{book_id}",
    status_code=202,
    response_model=None,
    openapi_extra=_FORM,
    responses={**_BUSY, **_KIND},
)
async def replace_book(
    request: Request, author: Author, store: Store, book_id: str
) -> dict[str, str]:
    """Bring a book to what is sent; only changes are embedded."""
    room = _ingestion(request)
    await run_in_threadpool(_visible, store, author, book_id)
    async with receive(request, _limits(room), room.folder) as form:
        return await run_in_threadpool(_ordered, room, store, author, form, book_id)


@router.patch("/{book_id}", response_model=None)
def change_book(author: Author, store: Store, book_id: str, body: BookChanges) -> dict[str, Any]:
    """Change a book's title, address or visibility; an empty address means our own reader."""
    with store.writing() as session:
        book = access.visible_book(session, author, book_id)
        if body.title is not None:
            books.rename(session, book.id, body.title)
        if body.url is not None:
            book.url = body.url or None
        if body.visibility is not None:
            book.visibility = body.visibility
        books.touch(session, book.id)
        return book_object(session, book)


@router.delete("/{book_id}", status_code=204, response_model=None, responses=_BUSY)
def delete_book(request: Request, author: Author, store: Store, book_id: str) -> Response:
    """Delete a book with all that was made from it; 409 while it is being added."""
    room = _ingestion(request)
    _visible(store, author, book_id)
    room.books.forget(book_id)
    room.pipeline.remove_book(book_id)
    return Response(status_code=204)


@router.get("/{book_id}/job", response_model=None)
def book_job(request: Request, _: Author, store: Store, book_id: str) -> dict[str, Any]:
    """How far the book's newest job is."""
    with store.reading() as session:
        job = _ingestion(request).books.latest(session, book_id)
        if job is None:
            raise NotFound("There is no job for a book with this id.")
        return job_object(job)


def _ordered(
    room: Ingestion, store: Database, author: Member, form: Form, replaced: str | None
) -> dict[str, str]:
    order = _order(form, replaced)
    if replaced is None:
        with store.reading() as session:
            if session.get(Book, order.book_id) is not None:
                raise Conflict(
                    f"There is a book {order.book_id} already. Replace it with PUT, or choose "
                    "another book_id."
                )
    most = room.intake.most_bytes
    for item in form.files:
        _judge(item, len(form.files), most)
    job = room.books.order(author.id, order, form.files, most)
    return {"book_id": order.book_id, "job": job.id}


def _order(form: Form, replaced: str | None) -> Order:
    fields = {name: value.strip() for name, value in form.fields.items()}
    unknown = sorted({*fields.keys() - _FIELDS, *({f.field for f in form.files} - _FILES)})
    if unknown:
        raise Unusable(f"The form has fields that aren't known here: {', '.join(unknown)[:200]}.")
    if not form.files:
        raise Unusable("Send an archive or files in the field `files`.")
    book_id = replaced or fields.get("book_id") or _id_from(form.files[0].filename)
    if replaced is None and not BOOK_ID.fullmatch(book_id):
        raise Unusable("book_id has 1 to 64 letters, digits, dots, dashes or underscores.")
    if replaced is not None and fields.get("book_id", replaced) != replaced:
        raise Unusable("book_id is another one than the address names. Leave it out.")
    title, url = fields.get("title") or None, fields.get("url") or None
    visibility = fields.get("visibility") or None
    if title is not None and (len(title) > 500 or "\x00" in title):
        raise Unusable("title has at most 500 characters.")
    if url is not None and not _URL.fullmatch(url):
        raise Unusable("url begins with http:// or https://.")
    if visibility not in (None, "public", "members"):
        raise Unusable("visibility is public or members.")
    return Order(book_id, title, url, visibility, replaced is not None)


def _judge(item: Received, count: int, most: int) -> None:
    name = shown_name(item.filename)
    if item.too_large:
        raise TooLarge(f"{name}: The file is larger than {most // 1_000_000} MB. Split it.")
    if count > 1:
        # Pictures and settings belong to a book too; its reader chooses.
        return
    if not item.size:
        raise Unusable(f"{name}: The file is empty.")
    try:
        kind_of_file(item.path, name)
    except SourceError as error:
        raise Unsupported(f"{name}: {error.message}") from None


def _id_from(filename: str) -> str:
    stem = _ENDING.sub("", shown_name(filename))
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:64]


def _visible(store: Database, author: Member, book_id: str) -> None:
    with store.reading() as session:
        access.visible_book(session, author, book_id)


def _limits(room: Ingestion) -> FormLimits:
    return FormLimits(room.intake.most_bytes, files=_PARTS)


def job_object(job: BookJob) -> dict[str, Any]:
    """A job as the API shows it."""
    finished = job.finished_at
    return {
        "job": job.id,
        "book_id": job.book_id,
        "status": job.status,
        "error": job.error,
        "notes": job.notes,
        "progress": {"done": job.progress_done, "total": job.progress_total},
        "finished_at": finished.replace(tzinfo=UTC).isoformat() if finished else None,
    }


def _ingestion(request: Request) -> Ingestion:
    return cast("Ingestion", request.state.ingestion)
