"""Which web sites may carry a widget: those of the settings, and the books' own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from glossator.foundation.database import Database
from glossator.foundation.errors import Forbidden

# Seconds for which a book's address is believed: a site that lost its book is refused after them.
FRESH = 5.0
_PORTS = {"http": 80, "https": 443}

# The address of each book's own site, by the book's id; None where it has none.
BookSites = Callable[[Session], Mapping[str, str | None]]


class OriginRefused(Forbidden):
    """A web site that nobody has allowed to carry a widget."""

    type = "origin-refused"
    title = "This site may not use this server's books"


class Sites:
    """The allowed origins, and for each book the origin of the site it was written for.

    Whoever gives a book its `url` says where it is read, so that site may carry the book's widget
    without another setting; only for that book.
    """

    def __init__(
        self,
        database: Database,
        origins: Sequence[str],
        books: BookSites,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._everywhere = frozenset(filter(None, map(origin_of, origins)))
        self._books = books
        self._clock = clock
        self._kept: tuple[float, Mapping[str, str | None]] | None = None

    def known(self, origin: str) -> bool:
        """Whether any book may be used there."""
        return origin in self._everywhere or origin in self._own().values()

    def allow(self, origin: str, book_id: str) -> bool:
        """Whether this book may be used there."""
        return origin in self._everywhere or (origin != "" and self._own().get(book_id) == origin)

    async def is_known(self, origin: str) -> bool:
        """As `known`, where nothing may wait for a database."""
        return origin in self._everywhere or await run_in_threadpool(self.known, origin)

    def _own(self) -> Mapping[str, str | None]:
        kept, moment = self._kept, self._clock()
        if kept is not None and moment - kept[0] < FRESH:
            return kept[1]
        with self._database.reading() as session:
            found = {name: origin_of(url or "") for name, url in self._books(session).items()}
        self._kept = moment, found
        return found


def origin_of(address: str) -> str | None:
    """The origin of a web address as browsers write it, None where it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    try:
        host = parts.hostname.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    host = f"[{host}]" if ":" in host else host
    shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"
