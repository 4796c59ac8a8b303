"""Questions of a set put to a language model, as readers' questions are, but not kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
from starlette.concurrency import run_in_threadpool

from glossator.accounts.callers import Operator
from glossator.foundation.database import Database
from glossator.gateways.ports import Scope
from glossator.insight import judge
from glossator.insight.measuring import Looked, Measuring, looked_up
from glossator.insight.outcomes import Outcome
from glossator.insight.questions import Question
from glossator.insight.talking import OPERATOR, Talking
from glossator.tutor.answering import Answering
from glossator.tutor.answers import Answer
from glossator.tutor.conversations import Owner, new_id
from glossator.tutor.exchange import Asked
from glossator.tutor.service import Tutor

# Questions at a model at once.
TOGETHER = 4


@dataclass(frozen=True, slots=True)
class Asking:
    """What asking a model needs; `judge` gives verdicts, if one is wanted."""

    database: Database
    tutor: Tutor
    answering: Answering
    measuring: Measuring
    judge: Talking | None = None

    async def outcomes(
        self, scope: Scope, book_id: str, questions: Sequence[Question]
    ) -> list[Outcome]:
        """Each question's outcome, in order. Raises what the judge's calls raise."""
        found: dict[int, Outcome] = {}
        limiter = anyio.CapacityLimiter(TOGETHER)

        async def one(number: int, question: Question) -> None:
            async with limiter:
                found[number] = await self._one(scope, book_id, question)

        async with anyio.create_task_group() as group:
            for number, question in enumerate(questions):
                group.start_soon(one, number, question)
        return [found[number] for number in range(len(questions))]

    async def _one(self, scope: Scope, book_id: str, question: Question) -> Outcome:
        looked = await run_in_threadpool(self._look, scope, question)
        asked = Asked(
            question=question.question,
            caller=Operator(),
            owner=Owner(guest_key=new_id()),
            payer=OPERATOR,
            book_ids=(book_id,),
            kept=False,
        )
        began = time.perf_counter()
        answer = await self.answering.answer(asked)
        took = time.perf_counter() - began
        outcome = await run_in_threadpool(self._outcome, looked, answer, took)
        if self.judge is None:
            return outcome
        return await judge.judged(self.judge, question, outcome)

    def _look(self, scope: Scope, question: Question) -> Looked:
        with self.database.reading() as session:
            return looked_up(session, self.tutor, scope, question)

    def _outcome(self, looked: Looked, answer: Answer, took: float) -> Outcome:
        with self.database.reading() as session:
            return self.measuring.outcome(session, looked, answer, took)
