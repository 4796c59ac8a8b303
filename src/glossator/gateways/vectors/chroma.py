"""Vectors in Chroma: in this process, in a folder, or in a server (`chroma run`).

One collection of Chroma's holds all of ours, told apart by metadata. The embedded one is for one
process alone: a lock on its folder keeps every other out, and those search SQL exactly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import Hit, Scope, StoreFailed, VectorEntry

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from filelock import BaseFileLock

_COLLECTION, _DOCUMENT = "collection", "document"
# Candidates that the graph is walked with when searching and when building.
_EF, _EF_BUILDING = 256, 128
# Chroma takes at most 5,461 at once.
_BATCH, _IDS = 1_000, 5_000
_SECONDS = 10.0


class _Missing(StoreFailed):
    """There is no such collection in the store."""


class ChromaStore:
    """`VectorStore` over chromadb; copies are collections named `NAME_…`."""

    def __init__(self, opened: Callable[[], ClientAPI], *, describe: str, name: str) -> None:
        self.describe = describe
        self._opened = opened
        self._name = name
        self._lock = threading.Lock()
        self._kept: ClientAPI | None = None
        self._alone: BaseFileLock | None = None

    @classmethod
    def embedded(cls, folder: Path) -> ChromaStore:
        """In this process; raises `StoreFailed` at its use while another one has the folder."""
        store = cls(lambda: _in_folder(folder), describe="chroma, embedded", name="glossator")
        store._alone = _lock(folder)
        return store

    @classmethod
    def served(
        cls, host: str, port: int, *, tls: bool = False, token: str | None = None,
        name: str = "glossator",
    ) -> ChromaStore:  # fmt: skip
        """A server; `token` goes with every request."""
        address = f"http{'s' if tls else ''}://{host}:{port}"
        return cls(
            lambda: _at(host, port, tls, token), describe=f"chroma at {address}/{name}", name=name
        )

    @property
    def client(self) -> ClientAPI:
        """The client, made at the first use; raises `Unavailable` without the extra."""
        with self._lock:
            if self._kept is None:
                if self._alone is not None:
                    _take(self._alone)
                self._kept = self._opened()
            return self._kept

    def copy(self, name: str, dimensions: int) -> ChromaCopy:
        """See `VectorStore.copy`."""
        return ChromaCopy(self, f"{self._name}_{name}", dimensions)

    def ping(self) -> None:
        """See `VectorStore.ping`."""
        with _failures():
            self.client.heartbeat()

    def close(self) -> None:
        """See `VectorStore.close`."""
        with self._lock:
            if self._kept is not None:
                for session in _sessions(self._kept):
                    session.close()
                self._kept.close()  # type: ignore[attr-defined]
                self._kept = None
            if self._alone is not None:
                self._alone.release()


class ChromaCopy:
    """`VectorCopy` in one collection of Chroma's."""

    def __init__(self, store: ChromaStore, name: str, dimensions: int) -> None:
        self._store = store
        self._name = name
        self._dimensions = dimensions

    def put(self, collection: str, entries: Sequence[VectorEntry]) -> None:
        """See `VectorCopy.put`."""
        with _failures():
            there = self._store.client.get_or_create_collection(
                self._name,
                embedding_function=None,
                configuration={
                    "hnsw": {
                        "space": "cosine",
                        "ef_search": _EF,
                        "ef_construction": _EF_BUILDING,
                    }
                },
            )
            for at in range(0, len(entries), _BATCH):
                some = entries[at : at + _BATCH]
                there.upsert(
                    ids=[str(entry.chunk_id) for entry in some],
                    embeddings=np.array([entry.vector for entry in some], np.float32),
                    metadatas=[
                        {_COLLECTION: collection, _DOCUMENT: entry.document} for entry in some
                    ],
                )

    def remove(self, chunks: Sequence[int]) -> None:
        """See `VectorCopy.remove`."""
        try:
            with _failures():
                there = self._store.client.get_collection(self._name, embedding_function=None)
                for at in range(0, len(chunks), _IDS):
                    there.delete(ids=[str(chunk) for chunk in chunks[at : at + _IDS]])
        except _Missing:
            return

    def search(self, scope: Scope, vector: NDArray[np.float32], k: int) -> list[Hit]:
        """See `VectorCopy.search`."""
        if not scope.collections or scope.documents == frozenset():
            return []
        try:
            with _failures():
                there = self._store.client.get_collection(self._name, embedding_function=None)
                found = there.query(
                    query_embeddings=vector.reshape(1, -1),
                    n_results=k,
                    where=_inside(scope),
                    include=["distances"],
                )
                distances = (found["distances"] or [[]])[0]
                # Chroma's cosine distance is one less the cosine.
                hits = [
                    Hit(int(chunk), 1.0 - float(distance))
                    for chunk, distance in zip(found["ids"][0], distances, strict=True)
                ]
                return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))
        except _Missing:
            return []

    def held(self, collection: str) -> set[int]:
        """See `VectorCopy.held`."""
        try:
            with _failures():
                there = self._store.client.get_collection(self._name, embedding_function=None)
                return {
                    int(name)
                    for name in there.get(where={_COLLECTION: collection}, include=[])["ids"]
                }
        except _Missing:
            return set()

    def count(self) -> int:
        """See `VectorCopy.count`."""
        try:
            with _failures():
                return self._store.client.get_collection(
                    self._name, embedding_function=None
                ).count()
        except _Missing:
            return 0

    def drop(self) -> None:
        """See `VectorCopy.drop`."""
        try:
            with _failures():
                self._store.client.delete_collection(self._name)
        except _Missing:
            return


