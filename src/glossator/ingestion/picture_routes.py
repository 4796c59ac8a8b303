"""A book's own pictures over HTTP."""

from __future__ import annotations

from typing import Any, cast

from fastapi import APIRouter, Request, Response

from glossator.accounts.callers import Caller
from glossator.foundation.errors import NotFound
from glossator.foundation.web import Store
from glossator.ingestion.service import Ingestion
from glossator.library import access, pictures

router = APIRouter(prefix="/api/books", tags=["books"])

_KINDS: dict[str, Any] = {kind: {} for kind in pictures.ENDINGS}


@router.get(
    "/{book_id}/media/{name}",
    response_model=None,
    response_class=Response,
    responses={200: {"content": _KINDS}, 304: {"description": "It is the same."}},
)
def picture(request: Request, caller: Caller, store: Store, book_id: str, name: str) -> Response:
    """A picture of a book, as its author drew it; `name` is as the chapter's `html` has it."""
    with store.reading() as session:
        row = pictures.stored(session, access.visible_book(session, caller, book_id).id, name)
    tag = f'"{row.name}"'
    headers = {
        # The name is made of the content. A day: who may see the book can change.
        "cache-control": "private, max-age=86400",
        "content-encoding": "identity",
        # Opened by itself, an SVG is a page: it runs nothing and fetches nothing.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "etag": tag,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    files = cast("Ingestion", request.state.ingestion).files
    try:
        data = b"".join(files.read(f"{pictures.folder_of(row.book_id)}/{row.name}"))
    except FileNotFoundError:
        raise NotFound("The stored picture is gone. Add the book again.") from None
    return Response(data, media_type=row.media_type, headers=headers)
