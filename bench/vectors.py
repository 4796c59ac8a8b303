"""Vector stores side by side: bytes, milliseconds, recall; what is installed is measured.

    python -m bench.vectors [--chunks 10000] [--only NAME …] [--postgres URL] [--qdrant ADDRESS]

Vectors are made up: 384 numbers around as many topics as there are books, so that neighbours are
as uneven as in texts. A book has 1,000 chunks. `exact` searches a matrix kept in memory. Qdrant
is measured only where a server is named: its client's local mode says nothing of its speed.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from glossator.foundation.database import Database
from glossator.gateways.ports import Scope, StoreFailed, VectorEntry, VectorStore
from glossator.gateways.vectors.chroma import ChromaStore
from glossator.gateways.vectors.exact import best
from glossator.gateways.vectors.pgvector import PgvectorStore
from glossator.gateways.vectors.qdrant import QdrantStore

DIMENSIONS, BOOK, K, QUESTIONS = 384, 1_000, 10, 50
Search = Callable[[Scope, NDArray[np.float32]], list[int]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Made-up vectors [n, 384]; chunk n is of the book n // 1000."""

    vectors: NDArray[np.float32]

    def book(self, n: int) -> slice:
        """The chunks of a book."""
        return slice(n * BOOK, (n + 1) * BOOK)

    @property
    def books(self) -> int:
        """How many books there are."""
        return len(self.vectors) // BOOK


def made(chunks: int) -> Shelf:
    """Vectors around the topics of their books."""
    numbers = np.random.default_rng(1)
    topics = numbers.normal(size=(chunks // BOOK, DIMENSIONS)).astype(np.float32)
    noise = numbers.normal(size=(chunks, DIMENSIONS)).astype(np.float32)
    vectors = 0.6 * np.repeat(topics, BOOK, axis=0) + noise
    return Shelf(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def main() -> None:
    """Measure and print a table."""
    options = _options()
    shelf = made(options.chunks)
    table = Table("store", "fill s", "bytes a chunk", "one book ms", "recall", "all ms", "recall",
                  title=f"{options.chunks:,} chunks")  # fmt: skip
    console = Console()
    if not options.only or "exact" in options.only:
        table.add_row("exact", "", f"{DIMENSIONS * 4:,}", *_asked(shelf, _exactly(shelf)))
    with TemporaryDirectory() as folder:
        for name, store, size in _stores(options, Path(folder)):
            if options.only and name not in options.only:
                continue
            try:
                table.add_row(name, *_measured(shelf, store, size))
            except StoreFailed as error:
                console.print(f"{name}: {error}")
            finally:
                store.close()
    console.print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.vectors")
    parser.add_argument("--chunks", type=int, default=10_000, help="a multiple of 1,000")
    parser.add_argument("--only", nargs="*", help="exact, chroma, pgvector, qdrant")
    parser.add_argument("--postgres", help="URL of an empty database with pgvector")
    parser.add_argument("--qdrant", help="address of a Qdrant server")
    return parser.parse_args()


def _stores(
    options: argparse.Namespace, folder: Path
) -> Iterator[tuple[str, VectorStore, Callable[[str], int]]]:
    if importlib.util.find_spec("chromadb"):
        yield "chroma", ChromaStore.embedded(folder / "chroma"), lambda _: _bytes(folder)
    if options.postgres:
        database = Database(options.postgres)
        yield "pgvector", PgvectorStore(database), lambda name: _table_bytes(database, name)
    if options.qdrant:
        yield "qdrant", QdrantStore(options.qdrant, name="bench"), lambda _: 0


def _measured(shelf: Shelf, store: VectorStore, size: Callable[[str], int]) -> list[str]:
    copy = store.copy("bench", DIMENSIONS)
    copy.drop()
    began = time.perf_counter()
    for n in range(shelf.books):
        chunks = range(n * BOOK, (n + 1) * BOOK)
        copy.put(f"book:{n}", [VectorEntry(at, f"d{at // 50}", shelf.vectors[at]) for at in chunks])
    took = time.perf_counter() - began
    a_chunk = size("bench") // len(shelf.vectors)

    def search(scope: Scope, vector: NDArray[np.float32]) -> list[int]:
        return [hit.chunk_id for hit in copy.search(scope, vector, K)]

    row = [f"{took:.0f}", f"{a_chunk:,}" if a_chunk else "", *_asked(shelf, search)]
    copy.drop()
    return row


def _asked(shelf: Shelf, search: Search) -> list[str]:
    """Median milliseconds and recall at 10, in one book and in all."""
    numbers = np.random.default_rng(2)
    row = []
    for everything in (False, True):
        times, right = [], 0
        for n in range(QUESTIONS):
            book = n % shelf.books
            near = shelf.vectors[book * BOOK + n]
            vector = near + 0.6 * numbers.normal(size=DIMENSIONS).astype(np.float32) / 19.6
            vector /= np.linalg.norm(vector)
            names = range(shelf.books) if everything else [book]
            scope = Scope(tuple(f"book:{name}" for name in names))
            began = time.perf_counter()
            found = search(scope, vector)
            times.append(time.perf_counter() - began)
            right += len(set(found) & set(_exactly(shelf)(scope, vector)))
        row += [f"{1000 * float(np.median(times)):.2f}", f"{right / (K * QUESTIONS):.3f}"]
    return row


def _exactly(shelf: Shelf) -> Search:
    def search(scope: Scope, vector: NDArray[np.float32]) -> list[int]:
        inside = slice(None)
        if len(scope.collections) == 1:
            inside = shelf.book(int(scope.collections[0].removeprefix("book:")))
        ids = np.arange(len(shelf.vectors), dtype=np.int64)[inside]
        return [hit.chunk_id for hit in best(ids, shelf.vectors[inside] @ vector, K)]

    return search


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _table_bytes(database: Database, name: str) -> int:
    with database.reading() as session:
        size = session.scalar(
            text("SELECT pg_total_relation_size(:name)"), {"name": f"glossator_vectors_{name}"}
        )
    return int(size or 0)


if __name__ == "__main__":
    main()
