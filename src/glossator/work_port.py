"""The port by which a worker without a server is watched: `/health` and `/metrics`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from glossator import observing
from glossator.foundation import exposition, tokens
from glossator.foundation.telemetry import log
from glossator.operations import asking, scrape
from glossator.wiring import House

# A client that says nothing must not keep a thread.
_PATIENCE = 5
_ALIVE = b'{"status": "ok"}'


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, house: House) -> None:
        super().__init__((house.settings.host, house.settings.work_port), _Answers)
        self._house = house
        self._siblings = exposition.Together(house.watch.metrics, None)
        self._parts = asking()

    def answer(self, path: str, authorization: list[str]) -> tuple[HTTPStatus, bytes, str]:
        """Status, body and type of what a GET of a path gives."""
        if path == "/health":
            return HTTPStatus.OK, _ALIVE, "application/json"
        if path != "/metrics":
            return HTTPStatus.NOT_FOUND, b"", "text/plain"
        if not self._may_read(authorization):
            return HTTPStatus.UNAUTHORIZED, b"", "text/plain"
        found = scrape(self._house, self._siblings, self._parts)
        return HTTPStatus.OK, found, exposition.CONTENT_TYPE

    def _may_read(self, authorization: list[str]) -> bool:
        token = self._house.settings.metrics_token
        if token is None:
            return self._house.settings.env != "production"
        return tokens.is_token(authorization, token)


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE
    server_version, sys_version = "glossator", ""

    def do_GET(self) -> None:
        """Answer one request."""
        authorization = self.headers.get_all("authorization") or []
        status, body, kind = self.server.answer(self.path, authorization)
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("www-authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Scrapes aren't worth a line."""


@contextmanager
def watched_at(house: House) -> Iterator[None]:
    """Answer at the port that the settings name while the block runs; nothing where they don't."""
    if not house.settings.work_port:
        yield
        return
    house.watch.reads(lambda: observing.read_gauges(house.watch, house.database, house.models))
    server = _Server(house)
    thread = threading.Thread(target=server.serve_forever, name="work port", daemon=True)
    thread.start()
    log(__name__).info("watched", port=house.settings.work_port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_PATIENCE)
