"""A user's documents to be looked at: pages as pictures, the places of words, texts as HTML."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query, Request, Response

from glossator.accounts.callers import User
from glossator.foundation.web import Store
from glossator.ingestion.service import Ingestion
from glossator.ingestion.viewing import (
    WIDTHS,
    Viewing,
    check_named,
    picture_tag,
    readable_object,
)
from glossator.library import access
from glossator.library.pictures import ENDINGS

router = APIRouter(prefix="/api/docs/{document_id}", tags=["documents"])

PageNumber = Annotated[int, Path(ge=1, le=1_000_000)]


@router.get("/reading", response_model=None)
def reading(user: User, store: Store, document_id: str) -> dict[str, Any]:
    """A document's text as HTML that a page may show as it is, with its headings."""
    with store.reading() as session:
        return readable_object(session, access.own_document(session, user, document_id))


@router.get("/pages", response_model=None)
def pages(request: Request, user: User, store: Store, document_id: str) -> dict[str, Any]:
    """A PDF's pages: `sizes`, [width, height] in points as shown, and the `direction` they go."""
    with store.reading() as session:
        row = access.own_document(session, user, document_id)
    return {"document_id": row.id, **_viewing(request).sizes(row)}


@router.get("/pages/{page}/words", response_model=None)
def words(
    request: Request, user: User, store: Store, document_id: str, page: PageNumber
) -> dict[str, Any]:
    """The words of a PDF's page by `lines`, in the order of reading.

    Each is [text, x, y, width, height], in fractions of the page as shown.
    """
    with store.reading() as session:
        row = access.own_document(session, user, document_id)
    return {"document_id": row.id, "page": page, "lines": _viewing(request).words(row, page)}


@router.get(
    "/pages/{page}/picture",
    response_model=None,
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, 304: {"description": "It is the same."}},
)
def picture(
    request: Request,
    user: User,
    store: Store,
    document_id: str,
    page: PageNumber,
    width: Annotated[int, Query(ge=1, le=WIDTHS[-1])] = WIDTHS[3],
) -> Response:
    """A PDF's page as a PNG at least `width` pixels wide, less where it is very tall."""
    with store.reading() as session:
        row = access.own_document(session, user, document_id)
    tag = picture_tag(row, page, width)
    headers = {
        # Kept by this user's browser alone, and asked for each time: who logs out takes it along.
        "cache-control": "private, no-cache",
        "content-encoding": "identity",
        "content-security-policy": "default-src 'none'; sandbox",
        "etag": tag,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    drawn = _viewing(request).picture(row, page, width)
    return Response(drawn, media_type="image/png", headers=headers)


@router.get(
    "/media",
    response_model=None,
    response_class=Response,
    responses={
        200: {"content": {kind: {} for kind in ENDINGS}},
        304: {"description": "It is the same."},
    },
)
def media(
    request: Request,
    user: User,
    store: Store,
    document_id: str,
    name: Annotated[str, Query(min_length=1, max_length=1_000)],
) -> Response:
    """A picture that lies in an EPUB or a Word file; `name` is as the `html` of its text has it."""
    with store.reading() as session:
        row = access.own_document(session, user, document_id)
        check_named(row, name)
    named = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
    headers = {
        "cache-control": "private, no-cache",
        "content-encoding": "identity",
        # Opened by itself, an SVG is a page: it runs nothing and fetches nothing.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "etag": f'"{row.checksum}-{named}"',
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    kind, data = _viewing(request).media(row, name)
    return Response(data, media_type=kind, headers=headers)


def _viewing(request: Request) -> Viewing:
    return cast("Ingestion", request.state.ingestion).viewing
