"""Vectors in Postgres with pgvector: a table for each copy, in the database of everything else.

It is a copy as in any other store, with transactions of its own: an index that fails to take a
vector must not undo the document. The graph (HNSW) is walked until the filter has let enough
through (`hnsw.iterative_scan`); with pgvector's own 40 candidates recall was 0.80.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.gateways.ports import Hit, Scope, StoreFailed, VectorEntry

_EF = 200
# A graph takes so many dimensions of `vector`; beyond, every search is a scan of the scope.
_MOST_DIMENSIONS = 2_000
_BATCH = 500
_SEARCH_MS, _WRITE_MS = 3_000, 60_000
# At once: each statement is a way to the database and back.
_SEARCHING = text(
    f"SELECT set_config('statement_timeout', '{_SEARCH_MS}', true), "
    "set_config('hnsw.ef_search', :ef, true), "
    "set_config('hnsw.iterative_scan', 'strict_order', true)"
)


class PgvectorStore:
    """`VectorStore` in the tables `glossator_vectors_…`."""

    def __init__(self, database: Database) -> None:
        self.describe = "pgvector, in the database"
        self._database = database
        self._copies: dict[tuple[str, int], PgvectorCopy] = {}

    def copy(self, name: str, dimensions: int) -> PgvectorCopy:
        """See `VectorStore.copy`; the same one for every question, for it knows its table."""
        table = f"glossator_vectors_{name}"
        made = PgvectorCopy(self._database, table, dimensions)
        return self._copies.setdefault((name, dimensions), made)

    def ping(self) -> None:
        """See `VectorStore.ping`."""
        with _failures(), self._database.reading() as session:
            found = session.scalar(
                text("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
            )
        if not found:
            raise StoreFailed("this Postgres has no pgvector")

    def close(self) -> None:
        """The database closes its connections itself."""


class PgvectorCopy:
    """`VectorCopy` in one table; its name is of our own making."""

    def __init__(self, database: Database, table: str, dimensions: int) -> None:
        self._database = database
        self._table = table
        self._dimensions = dimensions
        self._lock = threading.Lock()
        self._there = False

    def put(self, collection: str, entries: Sequence[VectorEntry]) -> None:
        """See `VectorCopy.put`."""
        with self._failures():
            self._make()
            for at in range(0, len(entries), _BATCH):
                rows = [
                    {
                        "id": entry.chunk_id,
                        "collection": collection,
                        "document": entry.document,
                        "vector": _literal(entry.vector),
                    }
                    for entry in entries[at : at + _BATCH]
                ]
                with self._database.writing() as session:
                    _limit(session, _WRITE_MS)
                    session.execute(
                        text(
                            f"INSERT INTO {self._table} "  # noqa: S608
                            "(chunk_id, collection, document, vector) "
                            "VALUES (:id, :collection, :document, CAST(:vector AS vector)) "
                            "ON CONFLICT (chunk_id) DO UPDATE SET vector = excluded.vector, "
                            "collection = excluded.collection, document = excluded.document"
                        ),
                        rows,
                    )

    def remove(self, chunks: Sequence[int]) -> None:
        """See `VectorCopy.remove`."""
        with self._failures():
            if not self._exists():
                return
            with self._database.writing() as session:
                _limit(session, _WRITE_MS)
                session.execute(
                    text(f"DELETE FROM {self._table} WHERE chunk_id = ANY(:ids)"),  # noqa: S608
                    {"ids": list(chunks)},
                )

    def search(self, scope: Scope, vector: NDArray[np.float32], k: int) -> list[Hit]:
        """See `VectorCopy.search`."""
        if not scope.collections or scope.documents == frozenset():
            return []
        inside = "collection = ANY(:collections)"
        if scope.documents is not None:
            inside += " AND document = ANY(:documents)"
        values = {
            "collections": list(scope.collections),
            "documents": sorted(scope.documents or ()),
            "vector": _literal(vector),
            "k": k,
        }
        with self._failures():
            if not self._exists():
                return []
            with self._database.reading() as session:
                session.execute(_SEARCHING, {"ef": str(min(max(_EF, k), 1_000))})
                rows = session.execute(
                    text(
                        f"SELECT chunk_id, vector <=> CAST(:vector AS vector) AS distance "  # noqa: S608
                        f"FROM {self._table} WHERE {inside} ORDER BY distance LIMIT :k"
                    ),
                    values,
                ).all()
        hits = [Hit(row.chunk_id, 1.0 - float(row.distance)) for row in rows]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))

    def held(self, collection: str) -> set[int]:
        """See `VectorCopy.held`."""
        with self._failures():
            if not self._exists():
                return set()
            with self._database.reading() as session:
                _limit(session, _WRITE_MS)
                return set(
                    session.scalars(
                        text(f"SELECT chunk_id FROM {self._table} WHERE collection = :name"),  # noqa: S608
                        {"name": collection},
                    )
                )

    def count(self) -> int:
        """See `VectorCopy.count`."""
        with self._failures():
            if not self._exists():
                return 0
            with self._database.reading() as session:
                _limit(session, _WRITE_MS)
                return int(session.scalar(text(f"SELECT count(*) FROM {self._table}")) or 0)  # noqa: S608

    def drop(self) -> None:
        """See `VectorCopy.drop`."""
        with self._failures(), self._database.writing() as session:
            session.execute(text(f"DROP TABLE IF EXISTS {self._table}"))
        with self._lock:
            self._there = False

    def _exists(self) -> bool:
        with self._lock:
            if self._there:
                return True
        with self._database.reading() as session:
            found = session.scalar(text("SELECT to_regclass(:name)"), {"name": self._table})
        with self._lock:
            self._there = found is not None
        return found is not None

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            with _failures():
                yield
        except StoreFailed:
            # Another process may have dropped it: the next call looks again.
            with self._lock:
                self._there = False
            raise

    def _make(self) -> None:
        with self._lock:
            if self._there:
                return
        with self._database.writing() as session:
            # Two workers at once: `IF NOT EXISTS` alone fails in one of them.
            session.execute(text("SELECT pg_advisory_xact_lock(4706153)"))
            session.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
            session.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {self._table} (chunk_id bigint PRIMARY KEY, "
                    "collection text NOT NULL, document text NOT NULL, "
                    f"vector vector({self._dimensions}) NOT NULL)"
                )
            )
            session.execute(
                text(
                    f"CREATE INDEX IF NOT EXISTS {self._table}_scope "
                    f"ON {self._table} (collection, document)"
                )
            )
            if self._dimensions <= _MOST_DIMENSIONS:
                session.execute(
                    text(
                        f"CREATE INDEX IF NOT EXISTS {self._table}_near "
                        f"ON {self._table} USING hnsw (vector vector_cosine_ops)"
                    )
                )
        with self._lock:
            self._there = True


def _literal(vector: NDArray[np.float32]) -> str:
    """The vector as Postgres reads it, with all the digits of float32."""
    return "[" + ",".join(f"{value:.9g}" for value in vector.tolist()) + "]"


def _limit(session: Session, milliseconds: int) -> None:
    session.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreFailed(f"pgvector failed: {type(error).__name__}") from None
