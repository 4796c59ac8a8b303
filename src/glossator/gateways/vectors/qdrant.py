"""Vectors in a Qdrant server or cloud.

One collection of Qdrant's holds all of ours, told apart by a payload field that Qdrant is told is
a tenant: it keeps a tenant's points together, and a filter by it costs nothing. Deletions
name their points: those by filter have been lost when they raced with other work (fixed in
June 2026).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import Hit, Scope, StoreFailed, VectorEntry

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_COLLECTION, _DOCUMENT = "collection", "document"
# Candidates that the graph is walked with: the default of 100 finds less of what is nearest.
_EF = 256
# 384 numbers as JSON are 8 kB: 2 MB a request, far below the server's 32.
_BATCH = 256
_PAGE = 10_000
_SEARCH_SECONDS, _WRITE_SECONDS = 3, 30
_NOT_FOUND = 404


class _Missing(StoreFailed):
    """There is no such collection in the store."""


class QdrantStore:
    """`VectorStore` over qdrant-client; copies are collections named `NAME_…`."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        name: str = "glossator",
        opened: Callable[[int], QdrantClient] | None = None,
    ) -> None:
        self.describe = f"qdrant at {address}/{name}"
        self._name = name
        self._opened = opened or (lambda seconds: _client(address, key, seconds))
        self._lock = threading.Lock()
        self._kept: dict[int, QdrantClient] = {}

    @property
    def client(self) -> QdrantClient:
        """The client that writes, made at the first use; raises `Unavailable` without the extra."""
        return self._client(_WRITE_SECONDS)

    @property
    def searcher(self) -> QdrantClient:
        """The client that somebody waits for: it gives up sooner."""
        return self._client(_SEARCH_SECONDS)

    def _client(self, seconds: int) -> QdrantClient:
        with self._lock:
            if seconds not in self._kept:
                self._kept[seconds] = self._opened(seconds)
            return self._kept[seconds]

    def copy(self, name: str, dimensions: int) -> QdrantCopy:
        """See `VectorStore.copy`."""
        return QdrantCopy(self, f"{self._name}_{name}", dimensions)

    def ping(self) -> None:
        """See `VectorStore.ping`."""
        with _failures():
            # Its answer is small, whatever the server holds.
            self.searcher.collection_exists(f"{self._name}_none")

    def close(self) -> None:
        """See `VectorStore.close`."""
        with self._lock:
            for client in self._kept.values():
                client.close()
            self._kept.clear()


