"""Health, alive and ready with each part's state and latency; and the metrics."""

from __future__ import annotations

import os
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from glossator import observing
from glossator.foundation import exposition, tokens
from glossator.foundation.errors import Unauthorized, Unavailable
from glossator.foundation.exposition import Together
from glossator.foundation.parts import Parts
from glossator.gateways.ports import MayPass, Scope
from glossator.library import uploads
from glossator.settings import Settings
from glossator.wiring import House

_FAILURES = (SQLAlchemyError, OSError, MayPass, Unavailable)
_METRICS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
    401: {"description": "The operator's token is missing."},
}


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


def operations(house: House, siblings: Together) -> APIRouter:
    """`/health`, `/health/ready` and `/metrics`."""
    router = APIRouter(tags=["operations"])
    parts = asking()

    @router.get("/health")
    async def alive() -> dict[str, str]:
        """The process answers; nothing else is touched."""
        return {"status": "ok"}

    @router.get("/health/ready", responses={503: {"model": Health}, 200: {"model": Health}})
    def ready() -> JSONResponse:
        """Each part that questions need, asked now; 503 if one is down or takes over 4 seconds.

        Language models aren't asked, for that costs money: their last outcomes in this process
        are told. Without them the book still answers, so they never make it 503; nor does an
        outside store of vectors, which is a copy of what SQL has.
        """
        found = check(house, parts)
        down = bool(broken(found))
        body = {"status": "down" if down else "ok", "parts": found}
        return JSONResponse(body, status_code=503 if down else 200)

    @router.get("/metrics", response_class=Response, responses=_METRICS)
    def metrics(request: Request) -> Response:
        """What this server has counted and timed, as Prometheus' text."""
        _check_token(request, house.settings)
        return Response(scrape(house, siblings, parts), media_type=exposition.CONTENT_TYPE)

    return router


def scrape(house: House, siblings: Together, parts: Parts) -> bytes:
    """The metrics as text, with what the database and the parts say at this moment."""
    watch = house.watch
    watch.look()
    states = {name: part["state"] for name, part in check(house, parts).items()}
    observing.read_parts(watch, states)
    if states["database"] == "ok":
        observing.read_database(watch, house.database, house.usage)
    several = house.settings.workers > 1
    # One process's memory and files would pass for all of them.
    return exposition.text(siblings.numbers(), process=not several)


def asking() -> Parts:
    """What `check` asks by; keep it as long as parts may be asked again."""
    return Parts(_FAILURES)


def check(house: House, parts: Parts | None = None) -> dict[str, dict[str, Any]]:
    """State and latency of the parts; `off` where a part isn't configured."""
    store = house.copying.store
    asks = {
        "database": house.database.ping,
        "search": lambda: _search(house),
        "storage": lambda: _storage(house),
        "queue": lambda: _queue(house),
        **({} if store is None else {"vectors": store.ping}),
    }
    told = (parts or asking()).ask(asks)
    found: dict[str, dict[str, Any]] = {
        name: {"state": state, "ms": ms} for name, (state, ms) in told.items()
    }
    found["queue"]["kind"] = house.settings.queue
    # Where SQL's own vectors are all there is, there is nobody to ask.
    vectors = found.get("vectors", {"state": "off", "ms": 0.0})
    return {
        **found,
        "vectors": {**vectors, "kind": "sql" if store is None else store.describe},
        "model": _model(house),
    }


def broken(parts: dict[str, dict[str, Any]]) -> list[str]:
    """The parts that are down and needed.

    Without a model the books' own words still answer, without an outside store SQL is searched.
    """
    spared = ("model", "vectors")
    return [name for name, part in parts.items() if part["state"] == "down" and name not in spared]


def _check_token(request: Request, settings: Settings) -> None:
    token = settings.metrics_token
    if token is None and settings.env == "production":
        raise Unauthorized(
            "No token is set. Whoever runs this server sets GLOSSATOR_METRICS_TOKEN."
        )
    if token is not None and not tokens.offered(request, token):
        raise Unauthorized("Send the operator's token: `Authorization: Bearer TOKEN`.")


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
