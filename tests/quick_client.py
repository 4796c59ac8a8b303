"""A client for walks of thousands of requests: a third of a `TestClient`'s CPU a request.

A `TestClient` crosses from one thread to another and back for every message of an answer; this
one does so once for the whole request. Answers come whole, so it is nothing for streams.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx2
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send


class QuickClient:
    """Sends requests to the application of an opened `TestClient`, in its loop."""

    def __init__(self, opened: TestClient) -> None:
        self._opened = opened

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await opened.app({**scope, "state": dict(opened.app_state)}, receive, send)

        transport = httpx2.ASGITransport(
            app, raise_app_exceptions=False, client=("testclient", 50_000)
        )
        self._client = httpx2.AsyncClient(
            transport=transport, base_url="http://testserver", timeout=None
        )

    def request(self, method: str, path: str, **more: Any) -> Response:
        """The whole answer; no cookie is kept."""
        assert self._opened.portal is not None
        self._client.cookies.clear()
        call = partial(self._client.request, method, path, **more)
        answer: Response = self._opened.portal.call(call)
        return answer

    def get(self, path: str, **more: Any) -> Response:
        """A GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> Response:
        """A POST."""
        return self.request("POST", path, **more)

    def patch(self, path: str, **more: Any) -> Response:
        """A PATCH."""
        return self.request("PATCH", path, **more)

    def options(self, path: str, **more: Any) -> Response:
        """An OPTIONS."""
        return self.request("OPTIONS", path, **more)
