"""A proxy on loopback that can be slow, silent, closed or talk nonsense, from call to call."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

Mode = Literal["pass", "slow", "reset", "refuse", "silent", "garbage"]
Target = tuple[str, int] | str
GARBAGE = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n<nope/>\x00\xff\xfe" * 40


class FaultProxy:
    """Passes bytes on to `target`, an address or the path of a Unix socket.

    `slow` waits before each piece of an answer, `reset` ends connections, also open ones, `refuse`
    takes none, `silent` takes everything and says nothing, `garbage` answers with nonsense.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.port = 0
        self.delay = 0.2
        self.taken = 0
        self._mode: Mode = "pass"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        # Every transport of the loop: one that is cut while it is made is nobody's to close. None
        # knows its server: one taken just before that was closed would fail half made.
        self._made: list[asyncio.BaseTransport] = []
        making: Any = self._loop
        make = making._make_socket_transport

        def kept(*given: Any, **named: Any) -> Any:
            self._made.append(make(*given, **{**named, "server": None}))
            return self._made[-1]

        making._make_socket_transport = kept

    @property
    def mode(self) -> Mode:
        return self._mode

    def set(self, mode: Mode) -> None:
        """Be like this from now on, for connections that are open too."""
        self._run(self._change(mode))

    def drop(self) -> None:
        """End all connections once, as a server that is restarted does."""
        self._run(self._cut())

    def start(self) -> None:
        self._thread.start()
        self._run(self._listen())

    def stop(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        # One that was taken in the loop's last turn.
        for transport in self._made:
            transport.close()
        self._loop.run_until_complete(asyncio.sleep(0.02))
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _change(self, mode: Mode) -> None:
        self._mode = mode
        if self._server is not None and mode == "refuse":
            self._server.close()
            self._server = None
        elif self._server is None and mode != "refuse":
            await self._listen()
        if mode in ("reset", "refuse"):
            await self._cut()

    async def _cut(self) -> None:
        for writer in list(self._open):
            _reset(writer)

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
            # What was accepted by now begins, so that it can be ended.
            await asyncio.sleep(0.02)
        await self._cut()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for transport in self._made:
            transport.close()
        # Transports end a turn after they were told.
        await asyncio.sleep(0.05)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        opened, end = [writer], _reset
        try:
            if self._mode in ("reset", "refuse"):
                return
            if isinstance(self.target, str):
                inner, onward = await asyncio.open_unix_connection(self.target)
            else:
                inner, onward = await asyncio.open_connection(*self.target)
            opened.append(onward)
            self._open |= set(opened)
            await asyncio.gather(
                self._pass(reader, onward, answers=False), self._pass(inner, writer, answers=True)
            )
            # What is still to be sent goes out first.
            end = asyncio.StreamWriter.close
        except (OSError, asyncio.CancelledError):
            # Nobody is behind it, or the proxy ends; its server would log a task's end as an error.
            pass
        finally:
            for each in opened:
                self._open.discard(each)
                end(each)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                while self._mode == "silent":  # noqa: ASYNC110  no event says that it speaks again
                    # What came while it was silent is passed on once it speaks again.
                    await asyncio.sleep(0.02)
                if answers and self._mode == "slow":
                    await asyncio.sleep(self.delay)
                if answers and self._mode == "garbage":
                    piece = GARBAGE
                writer.write(piece)
                await writer.drain()
        with suppress(OSError):
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None and found.family != socket.AF_UNIX:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    writer.transport.abort()


@contextmanager
def fault_proxy(target: Target) -> Iterator[FaultProxy]:
    """A proxy that passes everything on until it is told otherwise."""
    proxy = FaultProxy(target)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


def during(proxy: FaultProxy, mode: Mode, do: Callable[[], Any]) -> Any:
    """What `do` gives while the proxy is like this; it passes again after it."""
    proxy.set(mode)
    try:
        return do()
    finally:
        proxy.set("pass")
