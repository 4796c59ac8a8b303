"""Accounts over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from glossator.accounts import cookies, identities, people
from glossator.accounts.callers import User
from glossator.accounts.personal import PersonalData
from glossator.accounts.service import Accounts, Issued, NewUser
from glossator.accounts.shapes import LoggedIn, Me, OwnData
from glossator.accounts.tables import Account
from glossator.foundation.database import Database
from glossator.foundation.web import Address, Body, Store, not_stored

router = APIRouter(prefix="/api/auth", tags=["accounts"], dependencies=[Depends(not_stored)])

# Sign-ins and sign-ups have limits of their own, and only so many passwords are hashed at once.
_THROTTLED: dict[int | str, dict[str, Any]] = {
    429: {"description": "Too many tries this hour; `Retry-After` says how long."},
    503: {"description": "Too many at this moment, or the database doesn't answer."},
}

Email = Annotated[str, Field(min_length=3, max_length=254)]
# The rules are for new passwords; one that is merely wrong gets the answer of a wrong one.
Typed = Annotated[str, Field(min_length=1, max_length=1000)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class Credentials(Body):
    """Who signs in. `session`: a token in the answer, or an HttpOnly cookie for a browser."""

    email: Annotated[str, Field(min_length=1, max_length=254)]
    password: Typed
    session: Literal["bearer", "cookie"] = "bearer"


class SignUpBody(Body):
    """Who signs up; `invitation` where the server asks for one."""

    email: Email
    password: Typed
    name: Name
    programming_level: people.Level = "beginner"
    hardware: people.Hardware = "none"
    invitation: Annotated[str, Field(max_length=100)] | None = None
    session: Literal["bearer", "cookie"] = "bearer"


class MeBody(Body):
    """What one may change about oneself; what isn't named stays."""

    name: Name = ""
    programming_level: people.Level = "beginner"
    hardware: people.Hardware = "none"
    questions_told: bool = True


class PasswordBody(Body):
    """A change of password asks for the current one again."""

    current_password: Typed
    new_password: Typed


class LeaveBody(Body):
    """What confirms that one wants to leave: the password, or the address where there is none."""

    password: Typed | None = None
    email: Annotated[str, Field(max_length=254)] | None = None


@router.post(
    "/signup",
    status_code=201,
    response_model=None,
    responses={201: {"model": LoggedIn}, **_THROTTLED},
)
async def sign_up(
    request: Request, response: Response, address: Address, body: SignUpBody
) -> dict[str, Any]:
    """Make an account; the answer is its first login."""
    new = NewUser(
        email=body.email,
        password=body.password,
        name=body.name,
        programming_level=body.programming_level,
        hardware=body.hardware,
        invitation=body.invitation,
    )
    issued = await _accounts(request).sign_up(new, address=address, kind=body.session)
    return _answer(request, response, issued)


@router.post(
    "/login",
    response_model=None,
    responses={
        200: {"model": LoggedIn},
        401: {"description": "The address or the password is wrong."},
        **_THROTTLED,
    },
)
async def log_in(
    request: Request, response: Response, address: Address, body: Credentials
) -> dict[str, Any]:
    """Sign in; the wrong address and the wrong password get the same answer."""
    issued = await _accounts(request).log_in(
        body.email, body.password, address=address, kind=body.session
    )
    return _answer(request, response, issued)


@router.post("/logout", status_code=204)
def log_out(request: Request, response: Response, user: User, store: Store) -> None:
    """End this login; its token is refused from now on.

    Of an external issuer's, this token and those issued before it are refused.
    """
    with store.writing() as session:
        if user.login_kind == "external":
            identities.refuse_until(session, user.id, user.token_issued)
        else:
            _accounts(request).log_out(session, user.login_id)
    if user.login_kind == "cookie":
        cookies.take_away(request, response)


@router.post("/logout-everywhere", status_code=204)
def log_out_everywhere(request: Request, response: Response, user: User, store: Store) -> None:
    """End all of one's logins, this one too."""
    with store.writing() as session:
        people.end_logins(session, user.id)
        # Where the issuer's clock is ahead of ours.
        identities.refuse_until(session, user.id, user.token_issued)
    if user.login_kind == "cookie":
        cookies.take_away(request, response)


@router.post("/password", status_code=204, responses=_THROTTLED)
async def change_password(
    request: Request, user: User, address: Address, body: PasswordBody
) -> None:
    """Set a new password; all other logins end."""
    if user.login_kind == "external":
        raise people.NoPassword("You sign in elsewhere: change your password there.")
    await _accounts(request).change_password(
        user.id, user.login_id, body.current_password, body.new_password, address=address
    )


@router.get("/me", response_model=None, responses={200: {"model": Me}})
async def me(user: User) -> dict[str, Any]:
    """Who one is."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "programming_level": user.programming_level,
        "hardware": user.hardware,
        "role": user.role,
        "questions_told": user.questions_told,
    }


@router.patch("/me", response_model=None, responses={200: {"model": Me}})
def change_me(user: User, store: Store, body: MeBody) -> dict[str, Any]:
    """Change what is named."""
    changes = body.model_dump(exclude_unset=True)
    with store.writing() as session:
        if changes:
            people.change(session, user.id, changes)
        account = session.get_one(Account, user.id, populate_existing=True)
        shown = people.person_object(account)
    del shown["disabled"]
    return shown


@router.get("/me/export", response_model=None, responses={200: {"model": OwnData}})
def export_me(request: Request, response: Response, user: User, store: Store) -> dict[str, Any]:
    """All that is kept of oneself, as one document to be saved."""
    response.headers["content-disposition"] = 'attachment; filename="glossator-export.json"'
    with store.reading() as session:
        return _personal(request).export(session, user.id)


@router.delete(
    "/me",
    status_code=204,
    responses={409: {"description": "This is the only administrator."}, **_THROTTLED},
)
async def delete_me(
    request: Request,
    response: Response,
    user: User,
    store: Store,
    address: Address,
    body: LeaveBody,
) -> None:
    """Delete one's account and all that is kept of oneself."""
    await _accounts(request).confirm(
        user.id, password=body.password, email=body.email, address=address
    )
    await run_in_threadpool(_remove, _personal(request), store, user.id)
    if user.login_kind == "cookie":
        cookies.take_away(request, response)


def _remove(personal: PersonalData, store: Database, user_id: int) -> None:
    with store.writing() as session:
        personal.remove(session, user_id)


def _personal(request: Request) -> PersonalData:
    return cast("PersonalData", request.state.personal)


def _accounts(request: Request) -> Accounts:
    return cast("Accounts", request.state.accounts)


def _answer(request: Request, response: Response, issued: Issued) -> dict[str, Any]:
    if issued.kind == "bearer":
        return {"access_token": issued.token, "token_type": "bearer"}
    cookies.give(request, response, issued)
    return {"access_token": None, "token_type": "cookie", "csrf_token": issued.csrf}
