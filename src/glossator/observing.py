"""What watches the house: settings to numbers, logs and traces, and a scrape's look around."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from glossator import __version__
from glossator.accounts.secret import signing_secret
from glossator.calling.models import Models
from glossator.foundation import measures
from glossator.foundation.database import Database
from glossator.foundation.exposition import Together
from glossator.foundation.journal import Traces
from glossator.foundation.watching import Watch
from glossator.ingestion import backlog
from glossator.settings import Settings
from glossator.usage.prices import NANO
from glossator.usage.service import Usage


def watch(settings: Settings) -> Watch:
    """What watches a process, with traces where the settings say where they go.

    Raises `Unavailable` where traces are wanted and the extra for them isn't installed.
    """

    def secret() -> bytes:
        given = settings.secret_key.get_secret_value() if settings.secret_key else None
        return signing_secret(given, settings.data, production=settings.env == "production")

    return Watch(secret, _traces(settings))


def _traces(settings: Settings) -> Traces | None:
    if settings.otlp_url is None:
        return None
    from glossator.gateways.traces import OtlpTraces

    return OtlpTraces(settings.otlp_url, share=settings.trace_share)


def shared_folder(settings: Settings, parent: int) -> Path:
    """Where the processes that `parent` starts on this machine share their numbers."""
    return settings.data / "work" / f"numbers-{socket.gethostname()}-{parent}"


def together(settings: Settings, watch: Watch) -> Together:
    """The process among its siblings, where `serve` starts several."""
    several = settings.workers > 1
    return Together(watch.metrics, shared_folder(settings, os.getppid()) if several else None)


def clear_shared(settings: Settings) -> None:
    """Begin without the numbers of those who had this process's number before."""
    shutil.rmtree(shared_folder(settings, os.getpid()), ignore_errors=True)


def read_gauges(watch: Watch, database: Database, models: Models) -> None:
    """Set what costs nothing to know."""
    pool = database.engine.pool
    if isinstance(pool, QueuePool):
        watch.metrics.set(measures.CONNECTIONS, pool.checkedout(), "in_use")
        watch.metrics.set(measures.CONNECTIONS, database.most_connections, "limit")
    for name, paused in models.paused().items():
        watch.metrics.set(measures.BREAKER, float(paused), name)


def read_database(watch: Watch, database: Database, usage: Usage) -> None:
    """Set what the database knows: work that waits, and the day's money. A few short queries."""
    try:
        with database.reading() as session:
            waiting = backlog.waiting(session)
            ages = backlog.oldest_seconds(session)
            standing = usage.budget.standing(session, usage.clock())
    except SQLAlchemyError:
        # That it doesn't answer is a number of its own.
        return
    for (kind, status), found in waiting.items():
        watch.metrics.set(measures.WAITING, found, kind, status)
    for kind, seconds in ages.items():
        watch.metrics.set(measures.OLDEST, seconds, kind)
    limit = standing.limit_nano
    watch.metrics.set(measures.BUDGET, float("inf") if limit is None else limit / NANO, "limit")
    watch.metrics.set(measures.BUDGET, standing.committed_nano / NANO, "committed")


def read_parts(watch: Watch, states: dict[str, str]) -> None:
    """Set which parts answer, by their states in `/health/ready`; one that is off has no number."""
    for name, state in states.items():
        if state != "off":
            watch.metrics.set(measures.PART_UP, float(state == "ok"), name)
    watch.metrics.set(measures.INFO, 1.0, __version__)
