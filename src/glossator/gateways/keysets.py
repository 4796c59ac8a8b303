"""Issuers' public keys over HTTP: one bounded GET, no redirects, nothing kept."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from glossator.foundation.errors import Unavailable

CONNECT_SECONDS, SECONDS = 3.0, 5.0
MOST_BYTES, MOST_KEYS = 256 * 1024, 100


class HttpKeySets:
    """See `ports.KeySets`.

    `seconds` bound a whole reading from the connection on: an answer that comes byte by byte is
    cut off too. Only the operating system's certificates are trusted, and no proxy is used.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    def fetch(self, url: str) -> list[dict[str, Any]]:
        """See `ports.KeySets.fetch`."""
        connection = self._connection(url)
        try:
            connection.connect()
            wire = connection.sock
            limit = threading.Timer(self._seconds, _cut, (wire,))
            limit.daemon = True
            limit.start()
            try:
                return _keys(self._body(connection, url))
            finally:
                limit.cancel()
        except TimeoutError:
            raise Unavailable(f"no answer within {self._seconds:g} s") from None
        except (OSError, HTTPException, ValueError) as error:
            # ValueError: what a TLS connection says that was cut while it was being read.
            raise Unavailable(f"the connection failed ({type(error).__name__})") from None
        finally:
            connection.close()

    def _connection(self, url: str) -> HTTPConnection:
        parts = urlsplit(url)
        timeout = min(CONNECT_SECONDS, self._seconds)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return HTTPSConnection(
                parts.hostname or "", parts.port, timeout=timeout, context=context
            )
        return HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)

    def _body(self, connection: HTTPConnection, url: str) -> bytes:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(
            "GET",
            target,
            headers={
                "accept": "application/json",
                "accept-encoding": "identity",
                "connection": "close",
            },
        )
        with closing(connection.getresponse()) as response:
            if response.status != HTTPStatus.OK:
                raise Unavailable(f"the answer was {response.status}")
            body = response.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise Unavailable(f"the answer is larger than {MOST_BYTES} bytes")
            if response.length:
                raise Unavailable("the answer was cut off")
            return body


def _keys(body: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unavailable("the answer is no JSON") from None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Unavailable("the answer is no set of keys")
    if len(keys) > MOST_KEYS:
        raise Unavailable(f"there are more than {MOST_KEYS} keys")
    return keys


def _cut(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
