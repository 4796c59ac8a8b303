"""Units for as long as something works on them; back again where it wasn't done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool

from glossator.accounts import people
from glossator.accounts.callers import Guest, Member, Unchecked
from glossator.foundation.database import Database
from glossator.foundation.errors import GlossatorError
from glossator.foundation.journal import lap, note
from glossator.usage.allowances import Allowance, Caller, Taken
from glossator.usage.service import Usage

# What whoever watches calls the work that is paid for so.
_WORK = MappingProxyType({Allowance.QUESTIONS: "question", Allowance.SEARCHES: "search"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as allowances count them too, and the unit that they have taken."""

    caller: Member | Guest
    who: Caller
    taken: Taken


def counted(caller: Member | Guest) -> Caller:
    """Who asks, as allowances count them: a user, or the guests of an address."""
    if isinstance(caller, Guest):
        return Caller(caller.address)
    return Caller("", user_id=caller.id, role=caller.role)


@asynccontextmanager
async def admitted(
    room: Usage, database: Database, token: Member | Guest | Unchecked, allowance: Allowance
) -> AsyncIterator[Asker]:
    """Look up who asks and take a unit, in one transaction; else as `charged`.

    Raises `Unauthorized` too.
    """
    if isinstance(token, Unchecked):
        _noted(allowance)
        asker = await run_in_threadpool(_admit, room, database, token, allowance, room.clock())
        lap("allowance")
        async with _unless_it_fails(room, database, allowance, asker.taken):
            yield asker
        return
    lap("caller")
    who = counted(token)
    async with charged(room, database, who, allowance) as taken:
        yield Asker(token, who, taken)


@asynccontextmanager
async def charged(
    room: Usage, database: Database, who: Caller, allowance: Allowance, units: int = 1
) -> AsyncIterator[Taken]:
    """Take units, all or none; raises `AllowanceSpent` where there aren't so many left.

    Only an answer counts as a question. A search counts unless the failure is ours: its limit
    guards the server, also from nonsense.
    """
    now = room.clock()
    _noted(allowance)
    if not room.allowances.needs_database(who, allowance):
        lap("allowance")
        yield room.allowances.free(allowance, now)
        return
    taken = await run_in_threadpool(_take, room, database, who, allowance, now, units)
    lap("allowance")
    async with _unless_it_fails(room, database, allowance, taken):
        yield taken


@asynccontextmanager
async def _unless_it_fails(
    room: Usage, database: Database, allowance: Allowance, taken: Taken
) -> AsyncIterator[None]:
    async def ended(_kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and (allowance is not Allowance.SEARCHES or _ours(error)):
            # Also when the request was cancelled: the unit would be lost.
            with CancelScope(shield=True):
                await run_in_threadpool(give_back, room, database, taken)

    async with AsyncExitStack() as stack:
        stack.push_async_exit(ended)
        yield


def give_back(room: Usage, database: Database, taken: Taken) -> None:
    """Give units back for work that wasn't done."""
    with database.writing() as session:
        room.allowances.give_back(session, taken)


def _take(
    room: Usage, database: Database, who: Caller, allowance: Allowance, now: datetime, units: int
) -> Taken:
    with database.writing() as session:
        if who.user_id is not None:
            people.hold(session, who.user_id)
        return room.allowances.take(session, who, allowance, now, units)


def _admit(
    room: Usage, database: Database, token: Unchecked, allowance: Allowance, now: datetime
) -> Asker:
    with database.writing() as session:
        caller = token.member(session)
        lap("caller")
        people.hold(session, caller.id)
        who = counted(caller)
        return Asker(caller, who, room.allowances.take(session, who, allowance, now))


def _noted(allowance: Allowance) -> None:
    if allowance in _WORK:
        note(work=_WORK[allowance])


def _ours(error: BaseException) -> bool:
    return not isinstance(error, GlossatorError) or error.status >= 500
