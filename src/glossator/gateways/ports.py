"""The whole outside world on one page: what the rooms may ask of it.

Every port has a fake in `gateways.fakes` and one contract suite that runs on the fake and
on every real implementation. SQL is the truth; an index of any kind is a copy of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from glossator.foundation.errors import MayPass as MayPass  # noqa: PLC0414  rooms know it from here


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text as the encoder sees it.

    `vector` is [dimensions] float32 of length 1. `tokens` is [n, 64] int8, a row per word
    piece (unit length times 127), [0, 64] unless asked for. `token_ids` [n] int32 are the
    pieces' ids and `spans` [n, 2] int32 their places in the text, in code points.
    """

    vector: NDArray[np.float32]
    tokens: NDArray[np.int8]
    token_ids: NDArray[np.int32]
    spans: NDArray[np.int32]


class Embedder(Protocol):
    """Texts to vectors. `name` tells weights and recipe apart: a new name means new vectors.

    `max_pieces` is how many word pieces it reads; the rest of a text is silently dropped by
    such models, so callers keep below it. `languages` are the tags it was made for.
    `calibrated` says whether the thresholds of confidence were fitted on its vectors.
    """

    @property
    def name(self) -> str:
        """Weights and recipe."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_pieces(self) -> int:
        """Word pieces that are read of a text."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """BCP 47 primary tags; `und` where it reads questions in any language."""
        ...

    @property
    def calibrated(self) -> bool:
        """Whether confidence means anything with it."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without limit."""
        ...

    def encode(self, texts: Sequence[str], *, tokens: bool = False) -> list[Encoded]:
        """A result per text, in order; a text's vector never depends on its neighbours."""
        ...

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[tuple[Encoded, NDArray[np.float32]]]:
        """Like `encode` with tokens, and [parts, dimensions] for the parts that `spans` names.

        A part (start, end in code points) is encoded as it reads inside its text, from the
        same run. Raises `ValueError` when `spans` has another length than `texts`.
        """
        ...

    def close(self) -> None:
        """Give threads and memory back."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may look at: collections (a book, a user's documents), all already allowed.

    `documents`, when given, narrows further; a document outside the collections is never found.
    """

    collections: tuple[str, ...]
    documents: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found; a higher `score` is better, on the index's own scale."""

    chunk_id: int
    score: float


@dataclass(frozen=True, slots=True)
class StoredMatrix:
    """A collection's vectors: `chunks` [n] int64, `documents` n ids, `vectors` [n, d] float32."""

    chunks: NDArray[np.int64]
    documents: tuple[str, ...]
    vectors: NDArray[np.float32]


class StoredVectors(Protocol):
    """The truth that an index of vectors is a copy of."""

    def versions(self, session: Session, collections: Sequence[str]) -> dict[str, int]:
        """A number per collection that changes with every change of its chunks."""
        ...

    def load(self, session: Session, collection: str) -> StoredMatrix:
        """All vectors of a collection, by chunk id."""
        ...


class VectorIndex(Protocol):
    """Nearest chunks by cosine."""

    def search(
        self, session: Session, scope: Scope, vector: NDArray[np.float32], k: int
    ) -> list[Hit]:
        """The `k` best in the scope, best first; equal scores in order of chunk id."""
        ...


@dataclass(frozen=True, slots=True)
class VectorEntry:
    """A chunk's vector, [dimensions] float32 of length 1, and the document that it is of."""

    chunk_id: int
    document: str
    vector: NDArray[np.float32]


class VectorCopy(Protocol):
    """One embedder's vectors in an outside store, made there at the first `put`.

    A chunk's id stands for its text, so an entry is put and removed and never changed: who
    compares ids compares everything. Whatever is asked of a copy that isn't there finds nothing.
    Every method raises `StoreFailed` where the store doesn't answer as it should.
    """

    def put(self, collection: str, entries: Sequence[VectorEntry]) -> None:
        """Enter vectors for good; one that is there already is replaced."""
        ...

    def remove(self, chunks: Sequence[int]) -> None:
        """Forget chunks, for good; unknown ones are no error."""
        ...

    def search(self, scope: Scope, vector: NDArray[np.float32], k: int) -> list[Hit]:
        """The `k` best in the scope by cosine, best first; nearly always those, for it is an
        approximation.
        """
        ...

    def held(self, collection: str) -> set[int]:
        """The ids of all chunks of a collection that are entered."""
        ...

    def count(self) -> int:
        """How many chunks are entered, of all collections."""
        ...

    def drop(self) -> None:
        """Remove the copy itself; one that isn't there is no error."""
        ...


