"""Clients in a process of their own: each asks, reads the stream to its end, and asks again.

    python -m bench.serving_client < ORDER

ORDER is a JSON object, see `Order`; the answer is one line, `{"times": [[begun, first, whole],
…], "errors": […], "open": most streams at once, "proven": …}`, in seconds from the start.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import cast

_END = b"\r\n0\r\n\r\n"
# uvicorn closes what has been still for 5 s.
_IDLE = 3.0


@dataclass(frozen=True)
class Order:
    """What to do: `clients` at once, until `seconds` have passed or each has had `rounds`.

    A body's token counts as the first where it holds `marker`; an answer is proven where its
    end holds `proof`. The clients begin within `spread` seconds.

    With `arrivals`, in seconds from the start, a question is asked at each of them whatever has
    become of those before, and its times count from then; what isn't answered `seconds` after
    the last is left.
    """

    port: int
    path: str
    bodies: list[str]
    headers: list[dict[str, str]]
    clients: int
    seconds: float
    marker: str
    proof: str
    rounds: int = 1_000_000
    spread: float = 1.5
    arrivals: list[float] = field(default_factory=list)


@dataclass
class Found:
    """What the clients have seen; `late` is by how much one was sent too late at most."""

    times: list[tuple[float, float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    proven: int = 0
    open_now: int = 0
    open: int = 0
    left: int = 0
    late: float = 0.0


class _Connection(asyncio.Protocol):
    """One keep-alive connection; parses no more than it must, to leave the CPU to the server."""

    def __init__(self, order: Order, found: Found) -> None:
        self._marker, self._proof = order.marker.encode(), order.proof.encode()
        self._found = found
        self._done: asyncio.Future[bool] | None = None
        self._first = 0.0
        self._tail = b""
        self._proven = False
        self.since = 0.0
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    async def ask(self, request: bytes, at: float, due: float | None = None) -> None:
        """One question, read to its end; its times count from `due` if that is given."""
        self._done = asyncio.get_running_loop().create_future()
        self._first, self._tail, self._proven = 0.0, b"", False
        began = time.perf_counter() if due is None else at + due
        self._transport.write(request)
        good = await self._done
        self.since = now = time.perf_counter()
        if good:
            self._found.times.append((began - at, self._first - began, now - began))
            self._found.proven += self._proven

    def close(self) -> None:
        """Nothing more is asked on it."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        if self._done is None or self._done.done():
            return
        whole = self._tail + data
        if not self._first and self._marker in whole:
            self._first = time.perf_counter()
            self._found.open_now += 1
            self._found.open = max(self._found.open, self._found.open_now)
        self._proven = self._proven or self._proof in whole
        self._tail = whole[-300:]
        if whole.endswith(_END) or (b"content-length" in whole[:900].lower() and not self._first):
            good = bool(self._first)
            self._found.open_now -= good
            if not good:
                self._found.errors.append(whole[:200].decode("latin-1"))
            self._done.set_result(good)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if self._done is not None and not self._done.done():
            self._found.open_now -= bool(self._first)
            self._found.errors.append(f"connection lost: {exc}")
            self._done.set_result(False)


def _request(order: Order, n: int, turn: int) -> bytes:
    body = order.bodies[(n * 7 + turn) % len(order.bodies)].encode()
    headers = {
        **order.headers[n % len(order.headers)],
        "host": "localhost",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
    lines = [f"POST {order.path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _connected(order: Order, found: Found) -> _Connection:
    made = lambda: _Connection(order, found)  # noqa: E731
    _, connection = await asyncio.get_running_loop().create_connection(
        made, "127.0.0.1", order.port
    )
    return connection


async def _client(n: int, order: Order, found: Found, at: float) -> None:
    await asyncio.sleep(order.spread * n / order.clients)
    for turn in range(order.rounds):
        if time.perf_counter() - at > order.seconds:
            return
        if turn == 0:
            connection = await _connected(order, found)
        await connection.ask(_request(order, n, turn), at)


async def _arrive(n: int, order: Order, found: Found, at: float, free: list[_Connection]) -> None:
    due = order.arrivals[n]
    await asyncio.sleep(max(0.0, due - (time.perf_counter() - at)))
    found.late = max(found.late, time.perf_counter() - at - due)
    # The last one that was given back; a server closes those that nobody uses.
    while free and (free[-1].lost or time.perf_counter() - free[-1].since > _IDLE):
        free.pop().close()
    try:
        connection = free.pop() if free else await _connected(order, found)
    except OSError as error:
        found.errors.append(f"no connection: {error}")
        return
    try:
        await connection.ask(_request(order, n, 0), at, due)
    except asyncio.CancelledError:
        connection.close()
        raise
    if not connection.lost:
        free.append(connection)


async def run(order: Order) -> Found:
    """Do what the order says."""
    found, at = Found(), time.perf_counter()
    if not order.arrivals:
        await asyncio.gather(*(_client(n, order, found, at) for n in range(order.clients)))
        return found
    free: list[_Connection] = []
    tasks = [
        asyncio.create_task(_arrive(n, order, found, at, free)) for n in range(len(order.arrivals))
    ]
    _, left = await asyncio.wait(tasks, timeout=order.arrivals[-1] + order.seconds)
    found.left = len(left)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for connection in free:
        connection.close()
    return found


if __name__ == "__main__":
    import uvloop

    seen = uvloop.run(run(Order(**json.load(sys.stdin))))
    print(json.dumps(vars(seen)))
