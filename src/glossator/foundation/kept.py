"""Answers to guests kept in memory: whole, packed, with their tag; for pages that all read alike.

Kept is what a GET of certain addresses answers to somebody without a token or cookie, and only
as long as nothing at all has been written to the database since: an edit, or a book that is
hidden, holds at the next request. Where the database can't tell that quickly (Postgres), the
application is asked each time, and answers only get their tag.

While the database doesn't answer, guests go on reading: an answer of the last ten minutes is given
in place of a 503, with its age.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glossator.foundation import measures
from glossator.foundation.journal import count

_MOST_BYTES = 32_000_000
# So long an answer may stand in for the database's: a book may have been hidden meanwhile.
_STALE_SECONDS = 600.0
_UNAVAILABLE = 503
_SMALLEST_PACKED = 1_000
_LEFT_OUT = frozenset({b"content-length", b"etag", b"vary", b"content-encoding"})
Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer with its tag; `packed` is its body in gzip."""

    version: int
    headers: Headers
    body: bytes
    packed: bytes | None
    tag: bytes
    made: float
    route: str

    @property
    def age(self) -> float:
        return time.monotonic() - self.made

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed or b"")


class Kept:
    """Keeps answers of the addresses that `paths` matches, and answers 304 to who has them.

    `changes` gives a number that differs after every write to the database, None where it can't.
    """

    def __init__(self, app: ASGIApp, *, paths: str, changes: Callable[[], int | None]) -> None:
        self._app = app
        self._paths = re.compile(paths)
        self._changes = changes
        self._answers: OrderedDict[bytes, _Answer] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on and look at its answer."""
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or not self._paths.match(scope["path"])
        ):
            await self._app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        guest = b"authorization" not in asked and b"cookie" not in asked
        version = self._changes() if guest else None
        key = scope["path"].encode() + b"?" + scope["query_string"]
        found = self._answers.get(key) if version is not None else None
        hit = found is not None and found.version == version
        if guest:
            count(measures.CACHES, ("answers", "hit" if hit else "miss"))
        if hit:
            # No router sees this one.
            scope["glossator.route"] = found.route if found else ""
        if found is None or not hit:
            former = self._answers.get(key) if guest else None
            found = await self._passed_on(scope, receive, send, version or 0, former)
            if guest and found is not former:
                self._keep(key, found)
            if found is None:
                return
            await _send(found, asked, send, stale=found is former)
            return
        await _send(found, asked, send)

    async def _passed_on(
        self, scope: Scope, receive: Receive, send: Send, version: int, former: _Answer | None
    ) -> _Answer | None:
        """What the application answers, None where that was no 200 and is sent already.

        The former answer where there is one, and the database doesn't give another.
        """
        started: Message | None = None
        body: list[bytes] = []
        spare = former if former and former.age < _STALE_SECONDS else None
        failed = False

        async def hear(message: Message) -> None:
            nonlocal started, failed
            if message["type"] == "http.response.start":
                failed = spare is not None and message["status"] == _UNAVAILABLE
                started = message if message["status"] == 200 else None
            if started is None and not failed:
                await send(message)
            elif message["type"] == "http.response.body":
                body.append(message.get("body", b""))

        await self._app(scope, receive, hear)
        if failed:
            return spare
        if started is None:
            return None
        whole = b"".join(body)
        headers = [pair for pair in started["headers"] if pair[0].lower() not in _LEFT_OUT]
        packed = gzip.compress(whole, 5, mtime=0) if len(whole) >= _SMALLEST_PACKED else None
        tag = b'"' + hashlib.sha256(whole).hexdigest()[:32].encode() + b'"'
        route = getattr(scope.get("route"), "path_format", "none")
        return _Answer(version, headers, whole, packed, tag, time.monotonic(), route)

    def _keep(self, key: bytes, answer: _Answer | None) -> None:
        """In place of what was there; None where there is nothing any more."""
        old = self._answers.pop(key, None)
        self._size -= old.size if old else 0
        if answer is None:
            return
        self._size += answer.size
        self._answers[key] = answer
        while self._size > _MOST_BYTES:
            _, dropped = self._answers.popitem(last=False)
            self._size -= dropped.size


async def _send(
    answer: _Answer, asked: dict[bytes, bytes], send: Send, *, stale: bool = False
) -> None:
    packed = answer.packed if b"gzip" in asked.get(b"accept-encoding", b"") else None
    headers = [
        *answer.headers,
        (b"etag", answer.tag),
        (b"cache-control", b"no-cache"),
        (b"vary", b"Accept-Encoding, Authorization, Cookie"),
        *([(b"age", str(int(answer.age)).encode())] if stale else []),
    ]
    known = asked.get(b"if-none-match", b"")
    if known and (known.strip() == b"*" or answer.tag in known):
        bare = [pair for pair in headers if pair[0].lower() != b"content-type"]
        await send({"type": "http.response.start", "status": 304, "headers": bare})
        await send({"type": "http.response.body", "body": b""})
        return
    body = answer.body if packed is None else packed
    headers.append((b"content-length", str(len(body)).encode()))
    if packed is not None:
        headers.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
