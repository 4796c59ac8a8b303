"""What every provider's stream needs: a bound on calls and time, and one language for faults."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Any

from glossator.gateways.chat import FaultKind, ModelCall, ModelEvent, Requested
from glossator.gateways.models.faults import fault, kind_of_status
from glossator.gateways.models.sse import NotAStream

# The SDKs' own, before the first byte: four tries in all.
RETRIES = 3
# Seconds; a provider that says nothing for so long has stalled.
SILENCE = 20.0
CONNECT = 5.0

Request = Callable[[ModelCall], AbstractAsyncContextManager[Any]]
Read = Callable[[Any], AsyncGenerator[ModelEvent]]


async def streamed(
    sdk: ModuleType, room: asyncio.Semaphore, call: ModelCall, request: Request, read: Read
) -> AsyncGenerator[ModelEvent]:
    """The events that `read` finds in the response to `request`; raises `ModelFault` alone.

    `sdk` is openai or anthropic: made by one generator, they share their exceptions' names.
    `room` bounds the calls that run at once; waiting for it counts against the call's time.
    """
    import httpx2

    clock = asyncio.get_running_loop()
    deadline = clock.time() + call.seconds
    response: Any = None
    try:
        async with asyncio.timeout_at(deadline):
            await room.acquire()
        try:
            yield Requested()
            async with asyncio.timeout_at(deadline):
                response = await request(call).__aenter__()
            async for event in read(response):
                yield event
                # A timeout can't be left open over a `yield`; a silent provider ends by SILENCE.
                if clock.time() > deadline:
                    raise fault(FaultKind.TIMEOUT)
        finally:
            room.release()
            if response is not None:
                await response.close()
    except sdk.APIStatusError as error:
        # Providers bill answers, not errors; behind a gateway's timeout there may be an answer.
        gave_up = error.status_code in (408, 504)
        raise fault(kind_of_status(error.status_code), reached=gave_up) from None
    except (sdk.APITimeoutError, httpx2.TimeoutException, TimeoutError):
        raise fault(FaultKind.TIMEOUT) from None
    except sdk.APIConnectionError:
        raise fault(FaultKind.NETWORK, reached=False) from None
    except (httpx2.HTTPError, httpx2.StreamError, NotAStream, sdk.APIError):
        raise fault(FaultKind.BROKEN) from None


class SdkModel(ABC):
    """What both SDKs' models share: one client, opened when first needed, and bounded calls.

    `package` is the SDK's; importing it takes a second, so that waits for the first use.
    """

    def __init__(self, package: str, read: Read, *, calls: int, silence: float) -> None:
        self._package = package
        self._read = read
        self._silence = silence
        self._room = asyncio.Semaphore(calls)
        self._opening = Lock()
        self._client: Any = None

    async def stream(self, call: ModelCall) -> AsyncGenerator[ModelEvent]:
        """See `ChatModel`."""
        if self._client is None:
            # In a thread: everybody else would wait for the import too.
            await asyncio.to_thread(self._opened)
        sdk = import_module(self._package)
        async for event in streamed(sdk, self._room, call, self._request, self._read):
            yield event

    def prepare(self) -> None:
        """See `ChatModel`."""
        self._opened()

    async def close(self) -> None:
        """See `ChatModel`."""
        if self._client is not None:
            await self._client.close()

    def _opened(self) -> Any:
        with self._opening:
            if self._client is None:
                self._client = self._open(import_module(self._package))
            return self._client

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
    def _request(self, call: ModelCall) -> AbstractAsyncContextManager[Any]:
        """The call as a streamed response to be entered."""


def object_of(text: str) -> Mapping[str, Any]:
    """A JSON object; raises the fault of a broken answer for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise fault(FaultKind.BROKEN) from None
    if not isinstance(value, dict):
        raise fault(FaultKind.BROKEN)
    return value
