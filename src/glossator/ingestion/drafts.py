"""The new text of a document that is there already, and its vectors until all of them are there.

A document that is processed anew is searched by its old chunks all the while, and keeps them
where that fails. Nothing of a draft can be found. A draft whose document failed stays until the
next attempt: vectors that were made once are not made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import Session

from glossator.ingestion.handover import document_from_json, document_to_json
from glossator.ingestion.sources import DocumentSource
from glossator.ingestion.tables import DocumentDraft, DraftEmbedding
from glossator.library.tables import DocumentEmbedding, Vectors

_AT_ONCE = 500
_VECTORS = tuple(Vectors.__annotations__)


def put(session: Session, document: str, source: DocumentSource, fingerprint: str) -> None:
    """Keep a new text aside; of an equal one that was kept before the vectors stay."""
    if fingerprint_of(session, document) != fingerprint:
        drop(session, document)
        session.add(
            DocumentDraft(
                document_id=document, fingerprint=fingerprint, source=document_to_json(source)
            )
        )
        session.flush()


def drop(session: Session, document: str) -> None:
    """Forget a draft with its vectors."""
    session.execute(delete(DraftEmbedding).where(DraftEmbedding.document_id == document))
    session.execute(delete(DocumentDraft).where(DocumentDraft.document_id == document))


def fingerprint_of(session: Session, document: str) -> str | None:
    """What a draft is made from; None where the document has none."""
    return session.scalar(
        select(DocumentDraft.fingerprint).where(DocumentDraft.document_id == document)
    )


def source_of(session: Session, document: str) -> DocumentSource:
    """The text of a draft that is there."""
    kept = select(DocumentDraft.source).where(DocumentDraft.document_id == document)
    return document_from_json(session.execute(kept).scalar_one())


def embedded_chunks(session: Session, document: str, model: str) -> set[int]:
    """The ids of the draft's chunks that have vectors of this embedder."""
    table = DraftEmbedding
    there = select(table.chunk_id).where(table.document_id == document, table.model == model)
    return set(session.scalars(there))


def keep(session: Session, document: str, rows: Sequence[dict[str, Any]]) -> None:
    """Keep vectors aside; `rows` are those of `document_embeddings`."""
    if rows:
        session.execute(insert(DraftEmbedding), [{**row, "document_id": document} for row in rows])


def release(session: Session, model: str, chunks: Sequence[int]) -> None:
    """Move the vectors of chunks, which are stored by now, to where they are searched."""
    table = DraftEmbedding
    names = ("chunk_id", "model", *_VECTORS)
    for at in range(0, len(chunks), _AT_ONCE):
        kept = select(
            table.chunk_id, literal(model), *(getattr(table, name) for name in _VECTORS)
        ).where(table.chunk_id.in_(chunks[at : at + _AT_ONCE]), table.model == model)
        session.execute(insert(DocumentEmbedding).from_select(names, kept))
