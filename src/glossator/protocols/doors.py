"""What the doors of this room work with, and who has come through one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urljoin

from anyio import CapacityLimiter
from fastapi import Request

from glossator.accounts.callers import Anyone
from glossator.foundation.database import Database
from glossator.library.active import ActiveIndex
from glossator.retrieval.service import Search
from glossator.tutor.answering import Answering
from glossator.tutor.conversations import Owner
from glossator.usage.allowances import Caller as Counted
from glossator.usage.money import Payer
from glossator.usage.service import Usage


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms behind the doors, and the web origins whose pages may come in."""

    database: Database
    search: Search
    answering: Answering
    index: ActiveIndex
    usage: Usage
    origins: tuple[str, ...] = ()
    # One request for vectors at a time: they are CPU that questions need.
    encoding: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a door. `counted` is None where nothing is counted: for the operator."""

    caller: Anyone
    owner: Owner
    payer: Payer
    counted: Counted | None
    # The address that the server was called by: where its own pages are for this visitor.
    base: str = ""

    def absolute(self, url: str) -> str:
        """An address as the visitor can open it; a page of ours without a server stays as it is."""
        return urljoin(self.base, url) if self.base else url


def rooms_of(request: Request) -> Rooms:
    """The rooms behind the doors of this server."""
    return cast("Rooms", request.state.rooms)


def base_of(request: Request) -> str:
    """Our own address as the client sees it.

    A proxy that ends TLS is believed about that alone, for nothing hangs on it but links.
    """
    secure = forwarded_proto(request.headers) == "https"
    return str(request.base_url.replace(scheme="https") if secure else request.base_url)


def forwarded_proto(headers: Mapping[str, str]) -> str:
    """The scheme that a proxy says it was called by."""
    return headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
