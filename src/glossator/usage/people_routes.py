"""People, amounts and the models' switch over HTTP, for administrators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session

from glossator.accounts import identities, people
from glossator.accounts.callers import Admin
from glossator.accounts.personal import keep_an_administrator
from glossator.accounts.tables import Account
from glossator.accounts.tables import now as present
from glossator.foundation.errors import NotFound
from glossator.foundation.telemetry import log
from glossator.foundation.web import Body, Page, Store, moment, not_stored
from glossator.usage import overrides, standings, switch
from glossator.usage.allowances import WINDOWS, Allowance, Caller
from glossator.usage.prices import NANO
from glossator.usage.service import Usage

router = APIRouter(prefix="/api/admin", tags=["admin"], dependencies=[Depends(not_stored)])

Paging = Annotated[Page, Depends()]
# `default` lets the role's amount or the settings' hold again.
Amount = Annotated[int, Field(ge=0, le=9_999_999)] | Literal["unlimited", "default"]
_LAST: dict[int | str, dict[str, Any]] = {409: {"description": "This is the only administrator."}}


class AmountsBody(Body):
    """Amounts to set; what isn't named stays. `budget_cents`: of the day's money, in cents."""

    questions: Amount | None = None
    translations: Amount | None = None
    personalizations: Amount | None = None
    searches: Amount | None = None
    budget_cents: Amount | None = None


class PersonBody(AmountsBody):
    """What an administrator may change of somebody."""

    role: people.Role | None = None
    disabled: bool | None = None


class InvitationBody(Body):
    """How many may sign up with it, and what it is for."""

    uses: Annotated[int, Field(ge=1, le=100_000)] = 1
    note: Annotated[str, Field(max_length=200)] = ""


class ModelsBody(Body):
    """Whether all calls to language models are stopped."""

    stopped: bool


@router.get("/users", response_model=None)
def list_users(
    request: Request,
    _: Admin,
    store: Store,
    page: Paging,
    q: Annotated[str, Query(max_length=200)] = "",
) -> dict[str, Any]:
    """All accounts, each with amounts and use of its own."""
    room = _usage(request)
    with store.reading() as session:
        words = q.replace("\x00", "")
        accounts, total = people.listed(session, page.page, page.page_size, words)
        return page.of(_people(session, room, accounts), total)


@router.patch("/users/{user_id}", response_model=None, responses=_LAST)
def change_user(
    request: Request, admin: Admin, store: Store, user_id: str, body: PersonBody
) -> dict[str, Any]:
    """Change somebody's role or amounts, or shut them out; it holds from their next request on."""
    room = _usage(request)
    with store.writing() as session:
        account = people.numbered(session, user_id)
        leaves = body.role not in (None, "admin") or body.disabled is True
        if leaves and account.role == "admin":
            keep_an_administrator(session, account.id)
        changes: dict[str, Any] = {}
        if body.role is not None:
            changes["role"] = body.role
        if body.disabled is not None:
            changes["disabled_at"] = present() if body.disabled else None
        if changes:
            people.change(session, account.id, changes)
        if body.disabled:
            people.end_logins(session, account.id)
        _set(session, overrides.user(account.id), body)
        session.expire(account)
        log(__name__).info("an account was changed", user=account.id, by=admin.id)
        return _people(session, room, [account])[0]


@router.post("/invitations", status_code=201, response_model=None)
def invite(_: Admin, store: Store, body: InvitationBody) -> dict[str, Any]:
    """Make an invitation; its code is shown once and kept nowhere."""
    with store.writing() as session:
        code = people.invite(session, uses=body.uses, note=body.note)
    return {"invitation": code, "uses": body.uses, "path": f"/signup?invitation={code}"}


@router.get("/limits", response_model=None)
def limits(request: Request, _: Admin, store: Store) -> dict[str, Any]:
    """What holds for everybody by the settings, and each role's own amounts."""
    with store.reading() as session:
        return _limits(session, _usage(request))


@router.patch("/roles/{role}", response_model=None)
def change_role(
    request: Request, admin: Admin, store: Store, role: str, body: AmountsBody
) -> dict[str, Any]:
    """Set amounts of everybody with a role who has none of their own."""
    if role not in people.ROLES:
        raise NotFound("There is no such role.")
    with store.writing() as session:
        _set(session, overrides.role(role), body)
        log(__name__).info("a role's amounts were changed", role=role, by=admin.id)
        return _limits(session, _usage(request))


@router.put("/models", response_model=None)
def switch_models(admin: Admin, store: Store, body: ModelsBody) -> dict[str, Any]:
    """Stop all calls to language models, in every process at once, or let them go on."""
    with store.writing() as session:
        (switch.stop if body.stopped else switch.go_on)(session)
    log(__name__).warning("the models' switch was used", stopped=body.stopped, by=admin.id)
    return {"stopped": body.stopped}


def _people(session: Session, room: Usage, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    numbers = [account.id for account in accounts]
    issuers = identities.issuers(session, numbers)
    seen = people.last_seen(session, numbers)
    amounts = standings.of_users(session, room, accounts)
    return [
        {
            **people.person_object(account),
            "issuer": issuers.get(account.id),
            "questions_asked": account.questions_asked,
            "created_at": moment(account.created_at),
            "last_seen_at": moment(seen[account.id]) if account.id in seen else None,
            **of,
        }
        for account, of in zip(accounts, amounts, strict=True)
    ]


def _limits(session: Session, room: Usage) -> dict[str, Any]:
    standing = room.budget.standing(session, room.clock())
    own = overrides.listed(session, [overrides.role(name) for name in people.ROLES])
    share = room.budget.configured_share
    somebody, guest = Caller("", 0), Caller("0.0.0.0")  # noqa: S104  nobody's address
    return {
        "budget_usd_per_day": None if standing.limit_nano is None else standing.limit_nano / NANO,
        "settings": {
            **{name.value: room.allowances.configured(somebody, name) for name in Allowance},
            "guest_questions": room.allowances.configured(guest, Allowance.QUESTIONS),
            overrides.SHARE: None if share is None else share * 100 / NANO,
        },
        "window_seconds": {name.value: WINDOWS[name].value for name in Allowance},
        "roles": {name: dict(own.get(overrides.role(name), {})) for name in people.ROLES},
    }


def _set(session: Session, subject: str, body: AmountsBody) -> None:
    given: Mapping[str, int | str | None] = body.model_dump(
        include={*(name.value for name in Allowance), overrides.SHARE}, exclude_none=True
    )
    for name, amount in given.items():
        if amount == "default":
            overrides.remove_override(session, subject, name)
        else:
            chosen = None if amount == "unlimited" else cast("int", amount)
            overrides.override(session, subject, name, chosen)


def _usage(request: Request) -> Usage:
    return cast("Usage", request.state.usage)
