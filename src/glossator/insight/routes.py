"""What the books lack: over HTTP, for authors and administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from glossator.accounts.callers import Author, Member
from glossator.foundation.database import Database
from glossator.foundation.errors import UnknownReference
from glossator.foundation.web import Body, Identifier, Page, Store, not_stored
from glossator.insight import aside, telling
from glossator.insight.gaps import Gaps
from glossator.insight.objects import group_object
from glossator.insight.shapes import Aside, GapPage
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


class AsideBody(Body):
    """A subject by a question of it, as the report shows it."""

    book_id: Identifier
    question: Annotated[str, Field(min_length=1, max_length=4_000)]
    aside: bool = True


@router.put("/missing/aside", response_model=None, responses={200: {"model": Aside}})
def put_aside(request: Request, author: Author, store: Store, body: AsideBody) -> dict[str, int]:
    """Have a subject left out of the report, because it isn't relevant; or take that back.

    Other wordings that are asked later are shown again. `wordings` is 0 where nobody asked it.
    """
    room = cast("Gaps", request.state.gaps)
    since = now() - timedelta(days=room.most_days)
    with store.reading() as session:
        shown = [book.id for book in access.visible_books(session, author)]
        if body.book_id not in shown:
            raise UnknownReference("There is no book with this id.")
        # As the report of this book alone has it, or else that of all.
        marks = room.subject(session, [body.book_id], body.question, since) or room.subject(
            session, shown, body.question, since
        )
    if marks:
        with store.writing() as session:
            aside.put(session, marks, body.aside)
    return {"wordings": len(marks)}


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
