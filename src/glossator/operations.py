"""Health: alive, and ready with each part's state and latency."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import MayPass, Scope
from glossator.library import uploads
from glossator.wiring import House


class Part(BaseModel):
    """A part that questions need; `models` has the last known outcome of each language model."""

    state: Literal["ok", "off", "down"]
    ms: float
    kind: str | None = None
    models: dict[str, str] | None = None


class Health(BaseModel):
    """Whether questions can be answered now, for the API's description."""

    status: Literal["ok", "down"]
    parts: dict[str, Part]


def operations(house: House) -> APIRouter:
    """`/health` and `/health/ready`."""
    router = APIRouter(tags=["operations"])

    @router.get("/health")
    async def alive() -> dict[str, str]:
        """The process answers; nothing else is touched."""
        return {"status": "ok"}

    @router.get("/health/ready", responses={503: {"model": Health}, 200: {"model": Health}})
    def ready() -> JSONResponse:
        """Each part that questions need, asked now; 503 if one is down.

        Language models aren't asked, for that costs money: their last outcomes in this process
        are told. Without them the book still answers, so they never make it 503; nor does an
        outside store of vectors, which is a copy of what SQL has.
        """
        parts = check(house)
        down = bool(broken(parts))
        body = {"status": "down" if down else "ok", "parts": parts}
        return JSONResponse(body, status_code=503 if down else 200)

    return router


def check(house: House) -> dict[str, dict[str, Any]]:
    """State and latency of the parts; `off` where a part isn't configured."""
    return {
        "database": _timed(house.database.ping),
        "search": _timed(lambda: _search(house)),
        "storage": _timed(lambda: _storage(house)),
        "queue": {**_timed(lambda: _queue(house)), "kind": house.settings.queue},
        "vectors": _vectors(house),
        "model": _model(house),
    }


def broken(parts: dict[str, dict[str, Any]]) -> list[str]:
    """The parts that are down and needed.

    Without a model the books' own words still answer, without an outside store SQL is searched.
    """
    spared = ("model", "vectors")
    return [name for name, part in parts.items() if part["state"] == "down" and name not in spared]


def _vectors(house: House) -> dict[str, Any]:
    """The outside store, `off` where SQL's own vectors are all there is."""
    store = house.copying.store
    if store is None:
        return {"state": "off", "ms": 0.0, "kind": "sql"}
    return {**_timed(store.ping), "kind": store.describe}


def _model(house: House) -> dict[str, Any]:
    """What this process knows of the models from their last calls; none is made here."""
    outcomes = house.models.outcomes()
    return {
        "state": house.models.state,
        "ms": 0.0,
        "kind": ", ".join(outcomes) or None,
        "models": outcomes,
    }


def _search(house: House) -> None:
    with house.database.reading() as session:
        house.search.search(session, Scope(("book:",)), "ready?")


def _storage(house: House) -> None:
    folder = house.settings.data
    if house.settings.database_url is None and not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(f"{folder} is not writable")
    house.files.names("documents/ready")


def _queue(house: House) -> None:
    with house.database.reading() as session:
        uploads.unfinished(session)


def _timed(ask: Callable[[], None]) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        ask()
        state = "ok"
    except (SQLAlchemyError, OSError, MayPass, Unavailable):
        state = "down"
    return {"state": state, "ms": round((time.perf_counter() - began) * 1000, 2)}
