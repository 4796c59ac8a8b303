"""A full fake for each port: no model, no vendor, deterministic; for tests and for trying out."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import event
from sqlalchemy.orm import Session

from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import (
    Encoded,
    FileTooLarge,
    Hit,
    Scope,
    StoredFile,
    StoredMatrix,
    StoreFailed,
    VectorEntry,
    WordEntry,
)

_PATH = re.compile(r"[a-z0-9][a-z0-9-]*(?:[./][a-z0-9-]+)*")
_PIECE = re.compile(r"\w+|[^\w\s]")


class FakeEmbedder:
    """Bags of hashed words: equal words give near vectors, as with a real encoder."""

    name = "fake-1"
    dimensions = 384
    max_pieces = 254
    languages = frozenset({"en"})
    calibrated = True

    def count(self, texts: Sequence[str]) -> list[int]:
        """Words and punctuation marks."""
        return [len(_PIECE.findall(text)) for text in texts]

    def encode(self, texts: Sequence[str], *, tokens: bool = False) -> list[Encoded]:
        """See `Embedder.encode`."""
        return [self._one(text, tokens) for text in texts]

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[tuple[Encoded, NDArray[np.float32]]]:
        """See `Embedder.encode_with_spans`."""
        return [
            (
                self._one(text, tokens=True),
                np.array(
                    [self._one(text[start:end], tokens=False).vector for start, end in parts],
                    dtype=np.float32,
                ).reshape(-1, self.dimensions),
            )
            for text, parts in zip(texts, spans, strict=True)
        ]

    def close(self) -> None:
        """Nothing to give back."""

    def _one(self, text: str, tokens: bool) -> Encoded:
        matches = list(_PIECE.finditer(text))[: self.max_pieces]
        vector = np.zeros(self.dimensions, dtype=np.float32)
        rows = np.zeros((len(matches) if tokens else 0, 64), dtype=np.int8)
        ids = np.zeros(len(matches), dtype=np.int32)
        for n, match in enumerate(matches):
            digest = hashlib.sha256(match.group().lower().encode("utf-8", "replace")).digest()
            ids[n] = int.from_bytes(digest[:2], "big") % 30_000
            vector[int.from_bytes(digest[2:4], "big") % self.dimensions] += 1.0
            if tokens:
                signs = np.unpackbits(np.frombuffer(digest[:8], dtype=np.uint8))
                rows[n] = (signs.astype(np.int16) * 2 - 1) * 15
        if not matches:
            vector[0] = 1.0
        spans = np.array([match.span() for match in matches], dtype=np.int32).reshape(-1, 2)
        return Encoded(vector / np.linalg.norm(vector), rows, ids, spans)


class FakeVectors:
    """`StoredVectors` and `VectorIndex` at once, in memory."""

    def __init__(self) -> None:
        self.collections: dict[str, StoredMatrix] = {}
        self.version = 0

    def put(self, collection: str, matrix: StoredMatrix) -> None:
        """Set what a collection holds."""
        self.collections[collection] = matrix
        self.version += 1

    def versions(self, session: Session, collections: Sequence[str]) -> dict[str, int]:
        """See `StoredVectors.versions`."""
        return {name: self.version for name in collections if name in self.collections}

    def load(self, session: Session, collection: str) -> StoredMatrix:
        """See `StoredVectors.load`."""
        return self.collections[collection]

    def search(
        self, session: Session, scope: Scope, vector: NDArray[np.float32], k: int
    ) -> list[Hit]:
        """See `VectorIndex.search`."""
        hits = [
            Hit(int(chunk), float(row @ vector))
            for name in scope.collections
            if name in self.collections
            for chunk, document, row in zip(
                self.collections[name].chunks,
                self.collections[name].documents,
                self.collections[name].vectors,
                strict=True,
            )
            if scope.documents is None or document in scope.documents
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]


class FakeStore:
    """`VectorStore` in memory; while `down` it fails."""

    describe = "fake"

    def __init__(self) -> None:
        self.copies: dict[str, dict[int, tuple[str, VectorEntry]]] = {}
        self.down = False

    def copy(self, name: str, dimensions: int) -> FakeCopy:
        """See `VectorStore.copy`."""
        return FakeCopy(self, name)

    def ping(self) -> None:
        """See `VectorStore.ping`."""
        self.entries("")

    def close(self) -> None:
        """Nothing to give back."""

    def entries(self, name: str) -> dict[int, tuple[str, VectorEntry]]:
        """What a copy holds; raises `StoreFailed` while the store is down."""
        if self.down:
            raise StoreFailed("down")
        return self.copies.get(name, {})


class FakeCopy:
    """`VectorCopy` in the memory of a `FakeStore`."""

    def __init__(self, store: FakeStore, name: str) -> None:
        self._store = store
        self._name = name

    def put(self, collection: str, entries: Sequence[VectorEntry]) -> None:
        """See `VectorCopy.put`."""
        self._store.entries(self._name)
        there = self._store.copies.setdefault(self._name, {})
        there.update({entry.chunk_id: (collection, entry) for entry in entries})

    def remove(self, chunks: Sequence[int]) -> None:
        """See `VectorCopy.remove`."""
        there = self._store.entries(self._name)
        for chunk in chunks:
            there.pop(chunk, None)

    def search(self, scope: Scope, vector: NDArray[np.float32], k: int) -> list[Hit]:
        """See `VectorCopy.search`."""
        hits = [
            Hit(chunk, float(entry.vector @ vector))
            for chunk, (collection, entry) in self._store.entries(self._name).items()
            if collection in scope.collections
            and (scope.documents is None or entry.document in scope.documents)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def held(self, collection: str) -> set[int]:
        """See `VectorCopy.held`."""
        there = self._store.entries(self._name).items()
        return {chunk for chunk, (name, _) in there if name == collection}

    def count(self) -> int:
        """See `VectorCopy.count`."""
        return len(self._store.entries(self._name))

    def drop(self) -> None:
        """See `VectorCopy.drop`."""
        self._store.entries(self._name)
        self._store.copies.pop(self._name, None)


class FakeWords:
    """`LexicalIndex` in memory: the score is the number of the question's words in a chunk."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[str, str, frozenset[str]]] = {}

    def add(
        self, session: Session, collection: str, document: str, entries: Sequence[WordEntry]
    ) -> None:
        """See `LexicalIndex.add`."""
        for entry in entries:
            words = frozenset(_PIECE.findall(f"{entry.heading} {entry.body}".lower()))
            self._entries[entry.chunk_id] = (collection, document, words)

    def remove(self, session: Session, chunks: Sequence[int]) -> None:
        """See `LexicalIndex.remove`."""
        for chunk in chunks:
            self._entries.pop(chunk, None)

    def search(self, session: Session, scope: Scope, words: Sequence[str], k: int) -> list[Hit]:
        """See `LexicalIndex.search`."""
        hits = [
            Hit(chunk, float(len(held.intersection(words))))
            for chunk, (collection, document, held) in self._entries.items()
            if collection in scope.collections
            and (scope.documents is None or document in scope.documents)
            and not held.isdisjoint(words)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def count(self, session: Session, collection: str) -> int:
        """See `LexicalIndex.count`."""
        return sum(held[0] == collection for held in self._entries.values())


class FakeKeySets:
    """Keys by address, and how often each address was asked; an address without keys is down."""

    def __init__(self, published: Mapping[str, Sequence[Mapping[str, Any]]] | None = None) -> None:
        self.published = dict(published or {})
        self.asked: list[str] = []

    def fetch(self, url: str) -> list[dict[str, Any]]:
        """See `KeySets.fetch`."""
        self.asked.append(url)
        if url not in self.published:
            raise Unavailable("nobody answers")
        return [dict(key) for key in self.published[url]]


class FakeFiles:
    """`FileStore` in memory."""

    describe = "fake"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, path: str, parts: Iterable[bytes], *, most: int) -> StoredFile:
        """See `FileStore.put`."""
        data = bytearray()
        for part in parts:
            data += part
            if len(data) > most:
                raise FileTooLarge(path)
        self.files[_allowed(path)] = bytes(data)
        return StoredFile(path, len(data), hashlib.sha256(data).hexdigest())

    def size(self, path: str) -> int:
        """See `FileStore.size`."""
        return len(self._there(path))

    def read(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `FileStore.read`."""
        yield from [part] if (part := self._there(path)[start:end]) else []

    def delete(self, path: str) -> None:
        """See `FileStore.delete`."""
        self.files.pop(_allowed(path), None)

    def names(self, prefix: str) -> list[str]:
        """See `FileStore.names`."""
        return sorted(name for name in self.files if name.startswith(f"{_allowed(prefix)}/"))

    def sweep(self, seconds: float) -> int:
        """See `FileStore.sweep`: here nothing is ever left."""
        return 0

    def _there(self, path: str) -> bytes:
        if _allowed(path) not in self.files:
            raise FileNotFoundError(path)
        return self.files[path]


class FakeQueue:
    """`JobQueue` that knows nothing of processes: it looks for work a hundred times a second.

    `waiting` lists the jobs that were put, with their delays; `failures` what steps raised.
    """

    def __init__(self) -> None:
        self.waiting: list[tuple[str, float]] = []
        self.failures: list[Exception] = []

    def put(self, session: Session, job: str, *, delay: float = 0.0) -> None:
        """See `JobQueue.put`."""
        event.listen(
            session, "after_commit", lambda _: self.waiting.append((job, delay)), once=True
        )

    def run(self, jobs: Mapping[str, Callable[[], bool]], stop: threading.Event) -> None:
        """See `JobQueue.run`."""
        lanes = [threading.Thread(target=self._lane, args=(step, stop)) for step in jobs.values()]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()

    def _lane(self, step: Callable[[], bool], stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                if step():
                    continue
            except Exception as error:  # noqa: BLE001  the edge of a job, as in a real queue
                self.failures.append(error)
            stop.wait(0.01)


def _allowed(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path of a stored file.")
    return path
