"""The stored vectors, as indexes and rankers read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from glossator.gateways.ports import StoredMatrix
from glossator.library.tables import Collection, Document, DocumentChunk, DocumentEmbedding

TOKEN_DIMENSIONS = 64


class SqlVectors:
    """`StoredVectors` over `document_embeddings`, for one embedder's `model` name."""

    def __init__(self, model: str, dimensions: int) -> None:
        self._model = model
        self._dimensions = dimensions

    def versions(self, session: Session, collections: Sequence[str]) -> dict[str, int]:
        """See `StoredVectors.versions`."""
        rows = session.execute(
            select(Collection.id, Collection.version).where(Collection.id.in_(collections))
        )
        return dict(rows.all())

    def load(self, session: Session, collection: str) -> StoredMatrix:
        """See `StoredVectors.load`."""
        rows = session.execute(
            select(DocumentChunk.id, DocumentChunk.document_id, DocumentEmbedding.vector)
            .join(DocumentEmbedding, DocumentEmbedding.chunk_id == DocumentChunk.id)
            .where(
                DocumentChunk.collection_id == collection,
                DocumentEmbedding.model == self._model,
            )
            .order_by(DocumentChunk.id)
        ).all()
        vectors = np.empty((len(rows), self._dimensions), dtype=np.float32)
        for at, (_, _, vector) in enumerate(rows):
            vectors[at] = np.frombuffer(vector, dtype="<f4")
        return StoredMatrix(
            chunks=np.array([row[0] for row in rows], dtype=np.int64),
            documents=tuple(row[1] for row in rows),
            vectors=vectors,
        )

    def count(self, session: Session, collection: str) -> int:
        """How many vectors of this model a collection has."""
        counted = (
            select(func.count())
            .select_from(DocumentEmbedding)
            .join(DocumentChunk, DocumentEmbedding.chunk_id == DocumentChunk.id)
            .where(
                DocumentChunk.collection_id == collection, DocumentEmbedding.model == self._model
            )
        )
        return session.scalar(counted) or 0


# Built once: building a statement with a list of 200 ids costs more than running it.
_PASSAGES = (
    select(
        DocumentChunk.id,
        DocumentChunk.document_id,
        DocumentChunk.kind,
        DocumentChunk.heading_path,
        DocumentChunk.anchor,
        DocumentChunk.page,
        DocumentChunk.start,
        DocumentChunk.end,
        DocumentChunk.text,
        DocumentEmbedding.spans,
        DocumentEmbedding.tokens,
        DocumentEmbedding.token_ids,
        DocumentEmbedding.token_sentences,
    )
    .outerjoin(
        DocumentEmbedding,
        (DocumentEmbedding.chunk_id == DocumentChunk.id)
        & (DocumentEmbedding.model == bindparam("model")),
    )
    .where(DocumentChunk.id.in_(bindparam("chunks", expanding=True)))
)
_OUTLINES = select(
    DocumentEmbedding.chunk_id, DocumentEmbedding.vector, DocumentEmbedding.sentences
).where(
    DocumentEmbedding.chunk_id.in_(bindparam("chunks", expanding=True)),
    DocumentEmbedding.model == bindparam("model"),
)
_FACTS = select(
    Document.id,
    Document.book_id,
    Document.chapter_id,
    Document.title,
    Document.language,
    Document.url_path,
    Document.collection_id,
).where(Document.deleted_at.is_(None), Document.id.in_(bindparam("documents", expanding=True)))


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk with all that ranking needs.

    `spans` [n, 2] are its sentences' places in `text`, `tokens` [m, 64] int8, `token_ids` [m]
    and `token_sentences` [m] (the number of each piece's sentence, 255: heading path) belong to
    its word pieces; all empty for a chunk without an embedding (code).
    """

    chunk_id: int
    document_id: str
    kind: str
    heading_path: tuple[str, ...]
    anchor: str
    page: int | None
    start: int
    end: int
    text: str
    spans: NDArray[np.int32]
    tokens: NDArray[np.int8]
    token_ids: NDArray[np.uint16]
    token_sentences: NDArray[np.uint8]


def passages(session: Session, chunks: Sequence[int], model: str) -> dict[int, Passage]:
    """The chunks with their embeddings, by id; one that vanished meanwhile is left out."""
    found: dict[int, Passage] = {}
    rows = session.execute(_PASSAGES, {"chunks": chunks, "model": model}) if chunks else ()
    for row in rows:
        found[row.id] = Passage(
            chunk_id=row.id,
            document_id=row.document_id,
            kind=row.kind,
            heading_path=tuple(row.heading_path),
            anchor=row.anchor,
            page=row.page,
            start=row.start,
            end=row.end,
            text=row.text,
            spans=np.frombuffer(row.spans or b"", dtype="<i4").reshape(-1, 2),
            tokens=np.frombuffer(row.tokens or b"", dtype=np.int8).reshape(-1, TOKEN_DIMENSIONS),
            token_ids=np.frombuffer(row.token_ids or b"", dtype="<u2"),
            token_sentences=np.frombuffer(row.token_sentences or b"", dtype=np.uint8),
        )
    return found


@dataclass(frozen=True, slots=True)
class Outline:
    """What the first stage of ranking needs of a chunk: `vector` [d], `sentences` [n, d] int8."""

    chunk_id: int
    vector: NDArray[np.float32]
    sentences: NDArray[np.int8]


def outlines(
    session: Session, chunks: Sequence[int], model: str, dimensions: int
) -> dict[int, Outline]:
    """The vectors of chunks by id; a chunk without an embedding (code) has none."""
    rows = session.execute(_OUTLINES, {"chunks": chunks, "model": model}) if chunks else ()
    return {
        chunk: Outline(
            chunk,
            np.frombuffer(vector, dtype="<f4"),
            np.frombuffer(sentences, dtype=np.int8).reshape(-1, dimensions),
        )
        for chunk, vector, sentences in rows
    }


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A document without its text."""

    id: str
    book_id: str | None
    chapter_id: str | None
    title: str
    language: str
    url_path: str
    collection_id: str = ""


def document_facts(session: Session, documents: Sequence[str]) -> dict[str, DocumentFacts]:
    """What citations say of documents, by id."""
    wanted = list(dict.fromkeys(documents))
    rows = session.execute(_FACTS, {"documents": wanted}) if wanted else ()
    return {row.id: DocumentFacts(*row) for row in rows}
