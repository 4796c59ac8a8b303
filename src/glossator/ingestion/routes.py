"""Users' own documents over HTTP; `library.access` decides whose they are."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from glossator.accounts.callers import User
from glossator.foundation.closing import Closing
from glossator.foundation.errors import Conflict, NotFound, Unusable
from glossator.foundation.journal import note_id
from glossator.foundation.multipart import FormLimits, described, receive
from glossator.foundation.web import Body, Store
from glossator.ingestion.downloads import attachment
from glossator.ingestion.intake import judged
from glossator.ingestion.progress import progress_events
from glossator.ingestion.service import Ingestion
from glossator.library import access, uploads
from glossator.library.tables import Document
from glossator.library.uploads import UNFINISHED, Status

router = APIRouter(prefix="/api", tags=["documents"])

_NO_OCR = (
    "This server doesn't read pictures of text. Add a copy that has text, or ask its operator to "
    "install text recognition."
)


class PasswordBody(Body):
    """What opens a locked file."""

    password: Annotated[str, Field(min_length=1, max_length=500, repr=False)]


Sort = Literal[
    "created_at", "-created_at", "title", "-title", "filename", "-filename",
    "size", "-size", "status", "-status",
]  # fmt: skip


@router.post(
    "/upload",
    status_code=202,
    response_model=None,
    openapi_extra=described(),
    responses={415: {"description": "None of the files is of a kind that can be read."}},
)
async def upload(request: Request, user: User) -> dict[str, Any]:
    """Take files in; each is judged on its own and processed in the background."""
    room = _ingestion(request)
    limits = FormLimits(room.intake.most_bytes)
    async with receive(request, limits, room.folder) as form:
        if not form.files:
            raise Unusable("Send one or more files in the field `files`.")
        wrong = [item.field for item in form.files if item.field != "files"]
        if wrong or form.fields:
            raise Unusable("Send the files in the field `files`, and no other field.")
        taken = await run_in_threadpool(
            judged, form.files, lambda item: _accepted(room, user.id, item)
        )
    return {"documents": taken}


@router.get("/docs", response_model=None)
def list_documents(
    request: Request,
    user: User,
    store: Store,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
    status: Status | None = None,
    q: Annotated[str | None, Query(max_length=200, pattern="^[^\\x00]*$")] = None,
    sort: Sort = "-created_at",
) -> dict[str, Any]:
    """The caller's own documents; `q` looks into titles and file names."""
    with store.reading() as session:
        rows, total = uploads.listed(
            session,
            access.own_documents(user),
            page=page,
            page_size=page_size,
            status=status,
            words=q,
            sort=sort,
        )
        items = uploads.shown(session, rows)
    return {
        "items": items,
        "page": page,
        "page_size": page_size,
        "total": total,
        "file_limit_bytes": _ingestion(request).intake.most_bytes,
    }


@router.get("/docs/{document_id}", response_model=None)
def get_document(user: User, store: Store, document_id: str) -> dict[str, Any]:
    """One document."""
    with store.reading() as session:
        return uploads.shown(session, [access.own_document(session, user, document_id)])[0]


@router.get("/docs/{document_id}/raw", response_model=None)
def raw_file(request: Request, user: User, store: Store, document_id: str) -> Response:
    """The file as it was uploaded, to be saved; takes a range of bytes."""
    with store.reading() as session:
        row = access.own_document(session, user, document_id)
    return attachment(request, _ingestion(request).files, row)


@router.get("/docs/{document_id}/text", response_model=None)
def text(user: User, store: Store, document_id: str) -> Response:
    """The canonical text, which citations point into."""
    with store.reading() as session:
        content = access.own_document(session, user, document_id).text
    return PlainTextResponse(content, media_type="text/markdown; charset=utf-8")


@router.get("/docs/{document_id}/rectangles", response_model=None)
def rectangles(
    request: Request,
    user: User,
    store: Store,
    document_id: str,
    start: Annotated[int, Query(ge=0, le=100_000_000)],
    end: Annotated[int, Query(ge=1, le=100_000_000)],
) -> dict[str, Any]:
    """Where text[start:end] of a PDF stands: per page its rectangles, as fractions of the page."""
    highlights = _ingestion(request).highlights
    with store.reading() as session:
        row = access.own_document(session, user, document_id)
        quotes = highlights.quotes(session, row, start, end)
    return {"document_id": row.id, "pages": highlights.places(row, quotes)}


