"""Settings for a house of one's own, and looks into what it holds."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select, text

from glossator.accounts.callers import Guest
from glossator.foundation.database import Table
from glossator.library import access
from glossator.library.tables import Document, DocumentChunk
from glossator.settings import Settings
from glossator.wiring import House

# The book that comes with the package.
SAMPLE = Path(__file__).parents[1] / "src/glossator/sample/physical-ai"


def made_settings(data: Path, database_url: str | None = None, **changes: object) -> Settings:
    """Settings that read no environment file; guests ask as much as a test needs, unless said."""
    free = {"guest_questions_per_hour": "unlimited", "searches_per_minute": "unlimited"}
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        data=data,
        database_url=database_url,
        **{**free, **changes},  # type: ignore[arg-type]
    )


def rows(house: House) -> dict[str, int]:
    """How many rows each table has, and the word index."""
    with house.database.reading() as session:
        counted = {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Table.metadata.tables.items()
            # Who indexed the library first stays known, and what an outside store is to hold.
            if name not in ("index_embedders", "vector_copies", "vector_copy_collections")
        }
        words = session.scalar(text("SELECT count(*) FROM chunk_words"))
    return {**counted, "chunk_words": int(words or 0)}


def chunk_ids(house: House) -> list[int]:
    """The ids of all chunks in reading order."""
    with house.database.reading() as session:
        return list(
            session.scalars(
                select(DocumentChunk.id)
                .join(Document, Document.id == DocumentChunk.document_id)
                .order_by(Document.position, DocumentChunk.position)
            )
        )


def texts_found(house: House, question: str) -> list[str]:
    """The passages that a search finds, best first."""
    with house.database.reading() as session:
        scope = access.scope(session, Guest())
        result = house.search.search(session, scope, question)
        return [found.ranked.passage.text for found in result.found]