class QdrantCopy:
    """`VectorCopy` in one collection of Qdrant's."""

    def __init__(self, store: QdrantStore, name: str, dimensions: int) -> None:
        self._store = store
        self._name = name
        self._dimensions = dimensions
        self._there = False

    def put(self, collection: str, entries: Sequence[VectorEntry]) -> None:
        """See `VectorCopy.put`."""
        with _failures():
            self._make()
            from qdrant_client import models

            for some in _slices(entries):
                points = [
                    models.PointStruct(
                        id=entry.chunk_id,
                        vector=entry.vector.tolist(),
                        payload={_COLLECTION: collection, _DOCUMENT: entry.document},
                    )
                    for entry in some
                ]
                self._store.client.upsert(self._name, points, wait=True, timeout=_WRITE_SECONDS)

    def remove(self, chunks: Sequence[int]) -> None:
        """See `VectorCopy.remove`."""
        try:
            with _failures():
                from qdrant_client import models

                for at in range(0, len(chunks), _PAGE):
                    points: Any = models.PointIdsList(points=list(chunks[at : at + _PAGE]))
                    self._store.client.delete(self._name, points, wait=True, timeout=_WRITE_SECONDS)
        except _Missing:
            return

    def search(self, scope: Scope, vector: NDArray[np.float32], k: int) -> list[Hit]:
        """See `VectorCopy.search`."""
        if not scope.collections or scope.documents == frozenset():
            return []
        try:
            with _failures():
                from qdrant_client import models

                found = self._store.searcher.query_points(
                    self._name,
                    query=vector.tolist(),
                    query_filter=_inside(scope),
                    search_params=models.SearchParams(hnsw_ef=max(_EF, k)),
                    limit=k,
                    with_payload=False,
                    timeout=_SEARCH_SECONDS,
                )
                hits = [Hit(int(point.id), point.score) for point in found.points]
                return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))
        except _Missing:
            return []

    def held(self, collection: str) -> set[int]:
        """See `VectorCopy.held`."""
        ids: set[int] = set()
        try:
            with _failures():
                offset: Any = None
                while True:
                    points, offset = self._store.client.scroll(
                        self._name,
                        scroll_filter=_inside(Scope((collection,))),
                        limit=_PAGE,
                        offset=offset,
                        with_payload=False,
                        timeout=_WRITE_SECONDS,
                    )
                    ids.update(int(point.id) for point in points)
                    if offset is None:
                        return ids
        except _Missing:
            return set()

    def count(self) -> int:
        """See `VectorCopy.count`."""
        try:
            with _failures():
                return self._store.client.count(
                    self._name, exact=True, timeout=_WRITE_SECONDS
                ).count
        except _Missing:
            return 0

    def drop(self) -> None:
        """See `VectorCopy.drop`."""
        self._there = False
        try:
            with _failures():
                self._store.client.delete_collection(self._name, timeout=_WRITE_SECONDS)
        except _Missing:
            return

    def _make(self) -> None:
        if self._there:
            return
        from qdrant_client import models

        client = self._store.client
        if not client.collection_exists(self._name):
            client.create_collection(
                self._name,
                vectors_config=models.VectorParams(
                    size=self._dimensions, distance=models.Distance.COSINE
                ),
                timeout=_WRITE_SECONDS,
            )
        # Also after a kill between the two; made once, and never taken away while it serves.
        for field, tenant in ((_COLLECTION, True), (_DOCUMENT, None)):
            client.create_payload_index(
                self._name,
                field,
                models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=tenant),
                wait=True,
                timeout=_WRITE_SECONDS,
            )
        self._there = True


def _client(address: str, key: str | None, seconds: int) -> QdrantClient:
    from httpx import Limits
    from qdrant_client import QdrantClient

    return QdrantClient(
        url=address,
        # Named `api_key` it brings a warning past our logs where the network is one's own.
        headers={"api-key": key} if key else None,
        timeout=seconds,
        # Else asked at the start, before anybody searches.
        check_compatibility=False,
        # Without it a server on this machine gets a connection for each question.
        limits=Limits(max_connections=64, max_keepalive_connections=16),
    )


def _inside(scope: Scope) -> Any:
    from qdrant_client import models

    must: list[Any] = [
        models.FieldCondition(key=_COLLECTION, match=models.MatchAny(any=list(scope.collections)))
    ]
    if scope.documents is not None:
        documents = models.MatchAny(any=sorted(scope.documents))
        must.append(models.FieldCondition(key=_DOCUMENT, match=documents))
    return models.Filter(must=must)


def _slices(entries: Sequence[VectorEntry]) -> Iterator[Sequence[VectorEntry]]:
    return (entries[at : at + _BATCH] for at in range(0, len(entries), _BATCH))


@contextmanager
def _failures() -> Iterator[None]:
    """The client's own errors as `StoreFailed`; `_Missing` where the copy isn't there."""
    try:
        from qdrant_client.http.exceptions import ApiException, UnexpectedResponse
    except ImportError:
        raise Unavailable(
            "The client of Qdrant is not installed: pip install 'glossator[qdrant]'"
        ) from None

    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code == _NOT_FOUND:
            raise _Missing from None
        raise StoreFailed(f"Qdrant answered {error.status_code}") from None
    except ValueError as error:
        # So the local mode says it.
        if "not found" in str(error):
            raise _Missing from None
        raise StoreFailed(f"Qdrant's client failed: {type(error).__name__}") from None
    except (ApiException, OSError) as error:
        raise StoreFailed(f"Qdrant doesn't answer: {type(error).__name__}") from None
