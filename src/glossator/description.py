"""What `/openapi.json` says of answers: every operation with its errors and who may call it.

Derived from what a route depends on, so that a new route is described without a word of its own;
only what else it may answer (a 409, a 400 without a body) stands beside it as `responses`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import SecretStr

from glossator import examples
from glossator.accounts import callers, cookies
from glossator.foundation import tokens, web
from glossator.foundation.problems import MEDIA_TYPE
from glossator.foundation.web import Address
from glossator.usage import routes as usage

DESCRIPTION = "/openapi.json"
_UNSAFE = frozenset({"post", "put", "patch", "delete"})
_SENTENCES = {
    400: "Something in the request doesn't exist or can't be carried out.",
    401: "The token is missing, or isn't valid, or its login has ended.",
    403: "The role doesn't suffice, or a request with a cookie lacks its word.",
    404: "There is no such thing, or it isn't the caller's to see.",
    408: "The body didn't arrive in time.",
    413: "The request is too large.",
    422: "Fields that can't be used, each with its reason.",
    429: "A limit is reached; `Retry-After` says when it renews.",
    503: "A part that the request needs doesn't answer.",
}
_PROBLEM: Mapping[str, Any] = {
    "title": "Problem",
    "description": "An error, as RFC 9457 has it.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened and what to do."},
        "request_id": {"type": "string"},
    },
}
_INVALID: Mapping[str, Any] = {
    "title": "InvalidProblem",
    "description": "An error with the fields that have to be mended.",
    "allOf": [{"$ref": "#/components/schemas/Problem"}],
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        }
    },
}
_SCHEMES: Mapping[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "glossator",
        "description": f"With the header {cookies.CSRF_HEADER} where something changes.",
    },
}
_NEEDED: Sequence[Mapping[str, Sequence[str]]] = [{"bearer": []}, {"cookie": []}]


def description_for_members(app: FastAPI, operators: SecretStr | None) -> APIRouter:
    """The description for whoever has a token, where it isn't everybody's to read.

    That is a user's, or `operators`, by which machines read the metrics too.
    """
    router = APIRouter()

    async def reader(request: Request, address: Address, background: BackgroundTasks) -> None:
        if not tokens.offered(request, operators):
            await callers.signed_in(request, address, background)

    may_read = [Depends(reader)]

    @router.get(DESCRIPTION, include_in_schema=False, response_model=None, dependencies=may_read)
    def description() -> dict[str, Any]:
        return app.openapi()

    return router


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Complete the application's description by what `routers` depend on."""
    plain = app.openapi
    calls = dict(_operations(routers))

    def complete() -> dict[str, Any]:
        found = plain()
        components = found.setdefault("components", {})
        if "securitySchemes" not in components:
            components["securitySchemes"] = dict(_SCHEMES)
            schemas = components.setdefault("schemas", {})
            schemas.update({"Problem": _PROBLEM, "InvalidProblem": _INVALID})
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            for path, operations in found["paths"].items():
                for method, operation in operations.items():
                    _complete(path, method, operation, calls.get((path, method), frozenset()))
            examples.add(found)
        return found

    app.openapi = complete  # type: ignore[method-assign]  # as FastAPI's own guide does it


def _complete(
    path: str, method: str, operation: dict[str, Any], calls: frozenset[Callable[..., Any]]
) -> None:
    responses: dict[str, Any] = operation["responses"]
    # FastAPI's own description of a 422 has another form than ours.
    responses.pop("422", None)
    statuses = {int(code) for code in responses if code.isdigit() and int(code) >= 400}
    for answers in (web.ANSWERS, callers.ANSWERS, usage.ANSWERS):
        statuses |= {code for call, codes in answers.items() if call in calls for code in codes}
    if callers.TOKEN_OPTIONAL in calls:
        needed = callers.TOKEN_NEEDED in calls
        operation["security"] = _NEEDED if needed else [{}, *_NEEDED]
        statuses |= {403} if method in _UNSAFE else set()
    statuses |= {400, 408, 413, 422} if "requestBody" in operation else set()
    statuses |= {404} if "{" in path else set()
    statuses |= {422} if operation.get("parameters") else set()
    for code in sorted(statuses):
        described = responses.setdefault(str(code), {})
        described.setdefault("description", _SENTENCES.get(code) or HTTPStatus(code).phrase)
        name = "InvalidProblem" if code == HTTPStatus.UNPROCESSABLE_ENTITY else "Problem"
        schema = {"$ref": f"#/components/schemas/{name}"}
        described.setdefault("content", {MEDIA_TYPE: {"schema": schema}})


def _operations(
    routers: Sequence[APIRouter],
) -> Iterator[tuple[tuple[str, str], frozenset[Callable[..., Any]]]]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                calls = frozenset(_calls(route.dependant))
                for method in route.methods or ():
                    yield (route.path_format, method.lower()), calls


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for below in dependant.dependencies:
        yield from _calls(below)
