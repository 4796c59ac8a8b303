"""Over HTTP: what routes depend on to take a unit, what is left of it, and what was spent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from glossator.accounts import callers
from glossator.foundation import limits
from glossator.foundation.database import Database
from glossator.foundation.journal import lap
from glossator.foundation.limits import Standing
from glossator.foundation.web import Store
from glossator.usage import charging, ledger, standings
from glossator.usage.allowances import Allowance, Caller, Taken
from glossator.usage.charging import Asker, counted
from glossator.usage.ledger import MOST_DAYS
from glossator.usage.service import Usage
from glossator.usage.shapes import AllowancesLeft

router = APIRouter(prefix="/api", tags=["usage"])


async def _calling(caller: callers.Caller) -> Caller:
    lap("caller")
    return counted(caller)


Calling = Annotated[Caller, Depends(_calling)]


async def _question(
    request: Request, response: Response, token: callers.Token
) -> AsyncIterator[Asker]:
    async with _charged(request, response, token, Allowance.QUESTIONS) as asker:
        yield asker


async def _own_question(
    request: Request, response: Response, token: callers.SignedIn
) -> AsyncIterator[Asker]:
    async with _charged(request, response, token, Allowance.QUESTIONS) as asker:
        yield asker


async def _search(
    request: Request, response: Response, token: callers.Token
) -> AsyncIterator[Asker]:
    async with _charged(request, response, token, Allowance.SEARCHES) as asker:
        yield asker


# They hold no connection while the route works: who asks is looked up and the unit taken in one
# short transaction, given back in another, each begun and ended in one thread. A question of
# one's own needs an account.
Question = Annotated[Asker, Depends(_question, scope="function")]
OwnQuestion = Annotated[Asker, Depends(_own_question, scope="function")]
Searching = Annotated[Asker, Depends(_search, scope="function")]

# For the API's description: what a route that depends on one of these may answer besides.
ANSWERS: Mapping[Callable[..., object], Sequence[int]] = MappingProxyType(
    {_question: (429,), _own_question: (429,), _search: (429,)}
)


@router.get("/usage", response_model=None, responses={200: {"model": AllowancesLeft}})
def usage(request: Request, store: Store, who: Calling) -> dict[str, Any]:
    """What is left of the caller's allowances, money and storage; guests have questions only."""
    room = _usage(request)
    now = room.clock()
    shown = (Allowance.QUESTIONS, Allowance.TRANSLATIONS, Allowance.PERSONALIZATIONS)
    with store.reading() as session:
        rows = {
            name: room.allowances.standing(session, who, name, now)
            for name in shown
            if who.user_id is not None or name is Allowance.QUESTIONS
        }
        storage = None if who.user_id is None else _storage(room, session, who.user_id)
        money = None if who.user_id is None else standings.money(session, room, who)
    left: dict[str, Any] = {name: _shown(rows[name]) if name in rows else None for name in shown}
    return left | {"storage": storage, "money": money}


@router.get("/usage/calls", response_model=None)
def own_calls(
    request: Request,
    store: Store,
    user: callers.User,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """The calls to models made for the caller, the last first, and their sums by feature."""
    now = _usage(request).clock()
    with store.reading() as session:
        return ledger.own(session, user.id, now, days=days, page=page, page_size=page_size)


@router.get("/admin/usage", response_model=None)
def admin_usage(
    request: Request,
    store: Store,
    _: callers.Admin,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 100,
) -> dict[str, Any]:
    """What language models cost, against the day's budget; pages are of the users."""
    return _usage(request).report(store, days=days, page=page, page_size=page_size)


async def give_back(request: Request, taken: Taken) -> None:
    """Give a unit back for work that failed after its answer had begun."""
    database = cast("Database", request.state.database)
    await run_in_threadpool(charging.give_back, _usage(request), database, taken)


@asynccontextmanager
async def _charged(
    request: Request,
    response: Response,
    token: callers.Member | callers.Guest | callers.Unchecked,
    allowance: Allowance,
) -> AsyncIterator[Asker]:
    """A unit for as long as the request works, and the headers that tell how many are left."""
    room, database = _usage(request), cast("Database", request.state.database)
    async with charging.admitted(room, database, token, allowance) as asker:
        response.headers.update(left(room, asker.taken))
        yield asker


def left(room: Usage, taken: Taken) -> dict[str, str]:
    """The headers that tell how an allowance stands."""
    return limits.headers([taken.standing], room.clock())


def _shown(standing: Standing) -> dict[str, Any]:
    return {
        "limit": standing.limit,
        "used": standing.used,
        "left": standing.left,
        "window_seconds": standing.window.value,
        "resets_at": standing.resets_at.isoformat(),
    }


def _storage(room: Usage, session: Session, user_id: int) -> dict[str, int | None]:
    used, limit = room.stored(session, user_id), room.storage_bytes
    left = None if limit is None else max(0, limit - used)
    return {"limit_bytes": limit, "used_bytes": used, "left_bytes": left}


def _usage(request: Request) -> Usage:
    return cast("Usage", request.state.usage)
