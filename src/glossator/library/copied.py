"""Search in an outside copy of the vectors, with SQL's word on all that it says.

A collection whose copy is behind, or whose store doesn't answer, is searched exactly in SQL where
its vectors fit the memory set aside for that; beyond, words alone find its passages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from glossator.foundation.telemetry import log
from glossator.gateways.ports import Hit, Scope, StoreFailed, VectorIndex, VectorStore
from glossator.library.embeddings import SqlVectors, versions
from glossator.library.tables import CopiedCollection, DocumentChunk, OutsideCopy

_COPY, _COPIED = OutsideCopy.__table__.c, CopiedCollection.__table__.c
_STATES = (
    select(_COPY.name, _COPIED.collection, _COPIED.version)
    .select_from(
        OutsideCopy.__table__.outerjoin(
            CopiedCollection.__table__,
            (_COPIED.copy == _COPY.name)
            & _COPIED.collection.in_(bindparam("collections", expanding=True)),
        )
    )
    .where(
        _COPY.store == bindparam("store"),
        _COPY.model == bindparam("model"),
        _COPY.state == "active",
    )
)
_CHUNK = DocumentChunk.__table__.c
_THERE = select(_CHUNK.id, _CHUNK.collection_id, _CHUNK.document_id).where(
    _CHUNK.id.in_(bindparam("chunks", expanding=True))
)
# After a failure nobody waits for the store for so long, doubled each time.
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
_COUNTS_KEPT = 10_000


class CopiedIndex:
    """`VectorIndex` over the copy of one embedder's vectors in a store.

    `exact` searches in SQL; `most` is how many vectors of a scope it may be given.
    """

    def __init__(
        self,
        store: VectorStore,
        truth: SqlVectors,
        exact: VectorIndex,
        *,
        model: str,
        dimensions: int,
        most: int,
    ) -> None:
        self._store = store
        self._truth = truth
        self._exact = exact
        self._model = model
        self._dimensions = dimensions
        self._most = most
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}
        self._pause, self._not_before = _FIRST_PAUSE, 0.0

    def search(
        self, session: Session, scope: Scope, vector: NDArray[np.float32], k: int
    ) -> list[Hit]:
        """See `VectorIndex.search`; chunks that SQL doesn't have in the scope are never given."""
        current = versions(session, scope.collections)
        if not current:
            return []
        name, copied = self._copied(session, list(current))
        even = [item for item, version in current.items() if copied.get(item) == version]
        hits: list[Hit] = []
        if name is not None and even:
            inside = replace(scope, collections=tuple(even))
            found = self._asked(session, name, inside, vector, k)
            if found is None:
                even, name = [], None
            else:
                hits = found
        behind = {item: current[item] for item in current if item not in even}
        hits += self._without(session, name, replace(scope, collections=()), behind, vector, k)
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _without(
        self,
        session: Session,
        name: str | None,
        scope: Scope,
        behind: dict[str, int],
        vector: NDArray[np.float32],
        k: int,
    ) -> list[Hit]:
        """From collections whose copy is not what SQL has: exactly, as many as fit."""
        left, fits = self._most, []
        for size, item in sorted((self._size(session, *pair), pair[0]) for pair in behind.items()):
            if size <= left:
                left -= size
                fits.append(item)
        rest = tuple(item for item in behind if item not in fits)
        hits = []
        if fits:
            hits = self._exact.search(session, replace(scope, collections=tuple(fits)), vector, k)
        if rest and name is not None:
            # Better most of it than none; the newest passages are found by their words.
            hits += self._asked(session, name, replace(scope, collections=rest), vector, k) or []
        return hits

    def _asked(
        self, session: Session, name: str, scope: Scope, vector: NDArray[np.float32], k: int
    ) -> list[Hit] | None:
        """What the copy finds and SQL confirms; None while the store doesn't answer."""
        if time.monotonic() < self._not_before:
            return None
        copy = self._store.copy(name, self._dimensions)
        try:
            found = copy.search(scope, vector, k)
            hits = self._confirmed(session, scope, found)
            if len(hits) < len(found) == k:
                # What SQL no longer has stood in the way of what it has.
                hits = self._confirmed(session, scope, copy.search(scope, vector, 4 * k))[:k]
        except StoreFailed as error:
            self._failed(error)
            return None
        self._pause = _FIRST_PAUSE
        return hits

    def _confirmed(self, session: Session, scope: Scope, hits: Sequence[Hit]) -> list[Hit]:
        if not hits:
            return []
        rows = session.connection().execute(_THERE, {"chunks": [hit.chunk_id for hit in hits]})
        there = {
            chunk
            for chunk, collection, document in rows
            if collection in scope.collections
            and (scope.documents is None or document in scope.documents)
        }
        return [hit for hit in hits if hit.chunk_id in there]

    def _failed(self, error: StoreFailed) -> None:
        with self._lock:
            self._not_before = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        log(__name__).warning(
            "the vector store doesn't answer; SQL is searched instead", reason=str(error)
        )

    def _copied(
        self, session: Session, collections: Sequence[str]
    ) -> tuple[str | None, dict[str, int]]:
        """The copy's name, None where there is none yet, and the versions that it holds."""
        values = {
            "store": self._store.describe,
            "model": self._model,
            "collections": collections,
        }
        rows = session.connection().execute(_STATES, values).all()
        name = rows[0].name if rows else None
        return name, {row.collection: row.version for row in rows if row.collection is not None}

    def _size(self, session: Session, collection: str, version: int) -> int:
        """How many vectors SQL has of a collection at a version."""
        known = self._counts.get(collection)
        if known is not None and known[0] == version:
            return known[1]
        size = self._truth.count(session, collection)
        with self._lock:
            if len(self._counts) >= _COUNTS_KEPT:
                self._counts.clear()
            self._counts[collection] = (version, size)
        return size
