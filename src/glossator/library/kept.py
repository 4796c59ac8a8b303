"""What was read of the library and may be shown again: kept in memory, by collections' versions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[_Value]):
    collection: str
    version: int
    size: int
    value: _Value


class Kept(Generic[_Key, _Value]):
    """Values by chunk or document, each good for one version of its collection.

    For several threads. The least recently used go beyond `limit` bytes, by what `size` says of
    each.
    """

    def __init__(self, limit: int, size: Callable[[_Value], int]) -> None:
        self._limit = limit
        self._size = size
        self._bytes = 0
        self._entries: OrderedDict[_Key, _Entry[_Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self, keys: Sequence[_Key], versions: Mapping[str, int]
    ) -> tuple[dict[_Key, _Value], list[_Key]]:
        """What is known of these, and what must be read."""
        found: dict[_Key, _Value] = {}
        missing: list[_Key] = []
        with self._lock:
            for key in keys:
                entry = self._entries.get(key)
                if entry is None or versions.get(entry.collection) != entry.version:
                    missing.append(key)
                else:
                    self._entries.move_to_end(key)
                    found[key] = entry.value
        return found, missing

    def put(
        self, rows: Iterable[tuple[str, _Key, _Value]], versions: Mapping[str, int]
    ) -> dict[_Key, _Value]:
        """Keep and give what was read as (collection, key, value), but for other collections."""
        # Read to the end before the lock: others needn't wait for the database.
        new = {
            key: _Entry(collection, versions[collection], self._size(value), value)
            for collection, key, value in rows
            if collection in versions
        }
        with self._lock:
            for key, entry in new.items():
                self._drop(key)
                self._entries[key] = entry
                self._bytes += entry.size
            while self._bytes > self._limit:
                self._drop(next(iter(self._entries)))
        return {key: entry.value for key, entry in new.items()}

    def _drop(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
