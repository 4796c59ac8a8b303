"""Jobs over procrastinate: any number of workers on one Postgres.

A job in procrastinate's table is only a call to look: what there is to do, and who does it,
stands in our own rows, so a call that is lost or doubled loses and doubles nothing. The call
is entered in the caller's own transaction. Its tables lie in a schema of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.telemetry import log

if TYPE_CHECKING:
    from procrastinate import App

_SCHEMA = "procrastinate"
_PATH = f"{_SCHEMA}, public"
_QUEUE = "glossator"
# Work that nobody was called for: of workers that died, or after a failure of the database.
_LOOK_SECONDS = 10.0
_TROUBLE_SECONDS = 5.0
_POLL_SECONDS = 0.2


class PostgresQueue:
    """`JobQueue` on procrastinate."""

    def __init__(self, database: Database, *, look_seconds: float = _LOOK_SECONDS) -> None:
        self._database = database
        self._look_seconds = look_seconds
        self._lock = threading.Lock()
        self._calls: App | None = None

    def put(self, session: Session, job: str, *, delay: float = 0.0) -> None:
        """See `JobQueue.put`."""
        calls = self._prepared()
        connection: Any = session.connection().connection.driver_connection
        before = session.scalar(text("SELECT current_setting('search_path')"))
        self._search(session, _PATH)
        later: Any = {"schedule_in": {"seconds": delay}} if delay else {}
        calls.configure_task(job, queue=_QUEUE, connection=connection, **later).defer()
        self._search(session, before)

    def run(self, jobs: Mapping[str, Callable[[], bool]], stop: threading.Event) -> None:
        """See `JobQueue.run`; any number of processes may run at once."""
        lanes = {name: _Lane(name, step, stop) for name, step in jobs.items()}
        looking = [
            threading.Thread(target=self._look, args=(lane, stop), name="look")
            for lane in lanes.values()
        ]
        for each in looking:
            each.start()
        while not stop.is_set():
            try:
                self._prepared()
                asyncio.run(self._work(lanes, stop))
            except Exception as error:  # noqa: BLE001  the edge of the worker: it lives on
                log(__name__).error("the worker failed", exc_info=error)
                stop.wait(_TROUBLE_SECONDS)
        for each in looking:
            each.join()

    async def _work(self, lanes: Mapping[str, _Lane], stop: threading.Event) -> None:
        from procrastinate import App, PsycopgConnector

        url = self._database.url.set(drivername="postgresql")
        connector = PsycopgConnector(
            conninfo=url.render_as_string(hide_password=False),
            kwargs={"options": f"-c search_path={_SCHEMA},public"},
            min_size=1,
            max_size=4,
        )
        app = App(connector=connector)
        for name, lane in lanes.items():
            app.task(name=name, queue=_QUEUE)(lane.__call__)
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[_QUEUE],
                    concurrency=len(lanes),
                    install_signal_handlers=False,
                    delete_jobs="always",
                )
            )
            # `stop` is set by another thread, which no event of this loop hears.
            while not stop.is_set() and not worker.done():  # noqa: ASYNC110
                await asyncio.sleep(_POLL_SECONDS)
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    def _look(self, lane: _Lane, stop: threading.Event) -> None:
        """Look for work at once and now and then: calls die with the worker that took them."""
        while not stop.is_set():
            try:
                self._prepared()
                with self._database.writing() as session:
                    # Its triggers name its tables without their schema.
                    self._search(session, _PATH)
                    # Calls that a dead worker had taken; its own row is gone by then.
                    session.execute(
                        text(
                            "DELETE FROM procrastinate_jobs "
                            "WHERE status = 'doing' AND worker_id IS NULL"
                        )
                    )
            except SQLAlchemyError as error:
                log(__name__).warning("the queue can't be looked at", exc_info=error)
            lane()
            stop.wait(self._look_seconds)

    def _prepared(self) -> App:
        """The app that calls are entered with; makes procrastinate's tables where they lack."""
        from procrastinate import App, SyncPsycopgConnector
        from procrastinate.schema import SchemaManager

        with self._lock:
            if self._calls is not None:
                return self._calls
            with self._database.writing() as session:
                session.execute(text("SELECT pg_advisory_xact_lock(4706152)"))
                there = session.scalar(
                    text("SELECT to_regclass(:name)"), {"name": f"{_SCHEMA}.procrastinate_jobs"}
                )
                if there is None:
                    session.execute(text(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}"))
                    self._search(session, _PATH)
                    connection: Any = session.connection().connection.driver_connection
                    connection.execute(SchemaManager.get_schema())
            self._calls = App(connector=SyncPsycopgConnector())
            return self._calls

    @staticmethod
    def _search(session: Session, path: str | None) -> None:
        """Where names are looked up until the transaction ends."""
        session.execute(text("SELECT set_config('search_path', :path, true)"), {"path": path})


class _Lane:
    """One job in this process: however often it is called, one step at a time."""

    def __init__(self, name: str, step: Callable[[], bool], stop: threading.Event) -> None:
        self._name = name
        self._step = step
        self._stop = stop
        self._busy = threading.Lock()
        self._called = False

    def __call__(self) -> None:
        """Take steps until there is nothing to do; a call while that goes on is not lost."""
        self._called = True
        while self._called and not self._stop.is_set() and self._busy.acquire(blocking=False):
            try:
                self._called = False
                while not self._stop.is_set() and self._step():
                    pass
            except Exception as error:  # noqa: BLE001  the edge of a job: the worker lives on
                log(__name__).error("a job failed", job=self._name, exc_info=error)
            finally:
                self._busy.release()
