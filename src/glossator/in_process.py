"""A library used from a program of one's own, without a server.

Whoever may read the data folder may read everything in it: books for members too, but no
user's documents.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from glossator.accounts.callers import Operator
from glossator.library import access
from glossator.moving.copies import copier
from glossator.retrieval.objects import result_object
from glossator.schema import migrate
from glossator.settings import Settings
from glossator.wiring import House, build


class Library:
    """The library in a data folder, or the one that the environment's settings name.

    Open it once and close it at the end, or use it in a `with` statement.
    """

    def __init__(self, data: str | Path | None = None) -> None:
        settings = Settings() if data is None else Settings(data=Path(data))
        self._house: House = build(settings)
        migrate(self._house.database, before=copier(self._house.database, settings.data))

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        """What `POST /api/search` answers to `body`; raises `UnknownReference` for unknown ids."""
        k = int(body.get("k", 5))
        named = body.get("book_id")
        with self._house.database.reading() as session:
            scope = access.scope(
                session,
                Operator(),
                book_ids=[named] if named else [],
                chapter_id=body.get("chapter_id"),
                document_ids=body.get("document_ids") or [],
            )
            result = self._house.search.search(session, scope, body["query"], at_least=k)
            return {
                "results": [result_object(session, found) for found in result.found[:k]],
                "confidence": round(result.confidence, 4),
            }

    def close(self) -> None:
        """Give memory, threads and connections back."""
        self._house.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
