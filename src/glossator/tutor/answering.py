"""One question, from the allowance already taken to the answer saved and paid for.

Two hops to the database: before the model (session, scope, search), after it (money, message).
In between nothing waits but the model. Whoever runs `answer` may cancel it at any time: what
the provider has done by then is still booked.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, cast

import anyio
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from glossator.accounts.callers import Anyone, Member
from glossator.calling.attempts import Attempt, Payments, UsageShown
from glossator.calling.models import Models
from glossator.foundation.database import Database
from glossator.foundation.telemetry import log
from glossator.gateways.chat import (
    ChatModel,
    FaultKind,
    ModelCall,
    ModelFault,
    Spent,
    Stopped,
    StopReason,
    Words,
)
from glossator.gateways.ports import Scope
from glossator.library import access
from glossator.retrieval.confidence import Zone
from glossator.retrieval.service import SearchResult
from glossator.tutor import conversations, follow_ups
from glossator.tutor.answers import Answer, AnsweredSentence, Mode, Source
from glossator.tutor.composing import Composed, Composer, NewSource, Shown
from glossator.tutor.conversations import Owner, Past
from glossator.tutor.extractive import subject
from glossator.tutor.materials import Materials, gather, shown_selection
from glossator.tutor.prompts import Prompts
from glossator.tutor.proof import Prover
from glossator.tutor.rewriting import Rewriting, merged
from glossator.tutor.service import Tutor
from glossator.tutor.statements import Stem
from glossator.usage.money import BudgetSpent, Payer
from glossator.usage.prices import UnknownPrice

FEATURE = "question"
OUTPUT_TOKENS = 1_024
SECONDS = 60.0
# Of a selection so much, in characters, helps to find its surroundings.
_SELECTION_SOUGHT = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put, by whom, and about what.

    `session_id` names a session that must be there; `client_session` one that begins with this
    question if it isn't. With `own` the caller's own documents are asked too.
    """

    question: str
    caller: Anyone
    owner: Owner
    payer: Payer
    book_ids: tuple[str, ...] = ()
    chapter_id: str | None = None
    document_ids: tuple[str, ...] = ()
    session_id: str | None = None
    client_session: str | None = None
    selected_text: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The first thing a listener hears: where the message will be found."""

    session_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A source, proven just now; its number in the text is its place among them, from 1."""

    source: Source


Heard = Begun | Shown | FoundSource


