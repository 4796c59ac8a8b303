"""One part made: a model asked, its reply checked, asked once more with what was wrong."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

import anyio
from starlette.concurrency import run_in_threadpool

from glossator.adaptation import store
from glossator.adaptation.assembly import Made
from glossator.adaptation.planning import Job, Plan
from glossator.adaptation.verify import Verifier
from glossator.adaptation.wording import Reply, Wording, read
from glossator.calling.attempts import Attempt, Payments, UsageShown
from glossator.calling.calls import hear
from glossator.calling.models import Models
from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.foundation.telemetry import log
from glossator.gateways.chat import ChatModel, ModelCall, ModelFault, StopReason
from glossator.usage.money import BudgetSpent, Payer
from glossator.usage.prices import UnknownPrice

TRIES = 2
_IN_ADDITION = re.compile(r"[`$<>]|\]\(|https?://|^\s*(?:#|[-*+] |\d+\. |\|)", re.MULTILINE)
_LONGEST_ADDITION = 900


class NoAnswer(Unavailable):
    """No model that could be asked gave an answer."""


@dataclass(slots=True)
class Bill:
    """What a run has used by now, of all its calls together."""

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0
    calls: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, shown: UsageShown) -> None:
        """One more call."""
        self.model = shown.model
        self.input_tokens += shown.input_tokens
        self.output_tokens += shown.output_tokens
        self.cached_tokens += shown.cached_tokens
        self.cost_usd += shown.cost_usd
        self.calls += 1

    def shown(self) -> UsageShown | None:
        """All of it as the API shows it; None where nobody was asked."""
        if not self.calls:
            return None
        return UsageShown(
            self.model,
            self.input_tokens,
            self.output_tokens,
            self.cached_tokens,
            round(self.cost_usd, 9),
        )


class Maker:
    """Makes parts with the configured models, paid one by one."""

    def __init__(
        self, database: Database, payments: Payments, models: Models, wording: Wording
    ) -> None:
        self._database = database
        self._pay = payments
        self._models = models
        self._wording = wording

    async def make(
        self, plan: Plan, job: Job, payer: Payer, feature: str, bill: Bill
    ) -> tuple[Made, ...]:
        """A part's texts, saved; a text that never became good is None with the reason.

        Raises `BudgetSpent`, `ModelsStopped`, and `NoAnswer` where no model answers.
        """
        best: tuple[Made, ...] | None = None
        again = ""
        for number in range(TRIES):
            last = number == TRIES - 1
            said, attempt, model = await self._ask(plan.call(job, again), payer, feature, bill)
            settled = False
            try:
                made, wrong = judged(plan, job, said, attempt.outcome)
                best = made if best is None else merged(best, made)
                if last or all(each.text is not None for each in best):
                    with anyio.CancelScope(shield=True):
                        await run_in_threadpool(self._save, plan, job, best, attempt, model, bill)
                    settled = True
                    return best
                log(__name__).info("a part wasn't good", model=model.name, reasons=wrong[:5])
                again = self._wording.again(wrong)
            finally:
                if not settled:
                    with anyio.CancelScope(shield=True):
                        await run_in_threadpool(self._close, attempt, bill)
        raise AssertionError("unreachable")

    async def _ask(
        self, call: ModelCall, payer: Payer, feature: str, bill: Bill
    ) -> tuple[str, Attempt, ChatModel]:
        """The first model's answer; its attempt is still to be settled."""
        spent: BudgetSpent | None = None
        for model in self._models.ready():
            try:
                attempt = await self._reserved(payer, model, call, feature, bill)
            except BudgetSpent as error:
                spent = error
                continue
            except UnknownPrice as error:
                log(__name__).error("a model can't be asked", model=model.name, why=error.detail)
                continue
            whole = False
            try:
                said = await hear(self._models, model, call, attempt)
                whole = True
            except ModelFault:
                continue
            else:
                return said, attempt, model
            finally:
                if not whole:
                    with anyio.CancelScope(shield=True):
                        await run_in_threadpool(self._close, attempt, bill)
        raise spent or NoAnswer("The language model doesn't answer. Ask again in a minute.")

    async def _reserved(
        self, payer: Payer, model: ChatModel, call: ModelCall, feature: str, bill: Bill
    ) -> Attempt:
        """Money held for a call; freed again where the work ends while it is being reserved."""
        held = asyncio.ensure_future(
            run_in_threadpool(self._pay.reserve, payer, model, call, feature)
        )
        try:
            return await asyncio.shield(held)
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await asyncio.wait([held])
                if held.exception() is None:
                    attempt = held.result()
                    attempt.free = True
                    await run_in_threadpool(self._close, attempt, bill)
            raise

    def _save(
        self,
        plan: Plan,
        job: Job,
        made: tuple[Made, ...],
        attempt: Attempt,
        model: ChatModel,
        bill: Bill,
    ) -> None:
        """The part and its price in one transaction: what is kept is paid, and only once."""
        with self._database.writing() as session:
            bill.add(attempt.shown(self._pay.settle(session, attempt)))
            store.keep(
                session,
                plan.document_id,
                plan.form_key,
                job.key,
                made,
                model=model.name,
                now=self._pay.now(),
            )

    def _close(self, attempt: Attempt, bill: Bill) -> None:
        bill.add(attempt.shown(self._pay.close(attempt)))


def judged(plan: Plan, job: Job, said: str, outcome: str) -> tuple[tuple[Made, ...], list[str]]:
    """What of a reply can be used, and all that is wrong with it."""
    units = job.part.units
    retelling = bool(plan.form.level)
    reply = read(said, len(units), additions=retelling)
    wrong = list(reply.wrong)
    if outcome == StopReason.REFUSED:
        wrong.append("it is a refusal")
    elif outcome != StopReason.END:
        wrong.append("it broke off")
    verifier = Verifier(plan.expected)
    if not wrong:
        wrong = verifier.part(units, reply.texts)
    if wrong:
        return tuple(Made(None, reason=wrong[0]) for _ in units), wrong
    made: list[Made] = []
    for number, (unit, text) in enumerate(zip(units, reply.texts, strict=True)):
        checked = verifier.unit(unit, text)
        faults = list(checked.wrong)
        added = _addition(reply, number) if retelling else None
        if retelling and reply.added.get(number, "").strip() and added is None:
            faults.append("an addition holds more than plain words")
        wrong += [f"block {number + 1}: {fault}" for fault in faults]
        text_or_none = None if faults else checked.text
        made.append(Made(text_or_none, added, faults[0] if faults else None))
    return tuple(made), wrong


def merged(first: tuple[Made, ...], second: tuple[Made, ...]) -> tuple[Made, ...]:
    """The good texts of two tries."""
    pairs = zip(first, second, strict=True)
    return tuple(one if one.text is not None else two for one, two in pairs)


def _addition(reply: Reply, number: int) -> str | None:
    """An addition of plain words, None for one that holds anything else."""
    text = reply.added.get(number, "").strip()
    if not text or len(text) > _LONGEST_ADDITION or _IN_ADDITION.search(text):
        return None
    return text