class VectorStore(Protocol):
    """An outside store that holds copies by name; nothing is reached before the first use.

    `describe` says which one it is, without a secret. Names are lower-case letters, digits and
    underscores, at most 50 of them.
    """

    @property
    def describe(self) -> str:
        """The store as a person knows it."""
        ...

    def copy(self, name: str, dimensions: int) -> VectorCopy:
        """A copy of vectors [dimensions], whether it is there or not."""
        ...

    def ping(self) -> None:
        """Ask for a sign of life; raises `StoreFailed`."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


@dataclass(frozen=True, slots=True)
class WordEntry:
    """What the word index keeps of a chunk."""

    chunk_id: int
    heading: str
    body: str


class LexicalIndex(Protocol):
    """Chunks by their words (BM25), written in the chunks' own transaction."""

    def add(
        self, session: Session, collection: str, document: str, entries: Sequence[WordEntry]
    ) -> None:
        """Enter chunks; one that is there already is replaced."""
        ...

    def remove(self, session: Session, chunks: Sequence[int]) -> None:
        """Forget chunks; unknown ones are no error."""
        ...

    def search(self, session: Session, scope: Scope, words: Sequence[str], k: int) -> list[Hit]:
        """The `k` best that hold any of the words, best first."""
        ...

    def count(self, session: Session, collection: str) -> int:
        """How many chunks of a collection are entered."""
        ...


class KeySets(Protocol):
    """The public keys that issuers of tokens publish (JWKS, RFC 7517)."""

    def fetch(self, url: str) -> list[dict[str, Any]]:
        """The keys at an address, as they are published; blocks for some seconds at most.

        Raises `Unavailable` with the reason for the log where nothing of use comes back, in
        time and in bounds.
        """
        ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was stored whole: `size` in bytes, `sha256` in hexadecimal."""

    path: str
    size: int
    sha256: str


class FileTooLarge(Exception):
    """More bytes came than were allowed; nothing of them was kept."""


class StoreFailed(MayPass):
    """The store didn't answer, or not as it should; the same call may succeed later."""


class FileStore(Protocol):
    """Raw files under paths of our own making; a path never holds what a user typed.

    A path is made of lower-case letters, digits, dashes, dots and slashes; `ValueError` for any
    other. A file is there whole or not at all. Every method raises `StoreFailed` where the store
    can't be reached. `describe` says which store it is, without a secret.
    """

    @property
    def describe(self) -> str:
        """The store as a person knows it."""
        ...

    def put(self, path: str, parts: Iterable[bytes], *, most: int) -> StoredFile:
        """Store what `parts` give, replacing what was there.

        Raises `FileTooLarge` beyond `most` bytes; that, and whatever `parts` raise, leaves what
        was there before.
        """
        ...

    def size(self, path: str) -> int:
        """The file's size in bytes; raises `FileNotFoundError`."""
        ...

    def read(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `end` in pieces; raises `FileNotFoundError`."""
        ...

    def delete(self, path: str) -> None:
        """Remove the file; one that isn't there is no error."""
        ...

    def names(self, prefix: str) -> list[str]:
        """The paths below a folder, sorted."""
        ...

    def sweep(self, seconds: float) -> int:
        """Remove what killed processes left of a `put`, older than that; the number of files.

        Nothing where the store itself forgets them, as a bucket does by a lifecycle rule.
        """
        ...


class JobQueue(Protocol):
    """Work outside of requests. A job is a name; what there is to do stands in the database.

    A run of a job does one step of whatever is waiting and says whether there was any; so a
    lost or a doubled call of `put` costs a look and no work.
    """

    def put(self, session: Session, job: str, *, delay: float = 0.0) -> None:
        """Have `job` run once this transaction is committed; never, if it is undone.

        `delay` in seconds: not before then.
        """
        ...

    def run(self, jobs: Mapping[str, Callable[[], bool]], stop: threading.Event) -> None:
        """Run jobs until `stop` is set; each job in a thread of its own."""
        ...
