"""The part of the house that brings books in: what `glossator add` needs, and nothing else.

The whole house takes a second to import; an `add` that finds nothing new takes less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from threadpoolctl import threadpool_limits

# Documents name their users: the mapper looks for that table when it writes one.
import glossator.accounts.tables  # noqa: F401
from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.gateways.embedders.sentence_transformers import SentenceTransformersEmbedder
from glossator.gateways.files import open_files
from glossator.gateways.lexical.postgres_fts import PostgresWords
from glossator.gateways.lexical.sqlite_fts import SqliteWords
from glossator.gateways.ports import Embedder, LexicalIndex, VectorIndex, VectorStore
from glossator.gateways.vectors import choosing as vector_stores
from glossator.gateways.vectors.exact import ExactIndex
from glossator.ingestion.chunking import ChunkSizes
from glossator.ingestion.pictures import Pictures
from glossator.ingestion.pipeline import Pipeline
from glossator.ingestion.recursive import RecursiveSizes, Sizes, SizesFor, check
from glossator.ingestion.sources import ReadLimits
from glossator.library.active import ActiveIndex, Tools
from glossator.library.chunk_store import ChunkStore
from glossator.library.copied import CopiedIndex
from glossator.library.copying import Copying
from glossator.library.embeddings import SqlVectors
from glossator.settings import Settings

_MULTILINGUAL = "sentence-transformers:"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The books' database and the pipeline into it, made once per process and closed at its end.

    `embedder` is the one that the settings name; `index` knows which one the library is indexed
    by.
    """

    settings: Settings
    database: Database
    embedder: Embedder
    index: ActiveIndex
    copying: Copying
    words: LexicalIndex
    sizes: SizesFor
    pipeline: Pipeline

    def close(self) -> None:
        """Give threads and connections back."""
        self.index.close()
        if self.copying.store is not None:
            self.copying.store.close()
        self.database.close()


def build_shelf(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    opened: Callable[[str], Embedder] | None = None,
    store: VectorStore | None = None,
) -> Shelf:
    """The shelf as configured; nothing is read from disk or network yet.

    What is given here takes the place of what the settings name.
    """
    # The products here are small: a second BLAS thread only spins (2 times the CPU, measured).
    threadpool_limits(1, user_api="blas")
    if settings.database_url is None:
        # For this user alone: it will hold people's questions.
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = settings.data / "glossator.db"
        if not file.exists():
            file.touch(mode=0o600)
    database = Database(
        settings.database,
        synchronous=settings.sqlite_synchronous,
        patience_seconds=settings.database_seconds,
    )
    opened = opened or partial(open_embedder, settings)
    encoder = embedder or opened(settings.embedder)
    store = store or _vector_store(settings, database)
    words: LexicalIndex = SqliteWords() if database.is_sqlite else PostgresWords()
    index = ActiveIndex(encoder, settings.embedder, opened, partial(_tools, settings, store))
    copying = Copying(database, store, index)
    if settings.chunker == "recursive":
        check()
    sizes = partial(_sizes, settings)
    files = open_files(settings.files_url, settings.data / "files")
    pipeline = Pipeline(database, index, words, sizes, Pictures(database, files))
    return Shelf(settings, database, encoder, index, copying, words, sizes, pipeline)


def open_embedder(settings: Settings, choice: str, *, polite: bool = False) -> Embedder:
    """The embedder that `GLOSSATOR_EMBEDDER` may name; nothing is loaded yet."""
    match choice:
        case "bundled":
            return BundledEmbedder(threads=settings.encoder_threads, polite=polite)
        case other if other.startswith(_MULTILINGUAL):
            return SentenceTransformersEmbedder(other.removeprefix(_MULTILINGUAL))
        case unknown:
            raise Unavailable(f"There is no embedder {unknown}; GLOSSATOR_EMBEDDER names one.")


def _tools(settings: Settings, store: VectorStore | None, encoder: Embedder) -> Tools:
    """What searches with an embedder's vectors."""
    memory = settings.vector_cache_mb * 1_000_000
    stored = SqlVectors(encoder.name, encoder.dimensions)
    vectors: VectorIndex = ExactIndex(stored, cache_bytes=memory)
    if store is not None:
        vectors = CopiedIndex(
            store,
            stored,
            vectors,
            model=encoder.name,
            dimensions=encoder.dimensions,
            # A number takes four bytes.
            most=memory // (4 * encoder.dimensions),
        )
    chunks = ChunkStore(
        encoder.name, encoder.dimensions, cache_bytes=settings.chunk_cache_mb * 1_000_000
    )
    return Tools(encoder, vectors, chunks)


def _vector_store(settings: Settings, database: Database) -> VectorStore | None:
    return vector_stores.open_store(
        settings.vectors_url.get_secret_value(),
        database,
        settings.data / "chroma",
        settings.vectors_key.get_secret_value() if settings.vectors_key else None,
    )


def _sizes(settings: Settings, encoder: Embedder) -> Sizes:
    if settings.chunker == "sections":
        return ChunkSizes.within(encoder.max_pieces)
    return RecursiveSizes(settings.chunk_size, settings.chunk_overlap, limit=encoder.max_pieces)


def read_limits(settings: Settings) -> ReadLimits:
    """The limits of a book's folder as configured."""
    return ReadLimits(file_bytes=settings.max_file_mb * 1_000_000, files=settings.max_files)
