"""A form of a chapter, from the cache or made part by part; one run at a time for all who ask.

Whoever asks first claims the run by a row in the database and pays; whoever asks meanwhile, in
this process or another, waits for it and pays nothing. A part is saved in the transaction that
books its price, so a run that dies loses at most the calls in flight; its claim ends with its
lease, and the next who asks goes on with the parts that are left.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import anyio
from starlette.concurrency import run_in_threadpool

from glossator.accounts import people
from glossator.adaptation import store
from glossator.adaptation.answers import Answers
from glossator.adaptation.making import Bill, Maker, NoAnswer
from glossator.adaptation.planning import Plan, Planner, shown
from glossator.adaptation.telling import Teller
from glossator.adaptation.wanted import (
    Adapted,
    Listener,
    ModelsFailed,
    NoModel,
    Price,
    Wanted,
)
from glossator.calling.attempts import Payments
from glossator.calling.models import Models
from glossator.foundation import limits
from glossator.foundation.database import Database
from glossator.foundation.errors import GlossatorError, TooMany
from glossator.foundation.journal import looked_up
from glossator.foundation.limits import Window
from glossator.gateways.chat import ChatModel
from glossator.library import variants
from glossator.library.tables import Document
from glossator.usage.allowances import Taken
from glossator.usage.money import Payer
from glossator.usage.prices import NANO, Tokens, UnknownPrice
from glossator.usage.service import Usage
from glossator.usage.switch import ModelsStopped

LEASE = timedelta(seconds=60)
PARALLEL = 4
POLL = 0.25
OPERATOR = Payer("operator")
# What is reserved for an answer is so much more than what it takes as a rule.
_MARGIN = 1.2
# Forms of an older state of their chapter, which nobody asked for anew, go after this.
_OUTDATED = timedelta(days=30)
# A chapter that was begun and left can be gone on with so often for its one unit.
_RESUMED = 5


@dataclass(frozen=True, slots=True)
class _Claim:
    """The right to a run, the unit that was taken for it, and what counts the day's runs."""

    token: str
    taken: Taken | None = None
    counter: str = ""


