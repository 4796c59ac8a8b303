"""The stored chunks as ranking reads them, from SQL or from memory.

Reading a question's chunks anew was a third of what it cost. Every question asks for the
versions of its collections in its own transaction, and only what was read at these versions is
taken from memory: a chunk that another process changed or removed is never shown.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from sys import getsizeof
from typing import Final, Generic, TypeVar

from sqlalchemy.orm import Session

from glossator.library.embeddings import Held, Outline, outlines, passages

# What Python's own objects take of an outline and of a passage, beside arrays and text.
_OUTLINE_BYTES: Final = 900
_PASSAGE_BYTES: Final = 2_400
# A search looks at three times as many outlines, each a third of a passage's size.
_OUTLINES_SHARE: Final = 0.3

_Value = TypeVar("_Value")


class ChunkStore:
    """The chunks with one embedder's vectors, at most `cache_bytes` of them in memory.

    `versions` are those of the collections that the caller may look at, read in the same
    transaction, which must only read: a chunk of any other collection is never given.
    """

    def __init__(self, model: str, dimensions: int, *, cache_bytes: int) -> None:
        self._model = model
        self._dimensions = dimensions
        share = int(cache_bytes * _OUTLINES_SHARE)
        self._outlines: _Kept[Outline | None] = _Kept(share, _outline_bytes)
        self._passages: _Kept[Held] = _Kept(cache_bytes - share, _passage_bytes)

    def outlines(
        self, session: Session, versions: Mapping[str, int], chunks: Sequence[int]
    ) -> dict[int, Outline]:
        """The vectors of chunks by id; a chunk without an embedding (code) has none."""
        found, missing = self._outlines.get(chunks, versions)
        if missing:
            rows = outlines(session, missing, self._model, self._dimensions)
            found |= self._outlines.put(rows, versions)
        return {chunk: outline for chunk, outline in found.items() if outline is not None}

    def passages(
        self, session: Session, versions: Mapping[str, int], chunks: Sequence[int]
    ) -> dict[int, Held]:
        """The chunks with their embeddings and documents, by id."""
        found, missing = self._passages.get(chunks, versions)
        if missing:
            found |= self._passages.put(passages(session, missing, self._model), versions)
        return found


@dataclass(frozen=True, slots=True)
class _Entry(Generic[_Value]):
    collection: str
    version: int
    size: int
    value: _Value


class _Kept(Generic[_Value]):
    """Values by chunk id, each good for one version of its collection; for several threads.

    The least recently used go beyond `limit` bytes, by what `size` says of each.
    """

    def __init__(self, limit: int, size: Callable[[_Value], int]) -> None:
        self._limit = limit
        self._size = size
        self._bytes = 0
        self._entries: OrderedDict[int, _Entry[_Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self, chunks: Sequence[int], versions: Mapping[str, int]
    ) -> tuple[dict[int, _Value], list[int]]:
        """What is known of the chunks, and the ids that must be read."""
        found: dict[int, _Value] = {}
        missing: list[int] = []
        with self._lock:
            for chunk in chunks:
                entry = self._entries.get(chunk)
                if entry is None or versions.get(entry.collection) != entry.version:
                    missing.append(chunk)
                else:
                    self._entries.move_to_end(chunk)
                    found[chunk] = entry.value
        return found, missing

    def put(
        self, rows: Iterable[tuple[str, int, _Value]], versions: Mapping[str, int]
    ) -> dict[int, _Value]:
        """Keep and give what was read as (collection, chunk, value), but for other collections."""
        # Read to the end before the lock: others needn't wait for the database.
        new = {
            chunk: _Entry(collection, versions[collection], self._size(value), value)
            for collection, chunk, value in rows
            if collection in versions
        }
        with self._lock:
            for chunk, entry in new.items():
                self._drop(chunk)
                self._entries[chunk] = entry
                self._bytes += entry.size
            while self._bytes > self._limit:
                self._drop(next(iter(self._entries)))
        return {chunk: entry.value for chunk, entry in new.items()}

    def _drop(self, chunk: int) -> None:
        entry = self._entries.pop(chunk, None)
        if entry is not None:
            self._bytes -= entry.size


def _outline_bytes(outline: Outline | None) -> int:
    if outline is None:
        return _OUTLINE_BYTES
    return _OUTLINE_BYTES + outline.vector.nbytes + outline.sentences.nbytes


def _passage_bytes(held: Held) -> int:
    passage = held.passage
    arrays = (passage.spans, passage.tokens, passage.token_ids, passage.token_sentences)
    return _PASSAGE_BYTES + getsizeof(passage.text) + sum(array.nbytes for array in arrays)
