"""Being the only one who works on a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from glossator.moving.archive import Refused

# Held by whoever runs jobs, and by whoever changes books.
RUNNER, ADDING = "worker.lock", "add.lock"


def in_use(data: Path) -> bool:
    """Whether a server or worker on this machine runs the jobs of a data folder now."""
    try:
        with FileLock(data / RUNNER, thread_local=False).acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Keep every server, worker and `glossator add` of this data folder waiting.

    Raises `Refused` while there is one. Processes that use another folder aren't seen.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as held:
        for name in (RUNNER, ADDING):
            try:
                held.enter_context(FileLock(data / name, thread_local=False).acquire(timeout=0))
            except Timeout:
                raise Refused(
                    f"A server, `glossator work` or `glossator add` uses {data} now. Stop it first."
                ) from None
        yield
