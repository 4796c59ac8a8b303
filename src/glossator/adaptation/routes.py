"""Chapters retold and translated over HTTP, as JSON or as a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from glossator.accounts.callers import Member, User
from glossator.adaptation import passages
from glossator.adaptation.answers import Answer
from glossator.adaptation.planning import form_of
from glossator.adaptation.service import Adaptation
from glossator.adaptation.shapes import PersonalizedChapter, TranslatedChapter
from glossator.adaptation.wanted import Adapted, Piece, Progress, Told, Wanted
from glossator.foundation import event_stream, limits
from glossator.foundation.closing import Closing
from glossator.foundation.event_stream import (
    BEAT,
    DONE,
    EventStream,
    Running,
    delta,
    gone,
    part,
)
from glossator.foundation.journal import looked_up
from glossator.foundation.web import Body, Identifier
from glossator.library.forms import form_blocks
from glossator.library.objects import block_of
from glossator.library.variants import Aligned, Form
from glossator.usage.allowances import Caller as Counted
from glossator.usage.routes import Calling
from glossator.usage.service import Usage

router = APIRouter(prefix="/api", tags=["chapters"])

_TEXT = "chapter"
_STREAMED: dict[str, Any] = {"content": {"text/event-stream": {}}}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    429: {"description": "The day's allowance, or its money, is spent."},
    503: {"description": "Nothing is kept, and no language model is set or answers."},
}


class ChapterBody(Body):
    """A chapter; with `dry_run` only what making it would cost is told.

    With `block_ids` only of these blocks, which takes a question of the allowance. With `html`
    the answer holds `html_blocks`, and a stream tells them as `data-blocks` when they are ready.
    """

    chapter_id: Identifier
    book_id: Identifier | None = None
    stream: bool = False
    dry_run: bool = False
    html: bool = False
    block_ids: (
        Annotated[list[Identifier], Field(min_length=1, max_length=passages.MOST_BLOCKS)] | None
    ) = None

    def wanted(self, user: Member, who: Counted, form: Form) -> Wanted:
        """What is asked for."""
        blocks = tuple(self.block_ids or ())
        return Wanted(user, who, self.chapter_id, form, self.book_id, blocks)

    @property
    def plain(self) -> bool:
        """Whether it is the whole chapter, as text alone."""
        return not (self.html or self.block_ids)


class PersonalizeBody(ChapterBody):
    """For whom it is retold; what isn't said is as in the caller's profile."""

    level: Literal["beginner", "intermediate", "advanced"] | None = None
    hardware: Literal["none", "gpu", "jetson", "robotics"] | None = None


class TranslateBody(ChapterBody):
    """Into which language, as a BCP 47 tag."""

    language: Annotated[str, Field(min_length=2, max_length=35)] = "ur"


@router.post(
    "/personalize/chapter",
    response_model=None,
    responses={200: {"model": PersonalizedChapter, **_STREAMED}, **_REFUSALS},
)
async def personalize(
    request: Request, user: User, who: Calling, body: PersonalizeBody
) -> Response:
    """A chapter retold for the reader's level and hardware, whole and checked."""
    form = form_of(
        level=body.level or user.programming_level, hardware=body.hardware or user.hardware
    )
    return await _respond(request, body.wanted(user, who, form), body)


@router.post(
    "/translate/chapter",
    response_model=None,
    responses={200: {"model": TranslatedChapter, **_STREAMED}, **_REFUSALS},
)
async def translate(request: Request, user: User, who: Calling, body: TranslateBody) -> Response:
    """A chapter in another language: the author's own translation, else one made and checked."""
    form = form_of(language=body.language)
    return await _respond(request, body.wanted(user, who, form), body)


async def _respond(request: Request, wanted: Wanted, body: ChapterBody) -> Response:
    adaptation = cast("Adaptation", request.state.adaptation)
    if body.dry_run:
        return JSONResponse(asdict(await adaptation.price(wanted)))
    streams = event_stream.wanted(request, body.stream)
    answers, key = adaptation.answers, (wanted.chapter_id, wanted.book_id, wanted.form)
    # What is kept is for every user; a widget has one book, which `chapter` looks at.
    whole = isinstance(wanted.caller, Member) and wanted.caller.books is None
    plain = whole and body.plain
    if not streams and plain and (kept := answers.get(key)) is not None:
        looked_up("forms", 1, 0)
        return _bytes(request, kept)
    version = answers.version()
    running: Running[Told, Adapted] = Running(lambda listen: adaptation.chapter(wanted, listen))
    closing = cast("Closing", request.state.closing)
    closing.add(running.end)
    running.task.add_done_callback(lambda _: closing.discard(running.end))
    if streams:
        await running.begin()
        return EventStream(running, _parts(running, wanted.form, html=body.html))
    made = await running.result(request)
    if made is None:
        if running.closed:
            raise gone()
        return Response(status_code=499)
    now = cast("Usage", request.state.usage).clock()
    headers = limits.headers([made.standing], now) if made.standing else {}
    told = as_object(made, wanted.form)
    if body.html:
        told["html_blocks"] = _html(made.content, made.blocks, (made.language, made.original))
    answer = JSONResponse(told, headers=headers)
    if made.cached and body.plain:
        await run_in_threadpool(answers.put, key, version, bytes(answer.body))
    return answer


def _bytes(request: Request, kept: Answer) -> Response:
    headers = {"vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(kept.body, media_type="application/json", headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(kept.packed, media_type="application/json", headers=headers)


async def _parts(
    running: Running[Told, Adapted], form: Form, *, html: bool
) -> AsyncGenerator[bytes]:
    """The stream's bytes."""
    opened = False
    yield part("start")
    async for heard in running.heard():
        for told in heard:
            if isinstance(told, Piece) and not opened:
                opened = True
                yield part("text-start", id=_TEXT)
            yield _told(told)
            if html and isinstance(told, Piece) and told.blocks:
                blocks = await run_in_threadpool(_html, told.text, told.blocks, told.languages)
                yield part("data-blocks", data=blocks)
        if not heard:
            yield BEAT
    if not running.task.done() and not running.closed:
        # Whoever asked has left; what is finished by then is kept.
        return
    if opened:
        yield part("text-end", id=_TEXT)
    error = running.error() if running.task.done() else gone()
    if error is not None:
        yield part("error", errorText=event_stream.words(error))
    else:
        yield part("data-chapter", data=as_object(running.task.result(), form))
        yield part("finish")
    yield DONE


def _told(told: Told) -> bytes:
    if isinstance(told, Progress):
        return part("data-progress", data={"done": told.done, "total": told.total})
    return delta(_TEXT, told.text)


def _html(text: str, blocks: Sequence[Aligned], languages: tuple[str, str]) -> list[dict[str, str]]:
    return [asdict(block) for block in form_blocks(text, blocks, (), languages=languages)]


def as_object(made: Adapted, form: Form) -> dict[str, Any]:
    """The object of the API."""
    told: dict[str, Any] = {
        "chapter_id": made.chapter_id,
        "book_id": made.book_id,
        "title": made.title,
        "cached": made.cached,
        "author": made.author,
        "language": made.language,
        "direction": made.direction,
        "completeness": made.completeness,
        "originals": list(made.originals),
        "blocks": [block_of(block, made.language, made.original) for block in made.blocks],
        "headings": list(made.headings),
        "usage": asdict(made.usage) if made.usage else None,
    }
    if form.level:
        return {
            **told,
            "personalized_content": made.content,
            "level": form.level,
            "hardware": form.hardware,
        }
    return {**told, "translated_content": made.content}
