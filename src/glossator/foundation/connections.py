"""How long the server waits on a connection: uvicorn itself waits for ever for a half-sent request.

With uvicorn 0.54 a silent socket, half a header, and a byte after an answer each stay open for as
long as the client likes, and a header may have any size. A body on its way has limits of its own
(`BodyLimit`).
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Protocol
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle as Cycle
else:
    # That one, or h11's where httptools isn't installed: they have the same names.
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as Protocol

# Seconds from the first byte of a request, or from the opening, to the end of its header.
HEADER_SECONDS = 20.0
# Seconds for which whoever is sent an answer may read nothing of it.
READING_SECONDS = 60.0
# The parser keeps what it has of a header in memory.
HEADER_BYTES = 65_536

_REFUSAL = b"The request's header is too large."


class Patient(Protocol):
    """uvicorn's protocol, whichever is there, with an end to waiting."""

    header_seconds = HEADER_SECONDS
    reading_seconds = READING_SECONDS

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._header: TimerHandle | None = None
        self._reader: TimerHandle | None = None
        self._unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_header()

    def data_received(self, data: bytes) -> None:
        """Take bytes; the time and the room for a header are those of all its bytes together."""
        before = self._latest()
        # The rest of a body: of one that is read, whose limits are elsewhere, or of a refused one.
        body = before is not None and before.more_body
        refused = before is not None and before.response_complete
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self.cycle is not before:
            self._stop_waiting()
        elif refused or not body:
            if self._header is None:
                self._wait_for_header()
            self._unread += 0 if body else len(data)
            if self._unread > HEADER_BYTES:
                self._refuse()

    def pause_writing(self) -> None:
        """Begin to wait for whoever reads the answer."""
        super().pause_writing()
        self._reader = self.loop.call_later(self.reading_seconds, self._leave)

    def resume_writing(self) -> None:
        """Go on: they read."""
        super().resume_writing()
        if self._reader is not None:
            self._reader.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        if self._reader is not None:
            self._reader.cancel()
        super().connection_lost(exc)

    def _latest(self) -> Cycle | None:
        return cast("Cycle | None", self.cycle)

    def _answering(self) -> bool:
        latest = self._latest()
        return latest is not None and not latest.response_complete

    def _wait_for_header(self) -> None:
        self._header = self.loop.call_later(self.header_seconds, self._header_is_late)

    def _stop_waiting(self) -> None:
        if self._header is not None:
            self._header.cancel()
        self._header, self._unread = None, 0

    def _header_is_late(self) -> None:
        if self._answering():
            # It was sent behind a request that is still answered: a stream may take minutes.
            self._wait_for_header()
        else:
            self.transport.abort()

    def _leave(self) -> None:
        latest = self._latest()
        if latest is not None:
            # Else what is still written to a closed connection would be an error in the log.
            latest.disconnected = True
        # `close` would wait until all is read.
        self.transport.abort()

    def _refuse(self) -> None:
        if self._answering():
            self.transport.abort()
            return
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
            b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(_REFUSAL), _REFUSAL)
        )
        self.transport.close()
