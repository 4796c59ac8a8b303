"""Questions, sessions and messages over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from glossator.accounts.callers import Caller, User
from glossator.foundation.web import Body, Page, Store
from glossator.library import access
from glossator.tutor import conversations, guests, own_questions
from glossator.tutor.answers import Answer
from glossator.tutor.asking import (
    AskBody,
    Keeper,
    SelectedBody,
    asked,
    guest_of,
    owner_of,
    respond,
)
from glossator.tutor.conversations import Owner
from glossator.tutor.tables import now
from glossator.usage.routes import OwnQuestion, Question

router = APIRouter(prefix="/api", tags=["questions"])

Paging = Annotated[Page, Depends()]
_ANSWERED: dict[str, Any] = {"model": Answer, "content": {"text/event-stream": {}}}


class SessionBody(Body):
    """A session's new title."""

    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class FeedbackBody(Body):
    """What a reader thinks of an answer."""

    rating: Literal["up", "down"]
    comment: Annotated[str, Field(max_length=2_000)] | None = None


@router.post("/chat/ask", response_model=None, responses={200: _ANSWERED})
async def ask(request: Request, response: Response, asker: Question, body: AskBody) -> Response:
    """An answer from the book with checked quotes, or the sentence that it isn't there."""
    return await respond(request, response, asked(request, asker, body), body, asker.taken)


@router.post("/chat/selected-text", response_model=None, responses={200: _ANSWERED})
async def ask_about_selection(
    request: Request, response: Response, asker: Question, body: SelectedBody
) -> Response:
    """An answer from the text that the reader marked first, then from the book."""
    whole = body.whole()
    return await respond(request, response, asked(request, asker, whole), whole, asker.taken)


@router.post("/ask", response_model=None, responses={200: _ANSWERED})
async def ask_own(
    request: Request, response: Response, asker: OwnQuestion, body: AskBody
) -> Response:
    """An answer from one's own documents and the shared books."""
    question = asked(request, asker, body, own=True)
    return await respond(request, response, question, body, asker.taken)


@router.get("/docs/{document_id}/quoted", response_model=None, tags=["documents"])
def quoted(user: User, store: Store, document_id: str) -> dict[str, Any]:
    """How many of the caller's `answers` quote a document: those lose their place with it."""
    with store.reading() as db:
        row = access.own_document(db, user, document_id)
        return {"document_id": row.id, "answers": conversations.quoting(db, user.id, row.id)}


@router.get("/chat/guest-sessions", response_model=None)
def count_guest_sessions(request: Request, _: Caller, store: Store) -> dict[str, int]:
    """How many sessions and questions this browser's guest has, whoever is signed in."""
    with store.reading() as db:
        return guests.count(db, guest_of(request) or Owner())


@router.post("/chat/guest-sessions", response_model=None)
def keep_guest_sessions(request: Request, user: User, store: Store) -> dict[str, int]:
    """Take over into the account what this browser's guest has asked."""
    with store.writing() as db:
        return guests.take_over(db, guest_of(request) or Owner(), user.id)


@router.get("/chat/asked", response_model=None)
def what_one_asked(
    user: User, store: Store, days: Annotated[int, Query(ge=1, le=3_660)] | None = None
) -> dict[str, Any]:
    """What the caller has asked about, by chapter, and in which of the books' own words."""
    since = None if days is None else now() - timedelta(days=days)
    with store.reading() as db:
        return own_questions.overview(db, user.id, since)


@router.get("/chat/sessions", response_model=None)
def list_sessions(keeper: Keeper, store: Store, page: Paging) -> dict[str, Any]:
    """The caller's sessions, the last used first."""
    with store.reading() as db:
        rows, total = conversations.sessions(db, keeper, page=page.page, size=page.page_size)
        return page.of([conversations.session_object(row) for row in rows], total)


@router.get("/chat/sessions/{session_id}", response_model=None)
def show_session(keeper: Keeper, store: Store, session_id: str) -> dict[str, Any]:
    """One session."""
    with store.reading() as db:
        return conversations.session_object(conversations.mine(db, keeper, session_id))


@router.patch("/chat/sessions/{session_id}", response_model=None)
def rename_session(
    keeper: Keeper, store: Store, session_id: str, body: SessionBody
) -> dict[str, Any]:
    """Give a session another title."""
    with store.writing() as db:
        row = conversations.mine(db, keeper, session_id)
        row.title = " ".join(body.title.split())
        return conversations.session_object(row)


@router.delete("/chat/sessions/{session_id}", status_code=204, response_model=None)
def delete_session(keeper: Keeper, store: Store, session_id: str) -> None:
    """Delete a session with all its messages."""
    with store.writing() as db:
        db.delete(conversations.mine(db, keeper, session_id))


@router.get("/chat/sessions/{session_id}/messages", response_model=None)
def list_messages(keeper: Keeper, store: Store, session_id: str, page: Paging) -> dict[str, Any]:
    """A session's messages in the order they were asked."""
    with store.reading() as db:
        conversations.mine(db, keeper, session_id)
        rows, total = conversations.messages(db, session_id, page=page.page, size=page.page_size)
        return page.of([conversations.message_object(row) for row in rows], total)


@router.get("/chat/sessions/{session_id}/export", response_model=None)
def export_session(keeper: Keeper, store: Store, session_id: str) -> Response:
    """A session as Markdown, quotes and places included."""
    with store.reading() as db:
        row = conversations.mine(db, keeper, session_id)
        every, _ = conversations.messages(db, session_id, page=1, size=_EVERY)
        text = conversations.as_markdown(row, every)
    headers = {
        "content-disposition": f'attachment; filename="session-{row.created_at:%Y-%m-%d}.md"'
    }
    return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)


@router.get("/chat/messages/{message_id}", response_model=None)
def show_message(request: Request, caller: Caller, store: Store, message_id: str) -> dict[str, Any]:
    """One message; a client whose stream broke off finds the finished answer here."""
    with store.reading() as db:
        row = conversations.message(db, owner_of(request, caller), message_id)
        return conversations.message_object(row)


@router.post("/chat/messages/{message_id}/feedback", status_code=204, response_model=None)
def rate_message(keeper: Keeper, store: Store, message_id: str, body: FeedbackBody) -> None:
    """Say whether an answer helped."""
    with store.writing() as db:
        row = conversations.message(db, keeper, message_id)
        row.rating, row.comment = body.rating, body.comment


_EVERY = 10_000
