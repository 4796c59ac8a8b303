"""The stored vectors, as indexes and rankers read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from glossator.foundation.database import snapshot
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
        return versions(session, collections)

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

    def total(self, session: Session) -> int:
        """How many vectors of this model there are, of all collections."""
        counted = select(func.count()).where(DocumentEmbedding.model == self._model)
        return session.scalar(counted) or 0


# Built once, and over tables instead of classes: building a statement with a list of 200 ids, or
# the session's part in a row, costs more than running it.
_COLLECTION, _DOCUMENT = Collection.__table__.c, Document.__table__.c
_CHUNK, _EMBEDDING = DocumentChunk.__table__.c, DocumentEmbedding.__table__.c
_EMBEDDED = DocumentChunk.__table__.outerjoin(
    DocumentEmbedding.__table__,
    (_EMBEDDING.chunk_id == _CHUNK.id) & (_EMBEDDING.model == bindparam("model")),
)
_WANTED = _CHUNK.id.in_(bindparam("chunks", expanding=True))
_VERSION = select(_COLLECTION.id, _COLLECTION.version).where(_COLLECTION.id == bindparam("one"))
_VERSIONS = select(_COLLECTION.id, _COLLECTION.version).where(
    _COLLECTION.id.in_(bindparam("collections", expanding=True))
)
_OUTLINES = (
    select(_CHUNK.collection_id, _CHUNK.id, _EMBEDDING.vector, _EMBEDDING.sentences)
    .select_from(_EMBEDDED)
    .where(_WANTED)
)
_PASSAGES = (
    select(
        _CHUNK.collection_id,
        _CHUNK.id,
        _CHUNK.document_id,
        _CHUNK.kind,
        _CHUNK.heading_path,
        _CHUNK.anchor,
        _CHUNK.page,
        _CHUNK.start,
        _CHUNK.end,
        _CHUNK.text,
        _EMBEDDING.spans,
        _EMBEDDING.tokens,
        _EMBEDDING.token_ids,
        _EMBEDDING.token_sentences,
        _DOCUMENT.id,
        _DOCUMENT.book_id,
        _DOCUMENT.chapter_id,
        _DOCUMENT.title,
        _DOCUMENT.language,
        _DOCUMENT.url_path,
        _DOCUMENT.collection_id,
    )
    .select_from(_EMBEDDED.join(Document.__table__, _DOCUMENT.id == _CHUNK.document_id))
    .where(_WANTED, _DOCUMENT.deleted_at.is_(None))
)


def versions(session: Session, collections: Sequence[str]) -> dict[str, int]:
    """The versions of the collections that there are."""
    if not collections:
        return {}
    # Asked three times for every question.
    kept, key = snapshot(session), (_VERSIONS, *collections)
    if kept is None:
        return _versions(session, collections)
    if key not in kept:
        kept[key] = _versions(session, collections)
    return dict(kept[key])


def _versions(session: Session, collections: Sequence[str]) -> dict[str, int]:
    # Mostly of one book: a list and the session's own part would treble its cost.
    connection = session.connection()
    if len(collections) == 1:
        rows = connection.execute(_VERSION, {"one": collections[0]})
    else:
        rows = connection.execute(_VERSIONS, {"collections": collections})
    return {row[0]: row[1] for row in rows}


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


@dataclass(frozen=True, slots=True)
class Outline:
    """What the first stage of ranking needs of a chunk: `vector` [d], `sentences` [n, d] int8."""

    chunk_id: int
    vector: NDArray[np.float32]
    sentences: NDArray[np.int8]


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


@dataclass(frozen=True, slots=True)
class Held:
    """A passage and the document that it is of."""

    passage: Passage
    document: DocumentFacts


def outlines(
    session: Session, chunks: Sequence[int], model: str, dimensions: int
) -> Iterator[tuple[str, int, Outline | None]]:
    """Collection, id and outline of the chunks that there are; None without an embedding (code)."""
    # At once: row by row, the session's part costs as much as the reading.
    rows = session.execute(_OUTLINES, {"chunks": chunks, "model": model}).all() if chunks else ()
    for collection, chunk, vector, sentences in rows:
        outline = None
        if vector is not None:
            outline = Outline(
                chunk,
                np.frombuffer(vector, dtype="<f4"),
                np.frombuffer(sentences, dtype=np.int8).reshape(-1, dimensions),
            )
        yield collection, chunk, outline


def passages(
    session: Session, chunks: Sequence[int], model: str
) -> Iterator[tuple[str, int, Held]]:
    """Collection, id and passage of the chunks that there are."""
    documents: dict[str, DocumentFacts] = {}
    rows = session.execute(_PASSAGES, {"chunks": chunks, "model": model}).all() if chunks else ()
    for collection, chunk, document, kind, path, anchor, page, start, end, text, *rest in rows:
        spans, tokens, token_ids, token_sentences, *facts = rest
        passage = Passage(
            chunk_id=chunk,
            document_id=document,
            kind=kind,
            heading_path=tuple(path),
            anchor=anchor,
            page=page,
            start=start,
            end=end,
            text=text,
            spans=np.frombuffer(spans or b"", dtype="<i4").reshape(-1, 2),
            tokens=np.frombuffer(tokens or b"", dtype=np.int8).reshape(-1, TOKEN_DIMENSIONS),
            token_ids=np.frombuffer(token_ids or b"", dtype="<u2"),
            token_sentences=np.frombuffer(token_sentences or b"", dtype=np.uint8),
        )
        if document not in documents:
            documents[document] = DocumentFacts(*facts)
        yield collection, chunk, Held(passage, documents[document])
