"""Finished chapters as bytes in memory, for all who signed in; as long as nothing has changed.

Which books a user sees doesn't depend on which user it is, so one answer serves all of them. An
answer holds until anything at all is written to the database; where the database can't tell that
quickly (Postgres), none is kept.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from glossator.library.variants import Form

_MOST_BYTES = 16_000_000
Key = tuple[str, str | None, Form]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's JSON, plain and in gzip."""

    body: bytes
    packed: bytes


class Answers:
    """The last answers; `changes` gives a number that differs after every write, or None."""

    def __init__(self, changes: Callable[[], int | None]) -> None:
        self._changes = changes
        self._kept: OrderedDict[Key, tuple[int, Answer]] = OrderedDict()
        self._size = 0

    def get(self, key: Key) -> Answer | None:
        """The answer, if nothing has changed since."""
        found, version = self._kept.get(key), self._changes()
        return found[1] if found is not None and found[0] == version else None

    def version(self) -> int | None:
        """To be asked for before an answer is looked up, and given to `put` with it."""
        return self._changes()

    def put(self, key: Key, version: int | None, body: bytes) -> None:
        """Keep an answer that was true at a version."""
        if version is None:
            return
        answer = Answer(body, gzip.compress(body, 5, mtime=0))
        old = self._kept.pop(key, None)
        self._size += _size(answer) - (_size(old[1]) if old else 0)
        self._kept[key] = version, answer
        while self._size > _MOST_BYTES:
            _, dropped = self._kept.popitem(last=False)
            self._size -= _size(dropped[1])


def _size(answer: Answer) -> int:
    return len(answer.body) + len(answer.packed)