class Listener(Protocol):
    """Who wants to hear an answer while it comes about."""

    def __call__(self, heard: Heard) -> None:
        """Take a part; must not wait."""
        ...


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What the first hop found. `answer` is there where no model needs to be asked.

    `unread` says that the encoder doesn't read the question's language; `query` is then what
    a model made of it.
    """

    begun: Begun
    new_session: bool
    standalone: str
    earlier: tuple[Past, ...]
    result: SearchResult
    materials: Materials | None
    answer: Answer | None
    unread: bool = False
    query: str | None = None


class Answering:
    """Answers questions with the configured models, or without one."""

    def __init__(
        self,
        database: Database,
        tutor: Tutor,
        payments: Payments,
        models: Models,
        prompts: Prompts,
        stem: Stem,
    ) -> None:
        self._database = database
        self._tutor = tutor
        self._pay = payments
        self._models = models
        self._prompts = prompts
        self._rewriting = Rewriting(payments, models, prompts, tutor.search.reads)
        self._stem = stem

    async def answer(self, asked: Asked, listen: Listener = lambda _: None) -> Answer:
        """The answer; raises what `access.scope` and the session's lookup raise."""
        began = time.perf_counter()
        prepared = await run_in_threadpool(self._prepare, asked)
        listen(prepared.begun)
        tries: list[Attempt] = []
        answer = prepared.answer
        try:
            if prepared.materials is not None and prepared.unread:
                prepared = await self._searched_again(asked, prepared, tries)
            if prepared.materials is not None:
                answer = await self._by_models(asked, prepared, prepared.materials, tries, listen)
        finally:
            took = time.perf_counter() - began
            with anyio.CancelScope(shield=True):
                answer = await run_in_threadpool(
                    self._conclude, asked, prepared, tries, answer, took
                )
        return cast("Answer", answer)

    def _prepare(self, asked: Asked) -> _Prepared:
        with self._database.reading() as session:
            known, earlier = self._earlier(session, asked)
            scope = _scope(session, asked)
            alone = follow_ups.standalone(asked.question, [past.standalone for past in earlier])
            result = self._tutor.search.search(session, scope, _sought(asked, alone))
            into = known or asked.client_session or conversations.new_id()
            begun = Begun(into, conversations.new_id())
            answer = materials = None
            if not self._models:
                answer = self._tutor.extract(session, alone, result)
            elif not result.found or (result.zone is Zone.ABSENT and not asked.selected_text):
                answer = self._tutor.refuse(session, alone, result, None)
            else:
                materials = gather(session, result, asked.selected_text)
            return _Prepared(
                begun,
                known is None,
                alone,
                tuple(earlier),
                result,
                materials,
                answer,
                unread=self._unread(result),
            )

    def _unread(self, result: SearchResult) -> bool:
        reads = self._tutor.search.reads
        tags = {item.document.language.split("-")[0] for item in result.found}
        # In a book that the encoder doesn't read either, an English query would lead astray.
        return not reads(result.language) and any(reads(tag) for tag in tags)

    async def _searched_again(
        self, asked: Asked, prepared: _Prepared, tries: list[Attempt]
    ) -> _Prepared:
        """The same with what an English query finds in front, where a model gives one."""
        query = await self._rewriting.query(asked.payer, prepared.standalone, tries)
        if query is None:
            return prepared
        return await run_in_threadpool(self._widened, asked, prepared, query)

    def _widened(self, asked: Asked, prepared: _Prepared, query: str) -> _Prepared:
        with self._database.reading() as session:
            second = self._tutor.search.search(
                session, _scope(session, asked), _sought(asked, query)
            )
            if not second.found:
                return prepared
            result = merged(second, prepared.result)
            materials = gather(session, result, asked.selected_text)
            return replace(prepared, result=result, materials=materials, query=query)

    def _earlier(self, session: Session, asked: Asked) -> tuple[str | None, list[Past]]:
        """The session that goes on, and its last messages."""
        if asked.session_id is not None:
            conversations.named(session, asked.owner, asked.session_id)
            return asked.session_id, conversations.past(session, asked.session_id)
        own = asked.client_session
        if own is not None and conversations.exists(session, asked.owner, own):
            return own, conversations.past(session, own)
        return None, []

    async def _by_models(
        self,
        asked: Asked,
        prepared: _Prepared,
        materials: Materials,
        tries: list[Attempt],
        listen: Listener,
    ) -> Answer:
        degraded = "provider"
        for model in self._models.ready():
            call = self._call(model, asked, prepared, materials)
            try:
                attempt = await run_in_threadpool(
                    self._pay.reserve, asked.payer, model, call, FEATURE
                )
            except BudgetSpent:
                degraded = "budget"
                continue
            except UnknownPrice as error:
                log(__name__).error("a model can't be asked", model=model.name, why=error.detail)
                continue
            tries.append(attempt)
            composer = self._composer(model, call, materials)
            sources: list[Source] = []
            fault = await self._listen_to(
                model, call, attempt, composer, materials, sources, listen
            )
            rest, composed = composer.finish()
            self._tell(rest, materials, sources, listen)
            if composer.leaked:
                log(__name__).warning("a model recited its instructions", model=model.name)
            if fault is None or not composed.refused:
                why = None if fault is None and model is self._models.first else "provider"
                return await self._finished(prepared, materials, composed, why)
        return await run_in_threadpool(self._without_model, prepared, degraded)

    async def _listen_to(
        self,
        model: ChatModel,
        call: ModelCall,
        attempt: Attempt,
        composer: Composer,
        materials: Materials,
        sources: list[Source],
        listen: Listener,
    ) -> ModelFault | None:
        """Hear a model out; the fault that ended it, if one did."""
        try:
            async with aclosing(model.stream(call)) as events:
                async for event in events:
                    if isinstance(event, Spent):
                        attempt.spent = event
                    elif isinstance(event, Stopped):
                        attempt.outcome = event.reason.value
                    else:
                        attempt.received += len(event.text) if isinstance(event, Words) else 0
                        self._tell(composer.take(event), materials, sources, listen)
                    if composer.leaked:
                        break
        except ModelFault as fault:
            attempt.outcome = fault.kind.value
            attempt.free = not fault.reached
            self._models.failed(model, fault.kind)
            log(__name__).warning("a model failed", model=model.name, kind=fault.kind.value)
            return fault
        self._models.answered(model)
        if not attempt.received or attempt.outcome == StopReason.REFUSED:
            # Silence, or the provider's own refusal: another model or the book may do better.
            detail = "The model gave no answer."
            return ModelFault(FaultKind.BROKEN, detail, reached=True)
        return None

    def _tell(
        self,
        parts: Iterable[Shown | NewSource],
        materials: Materials,
        sources: list[Source],
        listen: Listener,
    ) -> None:
        for part in parts:
            if isinstance(part, NewSource):
                sources.append(materials.cite(part.spot))
                listen(FoundSource(sources[-1]))
            else:
                listen(part)

    def _composer(self, model: ChatModel, call: ModelCall, materials: Materials) -> Composer:
        return Composer(
            Prover(materials.evidence, materials.texts, self._stem),
            self._stem,
            refusals=self._tutor.refusals(),
            rules=call.system,
            links=materials.links,
            native=model.cites == "native",
        )

    def _call(
        self, model: ChatModel, asked: Asked, prepared: _Prepared, materials: Materials
    ) -> ModelCall:
        level = asked.caller.programming_level if isinstance(asked.caller, Member) else "beginner"
        refusal = self._tutor.sentence("refusal", prepared.result.language)
        return ModelCall(
            system=self._prompts.system(cites=model.cites, level=level, refusal=refusal),
            request=self._prompts.request(asked.question, shown_selection(asked.selected_text)),
            materials=materials.shown,
            turns=conversations.turns(prepared.earlier),
            output_tokens=OUTPUT_TOKENS,
            seconds=SECONDS,
        )

    async def _finished(
        self, prepared: _Prepared, materials: Materials, composed: Composed, degraded: str | None
    ) -> Answer:
        if composed.refused:
            return await run_in_threadpool(self._refused, prepared, degraded)
        result = prepared.result
        return Answer(
            answer=composed.text,
            sources=tuple(materials.cite(spot) for spot in composed.spots),
            response_time=0.0,
            grounded=True,
            confidence=round(result.confidence, 4),
            mode=Mode.MODEL,
            degraded=degraded,
            nearest=(),
            sentences=tuple(
                AnsweredSentence(item.text, item.support, item.sources)
                for item in composed.sentences
            ),
        )

    def _refused(self, prepared: _Prepared, degraded: str | None) -> Answer:
        with self._database.reading() as session:
            sought = prepared.query or prepared.standalone
            return self._tutor.refuse(session, sought, prepared.result, degraded, sure=True)

    def _without_model(self, prepared: _Prepared, degraded: str) -> Answer:
        with self._database.reading() as session:
            sought = prepared.query or prepared.standalone
            return self._tutor.extract(session, sought, prepared.result, degraded)

    def _conclude(
        self,
        asked: Asked,
        prepared: _Prepared,
        tries: list[Attempt],
        answer: Answer | None,
        seconds: float,
    ) -> Answer | None:
        """The second hop: settle every try and save the message."""
        now = self._pay.now()
        with self._database.writing() as session:
            shown: UsageShown | None = None
            for attempt in tries:
                shown = attempt.shown(self._pay.settle(session, attempt))
            if answer is not None and answer.mode in (Mode.EXTRACTIVE, Mode.CLOSEST):
                shown = None
            if answer is None:
                return None
            answer = replace(
                answer,
                response_time=round(seconds, 4),
                session_id=prepared.begun.session_id,
                message_id=prepared.begun.message_id,
                usage=shown,
            )
            conversations.keep(
                session,
                asked.owner,
                session_id=prepared.begun.session_id,
                message_id=prepared.begun.message_id,
                question=asked.question,
                standalone=prepared.standalone,
                selected_text=asked.selected_text,
                answer=as_object(answer),
                at=now,
                begins=prepared.new_session,
            )
        return answer


def _scope(session: Session, asked: Asked) -> Scope:
    return access.scope(
        session,
        asked.caller,
        book_ids=asked.book_ids,
        chapter_id=asked.chapter_id,
        document_ids=asked.document_ids,
        own=asked.own,
    )


def _sought(asked: Asked, question: str) -> str:
    sought = subject(question)
    if asked.selected_text:
        sought = f"{sought} {asked.selected_text[:_SELECTION_SOUGHT]}"
    return sought


def as_object(answer: Answer) -> dict[str, Any]:
    """The object of the API."""
    return asdict(answer)
