"""What every provider's stream needs: a bound on calls and time, and one language for faults."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import Any, Protocol

from pydantic_core import from_json

from glossator.gateways.chat import FaultKind, ModelCall, ModelEvent, ModelFault, Requested, Words
from glossator.gateways.models.faults import fault, kind_of_status
from glossator.gateways.models.sse import NotAStream

# The SDKs' own, before the first byte: four tries in all.
RETRIES = 3
# Seconds; a provider that says nothing for so long has stalled.
SILENCE = 20.0
CONNECT = 5.0
# Seconds that each open call adds to the pause between two readings of a stream, and the longest
# pause. What gathers meanwhile is read, proven and sent at once: much less CPU where many answers
# run, nothing that a reader could see, and no pause where one runs alone.
PAUSE_EACH, LONGEST_PAUSE = 0.0025, 0.1
# Seconds that a provider has to end a body after the answer's last event.
_LAST = 0.2


class Reader(Protocol):
    """Makes events of one response's bytes.

    `spoke` tells that there were words, `done` that nothing of interest follows.
    """

    spoke: bool
    done: bool

    def feed(self, chunk: bytes) -> Iterator[ModelEvent]:
        """What a further piece of the body tells; raises `ModelFault` and `NotAStream`."""
        ...

    def end(self) -> Iterator[ModelEvent]:
        """What is left to tell at its end; raises `ModelFault` where the answer isn't whole."""
        ...


class SdkModel(ABC):
    """What both SDKs' models share: one client, opened when first needed, and bounded calls.

    `package` is the SDK's; importing it takes a second, so that waits for the first use.
    """

    def __init__(self, package: str, *, calls: int, silence: float) -> None:
        self._package = package
        self._silence = silence
        self._room = asyncio.Semaphore(calls)
        self._calls = 0
        self._opening = Lock()
        self._client: Any = None

    async def stream(self, call: ModelCall) -> AsyncGenerator[ModelEvent]:
        """See `ChatModel`; waiting for room counts against the call's time."""
        if self._client is None:
            # In a thread: everybody else would wait for the import too.
            await asyncio.to_thread(self._opened)
        deadline = asyncio.get_running_loop().time() + call.seconds
        response: Any = None
        with _faults(import_module(self._package)):
            async with asyncio.timeout_at(deadline):
                await self._room.acquire()
            self._calls += 1
            try:
                yield Requested()
                async with asyncio.timeout_at(deadline):
                    response = await self._requested(call)
                reader = self._reader(response.headers.get("content-type", "event-stream"))
                chunks = response.aiter_bytes()
                async for chunk in chunks:
                    for event in _joined(reader.feed(chunk)):
                        yield event
                    if reader.done:
                        break
                    await self._pause(deadline, spoke=reader.spoke)
                for event in reader.end():
                    yield event
                await _drained(chunks)
            finally:
                self._calls -= 1
                self._room.release()
                if response is not None:
                    await response.aclose()

    def prepare(self) -> None:
        """See `ChatModel`."""
        self._opened()

    async def close(self) -> None:
        """See `ChatModel`."""
        if self._client is not None:
            await self._client.close()

    async def _pause(self, deadline: float, *, spoke: bool) -> None:
        """Between two readings; raises where the call's time is over.

        No timeout can be open over a `yield`; a silent provider ends by SILENCE.
        """
        if asyncio.get_running_loop().time() > deadline:
            raise fault(FaultKind.TIMEOUT)
        # Never before the first word.
        if spoke and self._calls > 1:
            await asyncio.sleep(min(PAUSE_EACH * self._calls, LONGEST_PAUSE))

    def _opened(self) -> Any:
        with self._opening:
            if self._client is None:
                self._client = self._open(import_module(self._package))
            return self._client

    async def _requested(self, call: ModelCall) -> Any:
        """The response to the call, its body still to be read.

        The SDKs' own methods look at each field's type first, and wrap the response twice: another
        1 ms of CPU. They promise `post` for what they have no method for.
        """
        import httpx2

        path, body = self._request(call)
        return await self._opened().post(path, cast_to=httpx2.Response, body=body, stream=True)

    def _http(self, sdk: Any) -> Any:
        """The SDK's connections, over aiohttp where it is.

        Measured over streams of 60 tokens from a local server: 7.6 ms of CPU each, 11.5 without.
        """
        import httpx2

        timeout = httpx2.Timeout(self._silence, connect=CONNECT)
        if find_spec("aiohttp") is None:
            return sdk.DefaultAsyncHttpxClient(timeout=timeout)
        return sdk.DefaultAioHttpClient(timeout=timeout)

    @abstractmethod
    def _open(self, sdk: Any) -> Any:
        """A new client."""

    @abstractmethod
    def _request(self, call: ModelCall) -> tuple[str, Mapping[str, Any]]:
        """The call's path and body."""

    @abstractmethod
    def _reader(self, media_type: str) -> Reader:
        """What reads a response of this type; raises the fault of one that can't be read."""


@contextmanager
def _faults(sdk: Any) -> Iterator[None]:
    """What a call raises, as `ModelFault`.

    `sdk` is openai or anthropic: made by one generator, they share their exceptions' names.
    """
    import httpx2

    try:
        yield
    except sdk.APIStatusError as error:
        # Providers bill answers, not errors; behind a gateway's timeout there may be an answer.
        gave_up = error.status_code in (408, 504)
        raise fault(kind_of_status(error.status_code), reached=gave_up) from None
    except (sdk.APITimeoutError, httpx2.TimeoutException, TimeoutError):
        raise fault(FaultKind.TIMEOUT) from None
    except sdk.APIConnectionError:
        raise fault(FaultKind.NETWORK, reached=False) from None
    except (httpx2.HTTPError, httpx2.StreamError, NotAStream, sdk.APIError, *_of_transport()):
        raise fault(FaultKind.BROKEN) from None


def _of_transport() -> tuple[type[Exception], ...]:
    """What aiohttp says of an answer that isn't HTTP; the transport above it lets it through."""
    if find_spec("aiohttp") is None:
        return ()
    import aiohttp

    return (aiohttp.ClientError,)


async def _drained(chunks: AsyncIterator[bytes]) -> None:
    """Read what follows an answer's last event: else the connection couldn't serve another."""
    import httpx2

    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(_LAST):
            async for _ in chunks:
                pass


def _joined(events: Iterator[ModelEvent]) -> Iterator[ModelEvent]:
    """The events, with words that came together as one."""
    held: Words | None = None
    try:
        for event in events:
            if held is None or not isinstance(event, Words) or event.block != held.block:
                if held is not None:
                    yield held
                held = event if isinstance(event, Words) else None
                if held is None:
                    yield event
            else:
                held = Words(held.text + event.text, held.block)
    except (ModelFault, NotAStream):
        # What came before the fault was sold.
        if held is not None:
            yield held
        raise
    if held is not None:
        yield held


def object_of(text: str) -> Mapping[str, Any]:
    """A JSON object; raises the fault of a broken answer for anything else."""
    try:
        # A third of the time of Python's own, which also takes half a surrogate pair.
        value = from_json(text)
    except ValueError:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise fault(FaultKind.BROKEN) from None
    if not isinstance(value, dict):
        raise fault(FaultKind.BROKEN)
    return value
