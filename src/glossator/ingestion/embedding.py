"""Chunks to the rows that hold their vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from glossator.foundation.database import Database
from glossator.gateways.ports import Embedder, Encoded
from glossator.ingestion.chunking import Chunk
from glossator.library.tables import DocumentChunk, DocumentEmbedding

_MAX_SENTENCES = 60
# Chunks that the encoder gets in one call: two for each of its threads, 50 to 100 ms.
_AT_ONCE = 4

_T = TypeVar("_T")


def embedded(
    database: Database,
    embedder: Embedder,
    chunks: Sequence[tuple[int, Chunk]],
    *,
    between: Callable[[], object] = lambda: None,
) -> tuple[list[dict[str, Any]], int]:
    """Rows for all chunks with text to embed, and how many cost nothing: those of equal chunks.

    But for the sentences' places: code between two sentences moves them and is not embedded.
    `between` is called after every few chunks: it may wait for what is more urgent.
    """
    wanted = [(number, item) for number, item in chunks if item.embed]
    table = DocumentEmbedding
    known: dict[str, dict[str, Any]] = {}
    with database.reading() as session:
        for some in _slices([item.hash for _, item in wanted], 500):
            found = session.execute(
                select(DocumentChunk.hash, table.vector, table.sentences,
                       table.tokens, table.token_ids, table.token_sentences)
                .join(table, table.chunk_id == DocumentChunk.id)
                .where(DocumentChunk.hash.in_(some), table.model == embedder.name)
            )  # fmt: skip
            for row in found.mappings():
                values = dict(row)
                known[str(values.pop("hash"))] = values
    missing = [(number, item) for number, item in wanted if item.hash not in known]
    rows: list[dict[str, Any]] = [
        {
            "chunk_id": number,
            "model": embedder.name,
            "spans": spans_of(item),
            **known[item.hash],
        }
        for number, item in wanted
        if item.hash in known
    ]
    reused = len(rows)
    for few in _slices(missing, _AT_ONCE):
        rows += embedding_rows(embedder, few)
        between()
    return rows, reused


def _slices(items: Sequence[_T], size: int) -> Iterable[Sequence[_T]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def embedding_rows(embedder: Embedder, chunks: Sequence[tuple[int, Chunk]]) -> list[dict[str, Any]]:
    """Rows of `document_embeddings` for chunks (id, chunk), one run of the encoder each.

    A sentence's vector is the mean of its word pieces' vectors within the chunk: it knows its
    context, and measured as good as encoding each sentence alone for half the work. Tables keep
    the vectors of their first 60 rows.
    """
    places = [item.places[:_MAX_SENTENCES] for _, item in chunks]
    found = embedder.encode_with_spans([item.embed for _, item in chunks], places)
    return [
        _row(embedder.name, chunk_id, item, encoded, sentences)
        for (chunk_id, item), (encoded, sentences) in zip(chunks, found, strict=True)
    ]


def _row(
    model: str, chunk_id: int, item: Chunk, encoded: Encoded, sentences: NDArray[np.float32]
) -> dict[str, Any]:
    return {
        "chunk_id": chunk_id,
        "model": model,
        "vector": encoded.vector.astype("<f4").tobytes(),
        "sentences": _int8(sentences).tobytes(),
        "spans": spans_of(item),
        "tokens": encoded.tokens.tobytes(),
        "token_ids": encoded.token_ids.astype("<u2").tobytes(),
        "token_sentences": _owners(encoded.spans, item.places[:_MAX_SENTENCES]),
    }


def spans_of(item: Chunk) -> bytes:
    """The places of a chunk's sentences in its text, as `document_embeddings.spans` has them."""
    spans = np.array(item.sentences[:_MAX_SENTENCES], dtype="<i4").reshape(-1, 2) - item.start
    return spans.astype("<i4").tobytes()


def _int8(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    if not len(vectors):
        return np.zeros((0, 0), dtype=np.int8)
    # Components of a unit vector lie near 0.05: a scale per row keeps the error below 0.4 %.
    scale = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    quantised: NDArray[np.int8] = np.rint(vectors / scale * 127).astype(np.int8)
    return quantised


def _owners(spans: NDArray[np.int32], places: Sequence[tuple[int, int]]) -> bytes:
    """For each word piece the number of the sentence that it stands in, 255 for none."""
    owners = np.full(len(spans), 255, dtype=np.uint8)
    if len(spans) and places:
        starts = np.array([start for start, _ in places])
        ends = np.array([end for _, end in places])
        at = np.searchsorted(starts, spans[:, 0], side="right") - 1
        inside = (at >= 0) & (spans[:, 0] < ends[np.maximum(at, 0)])
        owners[inside] = at[inside]
    return owners.tobytes()
