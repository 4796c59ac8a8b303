"""Every error as an RFC 9457 problem document; the one place that answers for failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from glossator.foundation import faults, measures
from glossator.foundation.errors import GlossatorError, MayPass, Unusable
from glossator.foundation.journal import count
from glossator.foundation.telemetry import log

MEDIA_TYPE = "application/problem+json"

_SENTENCES = {
    404: "There is nothing at this address. Check the path.",
    405: "This address doesn't take that method.",
}


def problem(
    request_id: str | None,
    *,
    status: int,
    type_: str,
    title: str,
    detail: str,
    errors: Sequence[Mapping[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """The problem document as a response."""
    body: dict[str, Any] = {
        **(members or {}),
        "type": type_,
        "title": title,
        "status": int(status),
        "detail": detail,
        "request_id": request_id,
    }
    if errors is not None:
        body["errors"] = list(errors)
    count(measures.PROBLEMS, (type_, str(int(status))))
    return JSONResponse(body, status_code=int(status), media_type=MEDIA_TYPE, headers=headers)


def answer_errors(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(GlossatorError)
    async def known(request: Request, error: GlossatorError) -> JSONResponse:
        return _known(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        # The offered value is never echoed: it may hold a secret, or what JSON can't say.
        found = [_invalid(item) for item in error.errors()]
        names = ", ".join(dict.fromkeys(item["field"] for item in found))
        return problem(
            _request_id(request),
            status=422,
            type_=Unusable.type,
            title=Unusable.title,
            detail=f"Mend these fields and send the request again: {names}.",
            errors=found,
        )

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error.__cause__, GlossatorError):
            # FastAPI wraps whatever is raised while it reads a body.
            return _known(request, error.__cause__)
        status = HTTPStatus(error.status_code)
        return problem(
            _request_id(request),
            status=status,
            type_=status.phrase.lower().replace(" ", "-"),
            title=status.phrase,
            detail=_SENTENCES.get(status, f"{status.phrase}."),
            headers=error.headers,
        )

    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(MayPass)
    @app.exception_handler(OSError)
    async def outside(request: Request, error: Exception) -> JSONResponse:
        told = faults.explained(error)
        if told is None:
            raise error
        reason = getattr(error, "orig", None) or error
        log(__name__).error("a part failed", error=type(reason).__name__, told=told.type)
        return _known(request, told)


def unexpected(request_id: str | None, error: Exception) -> JSONResponse:
    """The answer for a failure that nobody foresaw; the reason goes to the log alone."""
    log(__name__).error("request failed", exc_info=error)
    return explained(
        request_id,
        GlossatorError(
            "The request failed and the reason was logged. Try again, and tell the operator "
            "the request_id if it fails again."
        ),
    )


def explained(request_id: str | None, error: GlossatorError) -> JSONResponse:
    """The answer for one of our own errors."""
    # Where a body was not read to its end, the connection is of no further use.
    unread = error.status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return problem(
        request_id,
        status=error.status,
        type_=error.type,
        title=error.title,
        detail=error.detail,
        headers={**error.headers, **({"connection": "close"} if unread else {})},
        members=error.members,
    )


def _known(request: Request, error: GlossatorError) -> JSONResponse:
    return explained(_request_id(request), error)


def _request_id(request: Request) -> str | None:
    found: str | None = request.scope.get("glossator.request_id")
    return found


def _invalid(item: Mapping[str, Any]) -> dict[str, str]:
    if item["type"] == "json_invalid":
        return {"field": "body", "message": "is not valid JSON"}
    message = str(item["msg"])
    if item["type"] in ("model_attributes_type", "dict_type"):
        message += "; send it as application/json"
    return {"field": _field(item["loc"]), "message": message}


def _field(location: Sequence[str | int]) -> str:
    """`question` for a body's field, `query.page` elsewhere."""
    parts = [str(part) for part in location]
    if parts and parts[0] == "body":
        parts = parts[1:]
    return ".".join(parts) or "body"
