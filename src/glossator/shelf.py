"""The part of the house that brings books in: what `glossator add` needs, and nothing else.

The whole house takes a second to import; an `add` that finds nothing new takes less.
"""

from __future__ import annotations

from dataclasses import dataclass

from threadpoolctl import threadpool_limits

# Documents name their users: the mapper looks for that table when it writes one.
import glossator.accounts.tables  # noqa: F401
from glossator.foundation.database import Database
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.gateways.lexical.postgres_fts import PostgresWords
from glossator.gateways.lexical.sqlite_fts import SqliteWords
from glossator.gateways.ports import Embedder, LexicalIndex
from glossator.ingestion.chunking import ChunkSizes
from glossator.ingestion.pipeline import Pipeline
from glossator.ingestion.recursive import RecursiveSizes, Sizes, check
from glossator.ingestion.sources import ReadLimits
from glossator.settings import Settings


@dataclass(frozen=True, slots=True)
class Shelf:
    """The books' database and the pipeline into it, made once per process and closed at its end."""

    settings: Settings
    database: Database
    embedder: Embedder
    words: LexicalIndex
    sizes: Sizes
    pipeline: Pipeline

    def close(self) -> None:
        """Give threads and connections back."""
        self.embedder.close()
        self.database.close()


def build_shelf(settings: Settings, *, embedder: Embedder | None = None) -> Shelf:
    """The shelf as configured; nothing is read from disk or network yet."""
    # The products here are small: a second BLAS thread only spins (2 times the CPU, measured).
    threadpool_limits(1, user_api="blas")
    if settings.database_url is None:
        # For this user alone: it will hold people's questions.
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = settings.data / "glossator.db"
        if not file.exists():
            file.touch(mode=0o600)
    database = Database(settings.database, synchronous=settings.sqlite_synchronous)
    encoder = embedder or BundledEmbedder(threads=settings.encoder_threads)
    words: LexicalIndex = SqliteWords() if database.is_sqlite else PostgresWords()
    sizes = _sizes(settings, encoder)
    pipeline = Pipeline(database, encoder, words, sizes)
    return Shelf(settings, database, encoder, words, sizes, pipeline)


def _sizes(settings: Settings, encoder: Embedder) -> Sizes:
    if settings.chunker == "sections":
        return ChunkSizes.within(encoder.max_pieces)
    check()
    return RecursiveSizes(settings.chunk_size, settings.chunk_overlap, limit=encoder.max_pieces)


def read_limits(settings: Settings) -> ReadLimits:
    """The limits of a book's folder as configured."""
    return ReadLimits(file_bytes=settings.max_file_mb * 1_000_000, files=settings.max_files)
