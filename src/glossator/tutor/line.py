"""The models to ask for one answer, in their order, each with its money held before it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from glossator.calling.attempts import Attempt, Payments
from glossator.calling.models import Models
from glossator.foundation.telemetry import log
from glossator.gateways.chat import ChatModel, ModelCall
from glossator.usage.money import BudgetSpent, Payer
from glossator.usage.prices import UnknownPrice
from glossator.usage.switch import ModelsStopped

FEATURE = "question"


@dataclass(frozen=True, slots=True)
class Held:
    """A model that may be asked now, what it is asked, and what holds its money."""

    model: ChatModel
    call: ModelCall
    attempt: Attempt


class Line:
    """The models that are left to ask; `held` is the one whose turn it is, if there is one.

    `why` says, as the API does, why no model answers where none is left. Each attempt stands in
    `tries`, which must be settled, as soon as its money is committed.
    """

    def __init__(
        self, payments: Payments, models: Models, payer: Payer, tries: list[Attempt]
    ) -> None:
        self._pay = payments
        self._models = models
        self._payer = payer
        self._tries = tries
        self._left: Iterator[ChatModel] | None = None
        self.held: Held | None = None
        self.why = "provider"

    def hold_next(self, call: Callable[[ChatModel], ModelCall]) -> None:
        """Hold the money for the next model that can be paid; `call` makes what it is asked.

        Writes to the database, so it belongs in a thread.
        """
        self.held = None
        if self._left is None:
            self._left = iter(self._models.ready())
        for model in self._left:
            asked = call(model)
            try:
                attempt = self._pay.held(self._payer, model, asked, FEATURE, self._tries)
            except BudgetSpent:
                self.why = "budget"
            except ModelsStopped:
                self.why = "no_model"
                return
            except UnknownPrice as error:
                log(__name__).error("a model can't be asked", model=model.name, why=error.detail)
            else:
                self.held = Held(model, asked, attempt)
                return
