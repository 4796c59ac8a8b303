"""The switch that stops all calls to language models.

It stands in the database and is read where money is reserved, so it holds for every process from
its commit on; calls that are under way by then end and are booked.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, bindparam, delete, select, text
from sqlalchemy.orm import Session

from glossator.foundation.errors import Unavailable
from glossator.usage.tables import Switch

STOP = "models-stopped"
_TABLE = cast("Table", Switch.__table__)
# Built once: asked before every call.
_SET = select(_TABLE.c.name).where(_TABLE.c.name == bindparam("name"))


class ModelsStopped(Unavailable):
    """An administrator has stopped all calls to language models."""

    type = "models-stopped"
    title = "Language models are switched off"

    def __init__(self) -> None:
        super().__init__(
            "Whoever runs this server has switched language models off for now. Reading, searching "
            "and everything that was made before go on."
        )


def stopped(session: Session) -> bool:
    """Whether no model may be called."""
    return session.scalar(_SET, {"name": STOP}) is not None


def stop(session: Session) -> None:
    """Let no call to a model begin from now on."""
    session.execute(
        text("INSERT INTO switches (name) VALUES (:name) ON CONFLICT DO NOTHING"), {"name": STOP}
    )


def go_on(session: Session) -> None:
    """Let models be called again."""
    session.execute(delete(Switch).where(Switch.name == STOP))
