"""By which names the server may be called: a stranger's name can be pointed at this machine.

A page of `evil.example` whose name suddenly means 127.0.0.1 (DNS rebinding) is of the same origin
as a server on this machine, for the browser; the `Host` header tells them apart. Addresses and
names without a dot can't be pointed anywhere by a stranger and are never refused.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from glossator.foundation.errors import BadRequest, GlossatorError
from glossator.foundation.problems import explained

_FORM = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]*)(?::[0-9]{0,5})?", re.IGNORECASE)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Platforms ask by names of their own whether the server is well.
_HEALTH = re.compile(r"/health(?:/ready)?")


class Misdirected(GlossatorError):
    """The request names another host."""

    status = 421
    type = "misdirected"
    title = "This server isn't called by that name"


class Hosts:
    """Refuses a request whose `Host` is no host, or isn't one of `names`; None takes every name."""

    def __init__(self, app: ASGIApp, names: Iterable[str] | None) -> None:
        self._app = app
        self._names = None if names is None else frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http":
            problem = self._problem(scope)
            if problem is not None:
                answer = explained(scope.get("glossator.request_id"), problem)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> GlossatorError | None:
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        found = _FORM.fullmatch(given[0]) if len(given) == 1 else None
        if given and found is None:
            return BadRequest("The Host header is no host. Send one of the form NAME or NAME:PORT.")
        name = found["name"].lower().rstrip(".") if found else ""
        if self._takes(name) or _HEALTH.fullmatch(scope["path"]):
            return None
        return Misdirected(
            "Use the server's own address. If this is it, whoever runs the server adds the name "
            "to GLOSSATOR_ALLOWED_HOSTS."
        )

    def _takes(self, name: str) -> bool:
        if self._names is None or name in self._names or "." not in name or _is_address(name):
            return True
        above = name.partition(".")[2]
        return name.endswith(".localhost") or f"*.{above}" in self._names


def names(allowed: Iterable[str], *, listens: str, behind_proxy: bool) -> tuple[str, ...] | None:
    """The names for `Hosts`: those that are set, else those of this machine or every name.

    A server that listens on this machine alone is called from it; one with a proxy in front of
    it or on a network is called by names that it can't know.
    """
    given = tuple(allowed)
    if given:
        return None if "*" in given else given
    return () if listens in _LOOPBACK and not behind_proxy else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
