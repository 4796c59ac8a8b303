"""Nearest chunks by looking at every one: the default, with recall 1.

A search is scoped to a book or a user's documents, some hundred to some thousand chunks:
a product with the collection's matrix takes well under a millisecond. The matrix is kept
in memory until SQL says that the collection has another version, so any number of
processes may share one database.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from glossator.foundation.journal import looked_up
from glossator.gateways.ports import Hit, Scope, StoredMatrix, StoredVectors


@dataclass(frozen=True, slots=True)
class _Cached:
    version: int
    matrix: StoredMatrix


class ExactIndex:
    """A cache of matrices over `truth`; the least recently used go beyond `cache_bytes`."""

    def __init__(self, truth: StoredVectors, *, cache_bytes: int = 400_000_000) -> None:
        self._truth = truth
        self._cache_bytes = cache_bytes
        self._cached: OrderedDict[str, _Cached] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def search(
        self, session: Session, scope: Scope, vector: NDArray[np.float32], k: int
    ) -> list[Hit]:
        """See `VectorIndex.search`."""
        versions = self._truth.versions(session, scope.collections)
        ids: list[NDArray[np.int64]] = []
        scores: list[NDArray[np.float32]] = []
        for collection, version in versions.items():
            matrix = self._matrix(session, collection, version)
            cosines = matrix.vectors @ vector
            chunks = matrix.chunks
            if scope.documents is not None:
                inside = np.fromiter(
                    (document in scope.documents for document in matrix.documents),
                    dtype=bool,
                    count=len(matrix.documents),
                )
                cosines, chunks = cosines[inside], chunks[inside]
            ids.append(chunks)
            scores.append(cosines)
        if not ids:
            return []
        return best(np.concatenate(ids), np.concatenate(scores), k)

    def _matrix(self, session: Session, collection: str, version: int) -> StoredMatrix:
        known = self._known(collection, version)
        looked_up("vectors", int(known is not None), int(known is None))
        if known is not None:
            return known
        # One load at a time: forty questions at the start would load forty copies.
        with self._loading:
            known = self._known(collection, version)
            if known is not None:
                return known
            return self._keep(collection, version, self._truth.load(session, collection))

    def _known(self, collection: str, version: int) -> StoredMatrix | None:
        with self._lock:
            cached = self._cached.get(collection)
            if cached is None or cached.version != version:
                return None
            self._cached.move_to_end(collection)
            return cached.matrix

    def _keep(self, collection: str, version: int, matrix: StoredMatrix) -> StoredMatrix:
        with self._lock:
            self._cached[collection] = _Cached(version, matrix)
            self._cached.move_to_end(collection)
            size = sum(item.matrix.vectors.nbytes for item in self._cached.values())
            while size > self._cache_bytes and len(self._cached) > 1:
                _, dropped = self._cached.popitem(last=False)
                size -= dropped.matrix.vectors.nbytes
        return matrix


def best(chunks: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> list[Hit]:
    """The `k` highest scores, best first; equal ones in order of chunk id."""
    if len(scores) > 4 * k:
        top = np.argpartition(-scores, k - 1)[:k]
        # Ties with the k-th score must not depend on how the partition happened to fall.
        top = np.flatnonzero(scores >= scores[top].min())
        chunks, scores = chunks[top], scores[top]
    order = np.lexsort((chunks, -scores))[:k]
    return list(map(Hit, chunks[order].tolist(), scores[order].tolist()))
