"""Jobs in the process itself: the database's own state is the queue.

One runner per data folder, held by a file lock that dies with its process; other processes wait
for it. What a killed runner had begun is taken up by the next one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from glossator.foundation.telemetry import log

# How often to ask whether the runner is gone, to look for what another process put (each kind of
# job takes a transaction for it: twice a second they cost 3 % of a core for nothing), and after a
# failure of the database.
_LOCK_SECONDS = 0.5
_LOOK_SECONDS = 2.0
_TROUBLE_SECONDS = 5.0


class InProcessQueue:
    """`JobQueue` in threads; `taken_over` runs first whenever this process becomes the runner."""

    def __init__(self, lock: Path, taken_over: Callable[[], None] = lambda: None) -> None:
        self._lock = lock
        self._taken_over = taken_over
        self._news = threading.Condition()
        self._count = 0

    def put(self, session: Session, job: str, *, delay: float = 0.0) -> None:
        """See `JobQueue.put`."""
        event.listen(session, "after_commit", lambda _: self._wake(), once=True)

    def run(self, jobs: Mapping[str, Callable[[], bool]], stop: threading.Event) -> None:
        """See `JobQueue.run`; waits while another process is the runner."""
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock, thread_local=False)
        while not stop.is_set():
            try:
                lock.acquire(timeout=0)
            except Timeout:
                stop.wait(_LOCK_SECONDS)
                continue
            try:
                self._begin(stop)
                lanes = [
                    threading.Thread(target=self._lane, args=(name, step, stop), name=name)
                    for name, step in jobs.items()
                ]
                for lane in lanes:
                    lane.start()
                for lane in lanes:
                    lane.join()
            finally:
                lock.release()

    def _begin(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._taken_over()
            except SQLAlchemyError as error:
                log(__name__).warning("the queue can't begin", error=type(error).__name__)
                stop.wait(_TROUBLE_SECONDS)
            else:
                return

    def _lane(self, name: str, step: Callable[[], bool], stop: threading.Event) -> None:
        while not stop.is_set():
            seen = self._count
            try:
                if step():
                    continue
            except Exception as error:  # noqa: BLE001  the edge of a job: the runner lives on
                log(__name__).error("a job failed", job=name, exc_info=error)
                stop.wait(_TROUBLE_SECONDS)
            self._sleep(seen, stop)

    def _sleep(self, seen: int, stop: threading.Event) -> None:
        until = time.monotonic() + _LOOK_SECONDS
        with self._news:
            while self._count == seen and not stop.is_set():
                left = until - time.monotonic()
                if left <= 0:
                    return
                # In pieces: nobody wakes it when the server ends.
                self._news.wait(min(left, _LOCK_SECONDS))

    def _wake(self) -> None:
        with self._news:
            self._count += 1
            self._news.notify_all()
