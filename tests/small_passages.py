"""Passages for tests without a database: made by hand, or cut from Markdown as an `add` does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion.chunking import ChunkSizes, chunk
from glossator.ingestion.embedding import embedding_rows
from glossator.library.embeddings import TOKEN_DIMENSIONS, DocumentFacts, Passage
from glossator.retrieval.ranking import FEATURES, Ranked, Why, cosines
from glossator.retrieval.service import Found
from small_books import content

EMBEDDER = FakeEmbedder()


def passage(number: int, document: str, start: int, end: int, text: str = "") -> Passage:
    """A passage that was never embedded."""
    return Passage(
        chunk_id=number, document_id=document, kind="prose", heading_path=("T",), anchor="",
        page=None, start=start, end=end, text=text, spans=np.zeros((0, 2), np.int32),
        tokens=np.zeros((0, TOKEN_DIMENSIONS), np.int8), token_ids=np.zeros(0, np.uint16),
        token_sentences=np.zeros(0, np.uint8),
    )  # fmt: skip


def ranked(
    question: str, markdown: str, document: str = "d", sizes: ChunkSizes | None = None
) -> list[Ranked]:
    """The chunks of a chapter called T, in the book's order, all with equal scores."""
    body = content(markdown)
    vector = EMBEDDER.encode([question])[0].vector
    same = Why(**dict.fromkeys(FEATURES, 0.5))
    found = []
    for number, item in enumerate(chunk(body, "T", EMBEDDER.count, sizes)):
        row = embedding_rows(EMBEDDER, [(number, item)])[0] if item.embed else {}
        sentences = np.frombuffer(row.get("sentences", b""), np.int8)
        made = Passage(
            chunk_id=number, document_id=document, kind=item.kind, heading_path=item.heading_path,
            anchor=item.anchor, page=None, start=item.start, end=item.end,
            text=body.text[item.start : item.end],
            spans=np.frombuffer(row.get("spans", b""), "<i4").reshape(-1, 2),
            tokens=np.frombuffer(row.get("tokens", b""), np.int8).reshape(-1, TOKEN_DIMENSIONS),
            token_ids=np.frombuffer(row.get("token_ids", b""), "<u2"),
            token_sentences=np.frombuffer(row.get("token_sentences", b""), np.uint8),
        )  # fmt: skip
        near = cosines(sentences.reshape(-1, EMBEDDER.dimensions), vector)
        found.append(Ranked(made, 1.0, same, near))
    return found


def found(items: Sequence[Ranked], book_id: str | None = "robots") -> list[Found]:
    """What a search would give of them; a document's chapter id is its own id."""
    return [
        Found(
            item,
            DocumentFacts(
                id=item.passage.document_id, book_id=book_id,
                chapter_id=item.passage.document_id if book_id else None, title="T",
                language="en", url_path=f"docs/{item.passage.document_id}",
            ),
            0.5,
        )
        for item in items
    ]  # fmt: skip
