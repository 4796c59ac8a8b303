"""One call to a model whose words are wanted as a whole: an attempt filled in, a fault told."""

from __future__ import annotations

from contextlib import aclosing

from glossator.calling.attempts import Attempt
from glossator.calling.models import Models
from glossator.foundation.telemetry import log
from glossator.gateways.chat import ChatModel, ModelCall, ModelFault, Words


async def hear(models: Models, model: ChatModel, call: ModelCall, attempt: Attempt) -> str:
    """The model's whole text; raises its `ModelFault`, after noting it in `models`.

    What is known for the ledger stands in `attempt`, also after a fault or a cancellation.
    """
    text: list[str] = []
    try:
        async with aclosing(model.stream(call)) as events:
            async for event in events:
                attempt.note(event)
                if isinstance(event, Words):
                    text.append(event.text)
    except ModelFault as fault:
        attempt.failed(fault)
        models.failed(model, fault.kind)
        log(__name__).warning("a model failed", model=model.name, kind=fault.kind.value)
        raise
    models.answered(model)
    return "".join(text)
