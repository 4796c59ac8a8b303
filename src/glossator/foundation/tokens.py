"""The operator's own token: for machines that watch, not for people."""

from __future__ import annotations

import hmac

from fastapi import Request
from pydantic import SecretStr


def offered(request: Request, token: SecretStr | None) -> bool:
    """Whether a request carries the operator's token; never where there is none."""
    return token is not None and is_token(request.headers.getlist("authorization"), token)


def is_token(headers: list[str], token: SecretStr) -> bool:
    """Whether the `Authorization` headers are the one that carries it.

    It takes the same time whatever is offered.
    """
    scheme, _, given = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    right = hmac.compare_digest(
        given.strip().encode("utf-8", "replace"), token.get_secret_value().encode("utf-8")
    )
    return right and scheme.lower() == "bearer"