class Adaptation:
    """Serves and makes chapters' forms."""

    def __init__(
        self,
        database: Database,
        planner: Planner,
        maker: Maker,
        payments: Payments,
        models: Models,
        usage: Usage,
        *,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._planner = planner
        self._maker = maker
        self._pay = payments
        self._models = models
        self._usage = usage
        self._lease = lease
        self.answers = Answers(database.changes)

    async def chapter(self, wanted: Wanted, listen: Listener = lambda _: None) -> Adapted:
        """The form that is wanted; raises what `Planner.look` raises, `NoModel`, `AllowanceSpent`,
        `BudgetSpent`, `ModelsStopped` and `ModelsFailed`. Cancelled, it keeps what is finished.
        """
        teller = Teller(listen)
        while True:
            found = await run_in_threadpool(self._look, wanted)
            looked_up("forms", int(isinstance(found, Adapted)), int(isinstance(found, Plan)))
            if isinstance(found, Adapted):
                return teller.kept(found)
            try:
                made = await self._made(wanted, found, teller)
            except (NoModel, ModelsFailed, ModelsStopped, TooMany):
                if found.kept is None:
                    raise
                # Some blocks of it stayed as they were; that's better than nothing.
                return teller.kept(found.kept)
            if made is not None:
                return made

    async def _made(self, wanted: Wanted, found: Plan, teller: Teller) -> Adapted | None:
        """The form, made by us; None after waiting for somebody else's run."""
        if not found.missing:
            made = await run_in_threadpool(self._finish, found, None, "")
            teller.tell(found)
            return made
        if not self._models:
            raise NoModel
        claim = await run_in_threadpool(self._claim, wanted, found)
        if claim is not None:
            return await self._run(wanted, found, claim, teller)
        await self._wait(found, teller)
        return None

    async def price(self, wanted: Wanted) -> Price:
        """What making the form would cost by our estimate; makes nothing and takes nothing."""
        found = await run_in_threadpool(self._look, wanted)
        model = self._models.first if self._models else None
        name = model.name if model else None
        if isinstance(found, Adapted):
            return Price(found.chapter_id, found.book_id, 0, 0, 0, 0, 0, 0.0, 0.0, name)
        missing = found.missing
        costs = [found.cost(job) for job in missing]
        taken = sum(cost for cost, _ in costs)
        most = sum(cost for _, cost in costs)
        likely = round(most / _MARGIN)
        return Price(
            found.chapter_id,
            found.book_id,
            parts=len(found.jobs),
            cached_parts=len(found.jobs) - len(missing),
            calls=len(missing),
            input_tokens=taken,
            output_tokens=likely,
            usd=await self._usd(model, Tokens(taken, likely)),
            usd_at_most=await self._usd(model, Tokens(taken, most)),
            model=name,
        )

    def keep(self) -> None:
        """What has to be done once a day: what dead runs and old versions left goes."""
        now = self._usage.clock()
        with self._database.writing() as session:
            store.clean(session, now)
            variants.forget_old(session, now - _OUTDATED)

    async def _usd(self, model: ChatModel | None, tokens: Tokens) -> float | None:
        if model is None:
            return None
        try:
            return await run_in_threadpool(self._pay.estimate, model, tokens) / NANO
        except UnknownPrice:
            return None

    def _look(self, wanted: Wanted) -> Adapted | Plan:
        with self._database.reading() as session:
            return self._planner.look(session, wanted, self._usage.clock())

    def _claim(self, wanted: Wanted, plan: Plan) -> _Claim | None:
        """The right to make the form, with a unit taken for it; None where somebody has it."""
        now = self._usage.clock()
        with self._database.writing() as session:
            token = store.claim(
                session,
                plan.key,
                done=len(plan.jobs) - len(plan.missing),
                total=len(plan.jobs),
                now=now,
                lease=self._lease,
            )
            if token is None:
                return None
            who = wanted.who
            if who is None:
                return _Claim(token)
            if who.user_id is not None:
                people.hold(session, who.user_id)
            told = hashlib.sha256(f"{who.key} {plan.key}".encode()).hexdigest()[:32]
            counter = f"chapter:{told}"
            begun = limits.take_counting(
                session,
                key=counter,
                limit=1_000,
                window_start=Window.DAY.start(now),
                now=now,
            )
            if begun % _RESUMED != 1:
                return _Claim(token)
            taken = self._usage.allowances.take(session, who, wanted.allowance, now)
            return _Claim(token, taken, counter)

    async def _run(self, wanted: Wanted, plan: Plan, claim: _Claim, teller: Teller) -> Adapted:
        """Make what is missing, as the one who has the claim."""
        bill, paid, ended = Bill(), False, False
        state = [plan]
        beating = asyncio.ensure_future(self._beat(plan.key, claim.token, state))
        try:
            teller.tell(plan)
            await self._make_all(wanted, state, teller, bill)
            made = await run_in_threadpool(self._finish, state[0], bill, claim.token)
            ended = paid = True
            standing = claim.taken.standing if claim.taken else None
            return replace(made, cached=False, usage=bill.shown(), standing=standing)
        except NoAnswer:
            done = len(plan.jobs) - len(state[0].missing)
            raise ModelsFailed(done, len(plan.jobs)) from None
        finally:
            beating.cancel()
            with anyio.CancelScope(shield=True):
                with suppress(asyncio.CancelledError):
                    await beating
                paid = paid or len(state[0].missing) < len(plan.missing)
                if not ended:
                    await run_in_threadpool(self._leave, plan, claim, paid)

    async def _make_all(
        self, wanted: Wanted, state: list[Plan], teller: Teller, bill: Bill
    ) -> None:
        """A few parts at once; after a failure no further one is begun, and those begun end."""
        queue = deque(state[0].missing)
        failed: list[GlossatorError] = []
        payer = wanted.who.payer if wanted.who else OPERATOR

        async def worker() -> None:
            while queue and not failed:
                job = queue.popleft()
                try:
                    made = await self._maker.make(state[0], job, payer, wanted.feature, bill)
                except GlossatorError as error:
                    failed.append(error)
                    return
                state[0] = state[0].with_made({job.key: made})
                teller.tell(state[0])

        workers = [asyncio.ensure_future(worker()) for _ in range(min(PARALLEL, len(queue)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for each in workers:
                # Once: a second time would end it in the midst of settling.
                if not each.cancelling():
                    each.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait(workers)
        if failed:
            raise failed[0]

    async def _beat(self, key: str, token: str, state: Sequence[Plan]) -> None:
        """Signs of life for those who wait, with how far the run has come."""
        known = -1
        pause = min(1.0, self._lease.total_seconds() / 3)
        beats = max(1, round(self._lease.total_seconds() / 3 / pause))
        count = 0
        while True:
            await asyncio.sleep(pause)
            count += 1
            done = len(state[0].jobs) - len(state[0].missing)
            if done != known or count % beats == 0:
                known = done
                await run_in_threadpool(self._renew, key, token, done)

    def _renew(self, key: str, token: str, done: int) -> None:
        with self._database.writing() as session:
            store.renew(session, key, token, self._usage.clock() + self._lease, done)

    def _finish(self, plan: Plan, bill: Bill | None, token: str) -> Adapted:
        """Put the chapter together and keep it; the run is over."""
        whole, now = plan.whole(), self._usage.clock()
        model = bill.model if bill else ""
        with self._database.writing() as session:
            document = session.get(Document, plan.document_id)
            row = plan.row(whole, model, now)
            if token:
                store.release(session, plan.key, token)
            if document is None:
                # The book was removed meanwhile; whoever waited still gets what was made.
                document = Document(
                    chapter_id=plan.chapter_id, title=plan.title, language=plan.language
                )
                document.headings = [dict(heading) for heading in plan.headings]
            elif not plan.passage:
                keys = [job.key for job in plan.jobs]
                store.adopt(session, plan.document_id, plan.form_key, keys)
                variants.keep(session, row)
            return replace(shown(plan.book_id, document, row), parts=len(plan.jobs))

    def _leave(self, plan: Plan, claim: _Claim, paid: bool) -> None:
        with self._database.writing() as session:
            store.release(session, plan.key, claim.token)
            if claim.taken is not None and not paid:
                self._usage.allowances.give_back(session, claim.taken)
                start = Window.DAY.start(claim.taken.window_start)
                limits.give_back(session, key=claim.counter, window_start=start)

    async def _wait(self, plan: Plan, teller: Teller) -> None:
        """Until the run of somebody else is over, or dead; tells what it finishes."""
        known = -1
        while True:
            state = await run_in_threadpool(self._running, plan)
            if state is None:
                return
            if state != known:
                known = state
                plan = await run_in_threadpool(self._reloaded, plan)
                teller.tell(plan)
            await asyncio.sleep(POLL)

    def _running(self, plan: Plan) -> int | None:
        with self._database.reading() as session:
            found = store.running(session, plan.key, self._usage.clock())
        return None if found is None else found[0]

    def _reloaded(self, plan: Plan) -> Plan:
        counts = {job.key: len(job.part.units) for job in plan.missing}
        with self._database.reading() as session:
            made = store.load(session, counts, counts, self._usage.clock())
        return plan.with_made(made)
