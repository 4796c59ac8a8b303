"""Single calls to a model for the author's purposes, held and booked as every call is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

import anyio
from starlette.concurrency import run_in_threadpool

from glossator.calling.attempts import Attempt, Payments, UsageShown
from glossator.calling.calls import hear
from glossator.calling.models import Models
from glossator.foundation.errors import Unavailable
from glossator.gateways.chat import ModelCall, ModelFault
from glossator.usage.money import Payer

FEATURE = "check"
OPERATOR = Payer("operator")
_SECTION = re.compile(r"^# (.+)$", re.MULTILINE)
# What looks like one of our marks, within what they enclose.
_MARK = re.compile(
    r"<(?=\s*/?\s*(?:question|expected|evidence|given|section|headings)\b)", re.IGNORECASE
)
SECONDS = 60.0


def prompts() -> Mapping[str, str]:
    """The sections of the file beside this module, by name."""
    text = resources.files("glossator.insight").joinpath("prompts.md").read_text("utf-8")
    parts = _SECTION.split(text)[1:]
    return {name.strip(): body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def fenced(name: str, text: str) -> str:
    """A text between marks that it can't break out of."""
    return f"<{name}>\n{_MARK.sub('< ', text)}\n</{name}>"


class Talking:
    """Asks the first model that answers."""

    def __init__(self, payments: Payments, models: Models) -> None:
        self._pay = payments
        self._models = models

    async def say(self, system: str, request: str, *, output_tokens: int) -> tuple[str, UsageShown]:
        """A model's reply and what it took.

        Raises `Unavailable` where none answers, and what `Payments.reserve` raises.
        """
        call = ModelCall(system, request, output_tokens=output_tokens, seconds=SECONDS)
        for model in self._models.ready():
            tries: list[Attempt] = []
            shown: UsageShown | None = None
            text = ""
            try:
                attempt = await self._pay.hold(OPERATOR, model, call, FEATURE, tries)
                text = await hear(self._models, model, call, attempt)
            except ModelFault:
                continue
            finally:
                with anyio.CancelScope(shield=True):
                    for each in tries:
                        shown = each.shown(await run_in_threadpool(self._pay.close, each))
            if shown is not None:
                return text, shown
        raise Unavailable("The language model doesn't answer. `glossator doctor` tells why.")
