"""OpenAI's protocol: models are books, chat completions are answers with their citations."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from glossator.accounts.callers import Anyone, Caller
from glossator.foundation.closing import Closing
from glossator.foundation.database import in_utc
from glossator.foundation.errors import NotFound
from glossator.foundation.event_stream import EventStream
from glossator.foundation.web import Store
from glossator.library import access
from glossator.library.tables import Book
from glossator.protocols import completions, embedding
from glossator.protocols.completing import HEADERS, CompletionStream
from glossator.protocols.doors import Visitor, base_of, rooms_of
from glossator.protocols.openai_bodies import ENCODER, PREFIX, CompletionBody, EmbeddingBody
from glossator.protocols.openai_shapes import Completion, Embeddings, Model, ModelPage
from glossator.tutor.asking import GUEST_HEADER, owner_of
from glossator.tutor.conversations import Owner
from glossator.tutor.exchange import Asked
from glossator.tutor.recalling import recalled
from glossator.usage import charging
from glossator.usage import routes as usage
from glossator.usage.allowances import Allowance
from glossator.usage.routes import Calling, Question

router = APIRouter(prefix="/v1", tags=["openai"])

_COMPLETED: dict[int | str, dict[str, Any]] = {
    200: {"model": Completion, "content": {"text/event-stream": {}}},
    404: {"description": "There is no such model, or it isn't the caller's to see."},
}
_EMBEDDED: dict[int | str, dict[str, Any]] = {
    200: {"model": Embeddings},
    404: {"description": "There is no such model."},
    429: {"description": "A limit is reached; `Retry-After` says when it renews."},
}


class UnknownModel(NotFound):
    """A model that names no book the caller may see."""

    type = "unknown-model"
    title = "There is no such model"

    def __init__(self) -> None:
        super().__init__("There is no such model. GET /v1/models lists those you may use.")


@router.get("/models", response_model=None, responses={200: {"model": ModelPage}})
def list_models(caller: Caller, store: Store) -> dict[str, Any]:
    """Every book that the caller may see as a model, all of them as one, and the encoder."""
    with store.reading() as session:
        seen = access.visible_books(session, caller)
        rows = [_model(PREFIX), *(_of_book(book) for book in seen), _model(ENCODER)]
    return {"object": "list", "data": rows}


@router.get("/models/{model:path}", response_model=None, responses={200: {"model": Model}})
def get_model(caller: Caller, store: Store, model: str) -> dict[str, Any]:
    """One model."""
    if model in (PREFIX, ENCODER):
        return _model(model)
    with store.reading() as session:
        return _of_book(_book(session, caller, model))


@router.post("/chat/completions", response_model=None, responses=_COMPLETED)
async def complete(request: Request, asker: Question, body: CompletionBody) -> Response:
    """An answer from a book with checked quotes: as annotations, and as footnotes in the text.

    Earlier messages are the conversation so far. What a system message says is read by nobody:
    the rules of answering are the server's.
    """
    rooms = rooms_of(request)
    caller, who = asker.caller, asker.who
    owner = owner_of(request, caller)
    visitor = Visitor(caller, owner, who.payer, who, base_of(request))
    asked = Asked(
        question=body.question,
        caller=caller,
        owner=owner,
        payer=who.payer,
        book_ids=await to_thread.run_sync(_books, request, caller, body.model),
        client_session=_session_of(owner, body),
        history=recalled(body.said),
    )
    stream = CompletionStream(
        lambda listen: rooms.answering.answer(asked, listen),
        body.model,
        visitor.absolute,
        with_usage=body.wants_usage,
    )
    closing = cast("Closing", request.state.closing)
    closing.add(stream.end)
    stream.task.add_done_callback(lambda _: closing.discard(stream.end))
    headers = {GUEST_HEADER: owner.guest_key} if owner.guest_key else {}
    if not body.stream:
        answer = await stream.whole(request)
        if answer is None:
            return Response(status_code=499)
        told = completions.completion(body.model, answer, visitor.absolute)
        return JSONResponse(told, headers=headers)
    await stream.begin()
    stream.on_error(lambda: usage.give_back(request, asker.taken))
    return EventStream(stream, stream.parts(), {**headers, **HEADERS})


@router.post("/embeddings", response_model=None, responses=_EMBEDDED)
async def embed(
    request: Request, response: Response, _: Caller, who: Calling, body: EmbeddingBody
) -> dict[str, Any]:
    """Vectors of texts by the library's own encoder; each text counts as a search."""
    rooms = rooms_of(request)
    texts = body.texts
    units = len(texts)
    async with charging.charged(rooms.usage, rooms.database, who, Allowance.SEARCHES, units) as got:
        response.headers.update(usage.left(rooms.usage, got))
        return await embedding.embedded(rooms, body)


def _books(request: Request, caller: Anyone, model: str) -> tuple[str, ...]:
    """The books that a model means; none stands for all that the caller may see."""
    if model == PREFIX:
        return ()
    with rooms_of(request).database.reading() as session:
        return (_book(session, caller, model).id,)


def _book(session: Session, caller: Anyone, model: str) -> Book:
    prefix, _, book_id = model.partition("/")
    if prefix != PREFIX or not book_id:
        raise UnknownModel
    try:
        return access.visible_book(session, caller, book_id)
    except NotFound:
        raise UnknownModel from None


def _of_book(book: Book) -> dict[str, Any]:
    changed = int(in_utc(book.updated_at).timestamp())
    return {**_model(f"{PREFIX}/{book.id}", changed), "title": book.title}


def _model(name: str, created: int = 0) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": PREFIX}


def _session_of(owner: Owner, body: CompletionBody) -> str:
    """One conversation is one session of its owner's, told by what it began with."""
    whose = f"user {owner.user_id}" if owner.user_id is not None else f"guest {owner.guest_key}"
    told = f"{whose}\nopenai\n{body.model}\n{body.opening}"
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]