@router.get("/docs/{document_id}/events", response_model=None)
def events(request: Request, user: User, store: Store, document_id: str) -> Response:
    """The progress as server-sent events, until the document is ready, failed or gone."""
    with store.reading() as session:
        access.own_document(session, user, document_id)
    return progress_events(store, user, document_id, cast("Closing", request.state.closing))


@router.delete("/docs/{document_id}", status_code=204, response_model=None)
def delete(request: Request, user: User, store: Store, document_id: str) -> Response:
    """Delete a document with all that was made from it."""
    room = _ingestion(request)
    with store.writing() as session:
        row = access.own_document(session, user, document_id, held=True)
        room.documents.bury(session, row)
    # Finished here; if this process dies now, by the next runner.
    room.documents.remove(document_id)
    return Response(status_code=204)


@router.post(
    "/docs/{document_id}/reprocess",
    status_code=202,
    response_model=None,
    responses={409: {"description": "The document is being processed."}},
)
def reprocess(request: Request, user: User, store: Store, document_id: str) -> dict[str, Any]:
    """Process a document anew; chunks that come out equal are not embedded again."""
    with store.writing() as session:
        row = access.own_document(session, user, document_id, held=True)
        return _anew(request, session, row)


@router.post(
    "/docs/{document_id}/stop",
    status_code=202,
    response_model=None,
    responses={409: {"description": "The document isn't being processed."}},
)
def stop(request: Request, user: User, store: Store, document_id: str) -> dict[str, Any]:
    """Process a document no further; what can be asked by now stays so."""
    with store.writing() as session:
        row = access.own_document(session, user, document_id, held=True)
        _ingestion(request).documents.stop(session, row)
        return _queued(row)


@router.post(
    "/docs/{document_id}/password",
    status_code=202,
    response_model=None,
    responses={
        409: {"description": "The document doesn't wait for a password."},
        413: {"description": "Without its password the file is too large."},
    },
)
def password(
    request: Request, user: User, store: Store, document_id: str, body: PasswordBody
) -> dict[str, Any]:
    """Open a locked PDF: from then on a copy without the password is kept in its place.

    The password is used once and kept nowhere.
    """
    room = _ingestion(request)
    with store.reading() as session:
        row = access.own_document(session, user, document_id)
    size = room.viewing.unlock(row, body.password)
    try:
        with store.writing() as session:
            row = access.own_document(session, user, document_id, held=True)
            row.size = size
            return _anew(request, session, row)
    except NotFound:
        # Deleted meanwhile: nothing of it stays.
        room.files.delete(row.raw_path or "")
        raise


@router.post(
    "/docs/{document_id}/ocr",
    status_code=202,
    response_model=None,
    responses={409: {"description": "It is being processed, or nothing here reads pictures."}},
)
def read_pictures(request: Request, user: User, store: Store, document_id: str) -> dict[str, Any]:
    """Process a PDF anew, its pages without text by text recognition, where that is installed."""
    with store.writing() as session:
        row = access.own_document(session, user, document_id, held=True)
        if row.format != "pdf":
            raise Unusable("Only the pages of PDF files are read by OCR.", field="document_id")
        if not _ingestion(request).reads_pictures():
            raise Conflict(_NO_OCR)
        return _anew(request, session, row)


def _accepted(room: Ingestion, user_id: int, item: Any) -> dict[str, Any]:
    accepted = room.intake.take(user_id, item)
    found = _queued(accepted.document)
    note_id("document", accepted.document.id)
    return {**found, "duplicate": True} if accepted.duplicate else found


def _anew(request: Request, session: Session, row: Document) -> dict[str, Any]:
    if row.status in UNFINISHED:
        raise Conflict("The document is being processed. Wait until it is ready or failed.")
    _ingestion(request).documents.enqueue(session, row)
    return _queued(row)


def _queued(row: Document) -> dict[str, Any]:
    return {
        "document_id": row.id,
        "filename": row.filename,
        "status": row.status,
        "job": f"document-{row.id}",
    }


def _ingestion(request: Request) -> Ingestion:
    return cast("Ingestion", request.state.ingestion)
