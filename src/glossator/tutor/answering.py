"""One question, from the allowance already taken to the answer saved and paid for.

Two hops to threads: before the model (session, scope, search, and the money held for it), after
it (money settled, message kept). In between nothing waits but the model. Whoever runs `answer` may
cancel it at any time: what the provider has done by then is still booked.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from glossator.accounts import people
from glossator.accounts.callers import Member
from glossator.calling.attempts import Attempt, Payments, UsageShown
from glossator.calling.models import Models
from glossator.foundation.database import Database
from glossator.foundation.journal import lap, note
from glossator.foundation.telemetry import log
from glossator.foundation.threads import Threads
from glossator.gateways.chat import (
    ChatModel,
    FaultKind,
    ModelCall,
    ModelFault,
    StopReason,
)
from glossator.tutor import conversations
from glossator.tutor.answers import Answer, AnsweredSentence, Mode, Source
from glossator.tutor.composing import Composer, NewSource, Shown
from glossator.tutor.exchange import Asked, FoundSource, Listener
from glossator.tutor.judging import Composed
from glossator.tutor.line import Held, Line
from glossator.tutor.materials import Materials, shown_selection
from glossator.tutor.preparing import Prepared, Preparing
from glossator.tutor.prompts import Prompts
from glossator.tutor.proof import Prover
from glossator.tutor.rewriting import Rewriting
from glossator.tutor.service import Tutor
from glossator.tutor.statements import Stem

OUTPUT_TOKENS = 1_024
SECONDS = 60.0
# Searches at once: they are CPU, mostly under the interpreter's one lock. Twelve threads that take
# it from each other cost up to a third more (measured with 16 clients).
SEARCHES = 4
# What is settled and kept waits for nobody's search.
WRITES = 4


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
        self._preparing = Preparing(database, tutor, models=bool(models))
        self._pay = payments
        self._models = models
        self._prompts = prompts
        self._rewriting = Rewriting(payments, models, prompts, tutor.search.reads)
        self._stem = stem
        self._searches = Threads(SEARCHES, "search")
        self._writes = Threads(WRITES, "answer")

    def close(self) -> None:
        """Give the threads back."""
        self._searches.close()
        self._writes.close()

    async def answer(self, asked: Asked, listen: Listener = lambda _: None) -> Answer:
        """The answer; raises what `access.scope` and the session's lookup raise."""
        began = time.perf_counter()
        tries: list[Attempt] = []
        line = Line(self._pay, self._models, asked.payer, tries)
        prepared: Prepared | None = None
        answer: Answer | None = None
        try:
            prepared = await self._searches.run(self._begin, asked, line)
            listen(prepared.begun)
            if prepared.materials is not None and prepared.unread:
                prepared = await self._searched_again(asked, prepared, tries)
                await self._writes.run(self._hold, asked, prepared, line)
            answer = prepared.answer or await self._by_models(asked, prepared, line, listen)
        finally:
            if prepared is not None or tries:
                took = time.perf_counter() - began
                answer = await self._writes.finish(
                    self._conclude, asked, prepared, tries, answer, took
                )
                lap("settle")
        return cast("Answer", answer)

    def _begin(self, asked: Asked, line: Line) -> Prepared:
        """The first hop: what the question needs, and the money for the first model."""
        prepared = self._preparing.prepare(asked)
        lap("materials")
        if not prepared.unread:
            self._hold(asked, prepared, line)
        return prepared

    def _hold(self, asked: Asked, prepared: Prepared, line: Line) -> None:
        materials = prepared.materials
        if materials is not None:
            line.hold_next(lambda model: self._call(model, asked, prepared, materials))
            lap("reserve")

    async def _searched_again(
        self, asked: Asked, prepared: Prepared, tries: list[Attempt]
    ) -> Prepared:
        """The same with what an English query finds in front, where a model gives one."""
        query = await self._rewriting.query(asked.payer, prepared.standalone, tries)
        if query is None:
            return prepared
        return await self._searches.run(self._preparing.widened, asked, prepared, query)

    async def _by_models(
        self, asked: Asked, prepared: Prepared, line: Line, listen: Listener
    ) -> Answer:
        materials = cast("Materials", prepared.materials)
        while line.held is not None:
            held = line.held
            composer = self._composer(held, materials)
            telling = _Telling(materials, listen)
            fault = await self._listen_to(held, composer, telling)
            lap("model_rest")
            rest, composed = composer.finish()
            telling.tell(rest)
            lap("proof")
            if composer.leaked:
                log(__name__).warning("a model recited its instructions", model=held.model.name)
            if fault is None or not composed.refused:
                why = None if fault is None and held.model is self._models.first else "provider"
                return await self._finished(prepared, materials, composed, why)
            await self._writes.run(self._hold, asked, prepared, line)
        return await self._writes.run(self._without_model, prepared, line.why)

    async def _listen_to(
        self, held: Held, composer: Composer, telling: _Telling
    ) -> ModelFault | None:
        """Hear a model out; the fault that ended it, if one did."""
        model, attempt = held.model, held.attempt
        try:
            async with aclosing(model.stream(held.call)) as events:
                async for event in events:
                    lap("model_rest" if attempt.received else "model_first")
                    attempt.note(event)
                    telling.tell(composer.take(event))
                    lap("proof")
                    if composer.leaked:
                        break
        except ModelFault as fault:
            attempt.failed(fault)
            self._models.failed(model, fault.kind)
            log(__name__).warning("a model failed", model=model.name, kind=fault.kind.value)
            return fault
        self._models.answered(model)
        if not attempt.received or attempt.outcome == StopReason.REFUSED:
            # Silence, or the provider's own refusal: another model or the book may do better.
            detail = "The model gave no answer."
            return ModelFault(FaultKind.BROKEN, detail, reached=True)
        return None

    def _composer(self, held: Held, materials: Materials) -> Composer:
        return Composer(
            Prover(materials.evidence, materials.texts, self._stem),
            self._stem,
            refusals=self._tutor.refusals(),
            rules=held.call.system,
            links=materials.links,
            native=held.model.cites == "native",
        )

    def _call(
        self, model: ChatModel, asked: Asked, prepared: Prepared, materials: Materials
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
        self, prepared: Prepared, materials: Materials, composed: Composed, degraded: str | None
    ) -> Answer:
        if composed.refused:
            return await self._writes.run(self._refused, prepared, degraded)
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

    def _refused(self, prepared: Prepared, degraded: str | None) -> Answer:
        with self._database.reading() as session:
            return self._tutor.refuse(
                session, prepared.sought, prepared.result, degraded, prepared.page, sure=True
            )

    def _without_model(self, prepared: Prepared, degraded: str) -> Answer:
        with self._database.reading() as session:
            return self._tutor.extract(
                session,
                prepared.sought,
                prepared.result,
                degraded,
                prepared.page,
                prepared.within,
            )

    def _conclude(
        self,
        asked: Asked,
        prepared: Prepared | None,
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
            if answer is None or prepared is None:
                return None
            answer = replace(
                answer,
                response_time=round(seconds, 4),
                session_id=prepared.begun.session_id,
                message_id=prepared.begun.message_id,
                usage=shown,
            )
            note(mode=answer.mode, degraded=answer.degraded, confidence=answer.confidence)
            if not asked.kept:
                return answer
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
                asked_from=asked.asked_from,
            )
            if asked.owner.user_id is not None:
                people.count_question(session, asked.owner.user_id)
        return answer


class _Telling:
    """Passes on what a composer lets through; a proven quote as the source that it is."""

    def __init__(self, materials: Materials, listen: Listener) -> None:
        self._materials = materials
        self._listen = listen

    def tell(self, parts: Iterable[Shown | NewSource]) -> None:
        """Pass parts on."""
        for part in parts:
            if isinstance(part, NewSource):
                self._listen(FoundSource(self._materials.cite(part.spot)))
            else:
                self._listen(part)


def as_object(answer: Answer | Source) -> dict[str, Any]:
    """The object of the API, of a whole answer or of one source."""
    plain: dict[str, Any] = _plain(answer)
    return plain


def _plain(value: Any) -> Any:
    """As `dataclasses.asdict`, which copies each string and number too."""
    if isinstance(value, tuple):
        return tuple([_plain(item) for item in value])
    names = getattr(value, "__dataclass_fields__", None)
    return value if names is None else {name: _plain(getattr(value, name)) for name in names}
