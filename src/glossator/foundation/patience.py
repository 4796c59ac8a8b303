"""How long a Postgres may be silent: nobody waits for ever, and nobody waits for what is gone.

libpq gives up a server that can't be reached, but not one that took a statement and says nothing
more: behind a partition or a proxy that hangs, each request's thread would wait until the system
notices, which takes from minutes to hours. Here a thread shuts the connection of a statement that
has had no answer for too long; its caller gets the error of a connection that broke.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import Dialect, ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from glossator.foundation.telemetry import log

PING_SECONDS = 5.0
# An execution option of a connection on which a statement may take as long as it likes.
PATIENT = "patient"
_LOOK_SECONDS = 0.25
# A connection that took so long to fail wasn't refused but not answered: for a moment nobody else
# waits for one, else all threads would.
_SLOW_SECONDS, _PAUSE_SECONDS = 1.0, 2.0


class Patience:
    """Watches an engine's connections; `seconds` is what a statement or a commit may take."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds
        self._ping_seconds = min(PING_SECONDS, seconds)
        # By the connection's identity; entries are put and taken by the thread that waits.
        self._waiting: dict[int, tuple[float, Any]] = {}
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._not_before = 0.0
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "handle_error", self._failed)
        event.listen(engine, "commit", self._ending)
        event.listen(engine, "rollback", self._ending)
        event.listen(engine, "reset", self._resetting)
        event.listen(engine, "checkin", self._back)
        event.listen(engine, "checkout", self._out)
        event.listen(engine, "do_connect", self._connect)

    def close(self) -> None:
        """End the thread."""
        self._closed.set()

    def _begin(self, connection: Any, seconds: float) -> None:
        self._waiting[id(connection)] = (time.monotonic() + seconds, connection)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    thread = threading.Thread(target=self._look, name="patience", daemon=True)
                    self._thread = thread
                    thread.start()

    def _over(self, connection: Any) -> None:
        self._waiting.pop(id(connection), None)

    def _look(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            now = time.monotonic()
            for key, entry in list(self._waiting.items()):
                if entry[0] <= now and self._waiting.get(key) is entry:
                    self._waiting.pop(key, None)
                    log(__name__).error("the database says nothing; its connection is given up")
                    _shut(entry[1])

    def _before(self, connection: Connection, *_: object) -> None:
        if not connection.get_execution_options().get(PATIENT, False):
            self._begin(connection.connection.dbapi_connection, self._seconds)

    def _after(self, connection: Connection, *_: object) -> None:
        self._over(connection.connection.dbapi_connection)

    def _failed(self, context: ExceptionContext) -> None:
        if context.connection is not None and not context.connection.invalidated:
            self._over(context.connection.connection.dbapi_connection)

    def _ending(self, connection: Connection) -> None:
        # What answers it is followed by the connection's way back. One that broke has none.
        patient = connection.get_execution_options().get(PATIENT, False)
        if not patient and not connection.invalidated:
            self._begin(connection.connection.dbapi_connection, self._seconds)

    def _resetting(self, connection: Any, *_: object) -> None:
        self._begin(connection, self._ping_seconds)

    def _back(self, connection: Any, _: ConnectionPoolEntry) -> None:
        self._over(connection)

    def _out(self, connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        """As `pool_pre_ping`, which no event would let us watch."""
        if getattr(record, "fresh", False):
            return
        self._begin(connection, self._ping_seconds)
        dialect = self._engine.dialect
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error:
            # All others that were open before are as old as this one.
            raise InvalidatePoolError from None
        finally:
            self._over(connection)

    def _connect(
        self, dialect: Dialect, _: object, args: list[Any], options: dict[str, Any]
    ) -> Any:
        if time.monotonic() < self._not_before:
            raise dialect.loaded_dbapi.OperationalError("the database didn't answer just now")
        began = time.monotonic()
        try:
            return dialect.connect(*args, **options)
        except dialect.loaded_dbapi.Error:
            ended = time.monotonic()
            if ended - began > _SLOW_SECONDS:
                self._not_before = ended + _PAUSE_SECONDS
            raise


def _shut(connection: Any) -> None:
    """Both directions of a connection's socket: whoever reads from it gets its end."""
    # One that was closed in this very moment is none of ours any more.
    if not connection.closed:
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as raw:
            raw.shutdown(socket.SHUT_RDWR)