def _inside(scope: Scope) -> Any:
    collections = {_COLLECTION: {"$in": list(scope.collections)}}
    if scope.documents is None:
        return collections
    return {"$and": [collections, {_DOCUMENT: {"$in": sorted(scope.documents)}}]}


def _settings() -> Any:
    from chromadb.config import Settings

    # No file of settings of its own, and nothing is told to its makers.
    return Settings(_env_file=None, anonymized_telemetry=False)


def _in_folder(folder: Path) -> ClientAPI:
    import chromadb

    return chromadb.PersistentClient(folder, settings=_settings())


def _at(host: str, port: int, tls: bool, token: str | None) -> ClientAPI:
    import chromadb

    headers = {"Authorization": f"Bearer {token}", "X-Chroma-Token": token} if token else None
    client = chromadb.HttpClient(host, port, ssl=tls, headers=headers, settings=_settings())
    for session in _sessions(client):
        session.timeout = _SECONDS
    return client


def _sessions(client: ClientAPI) -> list[Any]:
    """The HTTP clients within: they wait for ever, stay open, and no setting changes either."""
    parts = (client, getattr(client, "_admin_client", None))
    found = [getattr(getattr(part, "_server", None), "_session", None) for part in parts]
    return [session for session in found if session is not None]


def _lock(folder: Path) -> BaseFileLock:
    from filelock import FileLock

    return FileLock(folder.with_name(f"{folder.name}.lock"), thread_local=False)


def _take(lock: BaseFileLock) -> None:
    from filelock import Timeout

    Path(lock.lock_file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreFailed("another process has the embedded Chroma open") from None


@contextmanager
def _failures() -> Iterator[None]:
    """The client's own errors as `StoreFailed`; `_Missing` where the copy isn't there."""
    try:
        from chromadb.errors import ChromaError, NotFoundError
        from httpx import HTTPError
    except ImportError:
        raise Unavailable("Chroma is not installed: pip install 'glossator[chroma]'") from None
    try:
        yield
    except NotFoundError:
        raise _Missing from None
    except (ChromaError, HTTPError, OSError, ValueError, RuntimeError) as error:
        # Where it finds no server it says so by a ValueError.
        raise StoreFailed(f"Chroma failed: {type(error).__name__}") from None
