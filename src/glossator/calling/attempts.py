"""Calls to models and their money: what is held before a call, what is booked after it."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from glossator.calling.counting import counted
from glossator.foundation.database import Database
from glossator.foundation.threads import to_its_end
from glossator.gateways.chat import (
    ChatModel,
    ModelCall,
    ModelEvent,
    ModelFault,
    Spent,
    Stopped,
    StopReason,
    Words,
)
from glossator.usage.money import Outcome, Payer, Reservation
from glossator.usage.prices import NANO, Tokens
from glossator.usage.service import Usage

_CHARS_A_TOKEN = 4
_WHOLE = frozenset(reason.value for reason in StopReason)
# What a message's frame may cost beside its text.
_FRAME = 16


@dataclass(frozen=True, slots=True)
class UsageShown:
    """What the model's call took, by the provider's own count, and its price in US dollars."""

    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: float


@dataclass(slots=True)
class Attempt:
    """A call to one model: what is held for it and what came of it.

    `received` counts the characters of its answer; `free` says that the provider did nothing,
    as is so until the request goes out.
    """

    reservation: Reservation
    bound: Tokens
    began: float
    spent: Spent | None = None
    received: int = 0
    outcome: str = "cancelled"
    free: bool = True

    def note(self, event: ModelEvent) -> None:
        """What an event of the call means for its price."""
        self.free = False
        match event:
            case Words(text):
                self.received += len(text)
            case Spent():
                self.spent = event
            case Stopped(reason):
                self.outcome = reason.value

    def failed(self, fault: ModelFault) -> None:
        """The call ended in a fault."""
        self.outcome = fault.kind.value
        self.free = self.free or not fault.reached

    def tokens(self) -> Tokens:
        """What to book: the provider's own count, else a bound of what it may have counted."""
        if self.free:
            return Tokens(0, 0)
        written = math.ceil(self.received / _CHARS_A_TOKEN)
        if self.spent is None:
            return Tokens(self.bound.input, written)
        spent = self.spent
        # A stream that was cut has told its prompt only.
        output = spent.output if self.outcome in _WHOLE else max(spent.output, written)
        return Tokens(spent.input, output, spent.cache_read, spent.cache_written)

    def shown(self, price: int) -> UsageShown:
        """The call as the API shows it; `price` in nano-dollars."""
        tokens = self.tokens()
        return UsageShown(
            model=self.reservation.model,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cached_tokens=tokens.cache_read,
            cost_usd=price / NANO,
        )


class Payments:
    """Reserves before a call and settles after it."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def now(self) -> datetime:
        """The present moment, as the budget goes by it."""
        return self._usage.clock()

    def reserve(self, payer: Payer, model: ChatModel, call: ModelCall, feature: str) -> Attempt:
        """Hold what a call can cost; raises what `Budget.reserve` raises."""
        bound = Tokens(prompt_bound(call), call.output_tokens)
        with self._database.writing() as session:
            reservation = self._usage.budget.reserve(
                session,
                payer,
                feature=feature,
                model=model.name,
                input_tokens=bound.input,
                output_tokens=bound.output,
                now=self.now(),
            )
        return Attempt(reservation, bound, time.perf_counter())

    def estimate(self, model: ChatModel, tokens: Tokens) -> int:
        """What a call would cost, in nano-dollars; holds nothing. Raises `UnknownPrice`."""
        return self._usage.budget.price(model.name, tokens, self.now())

    def held(
        self,
        payer: Payer,
        model: ChatModel,
        call: ModelCall,
        feature: str,
        tries: list[Attempt],
    ) -> Attempt:
        """`reserve`, and the attempt is appended to `tries`, which must be settled."""
        attempt = self.reserve(payer, model, call, feature)
        tries.append(attempt)
        return attempt

    async def hold(
        self,
        payer: Payer,
        model: ChatModel,
        call: ModelCall,
        feature: str,
        tries: list[Attempt],
    ) -> Attempt:
        """`held` in a thread; whoever is cancelled meanwhile finds the attempt in `tries` too."""
        held = run_in_threadpool(self.held, payer, model, call, feature, tries)
        return await to_its_end(asyncio.ensure_future(held))

    def settle(self, session: Session, attempt: Attempt) -> int:
        """Book an attempt in the caller's transaction; its price in nano-dollars."""
        latency = round(1000 * (time.perf_counter() - attempt.began))
        outcome = Outcome(attempt.tokens(), latency, attempt.outcome)
        price = self._usage.budget.settle(session, attempt.reservation, outcome, self.now())
        counted(attempt.reservation, outcome, price)
        return price

    def close(self, attempt: Attempt) -> int:
        """Book an attempt in a transaction of its own; its price in nano-dollars."""
        with self._database.writing() as session:
            return self.settle(session, attempt)


def prompt_bound(call: ModelCall) -> int:
    """An upper bound of a call's prompt in tokens."""
    texts = [call.system, call.request]
    texts += [text for material in call.materials for text in (material.title, material.text)]
    texts += [text for turn in call.turns for text in (turn.question, turn.answer)]
    frames = len(texts) + sum(len(material.parts) for material in call.materials)
    return sum(at_most_tokens(text) for text in texts) + _FRAME * frames


def at_most_tokens(text: str) -> int:
    """An upper bound of a text's tokens, for money: half the ASCII characters, thrice the others.

    Code and numbers come to about 2.5 characters a token with current tokenizers, English to 4;
    scripts that they know badly to a third of a character.
    """
    ascii_only = len(text.encode("ascii", "ignore"))
    return math.ceil(ascii_only / 2 + 3 * (len(text) - ascii_only))
