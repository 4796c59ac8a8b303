"""What the books lack: over HTTP, for authors and administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from glossator.accounts.callers import Author, Member
from glossator.foundation.database import Database
from glossator.foundation.web import Page, Store, not_stored
from glossator.insight import telling
from glossator.insight.gaps import Gaps
from glossator.insight.objects import group_object
from glossator.insight.shapes import GapPage
from glossator.library import access
from glossator.tutor.tables import now

router = APIRouter(prefix="/api/admin", tags=["admin"], dependencies=[Depends(not_stored)])

Paging = Annotated[Page, Depends()]
Days = Annotated[int, Query(ge=1, le=366)]
BookId = Annotated[str, Query(max_length=500)]
_HIDDEN: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such book, or it isn't the caller's to see."}
}
_FILE = {"schema": {"type": "string"}}


@router.get("/missing", response_model=None, responses={200: {"model": GapPage}, **_HIDDEN})
def missing(
    request: Request,
    author: Author,
    store: Store,
    page: Paging,
    book_id: BookId = "",
    days: Days = 90,
) -> dict[str, Any]:
    """Questions without a good answer, grouped by meaning; without who asked them."""
    groups, _ = _report(request, author, store, book_id, days)
    start = (page.page - 1) * page.page_size
    return page.of(groups[start : start + page.page_size], len(groups))


@router.get(
    "/missing.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": _FILE}}, **_HIDDEN},
)
def missing_csv(
    request: Request, author: Author, store: Store, book_id: BookId = "", days: Days = 90
) -> Response:
    """The same, all of it, for table programs."""
    groups, _ = _report(request, author, store, book_id, days)
    return _file(telling.as_csv(groups), "text/csv", "missing.csv")


@router.get(
    "/missing.md",
    response_class=Response,
    responses={200: {"content": {"text/markdown": _FILE}}, **_HIDDEN},
)
def missing_issue(
    request: Request, author: Author, store: Store, book_id: BookId = "", days: Days = 90
) -> Response:
    """The same as an issue for the book's repository, in Markdown."""
    groups, titles = _report(request, author, store, book_id, days)
    return _file(telling.as_issue(groups, titles, days), "text/markdown", "missing.md")


def _report(
    request: Request, author: Member, store: Database, book_id: str, days: int
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The groups, and the titles of the books that were looked at."""
    room = cast("Gaps", request.state.gaps)
    with store.reading() as session:
        if book_id:
            shown = [access.visible_book(session, author, book_id)]
        else:
            shown = list(access.visible_books(session, author))
        titles = {book.id: book.title for book in shown}
        since = now() - timedelta(days=min(days, room.most_days))
        groups, lacking = room.groups(session, list(titles), since)
        return [group_object(group, lacking) for group in groups], titles


def _file(text: str, kind: str, name: str) -> Response:
    return Response(
        text.encode("utf-8", "replace"),
        media_type=f"{kind}; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
