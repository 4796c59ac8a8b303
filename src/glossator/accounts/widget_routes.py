"""What the widget on other sites is let in by, and what a person let it do, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from glossator.accounts import people, widgets
from glossator.accounts.callers import Guest, User, widget_token
from glossator.accounts.tables import Login
from glossator.accounts.widgets import Widgets
from glossator.foundation.errors import UnknownReference
from glossator.foundation.web import Address, Body, Identifier, Page, Store, moment, not_stored

router = APIRouter(prefix="/api/widget", tags=["widget"], dependencies=[Depends(not_stored)])

Paging = Annotated[Page, Depends()]
_NO_BOOK = "There is no book, chapter or document with this id."
_REFUSED: dict[int | str, dict[str, Any]] = {
    403: {"description": "The site isn't allowed; the page shows that to its owner."},
    429: {"description": "Too many tokens this hour; `Retry-After` says how long."},
}


class TokenBody(Body):
    """The book that a page's widget asks."""

    book_id: Identifier


class AgreementBody(TokenBody):
    """The site that may ask about the book in one's name."""

    origin: Annotated[str, Field(min_length=8, max_length=300)]


class WidgetToken(BaseModel):
    """A token for `Authorization: Widget TOKEN`; `expires_in` seconds."""

    token: str
    expires_in: int
    book_id: str


class Agreement(BaseModel):
    """A site that asks in one's name."""

    agreement_id: str
    site: str
    created_at: str
    last_seen_at: str
    expires_at: str


@router.post(
    "/token",
    response_model=None,
    responses={
        200: {"model": WidgetToken},
        401: {"description": "The token that was to be renewed isn't good any more."},
        503: {"description": "The database doesn't answer."},
        **_REFUSED,
    },
)
async def token(request: Request, address: Address, body: TokenBody) -> dict[str, Any]:
    """Let the widget of an allowed site ask about a public book, as a guest.

    With a good widget's token it is renewed instead, for a user as long as the agreement lasts.
    """
    return await run_in_threadpool(_token, request, address, body.book_id)


def _token(request: Request, address: str, book_id: str) -> dict[str, Any]:
    room = _widgets(request)
    origin = request.headers.get("origin", "")
    # First: whom nobody allowed learns nothing about books.
    if not room.sites.known(origin):
        room.check_site("", book_id)
    room.count(origin, address)
    old = widget_token(request)
    if old is not None:
        return _shown(room.renew(old, origin, book_id), book_id)
    if not room.sees(Guest(), book_id) or not room.sites.allow(origin, book_id):
        raise UnknownReference(_NO_BOOK)
    return _shown(room.for_guest(origin, book_id), book_id)


@router.post(
    "/agreements",
    status_code=201,
    response_model=None,
    responses={201: {"model": WidgetToken}, **_REFUSED},
)
def agree(
    request: Request, user: User, store: Store, address: Address, body: AgreementBody
) -> dict[str, Any]:
    """Let a site's widget ask about a book in one's own name; asked for by our own page alone."""
    room = _widgets(request)
    if not room.sees(user, body.book_id):
        raise UnknownReference(_NO_BOOK)
    room.check_site(body.origin, body.book_id)
    room.count(body.origin, address)
    with store.writing() as session:
        people.hold(session, user.id)
        given = room.agree(session, user.id, body.origin, body.book_id)
    return _shown(given, body.book_id)


@router.get("/agreements", response_model=None)
def list_agreements(user: User, store: Store, page: Paging) -> dict[str, Any]:
    """The sites that may ask in one's name now."""
    with store.reading() as session:
        rows = widgets.agreements(session, user.id)
    first = (page.page - 1) * page.page_size
    return page.of([_object(row) for row in rows[first : first + page.page_size]], len(rows))


@router.delete("/agreements/{agreement_id}", status_code=204, response_model=None)
def withdraw(user: User, store: Store, agreement_id: str) -> None:
    """End it; the site's token is refused from now on."""
    with store.writing() as session:
        widgets.withdraw(session, user.id, agreement_id)


def _widgets(request: Request) -> Widgets:
    return cast("Widgets", request.state.widgets)


def _shown(given: str, book_id: str) -> dict[str, Any]:
    return {
        "token": given,
        "expires_in": int(widgets.LASTS.total_seconds()),
        "book_id": book_id,
    }


def _object(row: Login) -> dict[str, Any]:
    return {
        "agreement_id": row.id,
        "site": row.kind.partition(":")[2],
        "created_at": moment(row.created_at),
        "last_seen_at": moment(row.last_seen_at),
        "expires_at": moment(row.expires_at),
    }
