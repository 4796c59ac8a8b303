"""The port of language models: what the rooms may ask of one, and what comes back.

One contract suite runs on every adapter, against servers on loopback that speak the providers'
protocols, faults included.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Material:
    """A passage that a model may cite by its `number`, from 1 on.

    `parts` joined are the source's own text; a provider with citations of its own cites whole
    parts, so they are sentences.
    """

    number: int
    title: str
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The passage as the source has it."""
        return "".join(self.parts)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class ModelCall:
    """What a model is asked: `system` rules, materials to cite, earlier turns, the `request`.

    `output_tokens` is the most that it may write. `seconds` bounds the whole call, retries and
    waiting included.
    """

    system: str
    request: str
    materials: tuple[Material, ...] = ()
    turns: tuple[Turn, ...] = ()
    output_tokens: int = 1_024
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Requested:
    """The request goes out now: from here on the provider may want money for it."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text as it comes. `block` counts the parts of a text that a provider cites by itself."""

    text: str
    block: int = 0


@dataclass(frozen=True, slots=True)
class Cited:
    """A provider's own citation for a block of its text; it may come before that text."""

    block: int
    material: int
    quote: str


@dataclass(frozen=True, slots=True)
class BlockEnded:
    """A block is whole, with all its citations."""

    block: int


@dataclass(frozen=True, slots=True)
class Spent:
    """The provider's own token counts so far; a later one replaces an earlier one.

    `input` counts the whole prompt, what came from or went into the provider's cache included.
    """

    input: int
    output: int
    cache_read: int = 0
    cache_written: int = 0


class StopReason(StrEnum):
    """Why a model stopped."""

    END = "end"
    LENGTH = "length"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end of an answer."""

    reason: StopReason


ModelEvent = Requested | Words | Cited | BlockEnded | Spent | Stopped


class FaultKind(StrEnum):
    """What went wrong at a model's provider, as far as it matters to us."""

    KEY = "key"
    LIMITED = "limited"
    OVERLOADED = "overloaded"
    FAILED = "failed"
    TIMEOUT = "timeout"
    NETWORK = "network"
    REQUEST = "request"
    BROKEN = "broken"


class ModelFault(Exception):
    """A model that gave no whole answer, after all tries that made sense.

    `detail` is a sentence for an operator; it never holds the provider's raw text. `reached`
    says whether the provider may have done work, and want money, for it.
    """

    def __init__(self, kind: FaultKind, detail: str, *, reached: bool) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.reached = reached


class ChatModel(Protocol):
    """A language model that answers in a stream.

    `name` is the one in the settings (`openai:gpt-…`, `claude-…`); prices go by it. `cites` is
    `native` where the provider points at materials itself (`Cited`), and `marks` where the model
    is told to write `[n "quote"]`.
    """

    @property
    def name(self) -> str:
        """Provider and model as the settings have them."""
        ...

    @property
    def cites(self) -> Literal["native", "marks"]:
        """How citations come."""
        ...

    def stream(self, call: ModelCall) -> AsyncGenerator[ModelEvent]:
        """The answer as it comes, ending with `Spent` and `Stopped`; raises `ModelFault`.

        `Requested` comes first: what ends before it has cost nothing. `Spent` also comes as
        soon as the provider tells the prompt's tokens, so that a cut stream is still booked.
        Closing the generator stops the provider's work. A call that failed before its first
        byte is tried again up to 3 times with backoff and jitter, `Retry-After` honoured;
        nothing is tried again in mid-stream.
        """
        ...

    def prepare(self) -> None:
        """Import what the first call needs: a second or more, so not while somebody waits."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...
