"""From a request's body to a question put, and from its answer to the response."""

from __future__ import annotations

import hashlib
from typing import Annotated, Self, cast

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from glossator.accounts.callers import Caller, Guest, Member
from glossator.foundation import event_stream
from glossator.foundation.closing import Closing
from glossator.foundation.errors import Unauthorized
from glossator.foundation.event_stream import EventStream
from glossator.foundation.web import Body, Identifier
from glossator.library.variants import Form
from glossator.tutor import conversations, streaming
from glossator.tutor.answering import Answering, as_object
from glossator.tutor.conversations import Owner, new_id
from glossator.tutor.exchange import Asked
from glossator.usage import routes as usage
from glossator.usage.allowances import Taken
from glossator.usage.charging import Asker

GUEST_COOKIE = "glossator_guest"
GUEST_HEADER = "x-glossator-guest"
_GUEST_DAYS = 90
Question = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
Selection = Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"\S")]


class ChatPart(BaseModel):
    """A part of a client's message; only text is read."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(max_length=100)]
    text: Annotated[str, Field(max_length=200_000)] | None = None


class ChatLine(BaseModel):
    """A message as `useChat` sends it."""

    model_config = ConfigDict(extra="allow")

    role: Annotated[str, Field(max_length=20)]
    parts: Annotated[list[ChatPart], Field(max_length=200)] = []
    content: Annotated[str, Field(max_length=200_000)] | None = None

    @property
    def text(self) -> str:
        """What it says."""
        said = "".join(part.text or "" for part in self.parts if part.type == "text")
        return said or self.content or ""


class PageBody(Body):
    """The form in which the reader has the chapter open, as `GET /api/chapters` names it."""

    language: Identifier | None = None
    level: Identifier | None = None
    hardware: Identifier | None = None

    @property
    def form(self) -> Form | None:
        """The form; None for the original."""
        if not (self.language or self.level):
            return None
        hardware = (self.hardware or "none") if self.level else ""
        return Form(self.language or "", self.level or "", hardware)


class AskBody(PageBody):
    """A question; without ids, to all books that the caller may see.

    Clients of the AI SDK send `id` and `messages` instead: the last of the user's messages is
    the question, and `id` names the session. `from_chapter` is the chapter that is open: it
    narrows nothing, and tells authors where a question came up.
    """

    question: Question | None = None
    selected_text: Selection | None = None
    only_selection: bool = False
    book_id: Identifier | None = None
    book_ids: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = None
    chapter_id: Identifier | None = None
    from_chapter: Identifier | None = None
    document_ids: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = None
    session_id: Identifier | None = None
    stream: bool = False
    id: Identifier | None = None
    messages: Annotated[list[ChatLine], Field(max_length=500)] | None = None
    trigger: Annotated[str, Field(max_length=100)] | None = None
    messageId: Annotated[str, Field(max_length=500)] | None = None  # noqa: N815  the SDK's own name

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if self.question is None:
            said = [line.text for line in self.messages or () if line.role == "user"]
            text = said[-1].strip() if said else ""
            if not text:
                raise ValueError("send a question, or messages that end with the user's")
            if len(text) > 2000:
                raise ValueError("a question has at most 2,000 characters")
            self.question = text
        return self


class SelectedBody(PageBody):
    """A question about text that the reader has marked."""

    question: Question
    selected_text: Selection
    only_selection: bool = False
    book_id: Identifier | None = None
    chapter_id: Identifier | None = None
    from_chapter: Identifier | None = None
    session_id: Identifier | None = None
    stream: bool = False

    def whole(self) -> AskBody:
        """The same as a question."""
        return AskBody(**self.model_dump())


def asked(request: Request, asker: Asker, body: AskBody, *, own: bool = False) -> Asked:
    """The question that a body puts; with `own` to the caller's documents too."""
    caller = asker.caller
    owner = owner_of(request, caller)
    named = [*([body.book_id] if body.book_id else []), *(body.book_ids or [])]
    return Asked(
        question=cast("str", body.question),
        caller=caller,
        owner=owner,
        payer=asker.who.payer,
        book_ids=tuple(named),
        chapter_id=body.chapter_id,
        document_ids=tuple(body.document_ids or ()),
        session_id=body.session_id,
        client_session=_client_session(owner, body),
        selected_text=body.selected_text,
        form=body.form,
        own=own,
        only_selection=body.only_selection and body.selected_text is not None,
        asked_from=body.from_chapter or body.chapter_id,
    )


async def _keeper(request: Request, caller: Caller) -> Owner:
    """Whose kept sessions are asked for; a guest needs the key that he was given."""
    owner = owner_of(request, caller)
    if owner.user_id is None and owner.guest_key not in _keys(request):
        raise Unauthorized("Sign in, or ask something first: a guest's sessions need their key.")
    return owner


# A user, or a guest by the key of his sessions.
Keeper = Annotated[Owner, Depends(_keeper)]


def _keys(request: Request) -> tuple[str | None, str | None]:
    return request.headers.get(GUEST_HEADER), request.cookies.get(GUEST_COOKIE)


def owner_of(request: Request, caller: Member | Guest) -> Owner:
    """Whose sessions a caller's are; a guest without a key is given one."""
    if isinstance(caller, Member):
        return Owner(user_id=caller.id)
    return guest_of(request) or Owner(guest_key=new_id())


def guest_of(request: Request) -> Owner | None:
    """The guest that this browser is, or was before somebody signed in."""
    header, cookie = _keys(request)
    key = header or cookie or ""
    return Owner(guest_key=key) if conversations.is_id(key) else None


async def respond(
    request: Request, response: Response, question: Asked, body: AskBody, taken: Taken
) -> Response:
    """The answer as JSON, or as a stream where the client wants one."""
    answering = cast("Answering", request.state.answering)
    headers = {**response.headers, **_guest(request, question)}
    stream = streaming.Stream(lambda listen: answering.answer(question, listen))
    closing = cast("Closing", request.state.closing)
    closing.add(stream.end)
    stream.task.add_done_callback(lambda _: closing.discard(stream.end))
    if not event_stream.wanted(request, body.stream):
        answer = await stream.whole(request)
        if answer is None:
            return Response(status_code=499)
        return JSONResponse(as_object(answer), headers=headers)
    await stream.begin()
    stream.on_error(lambda: usage.give_back(request, taken))
    headers |= event_stream.HEADERS
    return EventStream(stream, stream.parts(), headers)


def _client_session(owner: Owner, body: AskBody) -> str | None:
    """A session of our own for a client's chat id; nobody else's id leads to it."""
    if body.session_id is not None or body.id is None or body.messages is None:
        return None
    whose = f"user {owner.user_id}" if owner.user_id is not None else f"guest {owner.guest_key}"
    return hashlib.sha256(f"{whose}\n{body.id}".encode("utf-8", "replace")).hexdigest()[:32]


def _guest(request: Request, question: Asked) -> dict[str, str]:
    """Headers that tell a guest the key of his sessions; on other people's sites no cookie."""
    owner = question.owner
    if owner.guest_key is None:
        return {}
    if isinstance(question.caller, Guest) and question.caller.books is not None:
        return {GUEST_HEADER: owner.guest_key}
    secure = "; Secure" if request.state.secure_cookies or request.url.scheme == "https" else ""
    cookie = (
        f"{GUEST_COOKIE}={owner.guest_key}; Max-Age={_GUEST_DAYS * 86_400}; Path=/; HttpOnly; "
        f"SameSite=Lax{secure}"
    )
    return {GUEST_HEADER: owner.guest_key, "set-cookie": cookie}
