"""Examples in the API's description: what was once sent and answered, and every kind of problem.

The first are recorded by `scripts/record_examples.py`; the second are the errors' own types and
titles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from types import MappingProxyType
from typing import Any

from glossator.accounts.callers import Forged
from glossator.foundation.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    GlossatorError,
    NotFound,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    UnknownReference,
    Unsupported,
    Unusable,
)
from glossator.foundation.middleware import RequestTimeout
from glossator.protocols.openai_gate import in_their_form
from glossator.protocols.openai_routes import UnknownModel

Object = dict[str, Any]
_REQUEST_ID = "1f0c9a52c1c14f0e8a5b5c0d2e7f4a61"
# Each with a sentence such as it has.
_PROBLEMS: Mapping[int, Sequence[tuple[type[GlossatorError], str]]] = MappingProxyType(
    {
        400: (
            (UnknownReference, "There is no book, chapter or document with this id."),
            (BadRequest, "More than one book has a chapter with this id; say which by book_id."),
        ),
        401: ((Unauthorized, "This needs an account. Sign in and send the access token."),),
        403: (
            (Forbidden, "This is for administrators."),
            (Forged, "Send the value of the cookie glossator_csrf as the header x-csrf-token."),
        ),
        404: ((NotFound, "There is no book, chapter or document with this id."),),
        408: ((RequestTimeout, "The request's body didn't arrive within 30 seconds."),),
        409: ((Conflict, "The document is being processed. Wait until it is ready or failed."),),
        413: ((TooLarge, "The request is larger than 1024 kB. Send less at once."),),
        415: ((Unsupported, "Files of this kind can't be read."),),
        422: ((Unusable, "Mend these fields and send the request again: question."),),
        429: ((TooMany, "You have used your 20 questions of this hour. Try again in 45 minutes."),),
        503: ((Unavailable, "The database doesn't answer. Try again in a few seconds."),),
    }
)


def add(found: Object) -> None:
    """Put examples into a description."""
    kept: Mapping[str, Object] = json.loads(
        resources.files("glossator").joinpath("examples.json").read_text("utf-8")
    )
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _answers(operation, kept.get(f"{method.upper()} {path}", {}))
            for code, answer in operation["responses"].items():
                shown = answer.get("content", {}).get("application/problem+json")
                if shown is not None:
                    shown["examples"] = _problems(path, method, int(code))


def _answers(operation: Object, kept: Object) -> None:
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if sent is not None and "request" in kept:
        sent["example"] = kept["request"]
    for code, answer in operation["responses"].items():
        content = answer.get("content", {})
        if code == "200" and "media" in kept:
            # It is no JSON at all.
            answer["content"] = {kept["media"]: {}}
        elif code < "400" and "application/json" in content and "response" in kept:
            content["application/json"]["example"] = kept["response"]


def _problems(path: str, method: str, status: int) -> Object:
    theirs = path.startswith("/v1/")
    kinds = list(_PROBLEMS.get(status, ()))
    if status == 403 and method == "get":
        kinds = [kind for kind in kinds if kind[0] is not Forged]
    if status == 404 and theirs:
        kinds = [(UnknownModel, UnknownModel().detail)]
    return {kind.type: {"value": _problem(kind, detail, theirs)} for kind, detail in kinds}


def _problem(kind: type[GlossatorError], detail: str, theirs: bool) -> Object:
    told: Object = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "request_id": _REQUEST_ID,
    }
    if kind is Unusable:
        told["errors"] = [{"field": "question", "message": "Field required"}]
    return {"error": in_their_form(told), **told} if theirs else told
