"""What every room's routes share: the database, and strict request bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, cast

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from glossator.foundation.addresses import TrustedProxies
from glossator.foundation.database import Database, in_utc

_NO_TEXT = re.compile("[\\x00\ud800-\udfff]")


class Body(BaseModel):
    """A request body: unknown fields are refused, and `false` is no number.

    Lone surrogates and NUL, which JSON can write and databases can't store, are refused too.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @field_validator("*")
    @classmethod
    def _is_text(cls, value: object) -> object:
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str) and _NO_TEXT.search(part):
                raise ValueError("holds a character that is no text (NUL or half a surrogate pair)")
        return value


# The id of a book, a chapter or a document, as a body names it.
Identifier = Annotated[str, Field(min_length=1, max_length=500)]


async def not_stored(response: Response) -> None:
    """For routers whose answers are about one person: no cache keeps them."""
    response.headers["cache-control"] = "no-store"


async def _store(request: Request) -> Database:
    return cast("Database", request.state.database)


# The database, not a session: a route opens its one transaction itself and ends it before it
# returns. A session from a dependency with `yield` keeps its connection while it waits for a
# thread to be ended in; at 120 requests in parallel all threads waited for such connections.
Store = Annotated[Database, Depends(_store)]

# What a route that depends on one of these may answer besides; the API's description reads it.
ANSWERS: Mapping[Callable[..., object], Sequence[int]] = MappingProxyType({_store: (503,)})


async def _address(request: Request) -> str:
    proxies = cast("TrustedProxies", request.state.proxies)
    return proxies.client(request.client.host if request.client else None, request.headers)


# Where a request comes from, in the form that limits are counted by.
Address = Annotated[str, Depends(_address)]


def moment(value: datetime) -> str:
    """A stored moment as the API shows it."""
    return in_utc(value).isoformat()


class Page(BaseModel):
    """Which part of a list: `page` from 1, `page_size` at most 100."""

    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Query(ge=1, le=100)] = 20

    def of(self, items: list[Any], total: int) -> dict[str, Any]:
        """The list as every list of the API looks."""
        return {"items": items, "page": self.page, "page_size": self.page_size, "total": total}
