"""In what order language models are asked, and when one is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from glossator.foundation import measures
from glossator.foundation.journal import count
from glossator.gateways.chat import ChatModel, FaultKind

# So many failures in a row, and for so many seconds nobody asks it again.
FAILURES = 3
PAUSE = 30.0
NOT_ASKED = "not asked yet"
# These won't pass by trying: a wrong key or model name.
_LASTING = frozenset({FaultKind.KEY, FaultKind.REQUEST})
_FAULTS = frozenset(kind.value for kind in FaultKind)


@dataclass(slots=True)
class _Record:
    failures: int = 0
    closed_until: float = 0.0
    last: str = NOT_ASKED


class Models:
    """The configured models in their order of fallback, each with a breaker.

    After the pause one question tries again; if that fails too, the pause begins anew.
    `rewriting` are those that make search queries of questions; None for the same ones.
    """

    def __init__(
        self,
        models: Sequence[ChatModel],
        *,
        rewriting: Sequence[ChatModel] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._models = tuple(models)
        # One adapter, and one record, for a model that is named for both.
        known = {model.name: model for model in (*(rewriting or ()), *models)}
        small = models if rewriting is None else rewriting
        self._rewriting = tuple(known[model.name] for model in small)
        self._every = tuple({m.name: m for m in (*self._models, *self._rewriting)}.values())
        self._records = {name: _Record() for name in known}
        self._clock = clock
        self._choosing = Lock()

    def __bool__(self) -> bool:
        """Whether any model is configured."""
        return bool(self._models)

    @property
    def first(self) -> ChatModel:
        """The model that should answer."""
        return self._models[0]

    def ready(self) -> list[ChatModel]:
        """The models to ask now, in order."""
        return self._ready(self._models)

    def rewriter(self) -> ChatModel | None:
        """The model that makes search queries now, if one does."""
        now = self._clock()
        for model in self._rewriting:
            if self._records[model.name].closed_until <= now:
                return self._ready([model])[0]
        return None

    def _ready(self, models: Sequence[ChatModel]) -> list[ChatModel]:
        now = self._clock()
        # Questions ask this in threads, and only one of them may try.
        with self._choosing:
            open_now = [m for m in models if self._records[m.name].closed_until <= now]
            for model in open_now:
                record = self._records[model.name]
                if record.failures >= FAILURES:
                    # Half open: this question tries, the others go on waiting.
                    record.closed_until = now + PAUSE
            return open_now

    def answered(self, model: ChatModel) -> None:
        """A model gave a whole answer."""
        self._records[model.name] = _Record(last="ok")

    def failed(self, model: ChatModel, kind: FaultKind) -> None:
        """A model gave none."""
        count(measures.FAULTS, (model.name, kind.value))
        record = self._records[model.name]
        record.failures = FAILURES if kind in _LASTING else record.failures + 1
        record.last = kind.value
        if record.failures >= FAILURES:
            record.closed_until = self._clock() + PAUSE

    @property
    def every(self) -> tuple[ChatModel, ...]:
        """All of them, those that answer first."""
        return self._every

    @property
    def state(self) -> Literal["ok", "off", "down"]:
        """`off` without a model, `down` where all that answer have failed, as far as is known."""
        if not self._models:
            return "off"
        lasts = [self._records[model.name].last for model in self._models]
        return "down" if all(last in _FAULTS for last in lasts) else "ok"

    def outcomes(self) -> dict[str, str]:
        """Each model's last known outcome."""
        return {model.name: self._records[model.name].last for model in self._every}

    def paused(self) -> dict[str, bool]:
        """Whether each model is left alone at this moment."""
        now = self._clock()
        return {name: record.closed_until > now for name, record in self._records.items()}

    def prepare(self) -> None:
        """Import what the first calls need."""
        for model in self._every:
            model.prepare()

    async def close(self) -> None:
        """Give the models' connections back."""
        for model in self._every:
            await model.close()
