"""Whether the configured models work: each is asked for one word, paid and booked as any call."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import anyio
from starlette.concurrency import run_in_threadpool

from glossator.calling.attempts import Payments
from glossator.calling.calls import hear
from glossator.calling.models import Models
from glossator.gateways.chat import ChatModel, ModelCall, ModelFault
from glossator.usage.money import BudgetSpent, Payer
from glossator.usage.prices import NANO, UnknownPrice
from glossator.usage.switch import ModelsStopped

FEATURE = "doctor"
# Some providers take no lower limit than 16.
_CALL = ModelCall(system="Reply with one word.", request="Say: yes", output_tokens=16, seconds=20.0)
_PAYER = Payer("operator")


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of asking one model, in a sentence too."""

    model: str
    state: Literal["works", "fails", "not asked"]
    sentence: str
    price_known: bool = True
    cost_usd: float = 0.0
    ms: float = 0.0


async def try_out(models: Models, payments: Payments) -> list[Trial]:
    """Ask each model, one after the other; the models' connections are closed after it."""
    try:
        return [await _try(model, models, payments) for model in models.every]
    finally:
        await models.close()


async def _try(model: ChatModel, models: Models, payments: Payments) -> Trial:
    try:
        attempt = await run_in_threadpool(payments.reserve, _PAYER, model, _CALL, FEATURE)
    except UnknownPrice as error:
        return Trial(model.name, "not asked", f"not asked. {error.detail}", price_known=False)
    except (BudgetSpent, ModelsStopped) as error:
        return Trial(model.name, "not asked", f"not asked. {error.detail}")
    began, fault, price = time.perf_counter(), None, 0
    try:
        await hear(models, model, _CALL, attempt)
    except ModelFault as raised:
        fault = raised
    finally:
        with anyio.CancelScope(shield=True):
            price = await run_in_threadpool(payments.close, attempt)
    ms = round((time.perf_counter() - began) * 1000, 2)
    cost = price / NANO
    if fault is not None:
        why = f"doesn't work. {fault.detail}"
        return Trial(model.name, "fails", why, cost_usd=cost, ms=ms)
    told = f"works ({ms:.0f} ms). Its price is known; this call cost {cost:.9f} US dollars."
    return Trial(model.name, "works", told, cost_usd=cost, ms=ms)
